"""Points in one batch, their arguments checked, and the chunks of it that fit into memory."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from geometry.box import BoxLike, as_box
from geometry.computation.cores import by_work
from geometry.distances.nearest_hyperplanes import Batch, Indices
from geometry.network.network import Network, as_network
from geometry.network.unit_gradients import ROWS_AT_ONCE, unit_gradients
from geometry.network.work import multiplications
from geometry.norms import Norm, check_norm
from geometry.plane import TensorOrArray, as_array

B = TypeVar("B", bound=Batch)


def batch_of(kind: type[B], network: nn.Module | Network, x: TensorOrArray, p: Norm, box: BoxLike | None) -> B:
    """All points in one batch: the arguments are checked, nothing is computed yet."""
    check_norm(p)
    points = as_array(x, "x")
    if points.ndim < 2:
        raise ValueError(f"x must be (n, *input_shape), got shape {points.shape}; one point is x[None]")
    rows = unit_gradients(as_network(network, points.shape[1:]))
    limits = None if box is None else as_box(box, points.shape[1:])
    if limits is not None:
        limits.require(points)
        limits = as_box(limits, (rows.network.input_units,))
    return kind(rows, torch.from_numpy(points.reshape(len(points), rows.network.input_units)), p, limits)


def suitable_cores(batch: Batch) -> AbstractContextManager[None]:
    """Let torch use the cores that suit a chunk of points: each takes a row of a bound's matrix."""
    layers, points = batch.rows.network.layers, min(len(batch.x), _size(batch))
    return by_work(points * max(multiplications(layer.affine) for layer in layers))


def _size(batch: Batch) -> int:
    """How many points together fit into memory."""
    network = batch.rows.network
    return max(1, ROWS_AT_ONCE // (8 * sum(network.widths) + network.classes * batch.rows.widest))


def chunks(batch: Batch) -> list[Indices]:
    """The indices of the points, as many together as fit into memory; at least one chunk, maybe empty."""
    size = _size(batch)
    return np.split(np.arange(len(batch.x)), range(size, len(batch.x), size))
