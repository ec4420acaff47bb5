"""Proofs that others can check: see README.md."""
