"""Number formats, names of norms, verdicts in sentences, and the glossary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context
from fractions import Fraction
from itertools import count as count_up

import numpy as np

from geometry.distances.theorem31 import Theorem31
from geometry.norms import NORM_SYMBOLS, Norm

NORM_SIGNS: dict[Norm, str] = {p: f"‖δ‖{symbol[1:]}" for p, symbol in NORM_SYMBOLS.items()}
THIN_SPACE = "\u2009"

GLOSSARY = {
    "region": "Linear region: all inputs for which the same units are on. Inside it the network is one affine map.",
    "d_B": "How far you can go before some unit switches.",
    "d_D": "How far to where the class would change, if the current affine map held everywhere.",
    "radius": "The smaller of d_B and d_D: no smaller perturbation changes the class, proved (the simplex "
    "certificate). Another method may prove more.",
    "optimal": "Where d_D ≤ d_B the decision hyperplane is reached inside the region, so the certified radius is "
    "the smallest perturbation itself (Theorem 3.1).",
    "exact": "Every linear region in the window has been found: none is sampled, none is missing.",
    "area": "Areas of the regions in the window, on a logarithmic scale.",
    "clean_error": "Share of the data points that the network gets wrong.",
    "local_complexity": "Local complexity: how many linear regions meet a disc around a data point, on average. All "
    "are counted, none is sampled.",
    "local_boundary": "The length of the region boundaries in a disc around a data point, on average.",
    "boundary_curves": "Connected curves on which two classes have the same score. An open one ends at the window's "
    "border, or where three classes meet.",
    "class_topology": "An area is all inputs of the window that the network puts into a class. A hole is an island of "
    "other classes in it, which the window's border does not meet.",
}


def thousands(count: int) -> str:
    """12345 -> '12 345', with a thin space."""
    return f"{count:,}".replace(",", THIN_SPACE)


def counted(count: int, thing: str, things: str = "") -> str:
    """A count and its noun: '1 region', '12 345 regions'; `things` is the plural where it does not just add an s."""
    return f"{thousands(count)} {plural(count, thing, things)}"


def plural(count: int, thing: str, things: str = "") -> str:
    """The noun of `counted` without the count. `counted` of figures/live_view/core/numbers.js follows the same rule."""
    return thing if count == 1 else things or f"{thing}s"


def three_digits(value: float, down: bool = False, up: bool = False) -> str:
    """Three significant digits of the shortest decimal that names the value.

    With `down` they are never above the value, as a lower bound must be shown; with `up` never below it. `threeDigits`
    of figures/live_view/core/numbers.js gives the same text: tests/numbers.json tests both.
    """
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0 or math.isnan(value):
        return "0" if value == 0 else "undefined"
    rounding = ROUND_FLOOR if down else ROUND_CEILING if up else ROUND_HALF_EVEN
    sign, digits, exponent = Context(prec=3, rounding=rounding).create_decimal(repr(float(value))).as_tuple()
    figures = "".join(map(str, digits)).ljust(3, "0")
    power = int(exponent) + len(digits) - 1  # of ten, of the first digit
    minus = "−" if sign else ""
    if not -3 <= power < 5:
        return f"{minus}{figures[0]}.{figures[1:]}·10{superscript(power)}"
    if power < 0:
        return f"{minus}0.{'0' * (-power - 1)}{figures}"
    whole, part = figures.ljust(power + 1, "0")[: power + 1], figures[power + 1 :]
    return minus + thousands(int(whole)) + (f".{part}" if part else "")


def given(value: float) -> str:
    """A chosen value, such as ε, with as many digits as it has, up to six."""
    short = three_digits(value)
    exact = math.isclose(float(f"{value:.3g}"), value, rel_tol=1e-12)
    return short if exact or math.isinf(value) else f"{value:.6g}"


def round_length(length: float) -> str:
    """A length that is 1, 2 or 5 times a power of ten, as a scale bar shows it."""
    if 1 <= length < 1e4:
        return f"{length:.0f}"
    return f"{length:.3f}".rstrip("0") if 1e-3 <= length < 1 else three_digits(length)


def percent(count: int, total: int, down: bool = False, up: bool = False) -> str:
    """A share in percent: '43.3 %'.

    '100 %' means all and '0 %' none; any other share gets as many digits as it needs to differ from both. With
    `down` it is never above the share, as a lower bound must be shown; with `up` never below it.
    """
    if total == 0:
        return "–"
    rounded = math.floor if down else math.ceil if up else round
    for digits in count_up(1):
        shown = Fraction(rounded(Fraction(100 * 10**digits * count, total)), 10**digits)
        if (shown == 0) == (count == 0) and (shown == 100) == (count == total):
            break
    return f"{float(shown):.{digits}f} %"


def superscript(number: int) -> str:
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def duration(seconds: float) -> str:
    """Milliseconds up to a second, then seconds."""
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms" if seconds >= 0.0095 else f"{seconds * 1e3:.1f} ms"
    return f"{seconds:.1f} s"


def sentence(error: Exception | str) -> str:
    """An error's text as a sentence, with a full stop.

    Its first letter becomes a capital, unless it begins with the name of a file, or of an array such as x.
    """
    text = str(error).strip()
    first = text.split(maxsplit=1)[0] if text else ""
    if first.isalpha() and (len(first) > 1 or first == "a"):
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def class_name(index: int, names: Sequence[str] = ()) -> str:
    """The class's own name, where it has one, or its number."""
    return names[index] if 0 <= index < len(names) else f"class {index}"


