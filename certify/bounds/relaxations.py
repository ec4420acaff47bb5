"""Linear relaxations of one (leaky) ReLU: two lines between which its graph runs while lower <= z <= upper.

On a stable unit both lines are the piece itself. On an unstable one the upper line is the chord from lower to upper,
and methods differ in the slope of the lower line, which always passes through the origin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
from torch import Tensor

from certify.perturbation.rounding import StepErrors
from geometry.computation.cached_property import cached_property


@dataclass(frozen=True, eq=False)
class Lines:
    """`lower` * z <= activation(z) <= `upper` * z + `intercept`, all (n, units); `unstable` where they differ.

    `least` and `greatest` bound the activations: the lines' values at the ends of the units' bounds. `errors` bounds
    the rounding of a step through the lines, where bounds are proofs.
    """

    lower: Tensor
    upper: Tensor
    intercept: Tensor
    unstable: Tensor
    least: Tensor
    greatest: Tensor
    errors: StepErrors | None = None

    @property
    def parallel(self) -> bool:
        """One slope for both lines, so that lower and upper bounds share one matrix (Fast-Lin, KW)."""
        return self.lower is self.upper

    @cached_property
    def columns(self) -> tuple[Tensor, int]:
        """(n, k) units that are not off, the unstable ones within the first m; and m.

        Samples with fewer such units are padded with others, whose lines are valid too.
        """
        rank = self.unstable.to(torch.uint8) * 2 + (self.upper != 0).to(torch.uint8)
        alive, unstable = int((rank > 0).sum(1).max()), int(self.unstable.sum(1).max())
        return rank.argsort(dim=1, descending=True)[:, :alive], unstable

    def __getitem__(self, samples: slice) -> Lines:
        """The lines of some of the samples."""
        lower = self.lower[samples]
        upper = lower if self.parallel else self.upper[samples]
        names = ("intercept", "unstable", "least", "greatest")
        rest = {name: getattr(self, name)[samples] for name in names}
        return Lines(lower, upper, **rest, errors=None if self.errors is None else self.errors[samples])


Relaxation: TypeAlias = Callable[[Tensor, Tensor, float], Lines]


def fast_lin(lower: Tensor, upper: Tensor, slope: float) -> Lines:
    """Parallel lines: the lower one has the chord's slope (Fast-Lin; KW eq. 6 with alpha = u / (u - l))."""
    lines = _chord(lower, upper, slope)
    return _with_lower(replace(lines, lower=lines.upper), lower)


def crown(lower: Tensor, upper: Tensor, slope: float) -> Lines:
    """The lower line that leaves less area: slope 1 where upper > -lower, else the activation's own (CROWN)."""
    lines = _chord(lower, upper, slope)
    adaptive = (upper > -lower).to(lower)  # on stable units the piece itself
    if slope > 0:
        adaptive = adaptive * (1 - slope) + slope
    return _with_lower(replace(lines, lower=adaptive), lower)


def _chord(lower: Tensor, upper: Tensor, slope: float) -> Lines:
    """Lines with the upper one in place. Bounds that are NaN make the unit unstable, and its lines NaN.

    The chord of the bounds clamped to their side of zero is the piece itself on stable units: no choosing by masks,
    which costs a mispredicted branch per unit.
    """
    unstable = ~((lower >= 0) | (upper <= 0))
    below, above = lower.clamp(max=0), upper.clamp(min=0)
    width = above - below
    width = width + (width == 0)  # a unit that is always zero is off, at slope `slope` on both lines
    chord = share = above / width
    if slope > 0:
        chord = (above - slope * below) / width + slope * (above == below)
    intercept = (slope - 1) * below * share  # no product that could underflow
    greatest = above if slope == 0 else torch.maximum(upper, slope * upper)
    return Lines(chord, chord, intercept, unstable, greatest, greatest)


def _with_lower(lines: Lines, lower: Tensor) -> Lines:
    return replace(lines, least=lines.lower * lower)
