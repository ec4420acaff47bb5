"""Branch and bound over the signs of the unstable units: whether the class is safe within a radius.

A domain is a part of the perturbation set on which some units are fixed on, others off; they are linear there. Its
bound is CROWN's with free lower slopes (alpha) on the units that are open, and one Lagrange multiplier beta >= 0 for
every fixed sign (Wang et al. 2021, beta-CROWN): for a unit that is on, min f >= min (f - beta z) on all of the set. In
l2 it is also SDP-CROWN's (see `certify.exact.domain_bounds`).
The worst domain is split next, at the unit whose chord costs its bound the most (Bunel et al. 2020, BaBSR). Where all
signs are fixed, the domain is one linear region, and `certify.regions.around_point` decides it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Protocol, TypeAlias

import numpy as np
import torch
from torch import Tensor

from certify.bounds.functionals import DenseFunctionals
from certify.bounds.methods import margin_functionals
from certify.bounds.methods.sdp_crown import SDP_CROWN
from certify.exact.coupled_subnetwork import coupled_subnetwork
from certify.exact.domain_bounds import DomainBounds, chosen_lines
from certify.exact.unstable_subnetwork import ChosenLines, UnstableSubnetwork, Worst, unstable_subnetwork
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import proves_positive
from certify.records import Bounds
from certify.regions.around_point import RegionsAroundPoint
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern
from geometry.computation.cancellation import CancelScope, check_cancelled
from geometry.computation.cores import by_work

DOMAINS_AT_ONCE = 64  # domains that are split in one batch at most: with the next, limits how late a search ends
PRODUCTS_AT_ONCE = 1 << 27  # products in one pass of a batch at most: limits how late a search ends
MEMORY = 1 << 29  # bytes of open domains at which the search ends
OFFERED = 16  # worst steps of a batch that are offered as witnesses at most: a limit of time
OPEN_AT_ONCE = 256  # open domains whose functionals are computed in one batch: a limit of memory
RADIUS_HALVINGS = 12  # of the interval in which a stopped search looks for a proved radius
ALL_FIXED = -1  # in place of a unit to split: every sign is fixed
STEP_SHARE = 1 - 1e-6  # of the worst step that is offered, so that float32 does not put it outside the ball

_Domain: TypeAlias = tuple[float, int, int, int, Tensor]  # bound, arrival, functional, unit to split, state


@dataclass(frozen=True)
class Bounded:
    """A domain whose bound is known.

    parent : the arrival of the domain that was split; None at the root
    unit, on : the split that made it: a hidden unit counted through all layers, and its side; None at the root
    other : the class that may have a larger score in it
    bound : f_label - f_other is nowhere less in the domain
    arrival : its number if it stays open; None if it is proved, because no margin in it is negative
    state : (3 or 7, unstable units) with which its bound was computed, see `DomainBounds`
    """

    parent: int | None
    unit: int | None
    on: bool | None
    other: int
    bound: float
    arrival: int | None
    state: Tensor


class Observer(Protocol):
    """Told of every domain of a search, in the order in which they are bounded and decided."""

    def bounded(self, domains: Sequence[Bounded], worst: int | None) -> None:
        """One batch; `worst` of them, if any, holds the bracket's new witness."""

    def decided(self, arrival: int, empty: bool) -> None:
        """An open domain that is a single region: whether that holds no other class within the radius."""


