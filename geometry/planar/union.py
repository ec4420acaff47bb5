"""The union of many convex sets in the plane, some of them flat: polygons, segments and points, given by corners."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geometry.network.rounding import EPSILON
from geometry.polygons import triangle_fan
from geometry.ragged_arrays import Floats, Ints, ranges

SAME_LINE = 10  # digits to which the lines of two segments must agree for the segments to be joined
GROUP = 4000  # polygons that are united at once: limits what is done again on a grid
MOST_CORES = 4  # threads for groups: limits the load on a shared server
RESOLUTION = 64 * EPSILON  # coordinates of an overlay are off by some ten roundings, relative to the largest coordinate


def convex_union(corners: Floats, starts: Ints, error: float) -> BaseGeometry:
    """The union of convex sets that together are connected; set i has corners[starts[i] : starts[i + 1]], in order.

    Exact but for what is thinner than the corners' own rounding `error`: sets thinner than that are taken for
    segments or points, gaps and slivers thinner than that are closed. So a Polygon in general, with holes if it has
    them; a LineString or a Point where all sets lie on one line or in one point; a MultiPolygon where parts meet in
    a point, or a GeometryCollection where segments stick out.

    Overlay in floats is fast, but sometimes loses sets silently. So its results are checked, and a wrong one is
    computed again, several times slower, on a grid of cells as wide as `error`.
    """
    error = max(error, RESOLUTION * float(np.abs(corners).max()))
    line = _on_one_line(corners, error)
    if line is not None:
        return line
    sizes, first = np.diff(starts), corners[starts[:-1]]
    area, length = _areas(corners, starts), np.maximum.reduceat(_distance(corners, first.repeat(sizes, 0)), starts[:-1])
    flat = area <= error * length
    full = _polygons(corners, starts, np.flatnonzero(~flat))
    polygon = _without_slivers(_overlaid(full, error), error)
    segments = _segments(corners, starts, np.flatnonzero(flat & (length > error)))
    if len(segments) == 0:
        return polygon
    return shapely.union_all([polygon, _sticking_out(shapely.linestrings(_joined(segments, error)), polygon, error)])


def _overlaid(polygons: Any, error: float) -> BaseGeometry:
    """The union of polygons, none of which lies outside it by more than `error`.

    Many polygons are united in groups of neighbours first. So a wrong overlay is computed again for its group only, and
    several cores share the groups.
    """
    if len(polygons) > GROUP:
        with ThreadPoolExecutor(min(MOST_CORES, os.cpu_count() or 1)) as pool:
            polygons = np.array([*pool.map(partial(_checked, error=error), _neighbours(polygons))], object)
    return _checked(polygons, error)


def _checked(polygons: Any, error: float) -> BaseGeometry:
    """The union by the fast overlay, or on a grid if that is wrong."""
    try:
        union = shapely.union_all(polygons)
        shapely.prepare(union)
        beyond = shapely.difference(polygons[~shapely.covers(union, polygons)], union)
        if (shapely.area(beyond) <= error * shapely.length(beyond)).all():
            return union
    except shapely.GEOSException:  # where it fails, its result may be no valid polygon
        pass
    return shapely.union_all(polygons, grid_size=error)


def _neighbours(polygons: Any) -> list[Any]:
    """Polygons in groups of about GROUP: columns from left to right, each divided from bottom to top."""
    x0, y0, x1, y1 = shapely.bounds(polygons).T
    columns = math.ceil(math.sqrt(len(polygons) / GROUP))
    groups = []
    for column in np.array_split(np.argsort(x0 + x1), columns):
        upwards = column[np.argsort((y0 + y1)[column])]
        groups += [polygons[part] for part in np.array_split(upwards, columns)]
    return groups


def _sticking_out(lines: Any, polygon: BaseGeometry, error: float) -> BaseGeometry:
    """The parts of lines outside a polygon, whose sides they may run along.

    Lines and sides are cut by each other and snapped to a grid, so that each piece is in or out, or on a side.
    """
    pieces = shapely.get_parts(shapely.union_all([*lines, polygon.boundary], grid_size=error))
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    near = shapely.distance(middles, polygon) <= 4 * error  # NaN where there is no polygon
    return shapely.line_merge(shapely.union_all(pieces[~near]))


def _distance(points: Floats, others: Floats) -> Floats:
    return np.hypot(*(points - others).T)


def _on_one_line(corners: Floats, error: float) -> BaseGeometry | None:
    """The union if all corners lie on one line: a connected subset of it."""
    start = corners[_distance(corners, corners[:1]).argmax()]
    end = corners[_distance(corners, start[None]).argmax()]
    length = float(np.hypot(*(end - start)))
    if length <= error:
        return Point(corners[0])
    (x, y), along = (corners - start).T, (end - start) / length
    if np.abs(along[0] * y - along[1] * x).max() > error:
        return None
    return LineString([start, end])


def _areas(corners: Floats, starts: Ints) -> Floats:
    """(n,) the sets' areas."""
    return np.abs(np.add.reduceat(triangle_fan(corners, starts), starts[:-1]))


