"""Constants of regions that were chosen for speed, measured by `python -m benchmarks.tuning geometry.regions`.

Each row lists value: time, relative to the value in use. On a busy machine two runs differ by 0.1.
"""

# Values that are computed at a time: they fit into a core's cache.
CHUNK_VALUES = 1 << 16  # 2^14: 0.97, 2^15: 0.95, 2^17: 0.98, 2^18: 1.15
# Points per tile: with fewer the bounds take most of the time, with more, more units are unstable.
TILE = 256  # 64: 1.30, 128: 1.09, 512: 0.90, 1024: 1.05
# Multiplications per point and layer squared from which tiles, whose cost grows with depth, pay.
TILED_WORK = 10_000  # 1: 2.11, 2500: 1.14, 4e4: 1.16, 1e9: 1.05
# Multiplications at all points from which they pay. Below it no network gains, and a convolution's matrix is not built.
TILED_TOTAL = 2e8  # 1: 1.07, 2e7: 1.11, 2e9: 2.19
# Rows at a time for a bound on the largest singular value. The bound is 1.46, 1.19, 0.86 and 0.86 times as large.
NORM_ROWS = 512  # 128: 0.43, 256: 0.62, 1024: 1.91, 2048: 2.41
# Share of the window's side: a vertex that may be farther off is computed from its two lines. With a smaller share
# there are more such vertices, with a larger one more open signs in the last layers.
BLURRED = 2.0**-17  # 2^-22: 1.25, 2^-19: 0.99, 2^-15: 0.90, 2^-12: 1.60
# Cells whose rows take together as long as the rows of one: of so many per wanted one, all rows are computed.
CELLS_PER_ROW = 16  # 4: 2.41, 8: 1.31, 32: 1.01, 128: 1.02
# Unclear areas above which only the most unclear ones are computed more sharply.
MANY_AREAS = 200  # 20: 1.08, 2000: 1.03, 2e4: 2.90
# Values of a layer that a raster computes together.
VALUES_AT_ONCE = 1 << 19  # 2^17: 1.45, 2^18: 1.19, 2^20: 0.99, 2^21: 1.53
