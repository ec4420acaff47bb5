"""What a network's outputs mean: classes, of which the largest or the least output wins, or a number in bands.

Everything else in the project asks which class wins. A number f becomes such a question by levels c_1 < ... < c_k: the
bands between them are the classes. The scores of the bands are

    s_0 = 0,   s_j = j f - (c_1 + ... + c_j).

Neighbours differ by s_j - s_{j-1} = f - c_j. So band j has the largest score exactly where c_j <= f <= c_{j+1}; at a
level two bands tie, and the lower one is named. Decision boundaries are the level sets of f, and a margin between
neighbours is a difference of outputs. The scores are affine in f, so that regions, distances, certificates and pictures
apply unchanged: d_D is the distance to the nearest level set, and a certificate proves that f stays between its levels.
With levels f(x) - t and f(x) + t this is robustness of a regression network within a tolerance t.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal, TypeAlias

import torch
from torch import nn

Kind: TypeAlias = Literal["largest", "least", "number"]
LARGEST: Final = "largest"
LEAST: Final = "least"
NUMBER: Final = "number"
KEPT = Fraction(1, 10**9)  # of a level: by how much its place in the sums may differ from it
MOST_LEVELS = 12  # more bands than a legend can tell apart


@dataclass(frozen=True)
class OutputMeaning:
    """How outputs name a class.

    kind : "largest" or "least" output wins; or "number": output `output` lies in one of the bands between `levels`
    """

    kind: Kind = LARGEST
    output: int = 0
    levels: tuple[float, ...] = ()

    def applied(self, network: nn.Sequential, outputs: int) -> nn.Sequential:
        """The network with these classes as outputs, of which the largest wins.

        "least" negates the outputs, which is exact. For "number" the network is in float64; a level c_j is then kept to
        2^-52 of |c_1| + ... + |c_j|.

        Parameters
        ----------
        outputs : how many the network has

        Raises
        ------
        ValueError
            If there is no such output, or no level, or if levels are not finite and increasing.
        """
        if self.kind == LARGEST:
            return network
        if self.kind == LEAST:
            if outputs < 2:
                raise ValueError("of one output none is the least: choose the largest, which reads its sign, or levels")
            like = next((one for one in network.parameters()), torch.zeros(()))
            return _followed_by(network, -torch.eye(outputs, dtype=like.dtype), torch.zeros(outputs, dtype=like.dtype))
        if not 0 <= self.output < outputs:
            raise ValueError(f"the network has outputs 0 to {outputs - 1}, not {self.output}")
        levels = checked_levels(self.levels)
        weight = torch.zeros(len(levels) + 1, outputs, dtype=torch.float64)
        weight[:, self.output] = torch.arange(len(levels) + 1, dtype=torch.float64)
        return _followed_by(network.double(), weight, -torch.tensor(_sums(levels), dtype=torch.float64))

    @property
    def class_names(self) -> tuple[str, ...]:
        """The bands' names; empty where the outputs are classes."""
        if self.kind != NUMBER:
            return ()
        digits = next(d for d in (6, 9, 12, 17) if len({f"{level:.{d}g}" for level in self.levels}) == len(self.levels))
        levels = [f"{level + 0.0:.{digits}g}".replace("-", "−") for level in self.levels]  # -0.0 + 0.0 is 0.0
        return (f"f ≤ {levels[0]}", *(f"{a} < f ≤ {b}" for a, b in pairwise(levels)), f"f > {levels[-1]}")


def checked_levels(levels: tuple[float, ...]) -> tuple[float, ...]:
    """The levels themselves.

    Raises
    ------
    ValueError
        If there is none or more than MOST_LEVELS, if they are not finite and increasing, or if their sums lose one.
    """
    if not 1 <= len(levels) <= MOST_LEVELS:
        raise ValueError(f"give 1 to {MOST_LEVELS} levels, got {len(levels)}")
    if not all(map(math.isfinite, levels)):
        raise ValueError(f"levels are finite numbers, got {_listed(levels)}")
    if any(a >= b for a, b in pairwise(levels)):
        raise ValueError(f"levels increase from each to the next, got {_listed(levels)}")
    sums = list(map(Fraction, _sums(levels)))
    if any(
        abs(after - before - Fraction(c)) > KEPT * abs(Fraction(c)) for c, before, after in zip(levels, sums, sums[1:])
    ):
        raise ValueError(f"levels differ too much in size for float64, which adds them up: got {_listed(levels)}")
    return levels


def _sums(levels: tuple[float, ...]) -> list[float]:
    """The sums of the first 0, 1, ... levels, each rounded once."""
    try:
        return [math.fsum(levels[:count]) for count in range(len(levels) + 1)]
    except OverflowError:
        raise ValueError(f"the sum of the levels is beyond float64: got {_listed(levels)}") from None


def _listed(levels: tuple[float, ...]) -> str:
    return ", ".join(f"{level:g}" for level in levels)


def _followed_by(network: nn.Sequential, weight: torch.Tensor, bias: torch.Tensor) -> nn.Sequential:
    outputs, classes = weight.shape[1], weight.shape[0]
    last = nn.Linear(outputs, classes, dtype=weight.dtype, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        last.weight.copy_(weight)
        last.bias.copy_(bias)
    return nn.Sequential(*network, last).eval().requires_grad_(False)
