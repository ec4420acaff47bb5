"""The tree of cases of a branch and bound, with the slopes and multipliers that prove each leaf."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from certify.exact.branch_and_bound import Bounded, BranchAndBound, chosen_lines
from certify.exact.unstable_subnetwork import UnstableSubnetwork
from certify.optimization.halfspaces import Halfspaces
from certify.optimization.nearest_point import NearestPoint
from certify.perturbation.rounding import proves_positive
from certify.proofs.writing import array
from geometry.computation.cancellation import check_cancelled
from geometry.norms import Array

SHARES = 0.0, 1e-9, 1e-6, 1e-3  # of the region's own faces that the margin counts at least, until a leaf is proved


class NoMultipliersError(Exception):
    """A case is safe, as a search of its region has shown, but no multipliers were found that prove it."""


@dataclass
class Case:
    """A part of the ball. `split`, a hidden unit counted through all layers, divides it into the cases `on`, `off`."""

    other: int
    state: Tensor
    split: int | None = None
    on: int | None = None
    off: int | None = None
    one_region: bool = False


@dataclass
class Cases:
    """Observes a search, and keeps its cases."""

    cases: list[Case] = field(default_factory=list)
    roots: dict[int, int] = field(default_factory=dict)  # other class -> case
    _open: dict[int, int] = field(default_factory=dict)  # arrival -> case

    def bounded(self, domains: Sequence[Bounded], worst: int | None) -> None:
        for domain in domains:
            at = len(self.cases)
            self.cases.append(Case(domain.other, domain.state))
            if domain.arrival is not None:
                self._open[domain.arrival] = at
            if domain.parent is None:
                self.roots[domain.other] = at
                continue
            parent = self.cases[self._open[domain.parent]]
            parent.split = domain.unit
            parent.on, parent.off = (at, parent.off) if domain.on else (parent.on, at)

    def decided(self, arrival: int, empty: bool) -> None:
        self.cases[self._open[arrival]].one_region = True

    @torch.no_grad()
    def trees(self, search: BranchAndBound) -> dict[str, dict[str, Any]]:
        """For each other class the tree of its cases, by number, from "0", as check.py reads it.

        Raises
        ------
        NoMultipliersError
            If a leaf was decided by searching its region, and no multipliers prove it.
        """
        return {str(other): self._tree(root, search) for other, root in self.roots.items()}

    def _tree(self, root: int, search: BranchAndBound) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        waiting, names = [root], {root: "0"}
        while waiting:
            at = waiting.pop()
            case = self.cases[at]
            if case.split is None:
                _, slopes, multipliers = case.state.numpy()
                if case.one_region:
                    multipliers = _multipliers(search, case)
                tree[names[at]] = _leaf(slopes, multipliers)
                continue
            assert case.on is not None and case.off is not None
            for half in (case.on, case.off):
                names[half] = str(len(names))
                waiting.append(half)
            unit = int(np.searchsorted(search.units, case.split))
            tree[names[at]] = {"unit": unit, "on": names[case.on], "off": names[case.off]}
        return tree


def _leaf(slopes: Array, multipliers: Array) -> dict[str, Any]:
    """A leaf as check.py reads it, from the slopes and multipliers of all open units."""
    return {"open": len(slopes), "slopes": array(slopes), "multipliers": array(multipliers)}


def _multipliers(search: BranchAndBound, case: Case) -> Array:
    """Multipliers that prove a case in which all signs are fixed, so that the network is affine.

    The points with these signs and a margin of at most 0 are a polytope outside the ball. A solver's multipliers of
    its halfspaces combine these into one that is outside, too. In units of the margin's own multiplier they are those
    of the proof. Where the region alone is too far away, the margin has none, and takes a small share.
    """
    problem, bracket = search.problem, search.bracket
    index = torch.tensor([case.other - (case.other > bracket.label)])
    signs = case.state[0].double()
    rows, constants = _units_in_region(problem, torch.where(signs > 0, 1.0, problem.slopes))
    free = chosen_lines(problem, torch.stack([signs, problem.slopes, torch.zeros_like(signs)])[None])
    constant, row, _ = problem.substituted(index, free)
    moved = torch.from_numpy(bracket.x - search.middle[0])  # from the middle of the set to x
    normals = torch.cat([-signs[:, None] * rows, row])
    offsets = torch.cat([signs * (constants + rows @ moved), -(constant + row @ moved)])
    lengths = normals.norm(dim=1).clamp(min=torch.finfo(torch.float64).tiny)
    zeros = np.zeros(len(lengths))
    faces = Halfspaces((normals / lengths[:, None]).numpy(), (offsets / lengths).numpy(), zeros, zeros)
    nearest = NearestPoint(bracket.p, bracket.low - bracket.x, bracket.high - bracket.x)
    weights = nearest.multipliers(faces)
    for share in SHARES if weights is not None else ():
        check_cancelled()
        scaled = torch.from_numpy(weights) / lengths
        least = max(float(scaled[-1]), share * float(scaled.sum()))
        multipliers = scaled[:-1] / least if least > 0 else torch.full_like(signs, math.inf)
        if bool(multipliers.isfinite().all()):
            lines = replace(free, multipliers=(signs * multipliers)[None])
            if proves_positive(problem.lower_bounds(index, lines)).all():
                return multipliers.numpy()
    raise NoMultipliersError


def _units_in_region(problem: UnstableSubnetwork, piece: Tensor) -> tuple[Tensor, Tensor]:
    """(units, d) and (units,) each open unit's z as a function of the step, where the units' slopes are `piece`."""
    rows, constants = problem.inputs.clone(), problem.constant.clone()
    for layer in problem.layers:
        if layer.start:
            below = problem.below[layer, : layer.start] * piece[: layer.start]
            rows[layer] += below @ rows[: layer.start]
            constants[layer] += below @ constants[: layer.start]
    return rows, constants
