"""Witnesses for l1 and l-infinity by mixed-integer programming (Tjeng, Xiao & Tedrake 2019).

The linear relaxation (`certify.bounds.methods.linear_program`) gets a binary d per unstable unit, with bounds lower < 0
< upper as its big-M: d = 1 makes the unit active, a = z, and d = 0 inactive, a = slope z. HiGHS solves such a program
up to tolerances on rows, bounds and integrality, which are larger than rounding errors: its bound is no proof, and
raises no lower bound here. Its points are offered as witnesses, and are often the nearest. Bounds come from the
relaxation alone, by its dual solution, and hold for any tolerances of the solver.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import highspy
import numpy as np
import torch
from scipy import sparse

from certify.bounds.methods import margin_functionals
from certify.bounds.methods.linear_program import LinearProgram, Relaxed, last_magnitudes, relaxed_set
from certify.optimization.highs import TOLERANCE, by_rows, pose, solve, solver
from certify.perturbation.arithmetic import REAL
from certify.perturbation.rounding import functional_errors
from certify.regions.around_point import RegionsAroundPoint
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern
from geometry.computation.cancellation import CancelledError
from geometry.network.affine import dense_matrix
from geometry.norms import Array

GAP = 1e-7  # relative gap at which HiGHS stops: well below OPTIMALITY
MARGIN = 1 + 1e-6  # factor of the radius, so that the witness is not on the sphere


class MixedInteger:
    """The network on the inputs within `radius` of a bracket's point, as a linear and as a mixed-integer program.

    `objective` and `constraint` below are linear functionals of the program's variables, (weights, constant).
    """

    def __init__(self, bracket: Bracket, radius: float) -> None:
        network = bracket.network
        ball = bracket.point.ball(radius).proving()
        hidden = [
            (torch.from_numpy(lower)[None], torch.from_numpy(upper)[None])
            for lower, upper in bracket.unit_bounds(radius)
        ]
        weights, offset, _ = margin_functionals(network, torch.tensor([bracket.label]))
        largest = last_magnitudes(ball, hidden)
        with torch.no_grad():
            self.error = float(functional_errors(weights, offset, largest, REAL).max())  # of a margin's functional
        self._bracket, relaxed = bracket, relaxed_set(network, ball, hidden, 0)
        self._inputs, centre = relaxed.activations[0]
        self._offset = centre - bracket.x  # of the step from x: inputs @ v + offset
        self._relaxed, self._distance = self._measured(relaxed, radius)
        last = network.layers[-1].affine
        self._weights, self._bias = dense_matrix(last).detach().numpy(), last.bias.detach().numpy()
        self._program = self._with_binaries(relaxed)

    def relaxed_distance(self, other: int) -> float:
        """A lower bound on the distance to class `other`, from the linear relaxation's dual."""
        return LinearProgram(_with_row(self._relaxed, *self._margin(other))).minimum(self._distance)

    def relaxed_margin(self, other: int) -> float:
        """A lower bound of f_label - f_other, from the linear relaxation's dual."""
        weights, constant = self._margin(other)
        return LinearProgram(self._relaxed).minimum(weights, constant)

    def nearest(self, other: int, offer: Callable[[Array], bool]) -> Array | None:
        """The input at which ||delta|| is least with f_label <= f_other, within the bracket's upper bound.

        `offer` is called with every improving point.
        """
        cost = self._wide(self._distance)
        weights, constant = self._margin(other)
        program = _with_row(self._program, self._wide(weights), constant)
        if math.isfinite(self._bracket.upper):
            program = _with_row(program, cost, -self._bracket.upper * MARGIN)
        return self._solve(program, cost, offer)

    def _margin(self, other: int) -> tuple[Array, float]:
        """f_label - f_other in the relaxation's variables, of which the distance may be the last."""
        row, offset = (values[self._bracket.label] - values[other] for values in (self._weights, self._bias))
        matrix, constant = self._relaxed.activations[-1]
        return _padded(matrix.T @ row, len(self._relaxed.lower)), float(row @ constant + offset)

    def _wide(self, weights: Array) -> Array:
        """The same functional of the program with binaries."""
        return _padded(weights, len(self._program.lower))

    def _measured(self, relaxed: Relaxed, radius: float) -> tuple[Relaxed, Array]:
        """The relaxation with ||x' - x|| as a functional: a new variable, at least the absolute value of each step.

        For l1 the first variables are these already: how far each input falls and rises.
        """
        d, n = len(self._offset), len(relaxed.lower)
        if self._bracket.p == 1:
            return relaxed, _padded(np.ones(2 * d), n)
        length = sparse.csr_matrix(np.ones((d, 1)))
        steps = sparse.csr_matrix(self._inputs)
        infinite = np.full(d, math.inf)
        wide = _with_columns(relaxed, np.array([0.0]), np.array([radius]))
        above = sparse.hstack([steps, -length], "csr"), -infinite, -self._offset
        below = sparse.hstack([steps, length], "csr"), -self._offset, infinite
        return _with_rows(_with_rows(wide, *above), *below), np.append(np.zeros(n), 1.0)

    def _with_binaries(self, relaxed: Relaxed) -> Relaxed:
        """a <= z - (1 - slope) lower (1 - d) and a <= slope z + (1 - slope) upper d for every unstable unit."""
        program = self._relaxed
        for k, z in enumerate(relaxed.units):
            layer = self._bracket.network.hidden[k]
            low, high = relaxed.lower[z], relaxed.upper[z]
            unstable = np.flatnonzero((low < 0) & (high > 0) & layer.bending())
            slope = layer.slopes()[unstable]
            a = sparse.csr_matrix(relaxed.activations[k + 1][0])[unstable].indices
            z, low, high = z[unstable], (1 - slope) * low[unstable], (1 - slope) * high[unstable]
            m, n = len(z), len(program.lower)
            program = _with_columns(program, np.zeros(m), np.ones(m))
            rows, d, one, shape = np.arange(m), n + np.arange(m), np.ones(m), (m, n + m)
            place = (np.tile(rows, 3), np.concatenate([a, z, d]))
            on = sparse.csr_matrix((np.concatenate([one, -one, -low]), place), shape)
            off = sparse.csr_matrix((np.concatenate([one, -slope * one, -high]), place), shape)
            program = _with_rows(_with_rows(program, on, 0 * low - np.inf, -low), off, 0 * low - np.inf, 0 * low)
        return program

    def _solve(self, program: Relaxed, cost: Array, offer: Callable[[Array], bool]) -> Array | None:
        highs = solver(mip_feasibility_tolerance=TOLERANCE, mip_rel_gap=GAP, mip_abs_gap=TOLERANCE)
        variables, rows = (program.lower, program.upper), (program.row_lower, program.row_upper)
        binaries = np.arange(len(self._relaxed.lower), len(cost))
        pose(highs, cost, variables, rows, by_rows(program.matrix), binaries)

        def improved(event: highspy.highs.HighsCallbackEvent) -> None:
            with suppress(CancelledError):  # no error may pass through the solver, which checks by itself
                offer(self._input(np.array(event.data_out.mip_solution)))

        highs.cbMipImprovingSolution.subscribe(improved)
        with suppress(CancelledError):  # its points until then are offered all the same; the next check raises
            solve(highs)
        solved = highs.getInfo().primal_solution_status == highspy.kSolutionStatusFeasible
        return self._input(np.array(highs.getSolution().col_value)) if solved else None

    def _input(self, values: Array) -> Array:
        nearest: Array = self._bracket.x + self._inputs @ values[: self._inputs.shape[1]] + self._offset
        return nearest


