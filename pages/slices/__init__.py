"""Slices: the linear regions of trained image networks, on planes through image space."""
