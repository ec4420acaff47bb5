"""The straight cuts that a layer's units make through the cells of a subdivision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geometry.ragged_arrays import Floats, Ints, ranges
from geometry.regions.cutting.crossings import Crossings
from geometry.regions.cutting.rings import Rings


@dataclass(frozen=True, eq=False)
class Chords:
    """One chord per line that cuts a cell, from ring entry a to ring entry b > a of the same ring, ordered by a."""

    a: Ints  # (m,)
    b: Ints  # (m,)
    unit: Ints  # (m,) the unit whose line it is; the first of those that share it
    cell: Ints  # (m,) the cell, as numbered before it is cut
    from_vertex: Ints  # (m,)
    to_vertex: Ints  # (m,)
    ring_end: Ints  # (m,) one past the last entry of the ring
    spread: Floats  # (m,) how far (l1) rounding may have moved an end
    merged: bool  # several chords may end at the same entry

    def __len__(self) -> int:
        return len(self.a)


def find_chords(rings: Rings, crossings: Crossings, spread: Floats, has_zeros: bool) -> Chords:
    """Join the two ends of each unit's line in each cell; `spread` (V,) is that of all vertices, nodes included.

    A line that enters a convex cell meets its boundary in two points: nodes, or vertices at which the unit is zero.
    """
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
    if not _in_pairs(line):
        raise RuntimeError("a line that cuts a cell does not have two ends: signs contradict each other")
    a, b, line = entry[::2], entry[1::2], line[::2]
    a, b = np.minimum(a, b), np.maximum(a, b)
    if merged:
        order = np.lexsort((line, b, a))
        a, b, line = a[order], b[order], line[order]
        first = np.ones(len(a), bool)  # two units with the same two ends have one line
        first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
        a, b, line = a[first], b[first], line[first]
    else:
        order = np.argsort(a)
        a, b, line = a[order], b[order], line[order]
    from_vertex, to_vertex = rings.vertex[a], rings.vertex[b]
    return Chords(
        a=a,
        b=b,
        unit=line % units,
        cell=rings.cells[line // units],
        from_vertex=from_vertex,
        to_vertex=to_vertex,
        ring_end=rings.starts[rings.cell[a] + 1],
        spread=np.maximum(spread[from_vertex], spread[to_vertex]),
        merged=merged and len(a) > 0,
    )


def _in_pairs(line: Ints) -> bool:
    """Does every value occur exactly twice in this sorted array?"""
    return len(line) % 2 == 0 and bool((line[::2] == line[1::2]).all() and (line[1:-1:2] != line[2::2]).all())
