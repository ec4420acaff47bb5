"""Linear regions of a network on a plane, and one region at a time. README.md explains the algorithm."""
