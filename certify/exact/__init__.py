"""Searches that end with the smallest perturbation, or with an interval around it. README.md explains them."""
