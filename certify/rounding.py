"""How far a computed bound can be from the exact one: a margin counts as positive only above this.

The error is measured against the *absolute network*, |W_k| M_{k-1} + |b_k| with M_0 the largest |x'| of the set, the
units' values if nothing ever cancelled. No bound exceeds it, and no sum of absolute terms in a back-substitution to
layer k exceeds (1 + k/2) M_k: intercepts add at most M_j / 2 per layer j. Then

* a term of the sum at layer k goes through at most N_k roundings (the fan-ins below it, both for lower and upper
  functionals, and a few operations per line), so summing is off by at most N_k u (1 + k/2) M_k (Higham 2002, §3.1);
* a line drawn from bounds of unit j that are off by E_j misses the activation by at most E_j, which costs at most
  |A_j| E_j, and sum |A_j| M_j <= M_k.

So E_k = f_k M_k with f_k = N_k u (1 + k/2) + f_1 + ... + f_{k-1}, in whatever order sums are taken. This holds for
IEEE arithmetic without reduced-precision products and fast convolutions: verdicts are decided in float64.
"""

from __future__ import annotations

import torch
from torch import Tensor

from certify.perturbation import Perturbation
from geometry.network import Network


def bound_errors(network: Network, ball: Perturbation) -> list[Tensor]:
    """Per hidden layer (n, units): how far computed bounds of each unit may be off."""
    return [factor * magnitude for factor, magnitude in zip(_factors(network, ball), _magnitudes(network, ball)[1:])]


def functional_errors(network: Network, ball: Perturbation, weights: Tensor, offset: Tensor) -> Tensor:
    """(n, m): how far computed bounds of <weights, a> + offset, a the last hidden activations, may be off."""
    largest = _magnitudes(network, ball)[-1]
    return _factors(network, ball)[-1] * ((weights.abs() @ largest[:, :, None]).squeeze(2) + offset.abs())


def _magnitudes(network: Network, ball: Perturbation) -> list[Tensor]:
    """(n, units) largest |x'|, then of each hidden layer the absolute network's values."""
    found = [ball.center.abs() + ball.reach]
    for layer in network.hidden:
        absolute = layer.affine.absolute()
        found.append(absolute.linear(found[-1]) + absolute.bias + _tiny(found[-1]))
    return found


def _tiny(values: Tensor) -> Tensor:
    """(n, 1): what underflowing products with these values can lose."""
    return torch.finfo(values.dtype).tiny * (values.shape[1] + values.sum(1, keepdim=True))


def _factors(network: Network, ball: Perturbation) -> list[float]:
    """f_1, ..., f_{L+1}."""
    unit_roundoff = torch.finfo(ball.center.dtype).eps / 2
    found: list[float] = []
    terms = 2 * network.input_units
    for k, layer in enumerate(network.layers, start=1):
        terms += 2 * layer.units + 16
        found.append(2 * terms * unit_roundoff * (1 + k / 2) + sum(found))
    return found
