"""What the rungs of the ladder say together, as numbers and as a sentence for a student."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from certify.ladder import Rung
from figures.words import NORM_SIGNS, Verdict, three_digits
from geometry.norms import Norm

TITLES = {
    "simplex": "Simplex",
    "decision-boundary": "Decision boundary",
    "interval": "Interval",
    "fast-lin": "Fast-Lin",
    "crown-interval": "CROWN-IBP",
    "crown": "CROWN",
    "alpha-crown": "α-CROWN",
    "lp": "LP",
    "fgsm": "FGSM",
    "i-fgsm": "I-FGSM",
    "pgd": "PGD",
    "deepfool": "DeepFool",
    "cw": "Carlini–Wagner",
    "linear-region": "Linear region",
    "exact": "Exact search",
}


@dataclass(frozen=True)
class Standing:
    """What all rungs together say about the smallest perturbation that changes the class."""

    lower: float = 0.0
    upper: float = math.inf
    by: str = ""  # the method that proves `lower`
    found_by: str = ""  # the method that attains `upper`
    closed: bool = False  # they meet


def standing(rungs: Iterable[Rung]) -> Standing:
    """The best lower and the best upper bound."""
    found = list(rungs)
    if not found:
        return Standing()
    below, above = max(found, key=lambda rung: rung.lower), min(found, key=_reached)
    closed = any(rung.tight for rung in found) or below.lower >= _reached(above)
    return Standing(below.lower, _reached(above), below.name, above.name, closed)


def _reached(rung: Rung) -> float:
    """The distance of the rung's witness: a tight lower bound has one as well."""
    return rung.lower if rung.kind == "lower" and rung.tight and rung.witness is not None else rung.upper


def rounded_up(value: float) -> str:
    """Three digits of an upper bound, never below it."""
    return three_digits(-value, down=True).removeprefix("−") if value else "0"


def ladder_verdict(known: Standing, p: Norm, *, busy: bool = False) -> Verdict:
    """The smallest perturbation that changes the class, as far as it is known.

    Bounds are rounded away from each other, so that each sentence is true as it stands. `busy`: more is to come.
    """
    size = NORM_SIGNS[p]
    below, above = three_digits(known.lower, down=True), rounded_up(known.upper)
    prover, finder = (TITLES.get(name, name) for name in (known.by, known.found_by))
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
    proved = (
        f"No perturbation with {size}\u00a0<\u00a0{below} changes the class" if known.lower else "Nothing is proved"
    )
    found = f"an attack found one at {above}" if known.upper < math.inf else "no attack has found one"
    by = [f"Proved by {prover}"] * (known.lower > 0) + [f"found by {finder}"] * (known.upper < math.inf)
    between = "; ".join(by) + ". " if by else ""
    rest = (
        "More methods are on their way." if busy else "The exact minimum lies between: raise the time limit to find it."
    )
    if known.upper == math.inf and not busy:
        rest = "How far that is from the exact minimum is not known."
    return Verdict(False, f"{proved}; {found}.", between[:1].upper() + between[1:] + rest)
