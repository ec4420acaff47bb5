"""Checked points, the perturbation set around each, and the arithmetic for which a proof holds."""