def affine_terms(piece: np.ndarray) -> str:
    """(3,) coefficients of (x₁, x₂, 1) -> '1.20 x₁ − 0.31 x₂ + 0.05'."""
    first, *rest = (f"{three_digits(abs(float(value)))}{name}" for value, name in zip(piece, (" x₁", " x₂", "")))
    signs = ["−" if value < 0 else "+" for value in piece[1:]]
    return ("−" if piece[0] < 0 else "") + first + "".join(f" {sign} {term}" for sign, term in zip(signs, rest))


@dataclass(frozen=True)
class Verdict:
    """A result in two sentences, for a student."""

    optimal: bool  # the bound is the smallest perturbation itself
    claim: str  # what is proved
    reason: str  # why the bound is optimal, or is not known to be


def verdict(theorem: Theorem31, p: Norm, predicted: int, names: Sequence[str] = ()) -> Verdict:
    """Theorem 3.1 in two sentences. Lower bounds are rounded down, so that each sentence is true as it stands.

    `predicted` is the class of the point, `names` are those of the classes.
    """
    size, own = NORM_SIGNS[p], class_name(predicted, names)
    radius, d_B, d_D = (three_digits(value, down=True) for value in (theorem.radius, theorem.d_B, theorem.d_D))
    if math.isinf(theorem.radius):
        return Verdict(
            True,
            "No perturbation of any size changes the class.",
            "No unit switches anywhere, and on the one affine map that is left no other class catches up.",
        )
    claim = f"No perturbation with {size}\u00a0<\u00a0{radius} changes the class."
    if theorem.optimal and theorem.radius == 0:
        other = class_name(theorem.nearest_class, names)
        return Verdict(
            True,
            f"The point lies on the decision boundary between {own} and {other}.",
            "The two scores are equal here, so nothing can be certified.",
        )
    if theorem.optimal:
        other = class_name(theorem.nearest_class, names)
        claim = f"The smallest perturbation that changes the class has {size}\u00a0≈\u00a0{d_D}."
        reason = (
            f"The line where the class changes to {other} (d_D) is reached inside this linear region, "
            f"which ends no earlier than d_B = {d_B}. At the nearest point of that line {own} and {other} tie."
        )
        return Verdict(True, claim, reason)
    if theorem.d_B == 0:
        reason = "The point lies on the boundary of its linear region (d_B = 0): a single region proves nothing here."
        return Verdict(False, "Nothing is certified at this very point.", reason)
    if math.isinf(theorem.d_B):
        return Verdict(False, claim, "This is not known to be optimal, because numbers are rounded.")
    if theorem.d_D <= theorem.d_B:
        reason = (
            "This is not known to be optimal, because rounding leaves open whether the class changes at the witness."
        )
        return Verdict(False, claim, reason)
    if math.isinf(theorem.d_D):
        reason = (
            "This is not known to be optimal: in this linear region no other class catches up (d_D = ∞), but "
            f"another region begins at d_B = {d_B}, and there another affine map decides."
        )
        return Verdict(False, claim, reason)
    reason = (
        f"This is not known to be optimal, because another linear region begins at d_B = {d_B}, "
        f"nearer than the decision hyperplane at d_D = {d_D}; beyond, another affine map decides."
    )
    return Verdict(False, claim, reason)
