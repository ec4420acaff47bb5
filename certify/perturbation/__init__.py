"""What is asked: points, the set in which an adversary may move them, and the arithmetic a proof speaks of."""
