"""Explore: the exact linear regions of a network on the plane, with certificates for the points that the mouse pins."""
