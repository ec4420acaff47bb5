"""The point of a polytope nearest to the origin, with a lower bound on its distance that does not rest on a solver.

A solver's multipliers, whatever their accuracy, combine the polytope's halfspaces into one halfspace {<w, y> <= c}
that contains it. Its distance from the origin, -c / ||w||_q (Croce et al. 2019, Lemma 3.1), is the bound, less what
the errors of the halfspaces and the roundings of w and c can add (`certified`). All programs are posed in homogeneous
form, so that they have a solution even where the polytope is empty. Then w is zero but for rounding, and the bound
exceeds every distance that matters: an empty polytope has a large bound, and no solver's status is trusted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import daqp
import highspy
import numpy as np
from numpy.typing import NDArray

from certify.optimization.halfspaces import Halfspaces
from certify.optimization.highs import TOLERANCE, pose, solve, solver, too_large
from geometry.computation.cancellation import check_cancelled, seconds_left
from geometry.network.rounding import EPSILON
from geometry.norms import Array, Norm, dual_norm, row_norms

SMALLEST_NUMBER = math.ulp(0.0)
STEEPEST = 1e3  # largest weight of the homogeneous coordinate: more cost DAQP digits in `benchmarks.exact`
STIFFNESS = 1e5  # of soft constraints within a box: smaller ones gave weaker bounds there

_Solved: TypeAlias = tuple[Array, Array, Array]  # the point, the faces' multipliers (>= 0) and the box's (signed)


class _FailedError(RuntimeError):
    """The solver failed, or was not called because it could not be cancelled soon enough."""


@dataclass(frozen=True)
class Nearest:
    """`lower` bounds the distance from below. `point` is None when `lower` is beyond the cutoff or unknown.

    `normal` is, for p = 2, the unit normal, away from the origin, of a halfspace at distance `lower` that holds the
    polytope, known up to a vector of length `tilt`.
    """

    lower: float
    point: Array | None
    normal: Array | None = None
    tilt: float = 0.0


class _Sparse:
    """Builds a sparse matrix row by row."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._lengths, self._indices, self._values = [np.zeros(1, np.int32)], [np.zeros(0, np.int32)], [np.zeros(0)]

    @property
    def rows(self) -> int:
        return sum(map(len, self._lengths)) - 1

    def dense(self, rows: Array) -> None:
        self._lengths.append(np.full(len(rows), self._columns, np.int32))
        self._indices.append(np.tile(np.arange(self._columns, dtype=np.int32), len(rows)))
        self._values.append(rows.ravel())

    def pairs(self, places: NDArray[np.intp], values: Array) -> None:
        """Rows (m, 2) of two entries each."""
        self._lengths.append(np.full(len(places), 2, np.int32))
        self._indices.append(places.ravel().astype(np.int32))
        self._values.append(values.ravel())

    def parts(self) -> tuple[NDArray[np.int32], NDArray[np.int32], Array]:
        """Starts, columns, values."""
        starts = np.cumsum(np.concatenate(self._lengths), dtype=np.int32)
        return starts, np.concatenate(self._indices), np.concatenate(self._values)


