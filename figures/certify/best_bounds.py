"""What the rungs of the ladder say together, as numbers and as a sentence for a student."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from certify.regions.bracket import bounds_meet
from certify.rungs import Rung
from figures.certify.methods import method_title
from figures.words import NORM_SIGNS, Verdict, duration, three_digits
from geometry.norms import Norm


@dataclass(frozen=True)
class BestBounds:
    """What all rungs together say about the smallest perturbation that changes the class."""

    lower: float = 0.0
    upper: float = math.inf
    by: str = ""  # the method that proves `lower`
    found_by: str = ""  # the method that attains `upper`
    closed: bool = False  # they meet (`bounds_meet`): the ladder runs no further method
    bounded: bool = False  # a method that could prove something has answered
    attacked: bool = False  # one that could find something has


def best_bounds(rungs: Iterable[Rung]) -> BestBounds:
    """The best lower and the best upper bound."""
    found = list(rungs)
    if not found:
        return BestBounds()
    below, above = max(found, key=lambda rung: rung.lower), min(found, key=_reached)
    closed = any(rung.tight for rung in found) or bounds_meet(below.lower, _reached(above))
    return BestBounds(
        below.lower,
        _reached(above),
        below.name,
        above.name,
        closed,
        bounded=any(rung.kind != "upper" for rung in found),
        attacked=any(rung.kind != "lower" for rung in found),
    )


def deciders(known: BestBounds) -> str:
    """The methods whose bounds meet, by their titles."""
    names = dict.fromkeys(name for name in (known.by, known.found_by) if name)
    return " and ".join(method_title(name) for name in names)


def _reached(rung: Rung) -> float:
    """The distance of the rung's witness: a tight lower bound has one as well."""
    return rung.lower if rung.kind == "lower" and rung.tight and rung.witness is not None else rung.upper


def remedy(asked: Sequence[str], rungs: Iterable[Rung], seconds: float, *, stopped: bool = False) -> str:
    """How to learn more where the bounds do not meet.

    Parameters
    ----------
    asked : names of the methods that were to run
    rungs : what has arrived
    seconds : the exact search's time limit
    stopped : the ladder was stopped before its end
    """
    exact = next((rung for rung in rungs if rung.name == "exact"), None)
    if stopped and (exact is None or not exact.final):
        return "The ladder was stopped: Again lets all methods run to their end."
    if "exact" in asked:
        spent = duration(seconds if exact is None else exact.seconds)
        return f"The exact search ended after {spent}: raise its time limit."
    if seconds == 0:
        return "The exact search has a time limit of 0 s and is left out: raise it."
    return "The exact search is not among the methods: add it under Methods and time."


def ladder_verdict(known: BestBounds, p: Norm, *, busy: bool = False, more: str = "") -> Verdict:
    """The smallest perturbation that changes the class, as far as it is known.

    Bounds are rounded away from each other, so that each sentence is true as it stands. `busy`: more is to come; else
    `more` says how to learn more.
    """
    size = NORM_SIGNS[p]
    below, above = three_digits(known.lower, down=True), three_digits(known.upper, up=True)
    prover, finder = (method_title(name) for name in (known.by, known.found_by))
    if known.upper == 0:
        return Verdict(True, "The point already has another class, or ties with one.", "Nothing needs to be changed.")
    if known.lower == math.inf:
        return Verdict(True, "No legal perturbation of any size changes the class.", f"Proved by {prover}.")
    if known.closed:
        return Verdict(
            True,
            f"The smallest perturbation that changes the class has {size}\u00a0≈\u00a0{three_digits(known.upper)}.",
            f"None below {below} does, proved by {prover}; one at {above} does, found by {finder}. The two meet.",
        )
    if known.lower:
        proved = f"No perturbation with {size}\u00a0<\u00a0{below} changes the class"
    else:
        proved = (
            "Nothing is proved"
            if known.bounded or busy or not known.attacked
            else "No method was asked to prove anything"
        )
    if known.upper < math.inf:
        found = f"an attack found one at {above}"
    else:
        found = "no attack has found one" if known.attacked or busy else "no attack was asked for"
    by = [f"Proved by {prover}"] * (known.lower > 0) + [f"found by {finder}"] * (known.upper < math.inf)
    between = "; ".join(by) + ". " if by else ""
    if busy:
        rest = "More methods are on their way."
    elif known.upper < math.inf:
        rest = f"The exact minimum lies between. {more}"
    else:
        rest = f"How far that is from the exact minimum is not known. {more}"
    return Verdict(False, f"{proved}; {found}.", (between[:1].upper() + between[1:] + rest).strip())
