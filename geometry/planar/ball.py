"""The cut of an l_p ball with a plane, as a polygon: exact for l1 and l-infinity."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from shapely.geometry import Polygon

from geometry.box import Box, BoxLike, as_box
from geometry.halfplanes import clip, clip_all
from geometry.norms import Array, Norm, check_norm
from geometry.plane import Plane, TensorOrArray, as_array

SEGMENTS = 512  # of an l2 circle: the polygon stays within 2e-5 radii of it
# How far, relative to radius and coordinates, a vertex may lie outside ball or box: the tolerance of these pictures,
# about what sums over some thousand coordinates round by. No certificate rests on it.
RELATIVE_ERROR = 1e-12


@dataclass(frozen=True)
class Disc:
    """The disc in which an l2 ball and a plane meet, in plane coordinates."""

    s: float
    t: float
    radius: float

    def outline(self) -> Array:
        """(SEGMENTS, 2) corners on the circle, counterclockwise."""
        return np.array([self.s, self.t]) + self.radius * _unit_circle()


def disc_on_plane(center: TensorOrArray, radius: float, plane: Plane, box: BoxLike | None = None) -> Disc | None:
    """The same set as `ball_on_plane(center, radius, 2, plane, box)`; None if it is empty, or the box cuts it.

    Raises
    ------
    ValueError
        As `ball_on_plane`.
    """
    foot, nearest, away = _foot(center, radius, 2, plane)
    squared = 1 - float(away @ away)
    if radius == 0 or math.pi * squared <= RELATIVE_ERROR:
        return None
    if box is not None:
        limits, directions = as_box(box, plane.input_shape), np.stack([plane.u.ravel(), plane.v.ravel()], axis=1)
        normals, offsets = _box_halfplanes(limits, nearest, radius, directions)
        if (offsets < np.linalg.norm(normals, axis=1) * math.sqrt(squared)).any():
            return None
    return Disc(float(foot[0]), float(foot[1]), radius * math.sqrt(squared))


def ball_on_plane(center: TensorOrArray, radius: float, p: Norm, plane: Plane, box: BoxLike | None = None) -> Polygon:
    """All (s, t) for which the plane's point lies in the ball {z : ||z - center||_p <= radius}, and in the box.

    Parameters
    ----------
    center : (*input_shape) tensor or array, on the plane or off it
    radius : finite number >= 0
    p : 1, 2 or math.inf
    plane : Plane
    box : (lo, hi), optional

    Returns
    -------
    shapely Polygon in plane coordinates, counterclockwise
        Exact for l1 and l-infinity. For l2 it is inscribed, within 2e-5 radii of the circle. Empty where ball, plane
        and box have no area in common: the plane misses or only touches the ball, or the radius is 0.

    Raises
    ------
    ValueError
        If the radius is negative, infinite or NaN, or p, center or box do not fit.
    """
    corners = ball_corners(center, radius, p, plane, box)
    polygon = Polygon(corners) if len(corners) >= 3 else Polygon()
    return polygon if polygon.area > RELATIVE_ERROR * radius * radius else Polygon()


def ball_corners(center: TensorOrArray, radius: float, p: Norm, plane: Plane, box: BoxLike | None = None) -> Array:
    """(k, 2) the corners of `ball_on_plane`, counterclockwise; where it has no area, those of a point or a segment.

    A segment, such as a ball in a box without width, is as thick as rounding. (0, 2) where nothing is met, which
    includes a plane that only touches the ball.
    """
    foot, nearest, away = _foot(center, radius, p, plane)
    if radius == 0:
        on_plane = np.abs(away).max() <= RELATIVE_ERROR * max(1.0, np.abs(nearest - away).max())
        return foot[None] if on_plane else np.zeros((0, 2))
    directions = np.stack([plane.u.ravel(), plane.v.ravel()], axis=1)  # (d, 2)
    corners = _unit_ball(p, away, directions)
    if box is not None:
        limits = as_box(box, plane.input_shape)
        corners = clip_all(corners, *_box_halfplanes(limits, nearest, radius, directions))
    return corners * radius + foot


def _foot(center: TensorOrArray, radius: float, p: Norm, plane: Plane) -> tuple[Array, Array, Array]:
    """Of the point of the plane nearest a center: (2,) coordinates, (d,) itself, and (d,) from the center, in radii.

    The last is in the units of the input if the radius is 0.
    """
    check_norm(p)
    point = as_array(center, "center")
    if point.shape != plane.input_shape:
        raise ValueError(f"center must have the plane's input shape {plane.input_shape}, got {point.shape}")
    if not 0 <= radius < math.inf:
        raise ValueError(f"radius must be a finite number >= 0, got {radius!r}")
    foot = plane.project(point[None])[0]
    nearest = plane.embed(foot[None]).ravel()
    return foot, nearest, (nearest - point.ravel()) / (radius or 1.0)


def _unit_circle() -> Array:
    angles = np.arange(SEGMENTS) * (2 * math.pi / SEGMENTS)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _unit_ball(p: Norm, away: Array, directions: Array) -> Array:
    """Corners of {z : ||away + directions z||_p <= 1} in the plane, counterclockwise; (0, 2) if it is empty."""
    if p == 2:
        squared, circle = 1 - float(away @ away), _unit_circle()
        return circle * math.sqrt(squared) if squared > 0 else circle[:0]
    reach = 1.01 * (1 if p == 1 else math.sqrt(len(away)))  # of ||.||_2 where ||.||_p <= 1
    square = np.array([[-reach, -reach], [reach, -reach], [reach, reach], [-reach, reach]])
    if p == math.inf:
        return clip_all(square, np.concatenate([-directions, directions]), np.concatenate([1 - away, 1 + away]))

    def steepest(corner: Array) -> tuple[Array, Array]:
        signs = np.sign(away + corner @ directions.T)
        return signs @ directions, signs @ away

    return _sublevel_polygon(square, steepest)


def _sublevel_polygon(polygon: Array, piece: Callable[[Array], tuple[Array, Array]]) -> Array:
    """The part of a convex polygon on which a convex piecewise-linear function g is at most 1.

    `piece` gives for points (k, 2) the gradients (k, 2) and constants (k,) of pieces that g follows there. g lies
    above each of its pieces, so the line on which one reaches 1 bounds the part sought, and cuts off the corner it
    belongs to. When no corner is above 1 the polygon is that part: its sides are pieces, there are only so many.
    """
    before = None
    while len(polygon) > 0 and polygon is not before:  # nothing left to cut but rounding
        before = polygon
        gradients, constants = piece(polygon)
        values = (gradients * polygon).sum(axis=1) + constants
        for corner in np.flatnonzero(values > 1 + RELATIVE_ERROR):
            polygon = clip(polygon, -gradients[corner], 1 - constants[corner])
    return polygon


def _box_halfplanes(box: Box, nearest: Array, radius: float, directions: Array) -> tuple[Array, Array]:
    """The half-planes, in radii around `nearest`, in which the plane's points respect the finite bounds of a box.

    They are moved outwards by the rounding error of a coordinate: one that is constant on the plane and equal to a
    bound would otherwise cut along a line of noise.
    """
    lo, hi = box.lo.ravel(), box.hi.ravel()
    slack = RELATIVE_ERROR * np.maximum(1, np.abs(nearest))
    normals = np.concatenate([directions, -directions])
    with np.errstate(over="ignore"):  # so far away that it cuts nothing
        offsets = np.concatenate([nearest - lo + slack, hi - nearest + slack]) / radius
    finite = np.isfinite(offsets)
    return normals[finite], offsets[finite]
