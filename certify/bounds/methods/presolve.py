"""Presolve of a linear program: variables that equations define are eliminated.

Few units are unstable in a small ball. Then most pre-activations are sums of inputs and few activations, and a program
in those alone is solved in a third of the time; the bounds of the others become rows. Rounding in the smaller program
does not matter: its dual solution is carried over to the original program, where it proves a bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import solve_triangular

from certify.bounds import tuning
from certify.bounds.methods.linear_program import Relaxed
from geometry.norms import Array


@dataclass(frozen=True, eq=False)
class Presolved:
    """`relaxed`: the same feasible set in fewer variables, or unchanged where presolve would save too little.

    `duals` takes (cost, duals) of a minimum, the cost (variables,) by the original variables and the duals by the new
    set's rows, to duals by the original's rows.
    """

    relaxed: Relaxed
    duals: Callable[[Array, Array], Array]


def presolved(relaxed: Relaxed) -> Presolved:
    """The feasible set in inputs and unstable activations.

    Every equation of the set must define one pre-activation. These have no positions in the result, whose `units` are
    empty.
    """
    count = len(relaxed.lower)
    defined = np.concatenate([np.zeros(0, np.intp), *relaxed.units])
    free = np.setdiff1d(np.arange(count), defined)
    if len(defined) == 0 or len(free) > tuning.WORTH_PRESOLVING * count:
        return Presolved(relaxed, lambda cost, duals: duals)
    equations = relaxed.row_lower == relaxed.row_upper  # z - W a = b, layer after layer: lower triangular in z
    equation_matrix = relaxed.matrix[equations].toarray()
    sides = np.column_stack([-equation_matrix[:, free], relaxed.row_lower[equations]])
    solved = solve_triangular(equation_matrix[:, defined], sides, lower=True, unit_diagonal=True)
    slopes, constant = np.zeros((count, len(free))), np.zeros(count)  # v = slopes w + constant, w the free variables
    slopes[free, np.arange(len(free))] = 1
    slopes[defined], constant[defined] = solved[:, :-1], solved[:, -1]
    rest = relaxed.matrix[~equations]
    moved = np.concatenate([rest @ constant, constant[defined]])
    matrix, level = relaxed.activations[-1]
    fewer = replace(
        relaxed,
        matrix=sparse.csr_matrix(np.vstack([rest @ slopes, slopes[defined]])),
        row_lower=np.concatenate([relaxed.row_lower[~equations], relaxed.lower[defined]]) - moved,
        row_upper=np.concatenate([relaxed.row_upper[~equations], relaxed.upper[defined]]) - moved,
        lower=relaxed.lower[free],
        upper=relaxed.upper[free],
        activations=[(sparse.csr_matrix(matrix @ slopes), level + matrix @ constant)],
        units=[],
    )

    def original(cost: Array, duals: Array) -> Array:
        return _carried_over(cost, duals, equation_matrix[:, defined], rest[:, defined], defined, equations)

    return Presolved(fewer, original)


def _carried_over(
    cost: Array,
    duals: Array,
    equation_matrix: Array,
    rest: sparse.csr_matrix,
    defined: NDArray[np.intp],
    equations: NDArray[np.bool_],
) -> Array:
    """Duals by the original rows.

    The dual of a row that bounds a defined variable is that variable's reduced cost. The equations' duals solve
    cost - rest' y - equations' y_equations = y_bounds.
    """
    others = rest.shape[0]
    left = cost[defined] - rest.T @ duals[:others] - duals[others:]
    original_duals = np.empty(len(equations))
    original_duals[~equations] = duals[:others]
    original_duals[equations] = solve_triangular(equation_matrix, left, lower=True, unit_diagonal=True, trans=1)
    return original_duals
