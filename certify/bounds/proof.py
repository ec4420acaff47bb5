"""Bounds that are proofs: computed in float64, less their rounding errors (`proves_positive` of `rounding.py`).

A proof is about the network's float64 weights in real arithmetic: about f(x') itself, not about a forward pass. With
`covers="float32"` it also holds for every forward pass of the converted network in float32, with weights and
inputs rounded to float32, whatever the order in which sums are taken. An x' at which two logits are equal is not safe.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from certify.bounds.batches import largest_product
from certify.bounds.methods import METHODS, margin_functionals
from certify.perturbation.arithmetic import REAL, Arithmetic
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.points import Points, Radii
from certify.perturbation.rounding import Sums, proves_positive
from certify.records import Bounds, Method
from geometry.computation.cores import by_work
from geometry.network.affine import Dense, dense_matrix
from geometry.network.network import Network
from geometry.network.rounding import longest_sum
from geometry.norms import Norm


def check_method(method: str, p: Norm) -> None:
    """A ValueError unless `method` is one of METHODS and knows the norm."""
    check_method_name(method)
    check_method_norm(method, p)


def check_method_name(method: str) -> None:
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")


def check_method_norm(method: str, p: Norm) -> None:
    if p not in METHODS[method].norms:
        raise ValueError(f"{method} knows the norms {METHODS[method].norms}, got p = {p}")


@torch.no_grad()
def proved(points: Points, eps: Radii, method: str, covered: Arithmetic = REAL) -> NDArray[np.bool_]:
    """(n,) whether `method` proves that no x' with ||x' - x||_p <= eps inside the box leaves its class."""
    if len(points) == 0:
        return np.ones(0, dtype=bool)
    labels = torch.from_numpy(points.labels)
    least = proved_margins(points.exact, points.ball(eps), labels, METHODS[method].run, covered)
    return np.asarray(proves_positive(least).all(1).numpy(), dtype=bool)


@torch.no_grad()
def proved_margins(
    network: Network, ball: Perturbation, labels: Tensor, method: Method, covered: Arithmetic = REAL
) -> Tensor:
    """(n, K - 1) what is proved of f_label - f_s on a set, s the other classes in order: float64 lower bounds."""
    weights, offset, others = margin_functionals(network, labels)
    sums = margin_sums(network, labels, others)
    with by_work(largest_product(network, len(ball))):
        return method.functionals(network, ball.proving(covered), weights, offset, sums)


@torch.no_grad()
def proved_unit_bounds(network: Network, ball: Perturbation, method: str) -> list[Bounds]:
    """Per hidden layer proved (lower, upper) bounds of every unit, (n, units), in float64."""
    with by_work(largest_product(network, len(ball))):
        return METHODS[method].run.bounds(network, ball.proving())[:-1]


def margin_sums(network: Network, labels: Tensor, others: Tensor) -> Sums:
    """What `margin_functionals` and a forward pass sum up for each margin: the weights and biases of both logits."""
    last = network.layers[-1].affine
    absolute = last.absolute()
    matrix, bias = dense_matrix(absolute), absolute.bias
    weights, offset = matrix[labels][:, None] + matrix[others], bias[labels][:, None] + bias[others]
    return Sums(weights, offset, 0 if isinstance(last, Dense) else longest_sum(last))
