"""CROWN: the lower line of each unstable unit is the one that leaves less area, of slope 0 or 1 for a ReLU.

Source: Zhang et al. (2018).
"""

from __future__ import annotations

from torch import Tensor

from certify.bounds.methods.back_substitution import BackSubstitution
from certify.bounds.relaxations import Lines, Slope, chord, with_lower
from certify.costs import back_substitution
from certify.records import Bound, Style


def crown(lower: Tensor, upper: Tensor, slope: Slope) -> Lines:
    """The lower line that leaves less area: slope 1 where upper > -lower, else the activation's own (CROWN)."""
    adaptive = (upper > -lower).to(lower)  # on stable units the piece itself
    if isinstance(slope, Tensor) or slope > 0:
        adaptive = adaptive * (1 - slope) + slope
    return with_lower(chord(lower, upper, slope), adaptive, lower)


CROWN = Bound(
    run=BackSubstitution(crown),
    title="CROWN",
    line="As Fast-Lin, with the lower line that leaves less area.",
    place=60,
    cost=back_substitution(passes=2, small=2),
    style=Style("#1C7F4C", "14px,3px,2px,3px,2px,3px", "circle"),
)
