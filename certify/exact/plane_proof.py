"""Proofs from a region map of a window of a plane, which hold whether or not the map is right.

Take any closed polygons whose sides cancel but for the window's own: each point of the window lies in one of the
triangles into which they fan out. On a triangle with corners v_i, and with any pattern P, let A be the affine piece of
P and z the network's true pre-activations. Where a unit's sign differs from P's, it is at most t = max(0, -sign A(v_i))
from zero, as A is affine and largest at a corner. So activations differ from P's piece by at most E + t, where z
differs by at most E, and the next layer's E is |W| (E + t). A map that merges regions, or misses some, has a large t
there: its proofs hold, and the rest is returned as uncertain.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from certify.regions.affine_functions import differences_of, push_through
from geometry.network.rounding import EPSILON
from geometry.norms import Array, Norm
from geometry.polygons import triangle_fan
from geometry.regions.class_areas import area_where_positive
from geometry.regions.region_map import RegionMap, Window

Indices = NDArray[np.int64]

VALUES_AT_ONCE = 1 << 22  # values of one layer in one batch at most: a limit of memory, 32 MB


def covers(regions: RegionMap, part: Window | None = None) -> bool:
    """Whether the rings' sides cancel outside of a part of the window, by default all of it, which they go round.

    Sides that are left lie on the part's border or beyond. So all of the part is gone round equally often, and the
    areas of the rings add up to this multiple of the part's, but for the margin around it. A part of less than all is
    the window without a margin far smaller than half of it over the number of regions. The areas are more than half of
    the window's, so the multiple is not 0.
    """
    s0, s1, t0, t1 = regions.window if part is None else part
    begin, end = regions.ring, _following(regions.ring, regions.starts)
    forward = begin < end
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    names, which = np.unique(low * len(regions.vertices) + high, return_inverse=True)
    net = np.bincount(which, np.where(forward, 1.0, -1.0), len(names))
    left = names[net != 0]
    a, b = regions.vertices[left // len(regions.vertices)], regions.vertices[left % len(regions.vertices)]
    beyond = [(a[:, k] <= side) & (b[:, k] <= side) for k, side in ((0, s0), (1, t0))]
    beyond += [(a[:, k] >= side) & (b[:, k] >= side) for k, side in ((0, s1), (1, t1))]
    return bool(np.any(beyond, axis=0).all()) and _total_area(regions) > (s1 - s0) * (t1 - t0) / 2


def uncertain_parts(regions: RegionMap, label: int) -> tuple[Array, Indices]:
    """Where f_label <= f_s is not excluded: convex polygons (m, 6, 2), corners may repeat, and the region of each (m,).

    Margins in a triangle are at least the affine combination of its corners' margins less their errors. A part is where
    this combination is not positive.
    """
    parts, owners, _ = parts_and_area(regions, label)
    return parts, owners


def parts_and_area(regions: RegionMap, label: int) -> tuple[Array, Indices, float]:
    """The parts and regions of `uncertain_parts`, and the area where f_label > f_s is proved for all other s."""
    parts, owners, area = [np.zeros((0, 6, 2))], [np.zeros(0, np.int64)], 0.0
    for first, last in _chunks(regions):
        begin, end = regions.starts[first], regions.starts[last]
        margins = _least_margins(regions, first, last, label)
        firsts = np.repeat(regions.starts[first:last] - begin, np.diff(regions.starts[first : last + 1]))
        here = np.arange(end - begin)
        there = _following(here, regions.starts[first : last + 1] - begin)
        corners = np.stack([firsts, here, there], axis=1)  # of the fan's triangles, two of each ring flat
        corners = corners[(firsts != here) & (firsts != there)]
        values = margins[corners]  # (triangles, 3, others)
        places = regions.vertices[regions.ring[begin:end]][corners]
        certain = (values > 0).all(axis=(1, 2))
        area += float(_triangle_areas(places[certain]).sum()) + area_where_positive(places[~certain], values[~certain])
        triangle, other = np.nonzero(~(values > 0).all(axis=1))
        parts.append(_not_positive(places[triangle], values[triangle, :, other]))
        region = np.repeat(np.arange(first, last), np.diff(regions.starts[first : last + 1]))
        owners.append(region[corners[triangle, 0]])
    return np.concatenate(parts), np.concatenate(owners), area


def part_distances(parts: Array, x: Array, p: Norm) -> Array:
    """(m, k, 2) convex polygons -> (m,) lower bounds on their l_p distances from x; 0 where x may be inside.

    x is outside where the polygon lies to one side of it, or where x is to the left of one side and to the right of
    another. Then the nearest point is on a side. A corner, a step, a share along a side and a norm cost few roundings,
    fewer than 64, of numbers no larger than the largest coordinate; a cross product costs 8 of the product.
    """
    start, end = parts, np.roll(parts, -1, axis=1)
    size = np.maximum(np.abs(parts).max(axis=(1, 2)), np.abs(x).max())
    slack = 64 * EPSILON * size
    step, along = x - start, end - start
    cross = along[..., 0] * step[..., 1] - along[..., 1] * step[..., 0]
    doubt = 8 * EPSILON * (np.abs(along).sum(-1) + slack[:, None]) * (np.abs(step).sum(-1) + slack[:, None])
    doubt += slack[:, None] * (np.abs(along).sum(-1) + np.abs(step).sum(-1))
    outside = (cross > doubt).any(axis=1) & (cross < -doubt).any(axis=1)
    outside |= ((parts - x > slack[:, None, None]).all(axis=1) | (x - parts > slack[:, None, None]).all(axis=1)).any(1)
    sides = np.stack([start, end], axis=2).reshape(-1, 2, 2)
    nearest = segment_distances(sides, x, p).reshape(start.shape[:2]).min(axis=1, initial=np.inf)
    return np.where(outside, np.maximum(nearest - slack, 0), 0)


def segment_distances(segments: Array, x: Array, p: Norm) -> Array:
    """(m, 2, 2) -> (m,) l_p distances from x to segments of the plane.

    The distance along a segment is convex, and least at an end, at the foot point (l2) or where the larger coordinate
    of the difference changes (l1, l-infinity): one of few candidates.
    """
    start, along = segments[:, 0] - x, segments[:, 1] - segments[:, 0]
    (a, b), (da, db) = start.T, along.T
    with np.errstate(divide="ignore", invalid="ignore"):
        if p == 2:
            turns = np.stack([-(a * da + b * db) / (da * da + db * db)])
        else:
            turns = np.stack([-a / da, -b / db, (b - a) / (da - db), -(a + b) / (da + db)])
    ends = np.broadcast_to([[0.0], [1.0]], (2, len(segments)))
    shares = np.clip(np.nan_to_num(np.concatenate([ends, turns])), 0, 1)
    distances: Array = np.linalg.norm(start + shares[:, :, None] * along, ord=p, axis=2).min(axis=0)
    return distances


def _chunks(regions: RegionMap) -> Iterator[tuple[int, int]]:
    """Ranges of regions, with VALUES_AT_ONCE values of a layer at most where there are several."""
    widest = max(2, *regions.network.widths, regions.network.classes)
    first = 0
    while first < len(regions):
        last = int(np.searchsorted(regions.starts, regions.starts[first] + VALUES_AT_ONCE // widest, side="right")) - 1
        last = min(max(last, first + 1), len(regions))
        yield first, last
        first = last


def _least_margins(regions: RegionMap, first: int, last: int, label: int) -> Array:
    """(corners, others) of regions first..last: the piece's f_label - f_s at the corner, less all errors."""
    network, starts = regions.network, regions.starts[first : last + 1] - regions.starts[first]
    owner = np.repeat(np.arange(last - first), np.diff(starts))
    patterns = regions.patterns(np.arange(first, last))
    values = regions.vertices[regions.ring[regions.starts[first] : regions.starts[last]]]
    shifts, off, unit = np.zeros_like(values), np.zeros((last - first, values.shape[1])), 0
    for layer in network.hidden:
        push = push_through(layer.affine)
        values, shifts = push.values(values), push.shifts(values, shifts)
        off = push.amplified(off)  # per region: how far z may be from the piece
        on, slopes = patterns[:, unit : (unit := unit + layer.units)], layer.slopes()
        wrong = np.maximum(np.where(on[owner], -values, values) + shifts, 0)
        if layer.bends is not None:
            wrong *= layer.bending()
        off = (off + np.maximum.reduceat(wrong, starts[:-1], axis=0)) * (1 + 4 * EPSILON)
        factors = np.where(on, 1.0, slopes)[owner]
        shifts = (shifts + np.where((slopes == 0) | (slopes == 1), 0, EPSILON) * np.abs(values)) * factors
        values = values * factors
    differences = differences_of(network, label)
    errors = differences.shifts(np.abs(values), shifts)
    tolerance = differences.amplified(off)[owner]
    least: Array = values @ differences.weights + differences.offset - errors - tolerance
    return least - 4 * EPSILON * np.abs(least)