def mip_search(bracket: Bracket, by_pattern: RegionsByPattern) -> None:
    """Narrow the bracket: from below by the relaxation, from above class by class, nearest relaxation first."""
    radius = bracket.upper * MARGIN if math.isfinite(bracket.upper) else bracket.farthest
    if not math.isfinite(radius):
        return
    program, regions = MixedInteger(bracket, radius), RegionsAroundPoint(bracket, by_pattern)
    others = [s for s in range(bracket.network.classes) if s != bracket.label]
    proved: dict[int, float] = {}
    for s in others:
        proved[s] = program.relaxed_distance(s)
    bracket.raise_lower(min(*proved.values(), radius))
    for s in sorted(others, key=proved.__getitem__):
        if proved[s] >= bracket.upper:
            continue
        point = program.nearest(s, bracket.offer_beyond)
        if point is not None:
            regions.decide(regions.region(by_pattern.pattern(point)))
            bracket.offer_beyond(point)


def _padded(weights: Array, length: int) -> Array:
    return np.concatenate([weights, np.zeros(length - len(weights))])


def _with_columns(program: Relaxed, lower: Array, upper: Array) -> Relaxed:
    empty = sparse.csr_matrix((program.matrix.shape[0], len(lower)))
    matrix = sparse.csr_matrix(sparse.hstack([program.matrix, empty]))
    bounds = np.concatenate([program.lower, lower]), np.concatenate([program.upper, upper])
    return replace(program, matrix=matrix, lower=bounds[0], upper=bounds[1])


def _with_rows(program: Relaxed, rows: sparse.csr_matrix, least: Array, most: Array) -> Relaxed:
    return replace(
        program,
        matrix=sparse.csr_matrix(sparse.vstack([program.matrix, rows])),
        row_lower=np.concatenate([program.row_lower, least]),
        row_upper=np.concatenate([program.row_upper, most]),
    )


def _with_row(program: Relaxed, weights: Array, constant: float) -> Relaxed:
    """With the constraint <weights, v> + constant <= 0."""
    return _with_rows(program, sparse.csr_matrix(weights[None]), np.array([-math.inf]), np.array([-constant]))
