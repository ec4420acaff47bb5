"""The linear program: the exact optimum over the convex hulls of all activations at once (KW eq. 4; Ehlers 2017).

Every unit has a variable z with lower <= z <= upper, every unstable one also its activation a in the triangle between
max(z, slope z) and the chord. One HiGHS model per point; only the objective changes, and each solve starts from the
last basis. What is returned is not the solver's optimum but the Lagrangian bound of its dual solution, which is
valid for any tolerances of the solver.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from certify.bounds.layerwise import proved_functionals
from certify.costs import MARGINS, PER_PROGRAM, Work, back_substitution
from certify.optimization.highs import by_rows, pose, solve, solver
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import Sums, unit_errors
from certify.records import Bound, Bounds, Method, Style
from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import dense_matrix
from geometry.network.network import Network
from geometry.network.rounding import EPSILON
from geometry.norms import Array

Expression: TypeAlias = tuple[sparse.csr_matrix, Array]
Indices: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True)
class Relaxed:
    """The feasible set {v : row_lower <= matrix v <= row_upper, lower <= v <= upper} of one point's relaxation.

    Each layer's activations, the input's first, are (matrix, constant) `activations` in v.
    """

    matrix: sparse.csr_matrix
    row_lower: Array
    row_upper: Array
    lower: Array
    upper: Array
    activations: list[Expression]
    units: list[Indices]  # per hidden layer, the positions of its pre-activations in v


class LinearProgram:
    """Minimises functionals over a `Relaxed` set, one after the other."""

    def __init__(self, relaxed: Relaxed) -> None:
        self.relaxed = relaxed
        self._solver = solver()
        variables, rows = (relaxed.lower, relaxed.upper), (relaxed.row_lower, relaxed.row_upper)
        pose(self._solver, np.zeros(len(relaxed.lower)), variables, rows, by_rows(relaxed.matrix))
        self._columns = np.arange(len(relaxed.lower), dtype=np.int32)

    def minimum(self, cost: Array, constant: float = 0.0) -> float:
        """A proved lower bound of <cost, v> + constant, within the solver's tolerances of the optimum."""
        return lagrangian(self.relaxed, cost, constant, self.duals(cost))

    def duals(self, cost: Array) -> Array:
        """(rows,) the solver's dual solution for min <cost, v>; zeros if it has none."""
        self._solver.changeColsCost(len(cost), self._columns, cost)
        solve(self._solver)
        row_duals = np.array(self._solver.getSolution().row_dual, dtype=np.float64)
        usable = row_duals.shape == self.relaxed.row_lower.shape and np.isfinite(row_duals).all()
        return row_duals if usable else np.zeros_like(self.relaxed.row_lower)

    def functional(self, weights: Array, offset: float) -> float:
        """A proved lower bound of <weights, a> + offset of the last hidden layer's activations a."""
        matrix, constant = self.relaxed.activations[-1]
        return self.minimum(matrix.T @ weights, float(weights @ constant) + offset)

    def optimum(self) -> Array:
        """(units,) the last hidden layer's activations at the solver's latest minimum."""
        matrix, constant = self.relaxed.activations[-1]
        values = np.array(self._solver.getSolution().col_value, dtype=np.float64)
        return matrix @ values + constant if values.shape == self.relaxed.lower.shape else constant * np.nan


def lagrangian(relaxed: Relaxed, cost: Array, constant: float, duals: Array) -> float:
    """A lower bound of <cost, v> + constant on the set for any `duals` (rows,), less its rounding.

    It is min over lower <= v <= upper of <cost, v> + <duals, r - matrix v>, r the binding side. Each is a sum of at
    most as many products as the matrix has rows and columns, off by eps per term of the sum of absolute values, and by
    tiny where they underflow.
    """
    side = np.where(duals > 0, relaxed.row_lower, relaxed.row_upper)
    duals = np.where(np.isfinite(side), duals, 0)
    side = np.where(np.isfinite(side), side, 0)
    reduced = cost - relaxed.matrix.T @ duals
    ends = np.where(reduced > 0, relaxed.lower, relaxed.upper)
    value = reduced @ ends + duals @ side + constant
    largest = np.maximum(np.abs(relaxed.lower), np.abs(relaxed.upper))
    absolute = (np.abs(cost) + abs(relaxed.matrix).T @ np.abs(duals)) @ largest + np.abs(duals) @ np.abs(side)
    terms = sum(relaxed.matrix.shape) + 4
    lost = terms * (EPSILON * (absolute + abs(constant)) + np.finfo(np.float64).tiny * (1 + largest.sum()))
    return float(value - lost)


