"""Checked points: the input of bounds, attacks, minimal perturbations and verdicts.

Public functions check their arguments once, with `checked_points`. Internal functions take the `Points`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from certify.perturbation.perturbation import Numbers, Perturbation, as_tensor, perturbation_sets
from geometry.box import Box, BoxLike, as_box
from geometry.network.affine import Shape
from geometry.network.network import Network, as_network
from geometry.network.rounding import doubled
from geometry.norms import Array, Norm, check_norm

Radii: TypeAlias = Tensor | Array | float  # a number or (n,): finite, not negative, in the units of x


@dataclass(frozen=True, eq=False)
class Points:
    """Points with the class that each must keep, the norm and the legal inputs, all flat.

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

    def __getitem__(self, which: slice | NDArray[np.intp]) -> Points:
        """Some of the points; indices may repeat."""
        x = self.x[which if isinstance(which, slice) else torch.from_numpy(which).to(self.x.device)]
        return replace(self, x=x, labels=self.labels[which], shape=(len(x), *self.shape[1:]))

    def point(self, i: int) -> Points:
        """The i-th point alone."""
        return self[i : i + 1]

    def labelled(self, labels: NDArray[np.int64]) -> Points:
        """The same points with other classes to keep, (n,)."""
        return replace(self, labels=labels)

    def on(self, device: torch.device | str) -> Points:
        """The same, for computations on a device; verdicts stay on the CPU."""
        return replace(self, network=self.network.to(self.x.dtype, device), x=self.x.to(device))

    def in_float64(self) -> Points:
        """The same for the network that decides verdicts: float64, on the CPU."""
        return replace(self, network=self.exact, x=self.flat)

    def holding(self, x: Tensor, labels: NDArray[np.int64]) -> Points:
        """Other points x (m, input_units) with labels (m,), of the same network, norm and box."""
        return replace(self, x=x.to(self.x), labels=labels, shape=(len(x), *self.shape[1:]))

    def moved(self, x: Tensor) -> Points:
        """The same with other inputs x (n, *input_shape) of the box."""
        return replace(self, x=x.reshape(self.x.shape).to(self.x))

    @property
    def flat(self) -> Tensor:
        """(n, input_units) float64, on the CPU."""
        return self.x.double().cpu()

    @property
    def images(self) -> Tensor:
        """(n, *input_shape) float64, on the CPU."""
        return self.flat.reshape(len(self), *self.exact.input_shape)

    @property
    def x64(self) -> Array:
        """(n, input_units) float64 array."""
        return self.flat.numpy()

    @property
    def box(self) -> Box | None:
        """The legal inputs, None if they are unbounded."""
        shape = self.exact.input_shape
        return Box(self.low.reshape(shape), self.high.reshape(shape)) if self.boxed else None

    def ball(self, eps: Radii) -> Perturbation:
        """The perturbation sets of these radii: float64, on the CPU."""
        radius = torch.as_tensor(eps, dtype=torch.float64).expand(len(self))
        return perturbation_sets(self.flat, radius, self.p, (self.low, self.high) if self.boxed else None)

    @property
    def boxed(self) -> bool:
        return bool(np.isfinite(self.low).any() or np.isfinite(self.high).any())


@torch.no_grad()
def checked_points(
    network: nn.Module | Network, x: Numbers, labels: Numbers | None, p: Norm, box: BoxLike | None
) -> Points:
    """Points from the arguments of public functions; without labels, each must keep its predicted class.

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


def check_labels(labels: Numbers, count: int, classes: int) -> Tensor:
    """(count,) int64 labels; a ValueError that names the first that is no class."""
    # torch warns of arrays that are read-only
    tensor = labels if isinstance(labels, Tensor) else torch.as_tensor(np.array(labels))
    if tensor.shape != (count,):
        raise ValueError(f"labels must be ({count},), got shape {tuple(tensor.shape)}")
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
        raise ValueError(f"labels must be integers, got {tensor.dtype}")
    if count > 0 and (int(tensor.min()) < 0 or int(tensor.max()) >= classes):
        outside = tensor[(tensor < 0) | (tensor >= classes)]
        raise ValueError(f"labels must lie in 0..{classes - 1}, got {outside[0].item()}")
    return tensor.long()
