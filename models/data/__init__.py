"""Data sets: toy sets in the plane, files of points, and images."""