def relaxed_set(network: Network, ball: Perturbation, hidden: Sequence[Bounds], sample: int) -> Relaxed:
    """The relaxation of one sample, with units of the hidden layers between `hidden` bounds, (n, units) each.

    The l1 ball is exact: x = center + rise - fall with rise and fall >= 0 and sum(rise + fall) <= eps. For a proof, the
    bounds must be proved, and each equation z - W a = b holds up to what its numbers lose by rounding
    (`unit_errors`); chords are raised by what their slopes and intercepts do (`step_errors`).
    """
    program = _Builder()
    activations, units = [_input(program, ball, sample)], []
    before = ball.magnitudes[sample : sample + 1]
    for layer, bounds in zip(network.hidden, hidden):
        check_cancelled()
        slope = layer.slopes()
        ends = _array(bounds[0][sample]), _array(bounds[1][sample])
        lower, upper = np.minimum(*ends), np.maximum(*ends)  # without a proof, rounding may have made them cross
        z = program.variables(lower, upper)
        weight = sparse.csr_matrix(_array(dense_matrix(layer.affine)))
        matrix, constant = activations[-1]
        level, slack = weight @ constant + _array(layer.affine.bias), np.zeros(len(z))
        if ball.arithmetic is not None:
            slack = _array(unit_errors(layer.affine, before, ball.arithmetic)[0])
        program.rows(program.at(z) - program.wide(weight @ matrix), level - slack, level + slack)  # z - W a = b
        largest = np.maximum(np.maximum(upper, -slope * lower), 0)
        before = torch.from_numpy(largest)[None].to(before)
        unstable = (lower < 0) & (upper > 0) & layer.bending()
        open_, low, high, bent = z[unstable], lower[unstable], upper[unstable], slope[unstable]
        raised = 0.0 if ball.arithmetic is None else 16 * (EPSILON + ball.arithmetic.roundoff) * largest[unstable]
        a = program.variables(bent * low - raised, high + raised)
        chord, free = (high - bent * low) / (high - low), np.full(len(a), np.inf)
        top = (bent - 1) * low * (high / (high - low)) + raised
        program.rows(program.at(a) - program.at(open_), 0 * low - raised, free)  # a >= z
        program.rows(program.at(a) - program.at(open_, bent), 0 * low - raised, free)  # a >= slope z
        program.rows(program.at(a) - program.at(open_, chord), -free, top)
        stable = np.where(unstable, 0, np.where(lower >= 0, 1, slope))
        chosen = sparse.csr_matrix((np.ones(len(a)), (np.flatnonzero(unstable), np.arange(len(a)))), (len(z), len(a)))
        activations.append((sparse.diags(stable) @ program.at(z) + chosen @ program.at(a), np.zeros(len(z))))
        units.append(z)
    return program.finished(activations, units)


def _input(program: _Builder, ball: Perturbation, sample: int) -> Expression:
    center, eps = _array(ball.center[sample]), float(ball.eps[sample])
    limits = [
        np.full(len(center), eps) if limit is None else _array(limit[sample]) for limit in (ball.below, ball.above)
    ]
    if ball.p == math.inf:
        low, high = center - limits[0], center + limits[1]
        if ball.arithmetic is not None:
            low, high = np.nextafter(low, -np.inf), np.nextafter(high, np.inf)
        return program.at(program.variables(low, high)), np.zeros(len(center))
    fall, rise = (program.variables(np.zeros(len(center)), limit) for limit in limits)
    both = np.concatenate([fall, rise])
    program.rows(sparse.csr_matrix(np.ones((1, len(both)))) @ program.at(both), np.array([-np.inf]), np.array([eps]))
    return program.at(rise) - program.at(fall), center


