"""The index sets of a relaxation (KW eq. 10; Tight eq. 1): units proved active, proved inactive, and unstable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from certify.bounds.bounds import unit_bounds
from certify.bounds.methods import METHODS
from certify.bounds.proof import check_method
from certify.dataset.robust_error import CHUNK
from certify.perturbation.perturbation import Numbers, checked_radii
from certify.perturbation.points import Points, Radii, checked_points
from certify.resumable_runs import Columns, Partial, checked_grid, fingerprint, resumable_run
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled
from geometry.network.network import Layer, Network
from geometry.norms import Array, Norm

Mask = NDArray[np.bool_]
SETS = ("active", "inactive", "unstable")  # KW's I+, I- and I


@dataclass(frozen=True, eq=False)
class IndexSets:
    """Per hidden layer the three masks, (n, *layer_shape) each: they partition its units, as the module has them.

    Of a unit in `active` (I+) the method shows z >= 0 on the whole set, of one in `inactive` (I-) z <= 0. A unit that
    is identically zero is inactive. The others, `unstable` (I), may be either. A unit that clips its value is unstable
    where it may bend at either end, and active where it is always cut.
    """

    active: tuple[NDArray[np.bool_], ...]
    inactive: tuple[NDArray[np.bool_], ...]
    unstable: tuple[NDArray[np.bool_], ...]

    def counts(self) -> NDArray[np.int64]:
        """(n, layers, 3) units of each layer in the sets, in the order of SETS."""
        per_layer = [
            np.stack([mask.reshape(len(mask), -1).sum(1) for mask in masks], axis=1)
            for masks in zip(self.active, self.inactive, self.unstable)
        ]
        return np.stack(per_layer, axis=1).astype(np.int64)


def index_sets(
    network: nn.Module | Network,
    x: Numbers,
    eps: Numbers,
    p: Norm,
    method: str = "fast-lin",
    box: BoxLike | None = None,
) -> IndexSets:
    """The sets that the bounds of `method` allow, in float64. Arguments and errors as for `certify.bounds`."""
    points = checked_points(network, x, None, p, box)
    if not points.exact.hidden:
        raise ValueError("the network has no hidden units, so there are no index sets")
    check_method(method, p)
    return index_sets_at(points, checked_radii(torch.as_tensor(eps, dtype=torch.float64), len(points)), method)


@torch.no_grad()
def index_sets_at(points: Points, eps: Radii, method: str) -> IndexSets:
    """As `index_sets`, of checked points."""
    per_layer = unit_bounds(points.exact, points.ball(eps), METHODS[method].run)[:-1]
    shapes = [layer.affine.out_shape for layer in points.exact.hidden]
    shaped = [(low.unflatten(1, shape), high.unflatten(1, shape)) for (low, high), shape in zip(per_layer, shapes)]
    bends = [layer.bending().reshape(shape) for layer, shape in zip(points.exact.hidden, shapes)]  # others are linear
    inactive = [(upper <= 0).numpy() & bent for (_, upper), bent in zip(shaped, bends)]
    active = [((lower >= 0).numpy() | ~bent) & ~off for (lower, _), bent, off in zip(shaped, bends, inactive)]
    masks = [_of_module(layer, on, off) for layer, on, off in zip(points.exact.hidden, active, inactive)]
    return IndexSets(*zip(*masks))


def _of_module(layer: Layer, active: Mask, inactive: Mask) -> tuple[Mask, Mask, Mask]:
    """The three masks of a layer, (n, *layer_shape): of units that are two after each other, one for both."""
    unstable = ~(active | inactive)
    if layer.pair is not None:
        unstable = unstable[:, ::2] | unstable[:, 1::2]
        inactive = inactive[:, ::2] & ~unstable
    return ~(inactive | unstable), inactive, unstable


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexCounts(Partial):
    """How many units of each layer are in the sets at every eps of a grid (KW Fig. 10).

    `counts` (n, g, layers, 3) for the points done, in the order of SETS; `widths` (layers,) units of the module.
    """

    eps: Array
    p: Norm
    method: str
    widths: NDArray[np.int64]
    counts: NDArray[np.int64]
    columns: ClassVar[tuple[str, ...]] = ("counts",)


def index_counts(
    network: nn.Module | Network,
    x: Numbers,
    eps: Numbers,
    p: Norm,
    *,
    method: str = "fast-lin",
    box: BoxLike | None = None,
    chunk: int = CHUNK,
    resume: IndexCounts | None = None,
    cancelled: Cancelled | None = None,
) -> Iterator[IndexCounts]:
    """Yield the counts of the points done so far. Arguments and errors as for `robust_error`."""
    points, grid = checked_points(network, x, None, p, box), checked_grid(eps)
    check_method(method, p)
    widths = np.array(points.exact.module_widths, dtype=np.int64)
    empty = IndexCounts(
        question=fingerprint(points.exact, points.x, grid, p, method, points.low, points.high),
        total=len(points),
        eps=grid,
        p=p,
        method=method,
        widths=widths,
        counts=np.zeros((0, len(grid), len(widths), 3), dtype=np.int64),
    )

    def part(samples: slice) -> Columns:
        counts_by_radius = [index_sets_at(points[samples], radius, method).counts() for radius in grid]
        return {"counts": np.stack(counts_by_radius, axis=1)}

    return resumable_run(empty, part, chunk, resume, cancelled)
