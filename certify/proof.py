"""When a bound counts as a proof: decided in float64, on a margin above its own rounding error."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from certify.methods import METHODS, margin_functionals
from certify.perturbation import perturbation
from certify.rounding import functional_errors
from geometry.box import BoxLike
from geometry.network import Network
from geometry.norms import Norm


def check_method(method: str, p: Norm) -> None:
    """A ValueError unless `method` is one of METHODS and knows the norm."""
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    if p not in METHODS[method].norms:
        raise ValueError(f"{method} knows the norms {METHODS[method].norms}, got p = {p}")


@torch.no_grad()
def proved(
    network: Network, x: Tensor, labels: Any, eps: Any, p: Norm, method: str, box: BoxLike | None = None
) -> NDArray[np.bool_]:
    """(n,) whether `method` proves that no x' with ||x' - x||_p <= eps inside the box leaves its class `labels`.

    Parameters
    ----------
    network : in float64, on the CPU
    x : (n, *input_shape) or (n, input_units)
    labels : (n,) integers, 0..K-1
    eps : number or (n,)
    """
    x = x.double().cpu()
    ball = perturbation(x, eps, p, box, network.input_shape)
    if len(x) == 0 or network.classes == 1:
        return np.ones(len(x), dtype=bool)
    weights, offset, _ = margin_functionals(network, torch.as_tensor(labels))
    lower = METHODS[method].functionals(network, ball, weights, offset)
    safe = (lower > functional_errors(network, ball, weights, offset)).all(1)
    return np.asarray(safe.numpy(), dtype=bool)
