"""A constant of the ladder that was chosen for speed, measured by `python -m benchmarks.tuning certify.WORTH`.

The row lists value: time, relative to the value in use. On a busy machine two runs differ by 0.1.
"""

# Expected seconds of a method from which the exact search runs before it.
WORTH_TRYING = 0.25  # 0: 1.14, 0.06: 1.08, 1: 0.96, 100: 0.94
