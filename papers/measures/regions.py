"""Linear regions in a window of a plane: their number, and where their boundaries are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import nn

from geometry import Plane, enumerate_regions
from geometry.norms import Array
from geometry.regions.raster import regions_on_grid
from geometry.regions.region_map import RegionMap, Window

SIDE = 200  # pixels of a picture


def regions_in(network: nn.Sequential, window: Window, plane: Plane | None = None) -> RegionMap:
    """All regions in the window, in float64."""
    return enumerate_regions(network.double(), window, plane)


def boundaries(regions: RegionMap, side: int = SIDE) -> NDArray[np.bool_]:
    """(side, side) pixels whose right or upper neighbour lies in another region; row 0 is the bottom."""
    cells = regions_on_grid(regions, side + 1, side + 1).reshape(side + 1, side + 1)
    return (cells[:-1, :-1] != cells[:-1, 1:]) | (cells[:-1, :-1] != cells[1:, :-1])


def plane_and_window(points: Sequence[Array], size: float = 2.0) -> tuple[Plane, Window]:
    """The plane through three points, and a square window around them, `size` longer sides of their box wide."""
    plane = Plane.through(*points)
    spots = plane.project(np.stack(points))
    low, high = spots.min(axis=0), spots.max(axis=0)
    (s, t), half = (low + high) / 2, size * float((high - low).max()) / 2
    return plane, (float(s - half), float(s + half), float(t - half), float(t + half))
