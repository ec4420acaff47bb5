"""Sets of two outputs: inner approximations of the adversarial polytope, and proved outer bounds of it."""
