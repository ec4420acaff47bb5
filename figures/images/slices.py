"""Frames of a plane through image space: polygons up to MOST_DRAWN regions, a raster of cells above it."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figures.regions.frames import Frame, shades, unit_or_border
from figures.regions.overlays import Window
from geometry.network.network import Network
from geometry.norms import NORM_NAMES, NORMS, Array
from geometry.plane import Plane
from geometry.regions.raster import grid_points, interpolated_pieces, operations, regions_on_grid, sample
from geometry.regions.region_map import RegionMap

MOST_DRAWN = 40_000  # regions drawn as polygons: among more, each would have a dozen pixels at best
MOST_EDGES = 30_000  # on a raster, as EDGE_BUDGET in edges.js; above it, one unit in two, four, eight ... is drawn
COARSE_GRID = 110  # cells a side of a sampled picture that an exact one soon replaces: a quarter of the time
FINEST_GRID = 220  # cells a side: ten logits of each are 1.45 million coefficients, below PIECE_VALUES of frames.py
LINE = 1 / 2000  # width of a fine line, as a share of the window: half a pixel of a picture of 1000
SAMPLING = 8e9  # multiplications that the sampled first picture may take
COARSEST_GRID = 48  # cells a side, whatever they cost


def region_slice(regions: RegionMap, *, boundary: bool = True) -> Frame:
    """The frame of a region map on a plane: all regions, or above MOST_DRAWN a raster with some of the edges.

    A raster cell has the affine map of the region that holds its centre.
    """
    if len(regions) > MOST_DRAWN:
        cells = regions_on_grid(regions, FINEST_GRID, FINEST_GRID)
        hit, row = np.unique(cells, return_inverse=True)
        pieces, active = _pieces_and_active(regions, hit)
        return raster(regions, pieces[row], active[row], boundary)
    s0, s1, t0, t1 = regions.window
    centre = np.array([(s0 + s1) / 2, (t0 + t1) / 2])
    pieces, active = _pieces_and_active(regions)
    return Frame(
        window=regions.window,
        vertices=(regions.vertices - centre).astype(np.float32),
        starts=regions.starts.astype(np.uint32),
        ring=regions.ring.astype(np.uint32),
        edges=regions.edges.astype(np.uint32),
        edge_unit=unit_or_border(regions.edge_unit),
        active=active.astype(np.uint32),
        truncated=regions.truncated,
        **_of_pieces(regions.network, regions.plane, _around(pieces, centre), regions.centroids() - centre),
        **_boundary(regions if boundary else None, centre),
    )


def _pieces_and_active(regions: RegionMap, which: NDArray[np.integer] | None = None) -> tuple[Array, NDArray[np.int64]]:
    """(m, K, 3) the affine maps of regions and (m,) their numbers of active units, computed by two threads."""
    if which is None:
        regions.centroids()
    regions.vertex_logits  # noqa: B018  cached before two threads read it
    with ThreadPoolExecutor(max_workers=1) as second_thread:
        active = second_thread.submit(regions.active_units, which)
        return interpolated_pieces(regions, which), active.result()


def raster(regions: RegionMap, pieces: Array, active: NDArray[np.int64], boundary: bool) -> Frame:
    """A raster of affine maps (cells, K, 3) and numbers of active units, with the edges of some units."""
    s0, s1, t0, t1 = regions.window
    centre = np.array([(s0 + s1) / 2, (t0 + t1) / 2])
    columns = math.isqrt(len(pieces))
    kept, one_in = thinned(regions.edge_unit)
    corners, edges = np.unique(regions.edges[kept], return_inverse=True)
    return Frame(
        window=regions.window,
        vertices=(regions.vertices[corners] - centre).astype(np.float32),
        starts=np.zeros(1, np.uint32),
        ring=np.zeros(0, np.uint32),
        edges=edges.reshape(-1, 2).astype(np.uint32),
        edge_unit=unit_or_border(regions.edge_unit[kept]),
        active=active.astype(np.uint32),
        grid=(columns, columns),
        one_in=one_in,
        ink=edge_ink(regions, columns),
        **_of_pieces(
            regions.network, regions.plane, _around(pieces, centre),
            grid_points(regions.window, columns, columns) - centre,
        ),
        **_boundary(regions if boundary else None, centre),
    )  # fmt: skip


def sampled_slice(
    network: Network, plane: Plane, window: Window, finest: int = FINEST_GRID
) -> tuple[Frame, Array, NDArray[np.int64]]:
    """A first picture from samples: in each cell of a grid the affine map that fits its corners best.

    `finest` is the number of cells a side, of a network that is not too large for so many.

    Returns
    -------
    Frame without edges, the maps (cells, K, 3), and the number of active units in each cell
    """
    side = int(np.clip(math.isqrt(int(SAMPLING / max(1, operations(network)))), min(COARSEST_GRID, finest), finest))
    s0, s1, t0, t1 = window
    wide, high = (s1 - s0) / side, (t1 - t0) / side
    around = (s0 - wide / 2, s1 + wide / 2, t0 - high / 2, t1 + high / 2)
    logits, on = sample(network, plane, grid_points(around, side + 1, side + 1))
    at, active = logits.reshape(side + 1, side + 1, -1).astype(np.float64), on.reshape(side + 1, side + 1)
    corners = at[:-1, :-1], at[:-1, 1:], at[1:, :-1], at[1:, 1:]  # lower left, lower right, upper left, upper right
    slope_s = (corners[1] + corners[3] - corners[0] - corners[2]) / (2 * wide)
    slope_t = (corners[2] + corners[3] - corners[0] - corners[1]) / (2 * high)
    middles = grid_points(window, side, side).reshape(side, side, 2)
    level = sum(corners) / 4 - slope_s * middles[..., [0]] - slope_t * middles[..., [1]]
    pieces = np.stack([slope_s, slope_t, level], axis=-1).reshape(side * side, -1, 3)
    units = active[:-1, :-1].ravel()
    centre = np.array([(s0 + s1) / 2, (t0 + t1) / 2])
    frame = Frame(
        window=window,
        vertices=np.zeros((0, 2), np.float32),
        starts=np.zeros(1, np.uint32),
        ring=np.zeros(0, np.uint32),
        edges=np.zeros((0, 2), np.uint32),
        edge_unit=np.zeros(0, np.uint32),
        active=units.astype(np.uint32),
        grid=(side, side),
        **_of_pieces(network, plane, _around(pieces, centre), middles.reshape(-1, 2) - centre),
        **_boundary(None, centre),
    )
    return frame, pieces, units


def thinned(edge_unit: NDArray[np.int64]) -> tuple[NDArray[np.intp], int]:
    """The edges that are drawn on a raster, and k: all edges of one unit in k.

    The hash is that of `isDrawn` in edges.js: a unit that is drawn stays drawn when zooming in draws more.
    """
    rank = ((edge_unit.astype(np.uint64) * np.uint64(0x9E3779B1)) & np.uint64(0xFFFFFFFF)) / 2**32
    border, one_in = edge_unit < 0, 1
    while ((rank < 1 / one_in) & ~border).sum() > MOST_EDGES:
        one_in *= 2
    return np.flatnonzero(border | (rank < 1 / one_in)), one_in


def edge_ink(regions: RegionMap, columns: int) -> NDArray[np.uint8]:
    """(columns * columns,) the share of each cell that fine lines along all edges would cover, from 0 to 255.

    An edge counts in the cell of its midpoint: where edges are many, they are shorter than a cell.
    """
    s0, s1, t0, t1 = regions.window
    start, end = regions.vertices[regions.edges].transpose(1, 0, 2)
    lengths = np.linalg.norm(end - start, axis=1) * (regions.edge_unit >= 0)
    share = ((start + end) / 2 - [s0, t0]) / [s1 - s0, t1 - t0]
    column, row = np.clip((share * columns).astype(np.int64), 0, columns - 1).T
    along = np.bincount(row * columns + column, lengths, minlength=columns * columns)
    for axis in (0, 1) * 2:  # spread each edge over the cells around its midpoint
        sheet = np.pad(along.reshape(columns, columns), [(1, 1), (0, 0)] if axis == 0 else [(0, 0), (1, 1)], "edge")
        along = np.moveaxis(np.lib.stride_tricks.sliding_window_view(sheet, 3, axis), -1, 0).mean(axis=0).ravel()
    covered = along * LINE * max(s1 - s0, t1 - t0) / ((s1 - s0) * (t1 - t0) / columns**2)
    return np.rint(255 * (1 - np.exp(-covered))).astype(np.uint8)


def _around(pieces: Array, centre: Array) -> Array:
    """The same maps in coordinates relative to the centre."""
    moved = pieces.copy()
    moved[..., 2] += pieces[..., :2] @ centre
    return moved


def _of_pieces(network: Network, plane: Plane, pieces: Array, middles: Array) -> dict[str, Any]:
    """The fields of a frame that follow from the maps (n, K, 3) at (n, 2) points, all relative to the centre."""
    at = np.einsum("nkc,nc->nk", pieces[..., :2], middles) + pieces[..., 2]
    every = np.arange(len(pieces))
    if pieces.shape[1] > 1:
        second, first = np.argpartition(at, -2, axis=1)[:, -2:].T
        margins, gaps = at[every, first] - at[every, second], (pieces[every, first] - pieces[every, second])[:, :2]
    else:
        margins, gaps = np.full(len(pieces), np.inf), pieces[:, 0, :2]
    slopes = np.ascontiguousarray(pieces[:, 0, :2], dtype=np.float32)
    digits = np.ascontiguousarray(slopes.view(np.uint32) & np.uint32(0xFFFFE000)).view(np.uint8)
    image = plane.origin.ndim == 3
    return {
        "widths": network.widths,
        "class_count": network.classes,
        "classes": at.argmax(axis=1).astype(np.uint8),
        "outputs": np.broadcast_to(np.arange(pieces.shape[1], dtype=np.uint8), pieces.shape[:2]),
        "pieces": pieces.astype(np.float32),
        "margins": margins.astype(np.float32),
        "gradients": {NORM_NAMES[p]: np.linalg.norm(gaps, ord=p, axis=1).astype(np.float32) for p in NORMS},
        "shades": shades(digits, pieces.astype(np.float32)),  # by the slope, which zooming does not change
        "patterns": None,
        "basis": np.stack([plane.origin, plane.u, plane.v]).astype(np.float32) if image else None,
    }


def _boundary(regions: RegionMap | None, centre: Array) -> dict[str, Any]:
    lines = [] if regions is None else [line for line, _ in regions.decision_boundary()]
    return {
        "boundary": (np.concatenate(lines) - centre if lines else np.empty((0, 2))).astype(np.float32),
        "boundary_starts": np.cumsum([0, *map(len, lines)]).astype(np.uint32),
    }