class _Builder:
    """Builds a `Relaxed` set: variables and rows are added one after the other."""

    def __init__(self) -> None:
        self._lower, self._upper = np.zeros(0), np.zeros(0)
        self._rows: list[tuple[sparse.csr_matrix, Array, Array]] = []

    def variables(self, lower: Array, upper: Array) -> Indices:
        """Positions of new variables between these bounds."""
        self._lower, self._upper = np.concatenate([self._lower, lower]), np.concatenate([self._upper, upper])
        return np.arange(len(self._lower) - len(lower), len(self._lower))

    def rows(self, matrix: sparse.csr_matrix, least: Array, most: Array) -> None:
        self._rows.append((matrix, least, most))

    def at(self, positions: Indices, values: Array | None = None) -> sparse.csr_matrix:
        """The matrix that selects these variables, each times its value."""
        values = np.ones(len(positions)) if values is None else values
        shape = (len(positions), len(self._lower))
        return sparse.csr_matrix((values, (np.arange(len(positions)), positions)), shape)

    def wide(self, matrix: sparse.csr_matrix) -> sparse.csr_matrix:
        """The same matrix over all variables added so far."""
        matrix = sparse.csr_matrix(matrix)
        return sparse.csr_matrix((matrix.data, matrix.indices, matrix.indptr), (matrix.shape[0], len(self._lower)))

    def finished(self, activations: list[Expression], units: list[Indices]) -> Relaxed:
        wide = [(self.wide(matrix), constant) for matrix, constant in activations]
        matrix = sparse.vstack([self.wide(sparse.csr_matrix((0, 0))), *(self.wide(row[0]) for row in self._rows)])
        least, most = (np.concatenate([np.zeros(0), *(row[side] for row in self._rows)]) for side in (1, 2))
        return Relaxed(sparse.csr_matrix(matrix), least, most, self._lower, self._upper, wide, units)


def last_magnitudes(ball: Perturbation, hidden: Sequence[Bounds]) -> Tensor:
    """(n, units) bounds on the magnitudes of the last hidden activations; without hidden layers, of the input."""
    return torch.maximum(hidden[-1][0].abs(), hidden[-1][1].abs()) if hidden else ball.magnitudes


def _array(tensor: Tensor) -> Array:
    return tensor.detach().double().cpu().numpy()


@dataclass(frozen=True)
class Lp:
    """The relaxation's exact optimum, on the intersection of other families' hidden bounds, or on `given` ones."""

    families: tuple[Method, ...]
    given: tuple[Bounds, ...] | None = field(default=None, compare=False)

    def on(self, hidden: Sequence[Bounds]) -> Lp:
        """The same method on these bounds of the hidden layers."""
        return replace(self, given=tuple(hidden))

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        hidden = self.hidden(network, ball)
        hidden_bounds = [(lower.clone(), upper.clone()) for lower, upper in hidden]
        logits = [(ball.center.new_empty(len(ball), network.classes)) for _ in range(2)]
        matrix, bias = _array(dense_matrix(network.layers[-1].affine)), _array(network.layers[-1].affine.bias)
        for i in range(len(ball)):
            relaxed = relaxed_set(network, ball, hidden, i)
            program = LinearProgram(relaxed)
            for (lower, upper), positions in zip(hidden_bounds[1:], relaxed.units[1:]):
                for unit, position in enumerate(positions):
                    cost = np.zeros(len(relaxed.lower))
                    cost[position] = 1
                    lower[i, unit] = max(float(lower[i, unit]), program.minimum(cost))
                    upper[i, unit] = min(float(upper[i, unit]), -program.minimum(-cost))
            for row, (weights, offset) in enumerate(zip(matrix, bias)):
                logits[0][i, row] = program.functional(weights, offset)
                logits[1][i, row] = -program.functional(-weights, -offset)
        return [*hidden_bounds, (logits[0], logits[1])]

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        hidden, lower_bounds = self.hidden(network, ball), torch.empty_like(offset)
        for i in range(len(ball)):
            program = LinearProgram(relaxed_set(network, ball, hidden, i))
            for m in range(offset.shape[1]):
                lower_bounds[i, m] = program.functional(_array(weights[i, m]), float(offset[i, m]))
        return proved_functionals(lower_bounds, weights, offset, last_magnitudes(ball, hidden), ball, sums)

    def hidden(self, network: Network, ball: Perturbation) -> list[Bounds]:
        """The bounds of the hidden layers that the relaxation is built on."""
        if self.given is not None:
            return list(self.given)
        if not network.hidden:
            return []
        families = [family.bounds(network, ball)[:-1] for family in self.families]
        return [
            (torch.stack([lower for lower, _ in layer]).amax(0), torch.stack([upper for _, upper in layer]).amin(0))
            for layer in zip(*families)
        ]


def _seconds(work: Work) -> float:
    """The cost of the hidden bounds, of which alpha-CROWN's take longest, and of the programs."""
    program = PER_PROGRAM * work.units * (work.inputs + work.units) * (work.units + 1) * work.classes
    return back_substitution(passes=20, small=20)(work) + MARGINS * program


def lp_on(*families: Method) -> Bound:
    """The linear program on the intersection of these methods' hidden bounds."""
    return Bound(
        run=Lp(families),
        title="LP",
        article=True,
        line="The best that any lines through a unit's convex hull can prove, by linear programming.",
        place=130,
        cost=_seconds,
        norms=(1, math.inf),
        largest=200_000,
        style=Style("#0B5733", "solid", "diamond"),
    )
