"""Planes through spaces of named numbers: the network, its inputs, a table of rows, and the plane."""
