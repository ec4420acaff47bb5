"""Local complexity: how many linear regions meet a disc around a point, and how long their boundaries are in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike

from geometry.norms import Array
from geometry.ragged_arrays import Floats, Ints
from geometry.regions.region_map import RegionMap


@dataclass(frozen=True, eq=False)
class LocalComplexity:
    """Of the closed disc of a radius around each of n points, and of its part in the window.

    regions : (n,) linear regions that meet the disc
    boundary : (n,) length of the region boundaries in the disc, in plane units
    """

    regions: Ints
    boundary: Floats


def local_complexity(regions: RegionMap, points: ArrayLike, radius: float) -> LocalComplexity:
    """The local complexity around points of the plane, from all regions and all their edges: nothing is sampled.

    Parameters
    ----------
    regions : RegionMap
        What lies outside its window does not count.
    points : (n, 2)
        In plane coordinates.
    radius : float
        Of the Euclidean disc in plane units, above 0.

    Returns
    -------
    LocalComplexity
        In float64 from the coordinates of the map: a region that only touches the disc may count or not.

    Raises
    ------
    ValueError
        For points of another shape or not finite, and for a radius that is not above 0 and finite.

    Source: Humayun, Balestriero and Baraniuk (2024), who sample the hyperplanes that cross a neighbourhood; the length
    of boundaries per volume is the density of Hanin and Rolnick (2019).
    """
    at = np.asarray(points, dtype=np.float64)
    if at.ndim != 2 or at.shape[1] != 2 or not np.isfinite(at).all():
        raise ValueError(f"points must be finite and of shape (n, 2), got shape {at.shape}")
    if not 0 < radius < np.inf:
        raise ValueError(f"the radius must be above 0 and finite, got {radius}")
    near = regions.tree.query(shapely.points(at), predicate="dwithin", distance=radius)
    count = np.bincount(near[0], minlength=len(at))
    return LocalComplexity(count, _lengths(regions, at, radius))


def _lengths(regions: RegionMap, at: Array, radius: float) -> Floats:
    """(n,) the length of the inner edges in the disc around each point."""
    inner = regions.edges[regions.edge_unit >= 0]
    ends = regions.vertices[inner]  # (E, 2, 2)
    tree = shapely.STRtree(shapely.linestrings(ends))
    point, edge = tree.query(shapely.points(at), predicate="dwithin", distance=radius)
    inside = _chords(ends[edge], at[point], radius)
    return np.bincount(point, inside, minlength=len(at)).astype(np.float64)


def _chords(ends: Array, centres: Array, radius: float) -> Floats:
    """(m,) the length of each segment (m, 2, 2) inside the disc of this radius around its centre (m, 2)."""
    along = ends[:, 1] - ends[:, 0]
    length = np.hypot(*along.T)
    unit = np.divide(along, length[:, None], out=np.zeros_like(along), where=length[:, None] > 0)
    to_centre = centres - ends[:, 0]
    foot = np.einsum("mi,mi->m", to_centre, unit)  # along the segment, from its first end
    away = np.abs(unit[:, 0] * to_centre[:, 1] - unit[:, 1] * to_centre[:, 0])
    half = np.sqrt(np.clip(radius**2 - away**2, 0, None))
    return np.clip(np.minimum(length, foot + half) - np.maximum(0, foot - half), 0, None)
