"""Bounds that hold on a whole perturbation set: of units, of margins, of radii. README.md explains them."""
