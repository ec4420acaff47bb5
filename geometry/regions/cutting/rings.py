"""The boundaries of the cells that a layer cuts, refined by the crossings on their edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geometry.ragged_arrays import Ints, Words, offsets, set_bits
from geometry.regions.cutting.crossings import Crossings
from geometry.regions.evaluation.signs import Signs


@dataclass(frozen=True, eq=False)
class Rings:
    """Counter-clockwise rings of the cells that are cut, one after the other; an entry is a vertex of a ring."""

    cells: Ints  # (k,) the cells
    vertex: Ints  # (r,) of each entry
    half_edge: Ints  # (r,) from each entry to the next, numbered by sub-edge
    cell: Ints  # (r,) which of the k cells
    starts: Ints  # (k + 1,)
    following: Ints  # (r,) the next entry around the ring
    on_line: tuple[Ints, Ints]  # (entry, unit): old vertices at which the line of a unit that cuts the cell ends

    def length_at(self, entry: Ints) -> Ints:
        """Entries of the ring that each of these entries belongs to."""
        cell = self.cell[entry]
        return self.starts[cell + 1] - self.starts[cell]


def refine_rings(edges: Ints, starts: Ints, half_edges: Ints, crossings: Crossings, signs: Signs) -> Rings:
    """The rings of all cells that some unit cuts, with the nodes of `crossings` inserted."""
    sizes = np.diff(starts)
    cell = np.repeat(np.arange(len(sizes)), sizes)
    nodes = crossings.nodes_on_edge[half_edges >> 1]
    cut = np.add.reduceat(nodes, starts[:-1]) > 0
    position, unit = _lines_through_vertices(edges.ravel()[half_edges], cell, starts, signs)
    cut[cell[position]] = True
    cells = np.flatnonzero(cut)
    selected = cut[cell]
    half_edge, nodes = half_edges[selected], nodes[selected]
    first_entry = offsets(nodes + 1)
    entries = int(first_entry[-1])
    source = np.repeat(np.arange(len(half_edge)), nodes + 1)  # the coarse half-edge an entry lies on
    step = np.arange(entries) - first_entry[source]  # 0 at its start, then the nodes in its direction
    edge, reverse, nodes = half_edge[source] >> 1, half_edge[source] & 1, nodes[source]
    along = np.where(reverse, nodes - step, step)
    vertex = crossings.first_vertex + crossings.first_node[edge] + along - 1 + reverse
    at_start = first_entry[:-1]
    vertex[at_start] = edges.ravel()[half_edge]
    ring_starts = np.r_[first_entry[offsets(sizes[cut])[:-1]], entries]
    following = np.arange(1, entries + 1)
    following[ring_starts[1:] - 1] = ring_starts[:-1]
    return Rings(
        cells=cells,
        vertex=vertex,
        half_edge=2 * (crossings.first_sub_edge[edge] + along) + reverse,
        cell=np.repeat(np.arange(len(cells)), np.diff(ring_starts)),
        starts=ring_starts,
        following=following,
        on_line=(at_start[np.cumsum(selected)[position] - 1], unit),
    )


def _lines_through_vertices(vertex: Ints, cell: Ints, starts: Ints, signs: Signs) -> tuple[Ints, Ints]:
    """(ring position, unit) where a unit is zero at a vertex of a cell in which it has both signs."""
    if signs.zero is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    negative: Words = ~(signs.positive | signs.zero)
    both = np.bitwise_or.reduceat(signs.positive[vertex], starts[:-1])
    both &= np.bitwise_or.reduceat(negative[vertex], starts[:-1])
    touching = np.flatnonzero(np.bitwise_or.reduce(signs.zero, axis=1)[vertex])
    row, unit = set_bits(signs.zero[vertex[touching]] & both[cell[touching]])
    return touching[row], unit
