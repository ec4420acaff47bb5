"""How much is computed at once: rows of back-substitution are cut into batches that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator

NUMBERS_AT_ONCE = 1 << 20  # coefficients in one batch of rows: few enough to stay in the cache, and to bound memory


def batches(samples: int, rows: int, length: int) -> Iterator[tuple[slice, slice]]:
    """Slices of samples and of rows such that no batch of rows holds more than about NUMBERS_AT_ONCE numbers.

    Only small samples share a batch: alone, a large one has no columns filled up to another's number.
    """
    at_once = max(1, NUMBERS_AT_ONCE // 2 // max(1, rows * length))
    some = min(rows, max(1, NUMBERS_AT_ONCE // length))
    for start in range(0, samples, at_once):
        for first in range(0, rows, some):
            yield slice(start, min(start + at_once, samples)), slice(first, min(first + some, rows))
