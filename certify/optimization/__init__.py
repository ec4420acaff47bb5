"""Small optimization problems with proved results: programs in HiGHS, and the nearest point of a polytope."""
