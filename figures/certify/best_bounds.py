"""The best lower and upper bound of all rungs of the ladder."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from certify.regions.bracket import bounds_meet
from certify.rungs import Rung


@dataclass(frozen=True)
class BestBounds:
    """The best lower and upper bound of all rungs on the smallest perturbation that changes the class."""

    lower: float = 0.0
    upper: float = math.inf
    by: str = ""  # the method that proves `lower`
    found_by: str = ""  # the method that attains `upper`
    closed: bool = False  # the two bounds meet (`bounds_meet`): the ladder runs no further method
    bounded: bool = False  # a method that gives lower bounds is done
    attacked: bool = False  # a method that gives upper bounds is done


def best_bounds(rungs: Iterable[Rung]) -> BestBounds:
    """The best lower and the best upper bound."""
    done = list(rungs)
    if not done:
        return BestBounds()
    below, above = max(done, key=lambda rung: rung.lower), min(done, key=_reached)
    closed = any(rung.tight for rung in done) or bounds_meet(below.lower, _reached(above))
    return BestBounds(
        below.lower,
        _reached(above),
        below.name,
        above.name,
        closed,
        bounded=any(rung.kind != "upper" for rung in done),
        attacked=any(rung.kind != "lower" for rung in done),
    )


def _reached(rung: Rung) -> float:
    """The upper bound of a rung: the distance of its witness, which a tight lower bound has as well."""
    return rung.lower if rung.kind == "lower" and rung.tight and rung.witness is not None else rung.upper
