"""A constant of regions by pattern, chosen for speed, measured by `python -m benchmarks.tuning certify.regions`.

The row lists value: time, relative to the value in use. On a busy machine two runs differ by 0.1.
"""

# Regions whose errors, bounded for all patterns, were too large, after which these bounds are given up.
REFUSALS = 16  # 1: 0.99, 4: 1.06, 64: 1.21, 1000: 1.15
