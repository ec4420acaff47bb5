"""Distances from points to hyperplanes: those of units (d_B), and those of decisions (d_D).

`distances` gives both. The search for a unit's nearest hyperplane is in `nearest_hyperplanes`, the formulas of the
distance to one given hyperplane in `hyperplanes`, and Singla and Feizi's certificate in `simplex_certificate`.
"""
