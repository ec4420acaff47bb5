"""The straight cuts that a layer's units make through the cells of a subdivision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geometry.crossings import Crossings
from geometry.ragged import Floats, Ints, ranges
from geometry.rings import Rings


@dataclass(frozen=True, eq=False)
class Chords:
    """One chord per line that cuts a cell, from ring entry a to ring entry b > a of the same ring, ordered by a."""

    a: Ints  # (m,)
    b: Ints  # (m,)
    unit: Ints  # (m,) the unit whose line it is; the first of those that share it
    from_vertex: Ints  # (m,)
    to_vertex: Ints  # (m,)
    ring_end: Ints  # (m,) one past the last entry of the ring
    spread: Floats  # (m,) how far rounding may have moved an end
    merged: bool  # several chords may end at the same entry

    def __len__(self) -> int:
        return len(self.a)


def find_chords(rings: Rings, crossings: Crossings, vertices: Floats, has_zeros: bool) -> Chords:
    """Join the two ends of each unit's line in each cell."""
    node = rings.vertex - crossings.first_vertex
    entry = np.flatnonzero(node >= 0)
    node = node[entry]
    if crossings.merged:
        count = np.diff(crossings.first_crossing)[node]
        entry, unit = np.repeat(entry, count), crossings.unit[ranges(crossings.first_crossing[node], count)]
    else:
        unit = crossings.unit[node]
    merged = crossings.merged or has_zeros
    if has_zeros:
        at_vertex, unit_there = rings.on_line
        entry, unit = np.concatenate([entry, at_vertex]), np.concatenate([unit, unit_there])
    units = int(unit.max(initial=0)) + 1
    line = rings.cell[entry] * units + unit
    order = np.argsort(line)
    line, entry = line[order], entry[order]
    if merged or not _in_pairs(line):
        a, b, line = _farthest_pairs(line, entry, vertices[rings.vertex])
    else:
        a, b, line = entry[::2], entry[1::2], line[::2]
    a, b = np.minimum(a, b), np.maximum(a, b)
    if merged:
        proper = (b != a) & (b != rings.following[a]) & (a != rings.following[b])  # else it runs along an edge
        a, b, line = a[proper], b[proper], line[proper]
        order = np.lexsort((line, b, a))
        a, b, line = a[order], b[order], line[order]
        first = np.ones(len(a), bool)
        first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
        a, b, line = a[first], b[first], line[first]
    else:
        order = np.argsort(a)
        a, b, line = a[order], b[order], line[order]
    spread = np.concatenate([np.zeros(crossings.first_vertex), crossings.spread])[rings.vertex]
    return Chords(
        a=a,
        b=b,
        unit=line % units,
        from_vertex=rings.vertex[a],
        to_vertex=rings.vertex[b],
        ring_end=rings.starts[rings.cell[a] + 1],
        spread=np.maximum(spread[a], spread[b]),
        merged=merged and len(a) > 0,
    )


def _in_pairs(line: Ints) -> bool:
    """Does every value occur exactly twice in this sorted array?"""
    return len(line) % 2 == 0 and bool((line[::2] == line[1::2]).all() and (line[1:-1:2] != line[2::2]).all())


def _farthest_pairs(line: Ints, entry: Ints, position: Floats) -> tuple[Ints, Ints, Ints]:
    """The two ends that lie farthest apart on each line.

    More than two are neighbouring vertices that are all zero within rounding; fewer, a line that only touches.
    """
    starts = np.flatnonzero(np.r_[True, line[1:] != line[:-1]]) if len(line) else np.zeros(0, np.int64)
    count = np.diff(np.r_[starts, len(line)])
    pairs = starts[count == 2]
    a, b, found = [entry[pairs]], [entry[pairs + 1]], [line[pairs]]
    for start, size in zip(starts[count > 2], count[count > 2]):
        some = entry[start : start + size]
        points = position[some]
        far = int(np.abs(points - points[0]).sum(axis=1).argmax())
        farthest = int(np.abs(points - points[far]).sum(axis=1).argmax())
        a.append(some[[far]])
        b.append(some[[farthest]])
        found.append(line[[start]])
    return np.concatenate(a), np.concatenate(b), np.concatenate(found)
