"""Bounds of the domains of branch and bound: lines of open units and multipliers of fixed signs, ascended in float32.

Any slopes between the activation's own and 1 and any multipliers of the right sign are valid: only the final bound is
computed in float64, less its rounding error. In l2 the units of a layer also share a ball
(`certify.exact.coupled_subnetwork`): where that raises the lowest bound of the whole set enough, every domain uses it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from certify.exact import tuning
from certify.exact.coupled_subnetwork import CoupledSubnetwork
from certify.exact.unstable_subnetwork import ChosenLines, UnstableSubnetwork, Worst
from certify.perturbation.rounding import proves_positive
from geometry.computation.cancellation import check_cancelled


class DomainBounds:
    """Bounds of domains, and of the whole set.

    A state (n, 3, units) holds fixed signs (1, -1; 0 for open), slopes and multipliers; with `coupled` bounds
    (n, 7, units), a state of `CoupledSubnetwork` follows.
    """

    def __init__(self, problem: UnstableSubnetwork, coupled: CoupledSubnetwork | None = None) -> None:
        self.problem, self.single = problem, problem.single()
        self.coupled = coupled
        self._coupled_single = None if coupled is None else coupled.single()

    def root(self) -> tuple[Tensor, Tensor, Worst]:
        """Of every functional on the whole set: (m, 3 or 7, units) states, (m,) bounds, and where they are attained."""
        problem = self.single
        indices = torch.arange(len(problem.f_constant))
        state = torch.zeros(len(indices), 3, len(problem))
        state[:, 1] = (problem.high > -problem.low).float() * (1 - problem.slopes) + problem.slopes
        state, bounds, worst = self._uncoupled(indices, state, tuning.ROOT_STEPS)
        if self._coupled_single is not None:
            first = self._coupled_single.first_state(indices, state[:, 0], state[:, 1])
            together, higher = self._raised(indices, torch.cat([state, first], 1), bounds, tuning.COUPLED_ROOT_STEPS)
            if bool(higher.min() > (1 - tuning.COUPLED_GAIN) * bounds.min()):
                return together, higher, worst
            self.coupled = None  # for a little more, a domain takes three times as long
        return state, bounds, worst

    def halves(self, indices: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Worst]:
        """Of functionals `indices` (n,) on domains that start from their parents' `state`: as `root`."""
        plain, bounds, worst = self._uncoupled(indices, state[:, :3], tuning.CHILD_STEPS)
        state = torch.cat([plain, state[:, 3:]], 1)
        if self.coupled is not None:
            state, bounds = self._raised(indices, state, bounds, tuning.COUPLED_CHILD_STEPS)
        return state, bounds, worst

    def losses(self, state: Tensor, worst: Worst) -> Tensor:
        """(n, units) what each open unit's lines cost the bounds without coupling: mostly its chord (BaBSR)."""
        lines, z = chosen_lines(self.single, state[:, :3]), worst.z
        chord = worst.weights.clamp(max=0).abs() * lines.intercept
        below = worst.weights.clamp(min=0) * (torch.maximum(z, self.single.slopes * z) - lines.lower * z)
        return chord + 1e-3 * below

    def _uncoupled(self, indices: Tensor, state: Tensor, steps: int) -> tuple[Tensor, Tensor, Worst]:
        state, worst = ascended(self.single, indices, state, steps)
        return state, self.problem.lower_bounds(indices, chosen_lines(self.problem, state.double())), worst

    def _raised(self, indices: Tensor, state: Tensor, bounds: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """States and bounds, with the coupled ones where those so far prove nothing."""
        assert self.coupled is not None and self._coupled_single is not None
        rest = torch.nonzero(~proves_positive(bounds)).flatten()
        if len(rest) == 0:
            return state, bounds
        some, signs = indices[rest], state[rest, 0]
        best = self._coupled_single.ascended(some, signs, state[rest, 3:], steps)
        coupled = self.coupled.lower_bounds(some, signs.double(), best.double())
        state, bounds = state.clone(), bounds.clone()
        state[rest, 3:], bounds[rest] = best, torch.maximum(bounds[rest], coupled)
        return state, bounds


def chosen_lines(problem: UnstableSubnetwork, state: Tensor) -> ChosenLines:
    """The lines of domains (n, 3, units): the piece itself where the sign is fixed, else the slope and the chord.

    Slopes that float32 has rounded to less than the activation's own are raised to it: smaller ones are not valid.
    """
    signs, slopes, multipliers = state.unbind(1)
    slopes = torch.maximum(slopes, problem.slopes)
    open_, piece = signs == 0, torch.where(signs > 0, 1.0, problem.slopes)
    lower, upper = torch.where(open_, slopes, piece), torch.where(open_, problem.chord, piece)
    return ChosenLines(lower, upper, problem.intercept * open_, signs * multipliers)


def ascended(problem: UnstableSubnetwork, indices: Tensor, state: Tensor, steps: int) -> tuple[Tensor, Worst]:
    """The best state of `steps` projected gradient steps (Adam) in slopes and multipliers, and the last worst.

    The bound is linear in each line: its gradient by a lower slope is max(weight, 0) z, by a multiplier -sign z, with
    each unit's z at the worst step.
    """
    signs = state[:, 0]
    least = torch.stack([problem.slopes, torch.zeros_like(problem.slopes)])
    most = torch.stack([torch.ones_like(problem.slopes), torch.full_like(problem.slopes, math.inf)])
    values, worst = problem.lower_bounds_and_worst(indices, chosen_lines(problem, state))
    best, mean, square = state, torch.zeros_like(state[:, 1:]), torch.zeros_like(state[:, 1:])
    for step in range(steps):
        check_cancelled()
        gradient = torch.stack([worst.weights.clamp(min=0), -signs], 1) * worst.z[:, None]
        mean.lerp_(gradient, 0.2)
        square.lerp_(gradient**2, 0.05)
        unbiased = mean / (1 - 0.8 ** (step + 1)), square / (1 - 0.95 ** (step + 1))
        moved = state[:, 1:] + tuning.ASCENT_RATE * 0.95**step * unbiased[0] / (unbiased[1].sqrt() + 1e-12)
        state = torch.cat([state[:, :1], moved.clamp(least, most)], 1)
        bounds, worst = problem.lower_bounds_and_worst(indices, chosen_lines(problem, state))
        better = bounds > values
        values, best = torch.maximum(values, bounds), torch.where(better[:, None, None], state, best)
    return best, worst
