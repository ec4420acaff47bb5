"""The overlays of a pinned point: its region, the d_B and d_D balls and their hyperplanes (MMR Fig. 1)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from figures.regions.overlays import Ball, Hyperplane, Overlays, Role, Window
from figures.words import three_digits
from geometry.box import BoxLike
from geometry.distances.theorem31 import Theorem31
from geometry.norms import Array, Norm
from geometry.planar.ball import ball_on_plane, disc_on_plane
from geometry.plane import Plane
from geometry.regions.region import Region

SURROUNDINGS = 20  # sizes of the window, on each side of it, within which an unbounded region is cut off


def certificate_overlays(region: Region, theorem: Theorem31, p: Norm, plane: Plane, window: Window) -> Overlays:
    """The pin, Q(x) and Q_c(x), both balls and the hyperplanes they touch, the witness.

    Parameters
    ----------
    region : of the pinned point
    theorem : theorem_3_1 of the same point, in the norm p
    plane : the plane on screen
    window : (s0, s1, t0, t1); regions are cut off at SURROUNDINGS times its size
    """
    around = surroundings(window)
    (pin,) = plane.project(region.x[None])
    radii: tuple[tuple[Role, float], ...] = (("d_D", theorem.d_D), ("d_B", theorem.d_B))
    balls = [
        drawn_ball(role, region.x, radius, p, plane, f"{role} = {three_digits(radius, down=True)}")
        for role, radius in radii
        if 0 < radius < math.inf
    ]
    lines = [
        _hyperplane("d_B", _row(region, plane, theorem.nearest_unit)) if theorem.nearest_unit >= 0 else None,
        _hyperplane("d_D", _decision_row(region, plane, theorem.nearest_class)) if theorem.nearest_class >= 0 else None,
    ]
    overlays = Overlays(
        pin=(float(pin[0]), float(pin[1])),
        region=region.polygon(plane, around),
        class_region=region.polygon(plane, around, of_class=True),
        balls=tuple(ball for ball in balls if ball is not None),
        hyperplanes=tuple(line for line in lines if line is not None),
    )
    if theorem.witness is None:
        return overlays
    (witness,) = plane.project(theorem.witness[None])
    return replace(overlays, witness=(float(witness[0]), float(witness[1])))


def drawn_ball(
    role: Role, center: Array, radius: float, p: Norm, plane: Plane, label: str = "", box: BoxLike | None = None
) -> Ball | None:
    """An l_p ball as the plane cuts it; None where they have no area in common. Arguments as for `ball_on_plane`."""
    disc = disc_on_plane(center, radius, plane, box) if p == 2 else None
    if disc is not None:
        return Ball(role, disc, label)
    shape = ball_on_plane(center, radius, p, plane, box)
    return None if shape.is_empty else Ball(role, np.asarray(shape.exterior.coords), label)


def _row(region: Region, plane: Plane, unit: int) -> tuple[Array, float]:
    normals, offsets = region.on_plane(plane)
    return normals[unit], float(offsets[unit])


def _decision_row(region: Region, plane: Plane, other: int) -> tuple[Array, float]:
    """The row of f_c - f_other. These rows follow those of the units; the class c itself has none."""
    normals, offsets = region.on_plane(plane, of_class=True)
    row = len(region.pattern) + other - (other > region.predicted)
    return normals[row], float(offsets[row])


def _hyperplane(role: Role, row: tuple[Array, float]) -> Hyperplane | None:
    """None where the hyperplane is parallel to the plane."""
    (a, b), c = row
    return Hyperplane(role, float(a), float(b), c) if (a, b) != (0, 0) else None


def surroundings(window: Window) -> Window:
    s0, s1, t0, t1 = window
    width, height = SURROUNDINGS * (s1 - s0), SURROUNDINGS * (t1 - t0)
    return s0 - width, s1 + width, t0 - height, t1 + height
