"""A region map as a raster, and a network's values on one: for pictures that hold more regions than pixels."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from geometry.computation.cores import by_work
from geometry.network.affine import evaluate
from geometry.network.network import Network
from geometry.network.work import multiplications, single_numbers
from geometry.norms import Array
from geometry.plane import Plane
from geometry.ragged_arrays import Ints, ranges
from geometry.regions import tuning
from geometry.regions.region_map import RegionMap, Window

# Share of the window's width: across a thinner region a picture takes values as constant. Values are known to about
# 1e-13 of their range over the window, so slopes across wider regions have four digits. `RegionMap.pieces` has no such
# limit.
THINNEST = 1e-9
# Multiplications of a product of matrices that take as long as one step on a single number of a point: 45 on a network
# of 36,000 units with max-pooling.
SINGLE_STEP = 40


def grid_points(window: Window, columns: int, rows: int) -> Array:
    """(rows * columns, 2) the middles of equal cells that tile a window, row by row from its lower left corner."""
    s0, s1, t0, t1 = window
    s = s0 + (np.arange(columns) + 0.5) * ((s1 - s0) / columns)
    t = t0 + (np.arange(rows) + 0.5) * ((t1 - t0) / rows)
    return np.stack(np.meshgrid(s, t), axis=-1).reshape(-1, 2)


def regions_on_grid(regions: RegionMap, columns: int, rows: int) -> Ints:
    """(rows * columns,) the region in which the middle of each cell of `grid_points` lies.

    Every row is a horizontal line. It enters a region where it crosses one of its edges, so the region of a point is
    the one entered last before it. One sort of all crossings serves all points.
    """
    s0, s1, t0, t1 = regions.window
    heights = t0 + (np.arange(rows) + 0.5) * ((t1 - t0) / rows)
    low, high = regions.edges.T.copy()
    falls = regions.vertices[low, 1] > regions.vertices[high, 1]
    low[falls], high[falls] = high[falls], low[falls]
    entered = np.where(falls, regions.edge_regions[:, 0], regions.edge_regions[:, 1])  # right of a rising edge
    (a, b), (c, d) = regions.vertices[low].T, regions.vertices[high].T
    first, last = np.searchsorted(heights, b, "right"), np.searchsorted(heights, d, "right")  # b < height <= d
    counts = last - first
    edge, row = np.repeat(np.arange(len(low)), counts), ranges(first, counts)
    share = (heights[row] - b[edge]) / (d[edge] - b[edge])
    places = np.clip((a[edge] + share * (c[edge] - a[edge]) - s0) / (s1 - s0), 0, 1)
    kept = entered[edge] >= 0  # the last edge of a row leads out of the window
    keys, region = 2.0 * row[kept] + places[kept], entered[edge[kept]]
    order = np.argsort(keys, kind="stable")
    point_keys = (2.0 * np.arange(rows)[:, None] + (np.arange(columns) + 0.5) / columns).ravel()
    at = np.searchsorted(keys[order], point_keys, "right") - 1
    result: Ints = region[order][np.maximum(at, 0)]
    return result


def interpolated_pieces(regions: RegionMap, which: ArrayLike | None = None) -> Array:
    """(m,) regions -> (m, K, 3) the affine maps that agree with the logits at their corners; all regions by default.

    As `RegionMap.pieces` up to rounding, which grows as regions get thinner, but from values that the map has already.
    """
    chosen = np.arange(len(regions)) if which is None else np.asarray(which)
    sizes = np.diff(regions.starts)[chosen]
    corner = regions.ring[ranges(regions.starts[:-1][chosen], sizes)]
    first = np.r_[0, np.cumsum(sizes)[:-1]]

    def mean(values: Array) -> Array:
        means: Array = np.add.reduceat(values, first) / sizes.reshape(-1, *[1] * (values.ndim - 1))
        return means

    places, values = regions.vertices[corner], regions.vertex_logits[corner]
    middle, level = mean(places), mean(values)
    away, steps = places - np.repeat(middle, sizes, axis=0), values - np.repeat(level, sizes, axis=0)
    spread, axes = np.linalg.eigh(mean(away[:, :, None] * away[:, None, :]))
    s0, s1, t0, t1 = regions.window
    thin = spread < (THINNEST * max(s1 - s0, t1 - t0)) ** 2
    inverse = np.where(thin, 0.0, 1 / np.where(thin, 1.0, spread))
    against = np.stack([mean(away[:, [axis]] * steps) for axis in range(2)], axis=1)  # (m, 2, K)
    slopes = np.einsum("mij,mj,mkj,mkc->mci", axes, inverse, axes, against)
    return np.concatenate([slopes, (level - np.einsum("mci,mi->mc", slopes, middle))[:, :, None]], axis=2)


@torch.no_grad()
def sample(network: Network, plane: Plane, points: Array) -> tuple[NDArray[np.float32], Ints]:
    """(m, 2) plane coordinates -> (m, K) logits in float32 and (m,) how many hidden units are on: fast, not exact."""
    exact = network.layers[0].affine.to(torch.float64)
    frame = torch.from_numpy(np.stack([plane.u.ravel(), plane.v.ravel(), plane.origin.ravel()]))
    pushed = exact.linear(frame)
    layers = network.to(torch.float32).layers
    logits, active = np.empty((len(points), network.classes), np.float32), np.zeros(len(points), np.int64)
    middle = points.mean(axis=0) if len(points) else np.zeros(2)  # the origin of coordinates: float32 has few digits
    gradient, base = pushed[:2].float(), (torch.from_numpy(middle) @ pushed[:2] + pushed[2] + exact.bias).float()
    step = max(1, tuning.VALUES_AT_ONCE // max(network.widths, default=1))
    with by_work(tuning.VALUES_AT_ONCE):
        for begin in range(0, len(points), step):
            end = begin + step
            z = torch.addmm(base, torch.from_numpy(points[begin:end] - middle).float(), gradient)
            for layer, after in pairwise(layers):
                active[begin:end] += np.count_nonzero(layer.positive(z).numpy(), axis=1)
                z = evaluate(after.affine, layer.activate(z))
            logits[begin:end] = z.numpy()
    return logits, active


def operations(network: Network) -> int:
    """About how long a point of a plane takes, whose first layer is known on the plane, in multiplications."""
    affines = [layer.affine for layer in network.layers[1:]]
    steps = sum(single_numbers(affine) for affine in affines) + sum(network.widths)
    return sum(multiplications(affine) for affine in affines) + SINGLE_STEP * steps
