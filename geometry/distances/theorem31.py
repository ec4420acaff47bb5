"""Theorem 3.1 of Croce et al. (2019): what a single linear region proves about the robustness of a point."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from geometry.box import BoxLike
from geometry.distances.distances import distances, nearest_boundary_points
from geometry.distances.simplex_certificate import simplex_certificate
from geometry.network.network import Network, as_network
from geometry.network.rounding import EPSILON, doubled, preactivation_errors
from geometry.norms import Array, Norm
from geometry.plane import TensorOrArray, as_array


@dataclass(frozen=True, eq=False)
class Theorem31:
    """What one linear region proves about a point (Croce et al. 2019, Theorem 3.1)."""

    radius: float  # no perturbation smaller than this changes the class: min(d_B, d_D), rounded down
    optimal: bool  # d_D <= d_B: radius is the minimal perturbation itself
    witness: Array | None  # (*input_shape) the point that attains it, when optimal and the radius finite
    d_B: float
    d_D: float
    nearest_unit: int  # -1 where d_B is infinite
    nearest_class: int  # -1 where d_D is infinite


def theorem_3_1(network: nn.Module | Network, x: TensorOrArray, p: Norm, box: BoxLike | None = None) -> Theorem31:
    """The lower bound min(d_B, d_D) for one point x (*input_shape), exact if the decision hyperplane is the nearer.

    d_D is that of the predicted class. A witness is checked by a forward pass: the two logits differ by no more than
    rounding (`preactivation_errors`, at the witness), or the class is another; otherwise the radius is not `optimal`.
    An infinite radius is optimal: the class never changes (inside the box).

    Raises
    ------
    ValueError
        As `distances`.
    """
    point = as_array(x, "x")
    network = as_network(network, point.shape)
    measured = distances(network, point[None], p, box=box)
    d_B, d_D = float(measured.d_B[0]), float(measured.d_D[0])
    radius = float(simplex_certificate(network, point[None], p, box)[0])
    optimal, witness = d_D <= d_B and (math.isfinite(d_D) or math.isinf(radius)), None
    if optimal and math.isfinite(d_D):
        witness = nearest_boundary_points(network, point[None], p, measured, box)[1][0]
        if not changes_class(network, witness, int(measured.classes[0]), computed_from=point):
            optimal, witness = False, None
    return Theorem31(radius, optimal, witness, d_B, d_D, int(measured.nearest_unit[0]), int(measured.nearest_class[0]))


@torch.no_grad()
def changes_class(
    network: nn.Module | Network, z: TensorOrArray, label: int, computed_from: TensorOrArray | None = None
) -> bool:
    """Whether at one point z (*input_shape) another logit reaches that of `label`, up to rounding in float64.

    A z that was computed as a step from another point has rounding errors of that point's size: pass that point as
    `computed_from`.
    """
    points = torch.from_numpy(as_array(z, "z")[None])
    exact = doubled(as_network(network, points.shape[1:]))
    off = None
    if computed_from is not None:
        start = torch.from_numpy(as_array(computed_from, "computed_from")[None])
        off = (EPSILON * torch.maximum(points.abs(), start.abs())).reshape(1, -1)
    logits, errors = exact.scores(points)[0], preactivation_errors(exact, points, off)[-1][0]
    gaps = logits - logits[label] + errors + errors[label]
    gaps[label] = -math.inf
    return bool((gaps >= 0).any())
