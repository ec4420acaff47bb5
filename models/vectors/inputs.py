"""Named inputs with ranges and units, and networks on shares of these ranges."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from geometry.network.affine import Shape
from geometry.network.conversion import Normalize
from geometry.norms import Array

MOST_INPUTS = 4096  # a limit on the length of lists and tables on a page
LONGEST_NAME = 60  # characters of a name or a unit
NARROWEST = 1e-9  # of a range, relative to its ends: a share of a narrower one keeps fewer than seven digits


@dataclass(frozen=True)
class NamedInput:
    """One input of a network: its name and unit, which may be text from outside, and the range that it is shown on.

    Raises
    ------
    ValueError
        If the range is empty, not finite, or narrower than `NARROWEST` of its ends.
    """

    name: str
    low: float
    high: float
    unit: str = ""

    def __post_init__(self) -> None:
        low, high = float(self.low), float(self.high)
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"the range of {self.name} goes from {low:g} to {high:g}: give two finite numbers")
        if not low < high:
            raise ValueError(f"the range of {self.name} is empty, from {low:g} to {high:g}: it needs low < high")
        if not math.isfinite(high - low) or high - low < NARROWEST * max(abs(low), abs(high)):
            raise ValueError(
                f"the range of {self.name}, from {low!r} to {high!r}, is too narrow or too wide for float64: choose "
                "another one, or another unit"
            )

    @property
    def title(self) -> str:
        """'rho [ft]'; the name alone without a unit."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True)
class Inputs:
    """The inputs of a network, in order. A *share* is a value's place in its range: 0 at `low`, 1 at `high`."""

    items: tuple[NamedInput, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.items) <= MOST_INPUTS:
            raise ValueError(f"{len(self.items):,} inputs were given; 1 to {MOST_INPUTS:,} can be named")

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> NamedInput:
        return self.items[index]

    @property
    def low(self) -> Array:
        """(d,)"""
        return np.array([item.low for item in self.items], np.float64)

    @property
    def width(self) -> Array:
        """(d,) high - low"""
        return np.array([item.high for item in self.items], np.float64) - self.low

    def shares(self, values: ArrayLike) -> Array:
        """(..., d) values in raw units -> shares."""
        shares: Array = (np.asarray(values, np.float64) - self.low) / self.width
        return shares

    def values(self, shares: ArrayLike) -> Array:
        """(..., d) shares -> values in raw units."""
        values: Array = self.low + np.asarray(shares, np.float64) * self.width
        return values


def numbered(count: int, low: float = 0.0, high: float = 1.0) -> Inputs:
    """Inputs without names: 'input 1' and so on, all with one range."""
    return Inputs(tuple(NamedInput(f"input {place}", low, high) for place in range(1, count + 1)))


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names on one line, shortened; empty ones are numbered, and one that occurred before gets its place added."""
    seen: set[str] = set()
    unique = []
    for place, raw in enumerate(names, 1):
        name = " ".join(str(raw).split())[:LONGEST_NAME] or f"input {place}"
        name = f"{name} ({place})" if name in seen else name
        seen.add(name)
        unique.append(name)
    return tuple(unique)


def on_shares(module: nn.Module, shape: Shape, inputs: Inputs) -> nn.Sequential:
    """The same function of the shares of the inputs, (n, d), in float64: an affine layer in front of the network.

    The map z -> low + z (high - low) is affine, so a plane of shares is a plane of values, and the regions are the
    same. Its coefficients round to float64 like all weights.

    Parameters
    ----------
    shape : of the module's input; of several dimensions, the d inputs fill it in order

    Raises
    ------
    ValueError
        If the module takes another number of inputs.
    """
    if math.prod(shape) != len(inputs):
        raise ValueError(f"the network takes {math.prod(shape):,} numbers, but {len(inputs):,} inputs are named")
    scale = Normalize(torch.zeros(1), torch.ones(1))
    scale.mean = torch.from_numpy(-inputs.low / inputs.width)
    scale.std = torch.from_numpy(1 / inputs.width)
    double = copy.deepcopy(module).double()
    shaped = [nn.Unflatten(1, tuple(shape))] if len(shape) > 1 else []
    own = list(double) if isinstance(double, nn.Sequential) else [double]
    return nn.Sequential(scale, *shaped, *own).eval()


def negated(network: nn.Sequential) -> nn.Sequential:
    """The network with -f in the place of f: its last linear layer negated, which rounds nothing.

    Raises
    ------
    ValueError
        If it does not end with a linear layer.
    """
    last = network[-1] if len(network) else None
    if not isinstance(last, nn.Linear):
        raise ValueError(f"the network ends with {type(last).__name__}; the outputs of a Linear layer can be negated")
    changed = copy.deepcopy(last)
    with torch.no_grad():
        changed.weight.neg_()
        if changed.bias is not None:
            changed.bias.neg_()
    return nn.Sequential(*list(network)[:-1], changed).eval()