class BranchAndBound:
    """A resumable search for points of another class within `radius` of a bracket's point.

    Witnesses are offered to the bracket. `by_pattern`, the regions around its point, decides domains that are one
    region; without it such domains leave the search undecided. `observer` changes nothing, and costs nothing if None.
    `unit_bounds` hold within the radius, (units,) per hidden layer; by default the bracket's. `coupled`: in l2 domains
    are bounded by the balls of their layers' units, too.
    """

    def __init__(
        self,
        bracket: Bracket,
        radius: float,
        by_pattern: RegionsByPattern | None = None,
        observer: Observer | None = None,
        unit_bounds: Sequence[Bounds] | None = None,
        coupled: bool = True,
    ) -> None:
        network = bracket.network
        self.bracket, self.radius, self.by_pattern, self.observer = bracket, radius, by_pattern, observer
        ball = self._ball(radius)
        if unit_bounds is None:
            arrays = bracket.unit_bounds(radius)
            unit_bounds = [(torch.from_numpy(lower), torch.from_numpy(upper)) for lower, upper in arrays]
        weights, offset, _ = margin_functionals(network, torch.tensor([bracket.label]))
        self.problem: UnstableSubnetwork = unstable_subnetwork(network, ball, unit_bounds, weights[0], offset[0])
        coupled = coupled and bracket.p == 2 and len(self.problem) > 0 and SDP_CROWN.fits(network)
        together = coupled_subnetwork(network, ball, unit_bounds, self.problem) if coupled else None
        self.domain_bounds, self.middle = DomainBounds(self.problem, together), ball.center.numpy()
        signs = ((lower >= 0).numpy() & layer.bending() for layer, (lower, _) in zip(network.hidden, unit_bounds))
        self._pattern = np.concatenate([np.zeros(0, bool), *signs])
        ends = np.cumsum([0, *network.widths])
        self.units = np.concatenate(
            [np.zeros(0, int), *(start + u.numpy() for start, u in zip(ends, self.problem.units))]
        )
        numbers = len(self.problem) * (len(self.problem) + network.input_units)
        self._at_once = max(1, min(DOMAINS_AT_ONCE, PRODUCTS_AT_ONCE // (2 * numbers + 1)))
        self._product = self._at_once * numbers
        self._heap: list[_Domain] = []
        self._arrivals = count()
        self.bounded, self.undecided = 0, False
        self._started = False

    @property
    def bound(self) -> float:
        """The least margin f_label - f_s that is not excluded yet; infinite if all are positive."""
        if not self._started:
            return -math.inf
        return self._heap[0][0] if self._heap else math.inf

    @torch.no_grad()
    def proved(self, least: float) -> float:
        """A radius, at least `least`, within which the open domains are safe too, by bisection.

        In a domain f is nowhere less than its functional of the step, which may be positive on a smaller ball.
        """
        low, high = least, self.radius
        parts = [
            self._functionals(self._heap[at : at + OPEN_AT_ONCE]) for at in range(0, len(self._heap), OPEN_AT_ONCE)
        ]
        for _ in range(RADIUS_HALVINGS if parts else 0):
            middle = (low + high) / 2
            ball = self._ball(middle)
            shift, safe = ball.center - torch.from_numpy(self.middle), True
            for constant, coefficients in parts:
                rows = DenseFunctionals(coefficients[None])
                safe = safe and bool((constant + rows.dot(shift)[0] > ball.extent(rows)[0][0]).all())
            low, high = (middle, high) if safe else (low, middle)
        return low

    def _functionals(self, domains: list[_Domain]) -> tuple[Tensor, Tensor]:
        """(n,) constants, less their rounding errors, and (n, d) coefficients of the domains' bounds."""
        indices, lines = torch.tensor([domain[2] for domain in domains]), self._lines(domains)
        constant, coefficients, _ = self.problem.substituted(indices, lines)
        return constant, coefficients

    def _lines(self, domains: list[_Domain]) -> ChosenLines:
        return chosen_lines(self.problem, torch.stack([domain[4][:3] for domain in domains]).double())

    def _ball(self, radius: float) -> Perturbation:
        return self.bracket.point.ball(radius)

    @torch.no_grad()
    def run(self, until: float = math.inf) -> bool | None:
        """True: nothing of another class is within the radius. False: the bracket's witness is. None: undecided yet.

        until : time.perf_counter() at which to stop
        """
        with CancelScope(deadline=until, partial=True), by_work(self._product):
            self._run()
        if self.bracket.upper <= self.radius:
            return False
        return True if self._started and not self._heap and not self.undecided else None

    def _run(self) -> None:
        """Split until no domain is open, there is a witness, the domains exceed MEMORY, or a CancelledError."""
        if not self._started:
            self._begin()
            self._started = True
        size = 12 * len(self.problem) + 200
        while self._heap and not self.undecided and self.bracket.upper > self.radius:
            if len(self._heap) * size > MEMORY:
                return
            domains = [heapq.heappop(self._heap) for _ in range(min(self._at_once, len(self._heap)))]
            try:
                check_cancelled()
                self._split([domain for domain in domains if domain[3] != ALL_FIXED])
                domains = [domain for domain in domains if domain[3] == ALL_FIXED]
                while domains and self._decided(domains[-1]):
                    domains.pop()
            finally:  # domains not split and not decided stay open
                for domain in domains:
                    heapq.heappush(self._heap, domain)

    def _begin(self) -> None:
        self._keep(torch.arange(len(self.problem.f_constant)), *self.domain_bounds.root(), parents=[])

    def _split(self, domains: list[_Domain]) -> None:
        if not domains:
            return
        indices, units = (torch.tensor([domain[place] for domain in domains]) for place in (2, 3))
        state = torch.stack([domain[4] for domain in domains])
        on, off, every = state.clone(), state, torch.arange(len(domains))
        on[every, 0, units], off[every, 0, units] = 1, -1
        indices = indices.repeat(2)
        self._keep(indices, *self.domain_bounds.halves(indices, torch.cat([on, off])), domains)

    def _keep(self, indices: Tensor, state: Tensor, bounds: Tensor, worst: Worst, parents: list[_Domain]) -> None:
        """Keep the bounded domains whose margin may be negative, and offer where bounds are attained as witnesses.

        Of each domain its functional `indices` (n,), and see `DomainBounds`. They are the halves of `parents`, first
        those where the split unit is on; none at the root.
        """
        lowest = bounds.topk(min(OFFERED, len(bounds)), largest=False).indices
        steps_offered = worst.step[lowest].double().numpy() * STEP_SHARE + self.middle
        improved = self.bracket.offer(steps_offered)
        self.bounded += len(indices)
        proved = proves_positive(bounds)
        open_ = state[:, 0] == 0
        losses = self.domain_bounds.losses(state, worst)
        units = torch.where(open_, losses, -1).argmax(1) if len(self.problem) else indices
        arrivals: dict[int, int] = {}
        for i in torch.nonzero(~proved).flatten().tolist():
            unit, arrivals[i] = int(units[i]) if open_[i].any() else ALL_FIXED, next(self._arrivals)
            heapq.heappush(self._heap, (float(bounds[i]), arrivals[i], int(indices[i]), unit, state[i].clone()))
        if self.observer is not None:
            domains = [
                self._described(parents, i, int(indices[i]), float(bounds[i]), arrivals.get(i), state[i])
                for i in range(len(bounds))
            ]
            offered = np.clip(steps_offered, self.bracket.low, self.bracket.high)
            found = improved and self.bracket.upper <= self.radius
            at = np.flatnonzero((offered == self.bracket.witness).all(axis=1) & found)
            self.observer.bounded(domains, int(lowest[at[0]]) if len(at) else None)

    def _described(
        self, parents: list[_Domain], i: int, functional: int, bound: float, arrival: int | None, state: Tensor
    ) -> Bounded:
        """The i-th half of `parents`, or the i-th root, for an observer."""
        other = functional + (functional >= self.bracket.label)  # functionals are of all classes but the label's
        if not parents:
            return Bounded(None, None, None, other, bound, arrival, state)
        _, parent, _, unit, _ = parents[i % len(parents)]
        return Bounded(parent, int(self.units[unit]), i < len(parents), other, bound, arrival, state)

    def _decided(self, domain: _Domain) -> bool:
        """Whether a domain that is a single region holds no other class within the radius; else it stays open.

        If neither that nor a witness is known, the search is `undecided`.
        """
        check_cancelled()
        if self.bracket.upper <= self.radius:
            return False
        empty = self.by_pattern is not None and self._holds_no_other_class(self.by_pattern, domain[4][0] > 0)
        self.undecided = self.undecided or not empty
        if self.observer is not None:
            self.observer.decided(domain[1], empty)
        return empty

    def _holds_no_other_class(self, by_pattern: RegionsByPattern, on: Tensor) -> bool:
        """Whether the linear region in which exactly these unstable units are on holds no other class in the radius."""
        pattern = self._pattern.copy()
        pattern[self.units] = on.numpy()
        regions = RegionsAroundPoint(self.bracket, by_pattern)
        region = regions.region(pattern)
        if not region.consistent:
            return True
        near = regions.nearest(region)
        return near.lower > self.radius or regions.decide(region, near) > self.radius
