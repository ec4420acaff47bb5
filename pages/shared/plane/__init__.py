"""Points of the plane and a network for them: chosen and trained on Explore, asked about on Certify and Polytope."""
