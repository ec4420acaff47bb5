"""Inputs that are vectors of named numbers: their ranges and units, tables of them, and networks that take them."""