class NearestPoint:
    """min ||y||_p subject to A y <= b and low <= y <= high: a quadratic program for p = 2, linear for p = 1, inf.

    Parameters
    ----------
    p : 1, 2 or math.inf
    low, high : (d,) arrays around 0, infinite where there is no box, each within a relative rounding of the exact one
    stretch : a bound on the factor by which coordinates may be longer than the steps they represent
    """

    def __init__(self, p: Norm, low: Array, high: Array, stretch: float = 1.0) -> None:
        self.p, self.low, self.high, self.stretch = p, low, high, stretch
        self.boxed = bool(np.isfinite(low).any() or np.isfinite(high).any())
        corner = np.maximum(np.abs(low), np.abs(high))
        self.farthest = (
            float(row_norms(corner[None], p)[0]) * (1 + (len(low) + 4) * EPSILON) if self.boxed else math.inf
        )
        if p == 2:
            self._identity, self._wider = np.eye(len(low)), np.eye(len(low) + 1)
        else:
            self._highs = solver(presolve="off")

    def __call__(self, faces: Halfspaces, cutoff: float = math.inf) -> Nearest:
        """The nearest point of the polytope, if nearer than `cutoff`."""
        heights = -faces.offsets
        deepest = float(heights.max(initial=0.0))
        if deepest <= 0 or not (heights > faces.shifts).any():
            return Nearest(0.0, np.zeros(faces.normals.shape[1]))
        try:
            point, at_faces, at_box = self._solved(faces, deepest, cutoff)
        except _FailedError:  # one violated halfspace still bounds the distance
            one = np.zeros(len(heights))
            one[int(heights.argmax())] = 1
            return self.certified(faces, one, np.zeros(len(self.low)))
        proved = self.certified(faces, np.maximum(at_faces, 0), at_box)
        if proved.lower >= cutoff:
            return proved
        return Nearest(proved.lower, deepest * point, proved.normal, proved.tilt)

    def multipliers(self, faces: Halfspaces) -> Array | None:
        """(m,) at least 0: the sum of these times <n_i, y> - b_i is positive nearer than the polytope, if not rounded.

        The box counts too. None where the origin is in the polytope, or the solver fails.
        """
        deepest = float((-faces.offsets).max(initial=0.0))
        if deepest <= 0:
            return None
        try:
            _, at_faces, _ = self._solved(faces, deepest, math.inf)
        except _FailedError:
            return None
        return np.maximum(at_faces, 0)

    def _solved(self, faces: Halfspaces, deepest: float, cutoff: float) -> _Solved:
        """The program, in units of the `deepest` halfspace's distance from the origin."""
        offsets, low, high = faces.offsets / deepest, self.low, self.high
        if self.boxed:
            low, high = low / deepest, high / deepest
        if self.p == 2:
            program = self._soft if self.boxed else self._quadratic
            return program(faces.normals, offsets, low, high, cutoff / deepest)
        return self._linear(faces.normals, offsets, low, high, cutoff / deepest)

    def certified(self, faces: Halfspaces, at_faces: Array, at_box: Array) -> Nearest:
        """The bound that any multipliers prove: at_faces (m,) >= 0, at_box (d,) > 0 for `high`, < 0 for `low`.

        The exact w* = sum l_i n_i* + at_box differs from the computed w by at most sum l_i tilt_i, and by the m + 2
        roundings of each entry, in l2 at most (m + 2) u sum l_i |n_i| with |n_i| <= 1 + 2 tilt_i + ..., here 2. The
        same with offsets and shifts for c. In l1 an error is at most sqrt(d) times as long as in l2, in l-infinity no
        longer. The norm itself and the last division cost d + 6 roundings. Near zero a rounding is half of the smallest
        number instead: of each of the two products per term, and of the last division.
        """
        terms = len(at_faces) + 4
        w, c = at_faces @ faces.normals, float(at_faces @ faces.offsets)
        sizes = float(at_faces @ np.abs(faces.offsets))
        if self.boxed:
            # a side of the box at the origin takes any multiplier at no cost
            at_box = np.where((self.high == 0) & (w + at_box < 0), -w, at_box)
            at_box = np.where((self.low == 0) & (w + at_box > 0), -w, at_box)
            walls = np.where(at_box > 0, self.high, self.low)
            at_box = np.where(np.isfinite(walls), at_box, 0)
            product = at_box * np.where(at_box != 0, walls, 0)
            c, sizes = c + float(product.sum()), sizes + float(np.abs(product).sum())
            terms += len(at_box)
            w = w + at_box
        total = float(at_faces.sum() + (np.abs(w).sum() + np.abs(at_box).sum() if self.boxed else 0))
        tilt = (float(at_faces @ faces.tilts) + 2 * terms * EPSILON * total) * (1 + terms * EPSILON)
        shift = (float(at_faces @ faces.shifts) + 2 * terms * EPSILON * sizes) * (1 + terms * EPSILON)
        shift += 4 * terms * SMALLEST_NUMBER
        straight = math.sqrt(w @ w)
        length = straight if self.p == 2 else float(np.linalg.norm(w, dual_norm(self.p)))
        rounded = 1 + (len(w) + 6) * EPSILON
        spread = math.sqrt(len(w)) if self.p == math.inf else 1.0
        longest = (length * rounded + spread * tilt) * self.stretch * rounded
        lower = math.nextafter((-c - shift) / longest, 0.0) if longest > 0 else 0.0
        if not lower > 0:  # NaN too
            return Nearest(0.0, None)
        if lower > self.farthest:
            return Nearest(math.inf, None)
        if self.p != 2 or straight <= 2 * tilt:
            return Nearest(lower, None)
        # w*/|w*| is off by at most 2 |w* - w| / |w|, and by the roundings of the division
        return Nearest(lower, None, w / -straight, 2 * tilt / straight * rounded + (len(w) + 6) * EPSILON)

    def _quadratic(self, normals: Array, offsets: Array, low: Array, high: Array, cutoff: float) -> _Solved:
        """DAQP, a dual active-set method that is exact in finitely many steps, and ends early beyond the cutoff.

        There, and where the polytope is empty, it has no multipliers. Then it projects (0, k) to the cone {A y <= b t}:
        the ray through that point meets t = 1 in the nearest point, and an empty polytope leaves only t = 0.
        """
        d = len(low)
        try:
            return *self._daqp(normals, offsets, self._identity, np.zeros(d), cutoff=cutoff), low
        except _FailedError:
            pull = np.append(np.zeros(d), -max(1.0, min(cutoff, STEEPEST)))
            rows = np.concatenate([normals, -offsets[:, None]], 1)
            point, at_faces = self._daqp(rows, np.zeros(len(offsets)), self._wider, pull)
            return point[:-1] / (point[-1] if point[-1] > 0 else 1.0), at_faces, low

    def _soft(self, normals: Array, offsets: Array, low: Array, high: Array, cutoff: float) -> _Solved:
        """Inside the box, with soft faces: A y <= b + s / k, at the cost of s² in the squared length."""
        rows = np.concatenate([normals, np.full((len(offsets), 1), -1 / STIFFNESS)], 1)
        walls = np.append(np.minimum(high, 1e30), 1e30), np.append(np.maximum(low, -1e30), -1e30)
        point, multipliers = self._daqp(rows, offsets, self._wider, np.zeros(len(low) + 1), walls)
        return point[:-1], multipliers[len(low) + 1 :], multipliers[: len(low)]

    def _daqp(
        self,
        rows: Array,
        offsets: Array,
        identity: Array,
        pull: Array,
        walls: tuple[Array, Array] | None = None,
        cutoff: float = math.inf,
    ) -> tuple[Array, Array]:
        """min |v|²/2 + <pull, v> subject to rows @ v <= offsets, and the walls on each v: v and the multipliers."""
        check_cancelled()
        bottom = np.full(len(offsets), -1e30)
        if walls is not None:
            offsets, bottom = np.concatenate([walls[0], offsets]), np.concatenate([walls[1], bottom])
        point, _, flag, info = daqp.solve(
            identity,
            pull,
            np.ascontiguousarray(rows),
            np.minimum(offsets, 1e30),
            bottom,
            np.zeros(len(offsets), np.int32),
            primal_tol=TOLERANCE,
            fval_bound=min(cutoff * cutoff / 2, 1e30),
            time_limit=max(1e-6, min(seconds_left(), 1e9)),
        )
        check_cancelled()
        if flag != 1 or not np.isfinite(info["lam"]).all():
            raise _FailedError
        return point, info["lam"]

    def _linear(self, normals: Array, offsets: Array, low: Array, high: Array, cutoff: float) -> _Solved:
        """With y = s / t: max t subject to A s <= b t and ||s||_p <= 1: a row for l1 (s = s⁺ - s⁻), bounds otherwise.

        The box is s <= high t, where it is not at 0 already and may bind before the cutoff.
        """
        d, faces = len(low), len(offsets)
        if too_large(normals.size * (2 if self.p == 1 else 1)):
            raise _FailedError
        above, below = np.flatnonzero((high > 0) & (high < cutoff)), np.flatnonzero((low < 0) & (-low < cutoff))
        least, most = np.where(low == 0, 0.0, -1.0), np.where(high == 0, 0.0, 1.0)
        places = np.concatenate([above, below + (d if self.p == 1 else 0)])  # of the walls' variables
        signs = np.where(np.arange(len(places)) < len(above), 1.0, 1.0 if self.p == 1 else -1.0)
        if self.p == 1:
            normals, least, most = np.hstack([normals, -normals]), np.zeros(2 * d), np.concatenate([most, -least])
        columns = len(most)
        walls = np.stack([places, np.full(len(places), columns)], axis=1)
        matrix = _Sparse(columns + 1)
        matrix.dense(np.hstack([normals, -offsets[:, None]]))
        matrix.pairs(walls, np.stack([signs, -np.concatenate([high[above], -low[below]])], axis=1))
        if self.p == 1:
            matrix.dense(np.append(np.ones(columns), 0.0)[None])
        row_upper = np.zeros(matrix.rows)
        row_upper[faces + len(places) :] = 1
        values, duals = self._solve(
            np.append(np.zeros(columns), -1.0),
            np.append(least, 0.0),
            np.append(most, highspy.kHighsInf),
            matrix,
            row_upper,
        )
        at_box, at_walls = np.zeros(d), duals[faces:]
        at_box[above] += at_walls[: len(above)]
        at_box[below] -= at_walls[len(above) : len(places)]
        step = values[:d] - values[d : 2 * d] if self.p == 1 else values[:d]
        return step / (values[-1] if values[-1] > 0 else 1.0), duals[:faces], at_box

    def _solve(self, cost: Array, lower: Array, upper: Array, matrix: _Sparse, row_upper: Array) -> tuple[Array, Array]:
        """min <cost, v> with lower <= v <= upper, matrix @ v <= row_upper: v and multipliers."""
        rows = np.full(matrix.rows, -highspy.kHighsInf), row_upper
        pose(self._highs, cost, (lower, upper), rows, matrix.parts())
        solve(self._highs)
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise _FailedError
        solution = self._highs.getSolution()
        values, duals = np.array(solution.col_value), -np.array(solution.row_dual)
        if not (np.isfinite(values).all() and np.isfinite(duals).all()):
            raise _FailedError
        return values, duals
