"""Fast-Lin: each unstable unit between two parallel lines. KW's dual network computes the same bounds.

This module has the lines of one unit. `back_substitution` takes them through the layers.

Sources: Weng et al. (2018); Wong & Kolter (2018), eq. 6 with alpha = u / (u - l).
"""

from __future__ import annotations

from torch import Tensor

from certify.bounds.methods.back_substitution import BackSubstitution
from certify.bounds.relaxations import Lines, Slope, chord, with_lower
from certify.costs import back_substitution
from certify.records import Bound, Style


def fast_lin(lower: Tensor, upper: Tensor, slope: Slope) -> Lines:
    """Parallel lines: the lower one has the chord's slope (Fast-Lin; KW eq. 6 with alpha = u / (u - l))."""
    lines = chord(lower, upper, slope)
    return with_lower(lines, lines.upper, lower)


FAST_LIN = Bound(
    run=BackSubstitution(fast_lin),
    title="Fast-Lin",
    line="Each unstable unit between two parallel lines, traced back to the input; KW's dual.",
    place=50,
    cost=back_substitution(passes=1, small=1.5),
    style=Style("#4DB87A", "longdash", "diamond-open"),
)
