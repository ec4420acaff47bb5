"""Constants of the ladder that were chosen for speed. `python -m benchmarks.tuning` measures each at other values."""

WORTH_TRYING = 0.25  # expected seconds of a method from which the exact search runs before it
