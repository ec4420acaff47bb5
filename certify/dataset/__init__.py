"""Certificates and attacks over a whole data set."""
