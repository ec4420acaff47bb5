"""Explore: the exact linear regions of a network on the plane, to be questioned with the mouse."""
