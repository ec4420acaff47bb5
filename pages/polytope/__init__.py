"""Polytope: what an adversary can reach, and what convex bounds cannot exclude."""
