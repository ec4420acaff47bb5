"""The decision boundary certificate of two-layer networks (Singla and Feizi 2019, Theorem 4)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from certify.bounds.methods import margin_functionals
from certify.bounds.proof import margin_sums
from certify.perturbation.arithmetic import REAL
from certify.perturbation.perturbation import underflown_squares
from certify.perturbation.points import Points
from certify.perturbation.rounding import functional_errors, gamma
from certify.records import Certificate, Style
from geometry.network.network import Network
from geometry.network.rounding import preactivation_errors
from geometry.network.unit_gradients import spectral_bound


def _two_layers(network: Network) -> bool:
    return len(network.layers) == 2


def _decision_boundary(points: Points) -> Tensor:
    """Theorem 4 of Singla & Feizi (2019), in closed form.

    For each class s the numerator is |b + sum theta_i a_i| with theta in [slope, 1]. The values of the expression form
    an interval, and their least absolute value is 0 or the nearer end. Rounded down: the numerator is less its rounding
    error, the lengths are more theirs.
    """
    network, center = points.exact, points.flat
    first, slope = network.layers[0], network.layers[0].below
    z, logits = network.preactivations(center)
    labels = logits.argmax(1)
    weights, offset, others = margin_functionals(network, labels)
    terms = weights * z[:, None]
    lowest = offset + torch.where(terms > 0, slope * terms, terms).sum(2)
    highest = offset + torch.where(terms > 0, terms, slope * terms).sum(2)
    least = torch.where(lowest > 0, lowest, -highest)
    off = preactivation_errors(network, center)[0]
    least = least - functional_errors(weights, offset, z.abs() + off, REAL, margin_sums(network, labels, others))
    least = least - (weights.abs() @ off[:, :, None]).squeeze(2) * (1 + gamma(z.shape[1], z.dtype))
    spectral = spectral_bound(first.affine)
    lengths = torch.linalg.vector_norm(weights, dim=2) + underflown_squares(weights)
    lengths = lengths * spectral * (1 + gamma(z.shape[1] + 16, z.dtype))
    distance = torch.where(lengths > 0, least / lengths, torch.where(least > 0, math.inf, 0.0))
    return distance.nan_to_num(nan=0.0, posinf=math.inf).clamp(min=0).amin(1)


DECISION_BOUNDARY = Certificate(
    run=_decision_boundary,
    title="Decision boundary",
    line="How far a two-layer network's decision boundary must stay, by its weights.",
    place=20,
    cost=lambda work: 10 * work.fixed + work.inputs * work.forward / 100,
    norms=(2,),
    fits=_two_layers,
    scope="two layers and p = 2",
    style=Style("#8DAF52", "dot", "triangle-down-open"),
)
