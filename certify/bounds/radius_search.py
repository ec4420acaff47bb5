"""The search for the largest radius at which margins are proved: Newton's method on parabolas, inside a bracket.

Each point has a bracket: the largest radius that is proved so far, and the least one that failed. Each of its margins,
one for every other class, is known at three radii: at the ends of the bracket, and at another one near them. Through
these three values goes a parabola. The least root of the parabolas is the next radius. A step costs one evaluation of
the margins; a derivative, which plain Newton steps need, would cost about another one.

* *Start.* Without perturbation the margins are differences of logits. Their slopes are those of the point's linear
  region, whose decision hyperplanes have known distances. So there is a parabola after one evaluation.
* *Both ends close.* The next radius is half the tolerance beyond the root, on the side of the farther end. If the root
  is that precise, the farther end moves there, and one more radius closes the bracket from the other side.
* *Safeguard.* Margins have kinks where units become unstable; those of CROWN and of Fast-Lip jump. Where the bracket is
  wider than some more evaluations in its middle would have left it, its middle is next.

Source: Wong and Kolter (2018), eq. (17), which they solve by Newton's method with backtracking.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from certify.bounds import tuning
from certify.perturbation.rounding import proves_positive

LARGEST_RADIUS = 1e150  # at which the search ends: its square does not overflow
GROWTH = 8.0  # of the radius while none has failed, at first: 2 to 64 take 0.97 to 1.01 of the time
EVALUATIONS = 200  # margins at most: a limit that ends the search
WITHIN = 0.99  # share of the tolerance between an end of the bracket and a radius that closes it, in spite of rounding
BELOW = 1e-6  # how far below 0 a value is that stands for the slope at 0, relative to the scale of the radii

Margins = Callable[[Tensor, Tensor], Tensor]  # (m,) samples, (m,) eps -> (m, K - 1) margins less their rounding errors


@dataclass(frozen=True, eq=False)
class Start:
    """What is known of n points before the first evaluation.

    margins : (n, K - 1) without perturbation, up to rounding
    slopes : (n, K - 1) their derivatives by the radius there; estimates
    scale : (n,) a radius > 0 of the size that is expected
    proved : (n,) radii that are proved by other means: no smaller one is searched
    farthest : (n,) radii of which a ball holds the whole box
    """

    margins: Tensor
    slopes: Tensor
    scale: Tensor
    proved: Tensor
    farthest: Tensor


def largest_radii(margins: Margins, start: Start, tolerance: float) -> Tensor:
    """(n,) radii at which all margins of a point are proved; infinite where they are in the whole box, 0 without proof.

    Each radius was evaluated. So was one that is larger by at most `tolerance` times itself, at which a margin is not
    proved; or nothing beyond `start.proved` is proved. Only points whose bracket is open are evaluated.
    """
    brackets = _Brackets(start)
    which = torch.nonzero((start.margins > 0).all(1) & torch.isfinite(start.proved)).flatten()
    eps, growth = _first(start, tolerance)[which], GROWTH
    for evaluation in range(1, EVALUATIONS + 1):
        if len(which) == 0:
            break
        brackets.note(which, eps, margins(which, eps))
        which = which[brackets.wide(which, tolerance)]
        eps = brackets.next(which, tolerance, growth)
        if evaluation == tuning.DOUBT:
            eps = torch.where(brackets.hopeful(which), eps, 0.0)
        growth = min(growth**2, LARGEST_RADIUS)
    return brackets.proved


def _first(start: Start, tolerance: float) -> Tensor:
    """(n,) the first radii."""
    eps = torch.maximum(tuning.FIRST_RADIUS * start.scale, _beyond(start.proved, tolerance))
    return torch.minimum(eps, start.farthest).clamp(max=LARGEST_RADIUS)


def _beyond(proved: Tensor, tolerance: float) -> Tensor:
    """Radii that are larger by less than the tolerance: if one fails, the search ends."""
    return proved * (1 + WITHIN * tolerance)


class _Brackets:
    """Of n points the bracket, and three radii `eps` (n, 3) with the margins there, `values` (n, 3, K - 1).

    At first these radii are 0 and two just below, which stand for the slopes.
    """

    def __init__(self, start: Start) -> None:
        self.start = start
        self.proved, self.failed = torch.zeros_like(start.scale), torch.full_like(start.scale, math.inf)
        self.succeeded = torch.zeros(len(start.scale), dtype=torch.bool)  # at any radius
        self.eps = torch.arange(0.0, -3.0, -1.0, dtype=start.scale.dtype) * BELOW * start.scale[:, None]
        self.values = start.margins[:, None] + self.eps[:, :, None] * start.slopes[:, None]
        self.widest = self.failed.clone()  # the width that the bracket may have

    def note(self, which: Tensor, eps: Tensor, values: Tensor) -> None:
        """Move an end of each bracket to `eps`, where the margins are `values` (m, K - 1)."""
        good = proves_positive(values).all(1)
        self.succeeded[which[good]] = True
        self.proved[which[good]], self.failed[which[~good]] = eps[good], eps[~good]
        known, low, high = self.eps[which], self.proved[which], self.failed[which]
        spare = (known != low[:, None]) & (known != high[:, None])
        slot = torch.where(spare, (known - eps[:, None]).abs(), -1.0)
        slot = torch.where(known == eps[:, None], math.inf, slot).argmax(1)  # the farthest one that is no end
        self.eps[which, slot], self.values[which, slot] = eps, values
        widest = self.widest[which]
        self.widest[which] = torch.where(torch.isinf(widest), 2.0**tuning.SPARE * (high - low), widest / 2)

    def wide(self, which: Tensor, tolerance: float) -> Tensor:
        """(m,) bool: which brackets are still too wide. Marks points that are proved in the whole box."""
        proved, failed = self.proved[which], self.failed[which]
        whole_box = torch.isinf(failed) & self.succeeded[which] & (proved >= self.start.farthest[which])
        self.proved[which[whole_box]] = math.inf
        bounded = failed - torch.maximum(proved, self.start.proved[which]) > tolerance * failed
        return torch.where(torch.isinf(failed), ~whole_box & (proved < LARGEST_RADIUS), bounded)

    def hopeful(self, which: Tensor) -> Tensor:
        """(m,) bool: of which points something is proved. Of others maybe no radius can be, not even 0."""
        return self.succeeded[which] | (self.start.proved[which] > 0)

    def next(self, which: Tensor, tolerance: float, growth: float) -> Tensor:
        """(m,) the radii to evaluate next; at most `growth` times the proved one while none has failed."""
        low, high = self.proved[which], self.failed[which]
        step = self._steps(which)
        width, root = high - low, low + step
        allowed = tolerance * root
        eps = root + torch.where(step > width - step, -allowed / 2, allowed / 2)
        eps = torch.where(width - step < allowed, high - WITHIN * allowed, eps)
        eps = torch.where((step < allowed) & (low > 0), low + WITHIN * allowed, eps)
        usable = (eps > low) & (eps < high) & ~(width > self.widest[which])
        eps = torch.where(usable, eps, torch.where(low > 0, low.sqrt() * high.sqrt(), high / GROWTH))
        eps = torch.maximum(eps, _beyond(self.start.proved[which], tolerance))
        eps = torch.where(torch.isinf(high), torch.minimum(eps, growth * low), eps)
        return torch.minimum(eps, self.start.farthest[which]).clamp(max=LARGEST_RADIUS)

    def _steps(self, which: Tensor) -> Tensor:
        """(m,) from the proved end to the least root of the parabolas; infinite where there is none.

        If a radius has failed, only the margins that failed there count: they have a root inside the bracket.
        """
        failed, eps, values = self.failed[which, None], self.eps[which], self.values[which]
        away = eps - self.proved[which, None]
        order = away.abs().argsort(dim=1)  # the proved end comes first
        _, first, second = away.gather(1, order)[:, :, None].unbind(1)
        value, at_first, at_second = values.gather(1, order[:, :, None].expand_as(values)).unbind(1)
        chord = (at_first - value) / first
        bend = (chord - (at_second - value) / second) / (first - second)
        slope = chord - bend * first
        steps = 2 * value / ((slope**2 - 4 * bend * value).sqrt() - slope)  # value + slope t + bend t^2 = 0
        at_end = values[torch.arange(len(which)), (eps == failed).to(torch.uint8).argmax(1)]
        rooted = (steps > 0) & (torch.isinf(failed) | ~(at_end > 0))
        return torch.where(rooted, steps, math.inf).amin(1)
