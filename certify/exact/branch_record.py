"""Branch and bound around one point within a radius, written down while it runs: a tree of domains.

The record is the search's own: an observer notes every domain with its bound when it is bounded, split or decided.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from torch import nn

from certify.bounds.batches import largest_product
from certify.exact.branch_and_bound import Bounded, BranchAndBound
from certify.exact.minimal_perturbation import LARGEST_REGION
from certify.perturbation.perturbation import Numbers, as_tensor
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled, CancelScope, never
from geometry.computation.cores import by_work
from geometry.network.network import Network
from geometry.norms import Array, Norm

Outcome = Literal["split", "proved", "region", "witness", "open"]


@dataclass(frozen=True)
class Node:
    """A part of the ball on which some units are fixed on or off.

    parent : its index; None at a root, of which there is one for each other class
    unit, on : the split that made it: a hidden unit counted through all layers, and its side; None at a root
    other : the class that may have a larger score in it
    bound : f_label - f_other is nowhere less in it
    outcome : "split"; "proved" by its bound; "region": all units are fixed, and its one linear region is searched, with
        no other class in it; "witness": holds the point found; "open" when the search ended
    bounded, closed : the steps at which its bound was known, and at which it was split or decided
    """

    parent: int | None
    unit: int | None
    on: bool | None
    other: int
    bound: float
    outcome: Outcome
    bounded: int
    closed: int


@dataclass(frozen=True, eq=False)
class BranchRecord:
    """A search within `radius` of x (input_units,), whose class is `label`.

    nodes : parents before their children
    steps : how many there are; one is the bounding of the roots, the splitting of one node, or the search of one region
    safe : True if no other class is within the radius, proved; False if `witness` is; None if the search was ended
    """

    x: Array
    label: int
    p: Norm
    radius: float
    nodes: tuple[Node, ...]
    steps: int
    safe: bool | None
    witness: Array | None


class _Log:
    """Notes each domain; a batch of splits becomes one step for each split."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.open: dict[int, int] = {}  # arrival -> index
        self.step = -1

    def bounded(self, domains: Sequence[Bounded], worst: int | None) -> None:
        steps: dict[int | None, int] = {}
        order = list(range(len(domains)))
        if domains and domains[0].parent is not None:  # the halves of all splits: those of one together
            order.sort(key=lambda i: i % (len(domains) // 2))
        for i in order:
            domain, parent = domains[i], None
            if domain.parent not in steps:
                self.step += 1
                steps[domain.parent] = self.step
            step = steps[domain.parent]
            if domain.parent is not None:
                parent = self.open[domain.parent]
                self._close(parent, "split", step)
            outcome: Outcome = "witness" if i == worst else "proved" if domain.arrival is None else "open"
            if domain.arrival is not None:
                self.open[domain.arrival] = len(self.nodes)
            self.nodes.append(Node(parent, domain.unit, domain.on, domain.other, domain.bound, outcome, step, step))

    def decided(self, arrival: int, empty: bool) -> None:
        self.step += 1
        self._close(self.open[arrival], "region" if empty else "open", self.step)

    def found(self) -> None:
        """The witness lies in the single region that was searched last, if no batch has found it."""
        if any(node.outcome == "witness" for node in self.nodes):
            return
        last = max((i for i, node in enumerate(self.nodes) if node.outcome == "open"), key=self._closed, default=None)
        if last is not None and self.nodes[last].closed == self.step:
            self._close(last, "witness", self.step)

    def _closed(self, index: int) -> int:
        return self.nodes[index].closed

    def _close(self, index: int, outcome: Outcome, step: int) -> None:
        self.nodes[index] = replace(self.nodes[index], outcome=outcome, closed=step)


def recorded_branch_and_bound(
    network: nn.Module | Network,
    x: Numbers,
    radius: float,
    p: Norm,
    *,
    label: int | None = None,
    box: BoxLike | None = None,
    max_nodes: int = 200,
    time_limit: float = 2.0,
    cancelled: Cancelled | None = None,
) -> BranchRecord:
    """Decide whether another class is within `radius` of one point, by cases, and write down the tree of cases.

    Parameters
    ----------
    network : torch module or Network
    x : (*input_shape)
    radius : in the units of x
    p : 1, 2 or math.inf
    label : the class to keep; default the predicted one
    box : (lo, hi), optional; only perturbations inside it count
    max_nodes, time_limit : no new batch begins after so many nodes, or seconds
    cancelled : called often; True ends the search, too

    Raises
    ------
    ValueError
        For a norm, shape, label, box, radius or limit that does not fit, NaN in x, or an x outside the box.
    """
    if not 0 < radius < float("inf"):
        raise ValueError(f"radius must be positive and finite, got {radius}")
    if max_nodes < 1 or not time_limit >= 0:
        raise ValueError(f"max_nodes must be at least 1 and time_limit at least 0, got {max_nodes}, {time_limit}")
    points = checked_points(network, as_tensor(x)[None], None if label is None else [label], p, box).in_float64()
    exact, log, stop = points.exact, _Log(), cancelled or never
    bracket = Bracket(points.point(0), eps=radius)
    by_pattern = None
    if exact.input_units * sum(exact.widths) <= LARGEST_REGION:
        by_pattern = RegionsByPattern(exact, bracket.x)
    safe = None
    scope = CancelScope(lambda: len(log.nodes) >= max_nodes or stop(), time.perf_counter() + time_limit, partial=True)
    with scope, by_work(largest_product(exact, 1)):
        safe = BranchAndBound(bracket, radius, by_pattern, log).run()
    if safe is None and bracket.upper <= radius:
        safe = False
    if safe is False:
        log.found()
    witness = bracket.witness if safe is False else None
    return BranchRecord(bracket.x, bracket.label, p, radius, tuple(log.nodes), log.step + 1, safe, witness)
