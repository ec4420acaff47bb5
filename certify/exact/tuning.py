"""Constants of exact searches, chosen for speed and measured by `python -m benchmarks.tuning certify.exact`.

Each row lists value: time, relative to the value in use; where a time limit ends the search, value: the gap that it
leaves between the bounds. On a busy machine two runs differ by 0.1.
"""

# Minimal perturbations: which method runs when, and for which share of the time.
# Regions searched before slower methods.
FIRST_REGIONS = 50  # 1: 1.51, 12: 0.87, 200: 1.05, 800: 1.01
# Units times inputs up to which many regions can be searched: the network is small.
SEARCHABLE = 20_000  # 1: 0.91, 1e4: 0.94, 1e5: 2.98
# For the region search before branch and bound; in verdicts after it, too.
SEARCH_SHARE = 0.25  # gap: 0: 1.06, 0.1: 1.00, 0.5: 1.36
# For the first regions of a network that is not small.
FIRST_SHARE = 0.03  # gap: 0: 0.93, 0.25: 2.28
# After which branch and bound stops; and on a network that is not small.
BRANCH_SHARE = 0.6  # gap: 0.3: 1.01, 0.95: 1.01
LONG_SHARE = 0.95  # gap: 0.6: 2.25, 0.8: 1.49

# Verdicts: regions searched before other exact methods.
SEARCHED_FIRST = 200  # 1: 1.23, 50: 0.86, 1000: 1.04

# Region search: regions before units are bounded, and again after as many more. It helps most in l-infinity.
STABLE_AFTER = 200  # 20: 1.13 (l-infinity 0.62, l2 1.62), 100: 0.86, 500: 1.02, 1e4: 1.06

# Bisection: seconds for one radius, and the factor by which the next one gets more if these were not enough.
FIRST_SECONDS = 0.3  # 0.03: 9.5, 0.1: 2.96, 1: 0.93, 3: 0.86; more delays the first bounds
SECONDS_GROWTH = 1.3  # 1.1: 1.01, 2: 1.04, 4: 1.04
# Share of the bracket by which a radius is raised at least.
LEAST_SHARE = 1 / 64  # 0.001: 0.88 to 1.01, 0.0625: 0.90 to 1.26, 0.25: 1.04
# Radii at which an attack is tried at once, and rounds of such grids, each finer than the one before.
GRID = 12  # 4: 0.65, with a witness 1.05 times as far; 24: 1.22
ROUNDS = 3  # 1: 0.35, with a witness 1.05 times as far; 2: 0.57, 1.01 times; 5: 1.29

# Search on the plane: the first window's radius, relative to the upper bound, and its growth from window to window.
# Small windows give bounds early where the ball has many regions.
FIRST_ZOOM = 1 / 16  # 1/64: 1.22, 1/4: 0.87 to 0.99, 1: 0.72 to 0.83
WINDOW_GROWTH = 4  # 2: 1.21 to 1.46, 3: 1.29, 8: 0.97 to 1.27, 16: 0.87

# Branch and bound: steps of ascent on the whole set, and on a half, which starts from its parent's lines.
ROOT_STEPS = 10  # 1: 0.85, 30: 1.42, 100: 2.46
CHILD_STEPS = 2  # 1: 0.98, 4: 1.15, 8: 1.37
# Of the ascent, in slopes; multipliers are of the order of weights.
ASCENT_RATE = 0.1  # 0.03: 0.99 to 1.64, 0.3: 1.09 to 1.51, 1: 0.86 to 1.10
# In l2, steps of ascent with the balls of layers; and the share of its distance to 0 by which these must raise the
# lowest bound of the whole set to be used in every domain, which then takes three times as long.
COUPLED_ROOT_STEPS = 20  # 5: 0.98, 60: 1.01
COUPLED_CHILD_STEPS = 4  # 1: 1.93, 2: 1.23, 8: 1.07
COUPLED_GAIN = 0.3  # 0.001: 1.00, 0.1: 1.00; minima on the gallery's MMR for l2 take twice as long with 0.1
