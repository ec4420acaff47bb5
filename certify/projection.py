"""The point of a polytope nearest to the origin, with a lower bound on its distance that needs no trust in a solver.

A solver's multipliers, whatever their accuracy, combine the polytope's halfspaces into one halfspace {<w, y> <= c}
that contains it. Its distance from the origin, -c / ||w||_q (Croce et al. 2019, Lemma 3.1), is the bound. What is
taken from the solver on trust is only that a polytope is empty, or farther than `cutoff`; so that its tolerances
cannot turn a thin polytope into an empty one, the faces are first moved out by SLACK.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import daqp
import highspy
import numpy as np
from scipy import sparse

from geometry.norms import Array, Norm, dual_norm

TOLERANCE = 1e-9  # of the solvers, relative to the distance that is sought
SLACK = 4e-9  # how far out the faces are moved, in the same unit


_Solved: TypeAlias = tuple[Array, Array, Array]  # the point, the box's multipliers (signed) and the faces' (>= 0)


class _FailedError(RuntimeError):
    """The solver gave up."""


@dataclass(frozen=True)
class Nearest:
    """`lower` bounds the distance from below. `point` is None when there is none within the cutoff, or none was found.

    `normal` is the l2-unit normal, away from the origin, of a halfspace at distance `lower` that holds the polytope.
    """

    lower: float
    point: Array | None
    normal: Array | None = None


class NearestPoint:
    """min ||y||_p subject to A y <= b and low <= y <= high: a quadratic program for p = 2, linear for p = 1, inf.

    Parameters
    ----------
    p : 1, 2 or math.inf
    low, high : (d,) arrays around 0, infinite where there is no box
    seconds_left : asked before each solve, which then takes no longer
    """

    def __init__(self, p: Norm, low: Array, high: Array, seconds_left: Callable[[], float] = lambda: math.inf) -> None:
        self.p, self.low, self.high, self._seconds_left = p, low, high, seconds_left
        self.boxed = bool(np.isfinite(low).any() or np.isfinite(high).any())
        if p == 2:
            self._identity, self._zero = np.eye(len(low)), np.zeros(len(low))
        else:
            self._highs = highspy.Highs()
            for option, value in (
                ("output_flag", False),
                ("threads", 1),
                ("presolve", "off"),
                ("primal_feasibility_tolerance", TOLERANCE),
                ("dual_feasibility_tolerance", TOLERANCE),
            ):
                self._highs.setOptionValue(option, value)

    def __call__(self, normals: Array, offsets: Array, cutoff: float = math.inf) -> Nearest:
        """The nearest point of {y : normals @ y <= offsets}, rows of l2 length 1, if nearer than `cutoff`."""
        deepest = -float(offsets.min(initial=0.0))
        if deepest <= 0:
            return Nearest(0.0, np.zeros(normals.shape[1]))
        scaled, low, high = offsets / deepest, self.low, self.high
        if self.boxed:
            low, high = low / deepest, high / deepest
        solve = {1: self._linear_1, 2: self._quadratic, math.inf: self._linear_inf}[self.p]
        try:
            solved = solve(normals, scaled + SLACK, low, high, cutoff / deepest)
        except _FailedError:  # one violated halfspace still bounds the distance
            worst = int(offsets.argmin())
            return Nearest(deepest / float(np.linalg.norm(normals[worst], dual_norm(self.p))), None, -normals[worst])
        if solved is None:
            return Nearest(cutoff, None)
        point, at_box, at_faces = solved
        at_faces = np.maximum(at_faces, 0)
        w, c = at_faces @ normals, float(at_faces @ scaled)
        if self.boxed:
            at_box = np.where(np.isfinite(np.where(at_box > 0, high, low)), at_box, 0)
            c += float(at_box[at_box > 0] @ high[at_box > 0] + at_box[at_box < 0] @ low[at_box < 0])
            w = w + at_box
        straight = math.sqrt(w @ w)
        length = straight if self.p == 2 else float(np.linalg.norm(w, dual_norm(self.p)))
        if length == 0:
            return Nearest(0.0, deepest * point)
        return Nearest(deepest * max(0.0, -c / length), deepest * point, w / -straight)

    def _quadratic(self, normals: Array, offsets: Array, low: Array, high: Array, cutoff: float) -> _Solved | None:
        """DAQP: a dual active-set method, exact in finitely many steps and stopped once it passes the cutoff."""
        faces = len(offsets)
        bottom = np.full(faces, -1e30)
        if self.boxed:
            offsets, bottom = np.concatenate([high, offsets]), np.concatenate([low, bottom])
            offsets, bottom = np.minimum(offsets, 1e30), np.maximum(bottom, -1e30)
        bound = min(cutoff * cutoff / 2, 1e30)
        point, _, flag, info = daqp.solve(
            self._identity,
            self._zero,
            np.ascontiguousarray(normals),
            offsets,
            bottom,
            np.zeros(len(offsets), np.int32),
            primal_tol=TOLERANCE,
            fval_bound=bound,
            time_limit=max(1e-6, min(self._seconds_left(), 1e9)),
        )
        if flag not in (1, -1):
            raise _FailedError
        at_box, at_faces = info["lam"][:-faces], info["lam"][-faces:]
        return (point, at_box if self.boxed else self._zero, at_faces) if flag == 1 else None

    def _linear_1(self, normals: Array, offsets: Array, low: Array, high: Array, cutoff: float) -> _Solved | None:
        """y = y⁺ - y⁻ with both >= 0; their sum is the cost, and at most the cutoff."""
        d = len(low)
        limit = np.ones((1, 2 * d)) if math.isfinite(cutoff) else np.zeros((0, 2 * d))
        rows = np.vstack([np.hstack([normals, -normals]), limit])
        upper = np.append(offsets, cutoff) if len(limit) else offsets
        solved = self._solve(np.ones(2 * d), np.zeros(2 * d), np.concatenate([high, -low]), rows, upper)
        if solved is None:
            return None
        values, reduced, duals = solved
        at_box = np.maximum(-reduced[:d], 0) - np.maximum(-reduced[d:], 0)
        return values[:d] - values[d:], at_box, duals[: len(offsets)]

    def _linear_inf(self, normals: Array, offsets: Array, low: Array, high: Array, cutoff: float) -> _Solved | None:
        """With y = s / t: max t subject to A s <= b t and |s| <= 1, so that the ball needs no rows.

        The box does, s <= high t, where it is not at 0 already and may bind before the cutoff.
        """
        d = len(low)
        above, below = np.flatnonzero((high > 0) & (high < cutoff)), np.flatnonzero((low < 0) & (-low < cutoff))
        walls = np.zeros((len(above) + len(below), d))
        walls[np.arange(len(above)), above] = 1
        walls[len(above) + np.arange(len(below)), below] = -1
        rows = np.vstack([normals, walls])
        scale = np.concatenate([offsets, high[above], -low[below]])
        least, most = np.where(low == 0, 0.0, -1.0), np.where(high == 0, 0.0, 1.0)
        solved = self._solve(
            np.append(np.zeros(d), -1.0),
            np.append(least, 1 / cutoff),
            np.append(most, highspy.kHighsInf),
            np.hstack([rows, -scale[:, None]]),
            np.zeros(len(scale)),
        )
        if solved is None or solved[0][d] <= 0:
            return None
        values, reduced, duals = solved
        at_walls = duals[len(offsets) :]
        at_box = np.where(most == 0, np.maximum(-reduced[:d], 0), 0) - np.where(
            least == 0, np.maximum(reduced[:d], 0), 0
        )
        at_box[above] += at_walls[: len(above)]
        at_box[below] -= at_walls[len(above) :]
        return values[:d] / values[d], at_box, duals[: len(offsets)]

    def _solve(
        self, cost: Array, lower: Array, upper: Array, rows: Array, row_upper: Array
    ) -> tuple[Array, Array, Array] | None:
        """min <cost, v> with lower <= v <= upper, rows @ v <= row_upper: v, reduced costs, multipliers; None: empty."""
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = rows.shape
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
        lp.row_lower_, lp.row_upper_ = np.full(len(rows), -highspy.kHighsInf), row_upper
        matrix = sparse.csr_array(rows)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data
        self._highs.passModel(lp)
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + self._seconds_left())
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            if self._highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
                return None
            raise _FailedError
        solution = self._highs.getSolution()
        return np.array(solution.col_value), np.array(solution.col_dual), -np.array(solution.row_dual)
