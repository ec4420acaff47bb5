"""Rows of different lengths in flat arrays (CSR), and bits packed into words."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Words: TypeAlias = NDArray[np.uint64]
Floats: TypeAlias = NDArray[np.float64]

ONE = np.uint64(1)
POSITION_BITS = 40  # of a packed sort key of 63 bits; the group has the other 23


def offsets(counts: NDArray[np.integer]) -> Ints:
    """(m,) row lengths -> (m + 1,) the start of each row, and the end of the last."""
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def ranges(first: Ints, counts: Ints) -> Ints:
    """The concatenation of arange(first[i], first[i] + counts[i])."""
    starts = offsets(counts)
    return np.arange(starts[-1]) + np.repeat(first - starts[:-1], counts)


def order_within(group: Ints, position: Floats) -> Ints:
    """The order by group, then by position in [0, 1].

    Both are packed into one integer, because sorting one key is several times faster than lexsort; positions that
    agree in all POSITION_BITS are then sorted again, exactly.
    """
    if len(group) < 2:
        return np.arange(len(group))
    if int(group.max()) < 1 << (62 - POSITION_BITS):
        key = (group << (POSITION_BITS + 1)) | (position * float(1 << POSITION_BITS)).astype(np.int64)
        order: Ints = np.argsort(key)
        key = key[order]
        if not (key[1:] == key[:-1]).any():
            return order
    return np.lexsort((position, group))


def open_runs(group: Ints, position: Floats, error: Floats) -> list[tuple[int, int]]:
    """Where errors leave the order within groups open, of (m,) positions sorted by group: (begin, end) of each run.

    Positions of different runs differ by more than their errors together, so a run has only to be sorted itself.
    """
    near = (group[1:] == group[:-1]) & (position[1:] - position[:-1] <= error[1:] + error[:-1])
    runs: list[tuple[int, int]] = []
    for number in np.unique(group[1:][near]):
        begin, end = np.searchsorted(group, (number, number + 1))
        places, off = position[begin:end], error[begin:end]
        highest = np.maximum.accumulate(places + off)
        lowest = np.minimum.accumulate((places - off)[::-1])[::-1]
        apart = np.flatnonzero(highest[:-1] < lowest[1:]) + 1
        bounds = [0, *apart.tolist(), end - begin]
        runs += [(int(begin) + i, int(begin) + j) for i, j in pairwise(bounds) if j - i > 1]
    return runs


def pack_bits(bits: Bools) -> Words:
    """(m, n) booleans -> (m, ceil(n / 64)) words."""
    packed = np.packbits(bits, axis=1, bitorder="little")
    missing = -packed.shape[1] % 8
    if missing:
        packed = np.pad(packed, ((0, 0), (0, missing)))
    return np.ascontiguousarray(packed).view(np.uint64)


def set_bits(words: Words) -> tuple[Ints, Ints]:
    """Row and column of every set bit of (m, w) words, in no particular order."""
    place = np.flatnonzero(words)
    unread = words.ravel()[place]
    row, first = np.divmod(place, words.shape[1])
    first *= 64
    rows, columns = [row[:0]], [first[:0]]
    while len(unread):  # takes the lowest set bit of every word
        rows.append(row)
        columns.append(first + np.bitwise_count(~unread & (unread - ONE)))
        unread &= unread - ONE
        more = unread != 0
        unread, row, first = unread[more], row[more], first[more]
    return np.concatenate(rows), np.concatenate(columns)
