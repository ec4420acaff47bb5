"""Constants of bounds that were chosen for speed, measured by `python -m benchmarks.tuning certify.bounds`.

Each row lists value: time, relative to the value in use. On a busy machine two runs differ by 0.1.
"""

# Coefficients in one batch of rows: they stay in the cache, and bound memory.
NUMBERS_AT_ONCE = 1 << 20  # 2^18: 1.13, 2^19: 1.05, 2^21: 1.11, 2^22: 1.14
# Share of unstable units above which all are substituted back: choosing rows or columns of weights copies them.
NEARLY_ALL = 0.8  # 0.2: 0.99, 0.4: 1.06, 0.6: 0.82 to 1.01, 1: 0.83 to 1.17
# Rows below which choosing columns of weights costs more than it saves.
WORTH_CHOOSING = 64  # 1: 1.17 (CROWN-interval alone 1.2 to 1.9), 16: 1.04, 256: 0.96, 1e4: 1.33
# Times as many multiplications as in the convolution that a matrix from patch to patch may take.
PATCH_WASTE = 16  # 4: 1.33, 8: 0.90, 32: 0.94, 64: 0.95
# Numbers in an array of interval arithmetic: a few of this size stay in a core's cache.
IN_CACHE = 1 << 17  # 2^15: 1.15, 2^16: 1.07, 2^18: 1.00, 2^19: 1.05
# Share of a program's variables left above which presolve does not pay: rows become dense.
WORTH_PRESOLVING = 0.25  # 0: 1.05 to 1.14, 1: 0.79 to 1.09 on KW's network
# The first radius that a search tries, relative to the distance of the nearest decision hyperplane.
FIRST_RADIUS = 0.7  # 0.3: 1.07, 0.5: 1.01, 0.6: 1.04, 0.8: 1.03, 1: 1.06
# Evaluations in the middle of a bracket that a search by parabolas may take more than a bisection.
SPARE = 6  # 1: 1.76, 2: 1.45, 4: 0.92, 8: 0.99, 16: 0.95; margins 1.67, 1.23, 1.00, 0.96, 0.96
# Evaluations after which a search asks whether even the radius 0 is proved.
DOUBT = 5  # 1: 0.95, 2: 0.99, 3: 0.97, 10: 1.05; margins 0.72, 0.79, 0.86, 1.34 where no proof is sure
