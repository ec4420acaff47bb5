"""The exact area of each class in a window."""

from __future__ import annotations

import numpy as np

from geometry.norms import Array
from geometry.polygons import triangle_fan
from geometry.ragged_arrays import Floats, Ints
from geometry.regions.region_map import RegionMap


def class_areas(regions: RegionMap) -> Array:
    """(K,) the area of the window in which each class has the largest logit, in plane units squared.

    A class that leads at all corners of a region leads on all of it. The few other regions are convex, and so is
    the part of each class: the polygon is clipped by f_c - f_s >= 0, for all other s, from values at its corners.
    """
    logits, count = regions.vertex_logits, regions.network.classes
    corner_class = logits.argmax(axis=1)[regions.ring]
    lowest = np.minimum.reduceat(corner_class, regions.starts[:-1])
    whole = lowest == np.maximum.reduceat(corner_class, regions.starts[:-1])
    totals: Floats = np.bincount(lowest[whole], regions.areas()[whole], minlength=count).astype(np.float64)
    mixed = np.flatnonzero(~whole)
    places, values = _padded(regions, mixed, regions.vertices), _padded(regions, mixed, logits)
    for label in range(count):
        gaps = values[..., [label]] - np.delete(values, label, axis=2)  # (m, P, K - 1)
        candidates = np.all(np.any(gaps > 0, axis=1), axis=1)  # somewhere the class exceeds each other class
        totals[label] += area_where_positive(places[candidates], gaps[candidates])
    return totals


def _padded(regions: RegionMap, which: Ints, at_vertices: Floats) -> Floats:
    """(m,) regions -> (m, P, k) values at their corners, the last repeated to the same number P for all."""
    sizes = np.diff(regions.starts)[which]
    steps = np.minimum(np.arange(sizes.max(initial=1)), sizes[:, None] - 1)
    return at_vertices[regions.ring[regions.starts[:-1][which][:, None] + steps]]


def area_where_positive(places: Floats, gaps: Floats) -> float:
    """The area of the parts of m convex polygons (m, P, 2) on which all of k affine functions (m, P, k) are positive.

    Each function cuts all polygons at once; a cut convex polygon has at most one corner more.
    """
    corners = np.concatenate([places, gaps], axis=2)
    if len(corners) == 0:
        return 0.0
    for k in range(gaps.shape[2]):
        next_corners = np.roll(corners, -1, axis=1)
        value, next_value = corners[..., 2 + k], next_corners[..., 2 + k]
        inside, crosses = value >= 0, (value >= 0) != (next_value >= 0)
        share = np.divide(value, value - next_value, out=np.zeros_like(value), where=crosses)
        crossing = corners + share[..., None] * (next_corners - corners)
        size = (len(corners), 2 * corners.shape[1])
        both = np.stack([corners, crossing], axis=2).reshape(*size, corners.shape[2])
        kept = np.stack([inside, crosses], axis=2).reshape(size)
        sizes = kept.sum(axis=1)
        alive = sizes > 2
        if not alive.any():
            return 0.0
        both, kept, sizes = both[alive], kept[alive], sizes[alive]
        order = np.argsort(~kept, axis=1, kind="stable")[:, : sizes.max(initial=1)]
        last = np.take_along_axis(order, sizes[:, None] - 1, axis=1)
        order = np.where(np.arange(order.shape[1]) < sizes[:, None], order, last)
        corners = np.take_along_axis(both, order[:, :, None], axis=1)
    starts = np.arange(len(corners) + 1) * corners.shape[1]
    return float(triangle_fan(corners[..., :2].reshape(-1, 2), starts).sum())
