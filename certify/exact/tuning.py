"""Constants of searches that were chosen for speed. `python -m benchmarks.tuning` measures each at other values."""

# The minimal perturbation: which method runs when
FIRST_REGIONS = 50  # searched before slower methods
SEARCHABLE = 20_000  # units times inputs up to which many regions can be searched: the network is small
SEARCH_SHARE = 0.25  # of the time, for the region search before branch and bound; in verdicts after it, too
FIRST_SHARE = 0.03  # of the time, for the first regions of a network that is not small
BRANCH_SHARE = 0.6  # of the time, after which branch and bound stops
LONG_SHARE = 0.95  # of the time, after which it stops on a network that is not small

# Verdicts
SEARCHED_FIRST = 200  # regions searched before other exact methods

# Region search
STABLE_AFTER = 200  # regions searched before it pays to bound the units, and again after as many more

# Bisection
FIRST_SECONDS = 0.3  # for one radius
SECONDS_GROWTH = 1.3  # the factor by which the next radius gets more time if this was not enough
LEAST_SHARE = 1 / 64  # of the bracket by which a radius is raised at least
GRID = 12  # radii at which an attack is tried at once
ROUNDS = 3  # of such grids, each finer than the one before

# Search on the plane
FIRST_ZOOM = 1 / 16  # the first window's radius, relative to the upper bound: a small one often suffices
WINDOW_GROWTH = 4  # of the radius, from window to window

# Branch and bound
ROOT_STEPS = 30  # of ascent on the whole set
CHILD_STEPS = 2  # of ascent on a half, which starts from its parent's lines
ASCENT_RATE = 0.1  # in slopes; multipliers are of the order of weights
DOMAINS_AT_ONCE = 64  # domains that are split in one batch at most
