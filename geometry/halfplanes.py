"""Convex polygons clipped by half-planes, for regions and balls on a plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geometry.norms import Array


def clip(polygon: Array, normal: Array, offset: float) -> Array:
    """The part of a convex polygon (k, 2) where <normal, z> + offset >= 0, in the same rotation; maybe (0, 2)."""
    values = polygon @ normal + offset
    inside = values >= 0
    if inside.all() or not inside.any():
        return polygon if len(polygon) and inside.all() else np.zeros((0, 2))
    kept: list[Array] = []
    for i in range(len(polygon)):
        j = (i + 1) % len(polygon)
        if inside[i]:
            kept.append(polygon[i])
        if inside[i] != inside[j] and values[i] != 0 and values[j] != 0:
            t = values[i] / (values[i] - values[j])
            kept.append(polygon[i] + t * (polygon[j] - polygon[i]))
    return np.array(kept)


def clip_all(polygon: Array, normals: Array, offsets: Array) -> Array:
    """The part of a convex polygon (k, 2) in all half-planes <normals[i], z> + offsets[i] >= 0; maybe (0, 2).

    Each step clips by the half-plane that cuts deepest; half-planes that hold the whole polygon are dropped. A zero
    normal is no line: its half-plane is the whole plane, or empty if its offset is negative.
    """
    lengths = np.hypot(normals[:, 0], normals[:, 1])
    if (offsets[lengths == 0] < 0).any():
        return np.zeros((0, 2))
    cutting = np.flatnonzero(lengths > 0)
    while len(polygon) > 0 and len(cutting) > 0:
        depths = ((normals[cutting] @ polygon.T) + offsets[cutting, None]).min(axis=1) / lengths[cutting]
        deepest = int(depths.argmin())
        if depths[deepest] >= 0:
            break
        polygon = clip(polygon, normals[cutting[deepest]], float(offsets[cutting[deepest]]))
        depths[deepest] = 0
        cutting = cutting[depths < 0]  # a half-plane that holds all of a polygon holds every part of it
    return polygon


def window_polygon(window: Sequence[float]) -> Array:
    """The corners of the window (s0, s1, t0, t1), counterclockwise, (4, 2)."""
    s0, s1, t0, t1 = (float(value) for value in window)
    if not (np.isfinite([s0, s1, t0, t1]).all() and s0 < s1 and t0 < t1):
        raise ValueError(f"window must be (s0, s1, t0, t1) with s0 < s1 and t0 < t1, got {tuple(window)}")
    return np.array([[s0, t0], [s1, t0], [s1, t1], [s0, t1]])
