"""Points of the plane and a network for them: chosen and trained on Explore, used on Certify and Polytope too."""
