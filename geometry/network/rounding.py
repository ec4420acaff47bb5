"""Bounds on the rounding errors of a float64 forward pass: a sign counts only if the value exceeds its bound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from geometry.network.network import Network
from geometry.network.sums import EPSILON, gamma, longest_sum

__all__ = ["EPSILON", "doubled", "gamma", "longest_sum", "preactivation_errors", "rounding", "running_errors"]


def rounding(network: Network) -> float:
    """Relative rounding error of a value of `network`, measured against the same sums with absolute values.

    A sum of n products is off by at most n·eps/2 of the sum of their absolute values (Higham 2002, §3.1). Layer
    after layer these add up; the fan-ins are at most the number of inputs and of units before.
    """
    return EPSILON * (network.input_units + sum(network.widths) + len(network.layers))


def running_errors(
    network: Network, x: Tensor, preactivations: Sequence[Tensor], off: Tensor | None = None
) -> tuple[list[Tensor], list[Tensor]]:
    """How far pre-activations computed in float64 at points x may be from the exact ones.

    `off` (n, input_units) is what x itself may be off by. Returns two lists, per layer (n, units): the whole error, and
    what the layer's own sums lose. A unit that is surely off in a ReLU layer has no error.
    """
    activations = x.reshape(len(x), network.input_units)
    error = torch.zeros_like(activations) if off is None else off
    total: list[Tensor] = []
    own: list[Tensor] = []
    for layer, z in zip(network.layers, preactivations):
        absolute, relative = layer.affine.absolute(), gamma(layer.affine)
        size = absolute.linear(activations.abs() + error) + absolute.bias
        underflow = float(np.finfo(np.float64).tiny) * longest_sum(layer.affine) * (size > 0)
        own.append(relative * size + underflow)
        total.append(absolute.linear(error) * (1 + relative) + own[-1])
        activations, error = layer.activate(z), total[-1]
        if layer.rectifies:
            error = torch.where(z + error <= 0, 0.0, error)
        elif isinstance(layer.slope, Tensor):
            error = torch.where(z + error <= 0, layer.slope * error, error)
    return total, own


def preactivation_errors(network: Network, x: Tensor, off: Tensor | None = None) -> list[Tensor]:
    """(n, *input_shape) -> per layer (n, units): how far `network.preactivations(x)` in float64 may be off."""
    return running_errors(network, x, network.preactivations(x), off)[0]


def doubled(network: Network) -> Network:
    """The network in float64 on the CPU, detached, as all exact geometry uses it."""
    return network.detached().to(torch.float64, "cpu")
