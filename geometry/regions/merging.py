"""Cells that differ only in comparisons without effect become one: regions of max-pooling are where another wins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geometry.computation.cancellation import check_cancelled
from geometry.network.graph import Comparisons
from geometry.ragged_arrays import Ints, Words, pack_bits
from geometry.regions.cutting.faces import cycles
from geometry.regions.subdivision import Subdivision
from geometry.regions.vertex_lines import Lines

BITS_AT_ONCE = 1 << 25  # a byte each, that are unpacked at a time: limits memory
CORNERS = 4  # the window's, which are the first vertices


def merged(level: Subdivision, labels: Ints) -> tuple[Subdivision, Ints]:
    """The cells of equal labels (n,) as one, where these are convex together; and (V,) which old vertices are left.

    An edge between equal labels goes. Two convex cells share one straight segment, so a vertex at which only two edges
    are left lies inside a side, unless it is a corner of the window: it goes, and the two edges become one.
    """
    sides = np.where(level.edge_cells >= 0, labels[level.edge_cells], -1)  # (E, 2) left and right
    edges = np.flatnonzero(sides[:, 0] != sides[:, 1])
    ends, sides = level.edges[edges], sides[edges]
    degree = np.bincount(ends.ravel(), minlength=len(level.vertices))
    through = degree == 2
    through[:CORNERS] = False
    chain, first = _chains(ends, through)
    left = sides[first]  # of each chain, in the direction of its first edge
    ahead = sides[:, 0] == left[chain, 0]
    start, stop = np.where(ahead, ends[:, 0], ends[:, 1]), np.where(ahead, ends[:, 1], ends[:, 0])
    whole = np.empty((len(first), 2), np.int64)
    whole[chain[~through[start]], 0] = start[~through[start]]
    whole[chain[~through[stop]], 1] = stop[~through[stop]]
    kept = np.flatnonzero((degree > 0) & ~through)
    number = np.empty(len(level.vertices), np.int64)
    number[kept] = np.arange(len(kept))
    starts, half_edges = _rings(whole, left)
    lines = Lines(level.lines.unit, level.lines.cell, level.lines.through[kept])
    finished = replace(
        level,
        vertices=level.vertices[kept],
        spread=level.spread[kept],
        edges=number[whole],
        edge_line=level.edge_line[edges[first]],
        lines=lines,
        starts=starts,
        half_edges=half_edges,
        parents=None,
    )
    return finished, kept


def relevant_words(comparisons: Comparisons, words: Words, units: int) -> Words:
    """(m, words) patterns of hidden units, a bit for each, without the bits that do not matter."""
    size = max(1, BITS_AT_ONCE // max(1, units))
    parts = [np.zeros((0, words.shape[1]), np.uint64)]
    for begin in range(0, len(words), size):
        check_cancelled()
        octets = np.ascontiguousarray(words[begin : begin + size]).view(np.uint8)
        patterns = np.unpackbits(octets, axis=1, count=units, bitorder="little").view(np.bool_)
        parts.append(pack_bits(comparisons.relevant(patterns)))
    return np.concatenate(parts)


def _chains(ends: Ints, through: Ints) -> tuple[Ints, Ints]:
    """Edges (m, 2) that follow each other through some of the vertices: (m,) the chain of each, and a first edge."""
    edge, side = np.nonzero(through[ends])
    order = np.argsort(ends[edge, side], kind="stable")
    pairs = edge[order].reshape(-1, 2).T
    links = coo_array((np.ones(pairs.shape[1], bool), tuple(pairs)), shape=(len(ends), len(ends)))
    chain = connected_components(links, directed=False)[1].astype(np.int64)
    return chain, np.unique(chain, return_index=True)[1]


def _rings(edges: Ints, sides: Ints) -> tuple[Ints, Ints]:
    """The boundary of every face, counter-clockwise: half-edge 2e has the face `sides`[e, 0] on its left."""
    start, face = edges.ravel(), sides.ravel()
    stop = edges[:, ::-1].ravel()
    inner = np.flatnonzero(face >= 0)
    order = inner[np.lexsort((start[inner], face[inner]))]
    width = int(edges.max(initial=0)) + 1
    keys = face[order] * width + start[order]
    following = np.searchsorted(keys, face[order] * width + stop[order])
    starts, walk = cycles(following)
    return starts, order[walk]
