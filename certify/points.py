"""Checked input of everything that works point by point: attacks, minimal perturbations, verdicts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from certify.bounds import check_labels
from certify.perturbation import as_tensor
from geometry.affine import Shape
from geometry.box import BoxLike, as_box
from geometry.network import Network, as_network
from geometry.norms import Array, Norm, check_norm
from geometry.rounding import doubled


@dataclass(frozen=True, eq=False)
class Points:
    """Points with the class each is to keep, the norm and the legal inputs, all flat.

    `network` has x's dtype and device; `exact` is the same in float64 on the CPU, and decides every verdict.
    """

    network: Network
    exact: Network
    x: Tensor  # (n, input_units)
    labels: NDArray[np.int64]  # (n,)
    p: Norm
    low: Array  # (input_units,), -inf where there is no box
    high: Array
    shape: Shape  # of x as it came, (n, *input_shape)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def x64(self) -> Array:
        """(n, input_units) float64 array."""
        return self.x.double().cpu().numpy()

    @property
    def boxed(self) -> bool:
        return bool(np.isfinite(self.low).any() or np.isfinite(self.high).any())


@torch.no_grad()
def checked_points(network: nn.Module | Network, x: Any, labels: Any, p: Norm, box: BoxLike | None) -> Points:
    """Points from what the public functions take; without labels, each keeps its predicted class.

    Raises
    ------
    ValueError
        For a norm, shape, label or box that does not fit, NaN in x, or an x outside the box.
    """
    check_norm(p)
    x = as_tensor(x).detach()
    if x.dim() < 2:
        raise ValueError(f"x must be (n, *input_shape), got shape {tuple(x.shape)}; one point is x[None]")
    converted = as_network(network, x.shape[1:])
    exact = doubled(converted)
    flat = x.reshape(len(x), exact.input_units)
    d = exact.input_units
    low, high = np.full(d, -math.inf), np.full(d, math.inf)
    if box is not None:
        limits = as_box(box, x.shape[1:])
        limits.require(flat.double().cpu().numpy())
        low, high = limits.lo.ravel(), limits.hi.ravel()
    if labels is None:
        chosen = exact.scores(flat.double().cpu()).argmax(dim=1).numpy()
    else:
        chosen = check_labels(labels, len(x), exact.classes).cpu().numpy()
    return Points(converted.to(x.dtype, x.device), exact, flat, chosen, p, low, high, tuple(x.shape))
