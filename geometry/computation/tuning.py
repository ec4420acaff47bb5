"""Sizes that decide how many cores a computation uses. `python -m benchmarks.cores` measures products around them."""

SHARED = 1 << 25  # multiplications in a product from which several free cores are faster
HUGE = 1 << 33  # from which several cores are no slower even if other processes use them
