"""The ladder in sentences: its verdict on the best bounds, which methods decided it, how to learn more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from certify.regions.bracket import OPTIMALITY
from certify.rungs import Rung
from figures.certify.best_bounds import BestBounds
from figures.certify.methods import method_title
from figures.words import NORM_SIGNS, Verdict, duration, three_digits
from geometry.norms import Norm


def deciders(best: BestBounds) -> str:
    """The titles of the methods whose bounds meet."""
    names = dict.fromkeys(name for name in (best.by, best.found_by) if name)
    return " and ".join(method_title(name) for name in names)


def remedy(asked: Sequence[str], rungs: Iterable[Rung], seconds: float, *, stopped: bool = False) -> str:
    """How to learn more where the bounds do not meet.

    Parameters
    ----------
    asked : names of the chosen methods
    rungs : results so far
    seconds : the exact search's time limit
    stopped : the ladder was stopped before its end
    """
    exact = next((rung for rung in rungs if rung.name == "exact"), None)
    if stopped and (exact is None or not exact.final):
        return "The ladder was stopped: Again lets all methods run to their end."
    if "exact" in asked:
        time = duration(seconds if exact is None else exact.seconds)
        return f"The exact search ended after {time}: raise its time limit."
    if seconds == 0:
        return "The exact search has a time limit of 0 s and is left out: raise it."
    return "The exact search is not among the methods: add it under Methods and time."


def ladder_verdict(best: BestBounds, p: Norm, *, busy: bool = False, more: str = "") -> Verdict:
    """The smallest perturbation that changes the class, or bounds on it.

    Lower bounds are rounded down and upper ones up, so that each sentence is true as it stands. `busy`: methods still
    run; otherwise `more` is advice on how to learn more.
    """
    size = NORM_SIGNS[p]
    below, above = three_digits(best.lower, down=True), three_digits(best.upper, up=True)
    prover, finder = (method_title(name) for name in (best.by, best.found_by))
    if best.upper == 0:
        return Verdict(True, "The point already has another class, or ties with one.", "Nothing needs to be changed.")
    if best.lower == math.inf:
        return Verdict(True, "No legal perturbation of any size changes the class.", f"Proved by {prover}.")
    if best.closed:
        return Verdict(
            True,
            f"The smallest perturbation that changes the class has {size}\u00a0≈\u00a0{three_digits(best.upper)}.",
            f"None below {below} does, proved by {prover}; one at {above} does, found by {finder}. "
            f"Before rounding, the two differ by at most {100 * OPTIMALITY:g} %.",
        )
    if best.lower:
        proved = f"No perturbation with {size}\u00a0<\u00a0{below} changes the class"
    else:
        proved = (
            "Nothing is proved"
            if best.bounded or busy or not best.attacked
            else "No method was asked to prove anything"
        )
    if best.upper < math.inf:
        attacks = f"an attack found one at {above}"
    else:
        attacks = "no attack has found one" if best.attacked or busy else "no attack was asked for"
    by = [f"Proved by {prover}"] * (best.lower > 0) + [f"found by {finder}"] * (best.upper < math.inf)
    between = "; ".join(by) + ". " if by else ""
    if busy:
        rest = "More methods are on their way."
    elif best.upper < math.inf:
        rest = f"The exact minimum lies between. {more}"
    else:
        rest = f"How far that is from the exact minimum is not known. {more}"
    return Verdict(False, f"{proved}; {attacks}.", (between[:1].upper() + between[1:] + rest).strip())
