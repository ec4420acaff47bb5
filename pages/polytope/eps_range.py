"""The first range of ε: the regions around the largest ball can be shown."""

from __future__ import annotations

import math

import streamlit as st

from certify.polytopes.inner_polytope import plane_of_attacks
from figures.regions.overlays import Window
from geometry import Network, Plane
from geometry.norms import Array, Norm
from geometry.planar.ball import ball_corners
from geometry.regions.enumerate_in_memory import regions_in_memory
from pages.region_view.coverage import side
from pages.shared.box_control import Box
from pages.shared.by_key import BY_KEY

MAP_REGIONS = 30_000  # limits the time of the first picture: with more the film is short, and the first ε is smaller
ROOM = 1.3  # the side of the window over that of the largest ball, so that the ball's boundary is in view


def first_reach(network: Network, x: Array, usual: float, p: Norm, outputs: tuple[int, int], box: Box | None) -> float:
    """`usual`, or the part of it whose ball, cut with the plane of attacks, meets at most MAP_REGIONS regions.

    Raises
    ------
    ValueError
        If x lies outside the box, or memory is too small for any regions.
    """
    return _first_reach(network, x, usual, p, outputs, box, MAP_REGIONS)


@st.cache_data(show_spinner="Looking how far ε can go …", max_entries=64, hash_funcs=BY_KEY)
def _first_reach(
    network: Network,
    x: Array,
    usual: float,
    p: Norm,
    outputs: tuple[int, int],
    box: Box | None,
    most: int,
) -> float:
    reach = usual
    while True:
        plane = attack_plane(network, x, reach, p, outputs, box)
        home = around(x, reach, p, plane, box)
        regions = regions_in_memory(network, home, plane, max_regions=most)
        if not regions.truncated:
            return reach
        reach = _rounded_down(reach * min(0.5, side(regions.window) / side(home)))


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs=BY_KEY)
def attack_plane(network: Network, x: Array, reach: float, p: Norm, outputs: tuple[int, int], box: Box | None) -> Plane:
    """`plane_of_attacks`, cached."""
    return plane_of_attacks(network, x, reach, p, outputs, box)


def around(x: Array, reach: float, p: Norm, plane: Plane, box: Box | None) -> Window:
    """A square around a ball, or around its cut with the plane and the box."""
    corners = ball_corners(x, reach, p, plane, box)
    low, high = corners.min(axis=0), corners.max(axis=0)
    (s, t), half = (low + high) / 2, float(max(ROOM / 2 * (high - low).max(), 1e-9))
    return s - half, s + half, t - half, t + half


def _rounded_down(value: float) -> float:
    """To one digit."""
    unit = 10.0 ** math.floor(math.log10(value))
    return float(f"{math.floor(value / unit) * unit:.6g}")