def _polygons(corners: Floats, starts: Ints, which: Ints) -> Any:
    """(m,) shapely polygons; where rounding has folded a ring, the hull of its corners."""
    sizes = np.diff(starts)[which]
    entries, owner = ranges(starts[which], sizes), np.repeat(np.arange(len(which)), sizes)
    if len(which) == 0:
        return np.empty(0, object)
    points, ring = _closed(corners[entries], owner)
    polygons = np.asarray(shapely.polygons(shapely.linearrings(points, indices=ring)))
    folded = ~shapely.is_valid(polygons)
    polygons[folded] = shapely.convex_hull(polygons[folded])
    return polygons


def _closed(points: Floats, owner: Ints) -> tuple[Floats, Ints]:
    """Rings in a row with the first corner of each repeated at its end."""
    first = np.flatnonzero(np.r_[True, np.diff(owner) != 0])
    last = np.r_[first[1:], len(owner)]
    return np.insert(points, last, points[first], axis=0), np.insert(owner, last, owner[first])


def _without_slivers(union: BaseGeometry, error: float) -> BaseGeometry:
    """The same polygons without parts and holes that are thinner than `error`."""

    def thick(ring: Any) -> bool:
        return bool(Polygon(ring).area > error * ring.length)

    parts = [part for part in shapely.get_parts(union) if part.geom_type == "Polygon" and thick(part.exterior)]
    kept = [Polygon(part.exterior, [hole for hole in part.interiors if thick(hole)]) for part in parts]
    return kept[0] if len(kept) == 1 else MultiPolygon(kept)


def _segments(corners: Floats, starts: Ints, which: Ints) -> Floats:
    """(m, 2, 2) the ends of flat sets: the corner farthest from the first, and the one farthest from that."""
    ends = []
    for begin, end in zip(starts[which], starts[which + 1]):
        ring = corners[begin:end]
        start = ring[_distance(ring, ring[:1]).argmax()]
        ends.append([start, ring[_distance(ring, start[None]).argmax()]])
    return np.array(ends).reshape(-1, 2, 2)


def _joined(segments: Floats, error: float) -> Floats:
    """(m, 2, 2) -> (k, 2, 2): segments that overlap or touch on one line, to SAME_LINE digits, made one.

    Thousands of regions may be mapped onto one line; overlay would cut each segment by every other.
    """
    along = segments[:, 1] - segments[:, 0]
    along /= np.hypot(*along.T)[:, None]
    backwards = (along[:, 0] < 0) | ((along[:, 0] == 0) & (along[:, 1] < 0))
    along[backwards] *= -1
    segments = np.where(backwards[:, None, None], segments[:, ::-1], segments)
    offset = along[:, 0] * segments[:, 0, 1] - along[:, 1] * segments[:, 0, 0]
    keys = np.round(np.column_stack([along, offset / np.abs(segments).max()]), SAME_LINE)
    _, line = np.unique(keys, axis=0, return_inverse=True)
    begin, end = np.einsum("mkc,mc->km", segments, along)
    joined: list[list[Floats]] = []
    last_line, reach = -1, 0.0
    for k in np.lexsort((begin, line.ravel())):
        if line[k] == last_line and begin[k] <= reach + error:
            if end[k] > reach:
                joined[-1][1], reach = segments[k, 1], end[k]
            continue
        joined.append([segments[k, 0], segments[k, 1]])
        last_line, reach = line[k], end[k]
    return np.array(joined)
