"""Constants of affine maps that were chosen for speed, measured by `python -m benchmarks.tuning geometry.network`.

Each row lists value: time, relative to the value in use. On a busy machine two runs differ by 0.1.
"""

# Points from which, and up to which, W x^T is a faster product than x W^T, whose larger factor is repacked. Matrices of
# 1000 rows gain, those of 100 lose some microseconds.
FEW_FROM = 12  # 2: 0.82, 6: 0.81, 24: 1.02, 100: 1.05
FEW_TO = 64  # 12: 0.86, 32: 0.93, 128: 0.86, 256: 0.94
# Numbers in the patches of a convolution up to which torch unfolds it itself, with less preparation.
UNFOLDED = 1 << 15  # 1: 1.20, 4096: 1.25, 2^17: 1.18, 2^30: 0.98
