"""Sets of two outputs: what an adversary reaches, from within, and what it provably cannot leave, from outside."""
