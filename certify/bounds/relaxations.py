"""Linear relaxations of one (leaky) ReLU: two lines between which its graph runs while lower <= z <= upper.

On a stable unit both lines are the piece itself. On an unstable one the upper line is the chord from lower to upper,
and methods differ in the slope of the lower line, which always passes through the origin: see the files in `methods`.
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


Slope: TypeAlias = float | Tensor  # of the activation for z < 0: one for all units, or (units,)
Relaxation: TypeAlias = Callable[[Tensor, Tensor, Slope], Lines]


def chord(lower: Tensor, upper: Tensor, slope: Slope) -> Lines:
    """Lines of which the upper one is in place, and the lower one not yet: a method gives it by `with_lower`.

    Bounds that are NaN make the unit unstable, and its lines NaN. A unit whose own slope is 1 is never unstable: both
    lines are the activation itself.

    The chord of the bounds clamped to their side of zero is the piece itself on stable units: no choosing by masks,
    which costs a mispredicted branch per unit.
    """
    unstable, sloped = ~((lower >= 0) | (upper <= 0)), isinstance(slope, Tensor) or slope > 0
    if isinstance(slope, Tensor):
        unstable = unstable & (slope < 1)
    below, above = lower.clamp(max=0), upper.clamp(min=0)
    width = above - below
    width = width + (width == 0)  # a unit that is always zero is off, at slope `slope` on both lines
    chord = share = above / width
    if sloped:
        chord = (above - slope * below) / width + slope * (above == below)
    intercept = (slope - 1) * below * share  # no product that could underflow
    greatest = torch.maximum(upper, slope * upper) if sloped else above
    return Lines(chord, chord, intercept, unstable, greatest, greatest)


def with_lower(lines: Lines, slope: Tensor, lower: Tensor) -> Lines:
    """The lines with the lower one of this slope (n, units); `lower` are the units' lower bounds."""
    return replace(lines, lower=slope, least=slope * lower)
