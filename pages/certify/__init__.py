"""Certify: what an adversary can do to a network, and provably cannot."""
