"""Distances within a plane, measured in input space: upper bounds on the distances in all of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geometry.norms import Array, Norm
from geometry.planar.ball import RELATIVE_ERROR, ball_corners
from geometry.plane import Plane
from geometry.regions.region import Region

STEPS = 60  # of a golden-section search, which leave 3e-13 of a segment
NEAREST = 64  # segments that are searched: limits the time, and the distance stays an upper bound
GOLDEN = (5**0.5 - 1) / 2


def plane_distances(region: Region, plane: Plane, p: Norm) -> tuple[float, float]:
    """d_B and d_D of a region's point when it moves on a plane through it, in the l_p norm of input space.

    On the plane a hyperplane is the line a s + b t + c = 0, and its distance |height| / h(a, b): h, the largest
    a s + b t among steps of length one, is attained at a corner of the unit ball's cut with the plane.
    """
    corners = ball_corners(region.x, 1.0, p, plane)
    (place,) = plane.project(region.x[None])
    normals, offsets = region.on_plane(plane, of_class=True)
    heights = np.abs(normals @ place + offsets)
    reach = ((normals @ (corners - place).T).max(axis=1)) if len(normals) else np.zeros(0)
    apart = np.divide(heights, reach, out=np.full(len(heights), np.inf), where=reach > 0)
    units = len(region.pattern)
    return float(apart[:units].min(initial=np.inf)), float(apart[units:].min(initial=np.inf))


def nearest_on_lines(lines: Sequence[Array], place: Array, p: Norm, plane: Plane) -> tuple[float, Array | None]:
    """The point of polylines (k, 2) on a plane that is nearest to (s, t) in the l_p norm of input space.

    Returns
    -------
    its distance, an upper bound by the point itself, and its coordinates; infinite and None without lines

    The distance along a segment is convex. The l2 distance, which differs from l_p by a factor that the plane bounds,
    rules out most segments.
    """
    segments = [np.stack([line[:-1], line[1:]], axis=1) for line in lines if len(line) > 1]
    if not segments:
        return np.inf, None
    start, end = np.concatenate(segments).transpose(1, 0, 2)
    corners = ball_corners(plane.embed(place[None])[0], 1.0, p, plane) - place
    normals = _facets(corners)

    def length(steps: Array) -> Array:
        lengths: Array = (steps @ normals.T).max(axis=-1) if p != 2 else np.linalg.norm(steps, axis=-1)
        return lengths

    along = end - start
    share = np.clip(((place - start) * along).sum(1) / np.maximum((along * along).sum(1), np.finfo(float).tiny), 0, 1)
    flat = np.linalg.norm(start + share[:, None] * along - place, axis=1)
    radii = np.linalg.norm(corners, axis=1)
    shortest, longest = (1.0, 1.0) if p == 2 else (1 / radii.max(), float(np.linalg.norm(normals, axis=1).max()))
    candidates = np.flatnonzero(flat * shortest <= flat.min() * longest)
    near = candidates[np.argsort(length(start + share[:, None] * along - place)[candidates])[:NEAREST]]
    low, high = np.zeros(len(near)), np.ones(len(near))

    def at(shares: Array) -> Array:
        return start[near] + shares[:, None] * along[near] - place

    for _ in range(STEPS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        closer = length(at(left)) <= length(at(right))
        high, low = np.where(closer, right, high), np.where(closer, low, left)
    steps = at((low + high) / 2)
    best = int(length(steps).argmin())
    return float(length(steps)[best]), place + steps[best]


def _facets(corners: Array) -> Array:
    """(k, 2) corners of a polygon around the origin, in order -> (k, 2) n: the polygon is all z with <n, z> <= 1."""
    following = np.roll(corners, -1, axis=0)
    cross = corners[:, 0] * following[:, 1] - corners[:, 1] * following[:, 0]
    # corners are known to RELATIVE_ERROR of the radius, which is 1: a side whose product is no larger than what that
    # and rounding leave of zero is a corner met twice
    lengths = np.abs(corners).sum(axis=1) + np.abs(following).sum(axis=1)
    kept = np.abs(cross) > RELATIVE_ERROR * lengths * (1 + lengths)
    turned = np.stack([following[:, 1] - corners[:, 1], corners[:, 0] - following[:, 0]], axis=1)
    normals: Array = turned[kept] / cross[kept, None]
    return normals