def _total_area(regions: RegionMap) -> float:
    """The areas of the rings, of thin ones too roughly."""
    return float(triangle_fan(regions.vertices[regions.ring], regions.starts).sum())


def _triangle_areas(places: Array) -> Array:
    """(m, 3, 2) -> (m,)."""
    (a, b), (c, d) = (places[:, 1] - places[:, 0]).T, (places[:, 2] - places[:, 0]).T
    areas: Array = np.abs(a * d - b * c) / 2
    return areas


def _not_positive(places: Array, values: Array) -> Array:
    """Triangles (m, 3, 2), values (m, 3) at the corners, not all positive -> (m, 6, 2) where their affine map is not.

    Corners with such values and crossings on the sides, in order; other places repeat the one before.
    """
    following, next_values = np.roll(places, -1, axis=1), np.roll(values, -1, axis=1)
    low, high = ~(values > 0), ~(next_values > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(np.nan_to_num(values / (values - next_values)), 0, 1)
    crossing = places + share[..., None] * (following - places)
    slots = np.stack([places, crossing], axis=2).reshape(-1, 6, 2)
    real = np.stack([low, low != high], axis=2).reshape(-1, 6)
    for _ in range(2):
        for slot in range(6):
            slots[:, slot] = np.where(real[:, slot, None], slots[:, slot], slots[:, slot - 1])
    return slots


def _following(values: Indices, starts: Indices) -> Indices:
    """The next value on each ring."""
    following = np.roll(values, -1)
    following[starts[1:] - 1] = values[starts[:-1]]
    return following
