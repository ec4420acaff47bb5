"""Distances from points to hyperplanes: those of units (d_B), and those of decisions (d_D)."""
