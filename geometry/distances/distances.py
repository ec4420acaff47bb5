"""Distances from points to the boundary of their linear region (d_B) and to its decision hyperplanes (d_D).

With them come the points at which the distances are attained. The simplex certificate has its own module.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from geometry.box import BoxLike, as_box
from geometry.distances.batches import batch_of, chunks, suitable_cores
from geometry.distances.nearest_hyperplanes import Batch, Indices
from geometry.network.network import Network, as_network
from geometry.network.unit_gradients import unit_gradients
from geometry.norms import Array, Norm
from geometry.plane import TensorOrArray, as_array


@dataclass(frozen=True, eq=False)
class Distances:
    """Where n points lie in their linear regions (Croce et al. 2019, §3); each field is an (n,) array.

    The region boundary's nearest hyperplane belongs to `nearest_unit`, counted through the hidden layers one after
    the other; the decision hyperplane to `nearest_class`. Both are -1 where the distance is infinite.
    """

    d_B: Array  # distance to the nearest hyperplane of a hidden unit
    d_D: Array  # distance to the nearest decision hyperplane between the predicted and another class
    nearest_unit: Indices
    nearest_class: Indices
    classes: Indices  # the predicted class
    signed_d_D: Array | None  # the same for the label's class, negative where another logit is larger


@torch.no_grad()
def distances(
    network: nn.Module | Network,
    x: TensorOrArray,
    p: Norm,
    labels: TensorOrArray | None = None,
    box: BoxLike | None = None,
) -> Distances:
    """d_B and d_D of a batch of points, exactly, in float64.

    Parameters
    ----------
    network : torch module or Network
        Pass a `Network` (from `as_network`) to reuse values derived from its weights.
    x : (n, *input_shape) tensor or array
    p : 1, 2 or math.inf
    labels : (n,) integers, optional
        True classes, for `signed_d_D`: min over s of (f_y - f_s) / ||V_y - V_s||_q.
    box : (lo, hi), optional
        Measure to the parts of the hyperplanes inside this range of inputs (Croce et al. 2019, A.1).

    Returns
    -------
    Distances
        In the units of x. No hyperplane (a zero row, up to rounding) or none inside the box: +inf, in `signed_d_D`
        with the sign of the logits' difference. Equal largest logits: d_D = 0.

    Raises
    ------
    ValueError
        For a norm, shape, label or box that does not fit, NaN in x, or an x outside the box.

    Source: Croce et al. (2019), Lemma 3.1 and the d_D after it; eq. (4) for `signed_d_D`. Bounds on row norms decide
    which rows are computed at all.
    """
    whole = batch_of(Batch, network, x, p, box)
    truth = None if labels is None else _checked_labels(labels, len(whole.x), whole.rows.network.classes)
    with suitable_cores(whole):
        return _joined([_distances(whole.chosen(at), None if truth is None else truth[at]) for at in chunks(whole)])


@torch.no_grad()
def decision_distances(
    network: nn.Module | Network, x: TensorOrArray, p: Norm, labels: TensorOrArray, box: BoxLike | None = None
) -> Array:
    """(n, K) signed distances from each point to where its label's logit equals another class's, on the point's piece.

    Negative where the other logit is larger; +-inf where there is no such hyperplane, or none inside the box; inf in
    the label's own column. Their minimum is `signed_d_D`. Arguments and errors as in `distances`.
    """
    whole = batch_of(Batch, network, x, p, box)
    truth = _checked_labels(labels, len(whole.x), whole.rows.network.classes)
    result = np.full((len(whole.x), whole.rows.network.classes), np.inf)
    with suitable_cores(whole):
        for at in chunks(whole):
            point, other, lengths = whole.chosen(at).decisions(truth[at])
            result[at[point], other] = lengths
    return result


@torch.no_grad()
def nearest_boundary_points(
    network: nn.Module | Network, x: TensorOrArray, p: Norm, attained: Distances, box: BoxLike | None = None
) -> tuple[Array, Array]:
    """The points at which `attained = distances(network, x, p, box=box)` takes d_B and d_D.

    Returns
    -------
    two (n, *input_shape) float64 arrays, infinite where the distance is
    """
    points = as_array(x, "x")
    rows = unit_gradients(as_network(network, points.shape[1:]))
    flat = torch.from_numpy(points.reshape(len(points), rows.network.input_units))
    limits = None if box is None else as_box(as_box(box, points.shape[1:]), flat.shape[1:])
    batch = Batch(rows, flat, p, limits)
    on_boundary, on_decision = np.full(flat.shape, np.inf), np.full(flat.shape, np.inf)
    start = 0
    for layer, width in enumerate(rows.network.widths):
        at = np.flatnonzero((attained.nearest_unit >= start) & (attained.nearest_unit < start + width))
        units, no_limit = attained.nearest_unit[at] - start, np.full(len(at), np.inf)
        on_boundary[at] = batch.moved(*batch.unit_hyperplanes(layer, at, units, no_limit)[1:], at)
        start += width
    at = np.flatnonzero(attained.nearest_class >= 0)
    normals, heights = batch.decision_hyperplanes(at, attained.classes[at], attained.nearest_class[at])
    tied = heights[:, None] == 0  # equal logits: the point itself, even if they are equal everywhere
    on_decision[at] = np.where(tied, batch.x.numpy()[at], batch.moved(normals, heights, at))
    return on_boundary.reshape(points.shape), on_decision.reshape(points.shape)


def _distances(batch: Batch, truth: Indices | None) -> Distances:
    d_B, nearest_unit = batch.nearest_units()
    classes = batch.classes
    d_D, nearest_class = batch.nearest_decisions(classes)
    signed = None
    if truth is not None:
        signed = d_D.copy()
        wrong = np.flatnonzero(truth != classes)
        signed[wrong] = batch.chosen(wrong).nearest_decisions(truth[wrong])[0]
    return Distances(d_B, d_D, nearest_unit, nearest_class, classes, signed)


def _joined(parts: list[Distances]) -> Distances:
    def joined(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        return None if values[0] is None else np.concatenate(values)

    return Distances(*(joined(field.name) for field in fields(Distances)))


def _checked_labels(labels: TensorOrArray, n: int, classes: int) -> Indices:
    array = np.asarray(labels.detach().cpu().numpy() if isinstance(labels, Tensor) else labels)
    if array.shape != (n,) or (n > 0 and array.dtype.kind not in "iu"):
        raise ValueError(f"labels must be ({n},) integers, got shape {array.shape} of {array.dtype}")
    if n > 0 and not (array.min() >= 0 and array.max() < classes):
        raise ValueError(f"labels must lie in 0..{classes - 1}, got {array.min()}..{array.max()}")
    return array.astype(np.int64)
