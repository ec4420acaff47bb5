"""How far a float64 forward pass can be from the exact one: the bound below which a sign is not trusted."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from geometry.affine import Affine
from geometry.network import Network

EPSILON = float(np.finfo(np.float64).eps)


def rounding(network: Network) -> float:
    """Relative rounding error of a value of `network`, measured against the same sums with absolute values.

    A sum of n products is off by at most n·eps/2 of the sum of their absolute values (Higham 2002, §3.1). Layer
    after layer these add up; the fan-ins are at most the number of inputs and of units before.
    """
    return EPSILON * (network.input_units + sum(network.widths) + len(network.layers))


def preactivation_errors(network: Network, x: Tensor) -> list[Tensor]:
    """(n, *input_shape) -> per layer (n, units): how far `network.preactivations(x)` in float64 may be off."""
    magnitudes, found = x.reshape(len(x), network.input_units).abs(), []
    for layer in network.layers:
        absolute = layer.affine.absolute()
        magnitudes = absolute.linear(magnitudes) + absolute.bias
        found.append(rounding(network) * magnitudes)
    return found


def accumulated(affine: Affine, error: Tensor, largest: Tensor) -> Tensor:
    """(units before,) errors and largest magnitudes of activations -> (units,) errors of the next pre-activations."""
    absolute = affine.absolute()
    fresh = (absolute.linear(largest[None]) + absolute.bias)[0]
    return absolute.linear(error[None])[0] + EPSILON / 2 * (len(largest) + 2) * fresh


def doubled(network: Network) -> Network:
    """The network in float64 on the CPU, detached: what all exact geometry computes with."""
    return network.detached().to(torch.float64, "cpu")
