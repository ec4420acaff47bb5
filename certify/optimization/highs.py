"""Linear and mixed-integer programs in HiGHS: the solver's settings, its models, and solving until cancelled.

A solve ends when a cancel scope around it (`geometry.computation.cancellation`) is cancelled.
"""

from __future__ import annotations

import math

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geometry.computation.cancellation import cancellable, check_cancelled, is_cancelled, seconds_left
from geometry.norms import Array

Index = NDArray[np.int32]

TOLERANCE = 1e-9  # of feasibility, absolute: it decides how tight a bound gets, not whether it holds
BLOCK = 1 << 20  # entries that are handed over between two checks of cancellation: about .03 s
# Entries of a program up to which HiGHS takes less than .4 s before its first callback: to presolve it, and to set it
# up without presolve.
PRESOLVED, SET_UP = 500_000, 6_000_000


def solver(**options: bool | int | float | str) -> highspy.Highs:
    """A silent solver of one thread at TOLERANCE, with further `options` by HiGHS's names.

    At every iteration it checks whether a cancel scope around it is cancelled.
    """
    highs = highspy.Highs()
    tolerances = {"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE}
    for option, value in {"output_flag": False, "threads": 1, **tolerances, **options}.items():
        highs.setOptionValue(option, value)
    if cancellable():
        for event in (highs.cbSimplexInterrupt, highs.cbIpmInterrupt, highs.cbMipInterrupt):
            event.subscribe(_interrupt)
    return highs


def _interrupt(event: highspy.highs.HighsCallbackEvent) -> None:
    event.interrupt(is_cancelled())


def pose(
    highs: highspy.Highs,
    cost: Array,
    variables: tuple[Array, Array],
    rows: tuple[Array, Array],
    matrix: tuple[Index, Index, Array],
    integers: NDArray[np.intp] | None = None,
) -> None:
    """Give the solver the program min <cost, v> with v between `variables` and matrix v between `rows`.

    Parameters
    ----------
    variables, rows : lower and upper bounds
    matrix : by rows: where each starts (rows + 1,), the columns and the values of its entries
    integers : positions of the variables that are integers, if there are any
    """
    starts, columns, values = matrix
    highs.clearModel()
    highs.addVars(len(cost), *variables)
    highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
    first = 0
    while first < len(rows[0]):
        check_cancelled()
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + BLOCK, side="right")) - 1)
        some, begin, end = slice(first, last), starts[first], starts[last]
        placed = starts[some] - begin
        part = columns[begin:end], values[begin:end]
        highs.addRows(last - first, rows[0][some], rows[1][some], int(end - begin), placed, *part)
        first = last
    if integers is not None:
        kinds = np.full(len(integers), highspy.HighsVarType.kInteger, dtype=np.uint8)
        highs.changeColsIntegrality(len(integers), integers.astype(np.int32), kinds)
    elif cancellable() and len(values) > PRESOLVED:
        highs.setOptionValue("presolve", "off")


def by_rows(matrix: sparse.csr_matrix) -> tuple[Index, Index, Array]:
    """A sparse matrix as `pose` takes it."""
    return matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data


def solve(highs: highspy.Highs) -> None:
    """Solve the solver's model; CancelledError if a scope around it is cancelled first."""
    check_cancelled()
    left = seconds_left()
    limit = highs.getRunTime() + left if math.isfinite(left) else highspy.kHighsInf
    highs.setOptionValue("time_limit", limit)
    highs.run()
    check_cancelled()


def too_large(entries: int) -> bool:
    """Whether a program of so many entries would delay a cancellation: HiGHS makes its first callback too late."""
    return cancellable() and entries > SET_UP
