"""A constant of searches that was chosen for speed, measured by `python -m benchmarks.tuning geometry.distances`.

The row lists value: time, relative to the value in use. On a busy machine two runs differ by 0.1.
"""

# Rows per point in the first round of a search, which often is the last; rounds double.
FIRST_CANDIDATES = 4  # 1: 0.94, 2: 0.94, 8: 1.28, 16: 1.72
