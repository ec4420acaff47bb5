"""HiGHS within cancel scopes (`geometry.computation.cancellation`): it stops when one is cancelled, also within a
program.
"""

from __future__ import annotations

import math

import highspy
import numpy as np
from numpy.typing import NDArray

from geometry.computation.cancellation import cancellable, check_cancelled, is_cancelled, seconds_left
from geometry.norms import Array

Index = NDArray[np.int32]

BLOCK = 1 << 20  # entries that are handed over between two looks at the clock: about .03 s
# Entries of a program up to which HiGHS, before it asks anybody whether to go on, needs less than .4 s: to simplify it,
# and to set it up without.
SIMPLIFIED, SET_UP = 500_000, 6_000_000


def stoppable(highs: highspy.Highs) -> highspy.Highs:
    """The same solver, which asks at every iteration whether to go on. Nobody is asked without a scope around."""
    if cancellable():
        for event in (highs.cbSimplexInterrupt, highs.cbIpmInterrupt, highs.cbMipInterrupt):
            event.subscribe(_asked)
    return highs


def _asked(event: highspy.highs.HighsCallbackEvent) -> None:
    event.interrupt(is_cancelled())


def pose(
    highs: highspy.Highs,
    cost: Array,
    variables: tuple[Array, Array],
    rows: tuple[Array, Array],
    matrix: tuple[Index, Index, Array],
) -> None:
    """Give it the program min <cost, v> with v between `variables` and matrix v between `rows`.

    Parameters
    ----------
    variables, rows : lower and upper bounds
    matrix : by rows: where each starts (rows + 1,), the columns and the values of its entries
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
    if cancellable() and len(values) > SIMPLIFIED:
        highs.setOptionValue("presolve", "off")


def solve(highs: highspy.Highs) -> None:
    """Solve the model it has; CancelledError if a scope around is cancelled before that ends."""
    check_cancelled()
    left = seconds_left()
    limit = highs.getRunTime() + left if math.isfinite(left) else highspy.kHighsInf
    highs.setOptionValue("time_limit", limit)
    highs.run()
    check_cancelled()


def too_large(entries: int) -> bool:
    """Whether somebody may want to stop sooner than HiGHS first asks for a program of so many entries."""
    return cancellable() and entries > SET_UP
