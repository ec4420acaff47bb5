"""Numbers and findings as people read them: three digits, named norms, verdicts in a sentence, the glossary."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context

import numpy as np

from geometry.norms import Norm
from geometry.theorem31 import Theorem31

NORM_SIGNS: dict[Norm, str] = {1: "‖δ‖₁", 2: "‖δ‖₂", math.inf: "‖δ‖∞"}
THIN_SPACE = "\u2009"

GLOSSARY = {
    "region": "Linear region: all inputs for which the same units are on. Inside it the network is one affine map.",
    "d_B": "How far you can go before some unit switches.",
    "d_D": "How far to where the class would change, if the current affine map held everywhere.",
    "radius": "The simplex certificate min(d_B, d_D), a lower bound: no smaller perturbation changes the class, "
    "proved. Another method may prove more.",
    "optimal": "Where d_D ≤ d_B the decision hyperplane is reached inside the region, so the certified radius is "
    "the smallest perturbation itself (Theorem 3.1).",
    "exact": "Every linear region in the window has been found: none is sampled, none is missing.",
    "area": "Areas of the regions in the window, on a logarithmic scale.",
    "clean_error": "Share of the data points that the network gets wrong.",
}


def thousands(count: int) -> str:
    """12345 -> '12 345', with a thin space."""
    return f"{count:,}".replace(",", THIN_SPACE)


def three_digits(value: float, down: bool = False) -> str:
    """Three significant digits; with `down`, cut off instead of rounded, as a lower bound must be."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0 or math.isnan(value):
        return "0" if value == 0 else "undefined"
    rounding = ROUND_FLOOR if down else ROUND_HALF_EVEN
    value = float(Context(prec=3, rounding=rounding).create_decimal(repr(float(value))))
    size = abs(value)
    if 1e-3 <= size < 1e5:
        text = f"{value:.{max(0, 2 - math.floor(math.log10(size) + 1e-9))}f}"
        whole, point, part = text.partition(".")
        return (thousands(int(whole)) if abs(int(whole)) >= 1000 else whole).replace("-", "−") + point + part
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa.replace('-', '−')}·10{superscript(int(exponent))}"


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
    """An error's text as a sentence: a capital first, unless it begins with a file's name, and a full stop."""
    text = str(error).strip()
    first = text.split(maxsplit=1)[0] if text else ""
    if first.isalpha():
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def class_name(index: int) -> str:
    return f"class {index}"


def affine_terms(piece: np.ndarray) -> str:
    """(3,) coefficients of (x₁, x₂, 1) -> '1.20 x₁ − 0.31 x₂ + 0.05'."""
    first, *rest = (f"{three_digits(abs(float(value)))}{name}" for value, name in zip(piece, (" x₁", " x₂", "")))
    signs = ["−" if value < 0 else "+" for value in piece[1:]]
    return ("−" if piece[0] < 0 else "") + first + "".join(f" {sign} {term}" for sign, term in zip(signs, rest))


@dataclass(frozen=True)
class Verdict:
    """What Theorem 3.1 says about a point, for a student."""

    optimal: bool
    claim: str  # what is proved
    reason: str  # whether more could be, and why


def verdict(found: Theorem31, p: Norm, predicted: int) -> Verdict:
    """Theorem 3.1 in two sentences. Distances are cut off, never rounded up: each sentence is true as it stands.

    `predicted` is the class of the point.
    """
    size = NORM_SIGNS[p]
    radius, d_B, d_D = (three_digits(value, down=True) for value in (found.radius, found.d_B, found.d_D))
    if math.isinf(found.radius):
        return Verdict(
            True,
            "No perturbation of any size changes the class.",
            "No unit switches anywhere, and on the one affine map that is left no other class catches up.",
        )
    claim = f"No perturbation with {size}\u00a0<\u00a0{radius} changes the class."
    if found.optimal and found.radius == 0:
        other = class_name(found.nearest_class)
        return Verdict(
            True,
            f"The point lies on the decision boundary between {class_name(predicted)} and {other}.",
            "The two scores are equal here, so nothing can be certified.",
        )
    if found.optimal:
        other = class_name(found.nearest_class)
        reason = (
            f"The decision hyperplane towards {other} (d_D = {d_D}) is reached inside this linear region, "
            f"which ends no earlier than d_B = {d_B}. At the witness {class_name(predicted)} and {other} tie."
        )
        return Verdict(True, claim, reason)
    if found.d_B == 0:
        reason = "The point lies on the boundary of its linear region (d_B = 0): a single region proves nothing here."
        return Verdict(False, "Nothing is certified at this very point.", reason)
    if found.d_D <= found.d_B:
        reason = (
            "This is not known to be optimal, because rounding leaves open whether the class changes at the witness."
        )
        return Verdict(False, claim, reason)
    reason = (
        f"This is not known to be optimal, because another linear region begins at d_B = {d_B}, "
        f"nearer than the decision hyperplane at d_D = {d_D}; beyond, another affine map decides."
    )
    return Verdict(False, claim, reason)
