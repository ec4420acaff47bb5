"""Sets in the plane: balls cut by a plane, unions of convex sets, sets of outputs that an adversary reaches."""
