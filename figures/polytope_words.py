"""What a picture of adversarial polytopes says, in sentences: who crosses the decision line, and why sets part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from certify.polytopes import Polytopes
from figures.polytope import BOUNDS, NAMES
from figures.words import NORM_SIGNS, class_name, three_digits

Kind = Literal["proved", "attacked", "open", "tie"]


@dataclass(frozen=True)
class PolytopeVerdict:
    """Whether the two outputs can change their order within eps, and what shows it."""

    kind: Kind
    claim: str
    reason: str


def polytope_verdict(found: Polytopes, classes: int, *, whole: bool) -> PolytopeVerdict:
    """What crosses the line f_i = f_j decides.

    Parameters
    ----------
    classes : of the network: with more than two, other classes are not spoken of
    whole : the true set is that of the whole ball, not only of its cut with a plane
    """
    first, second = found.outputs
    if found.middle[0] < found.middle[1]:
        first, second = second, first
    lead, other = class_name(first), class_name(second)
    size = f"{NORM_SIGNS[found.p]}\u00a0≤\u00a0{three_digits(found.eps)}"
    alone = "" if classes == 2 else " Of the other classes this picture says nothing."
    if found.middle[0] == found.middle[1]:
        return PolytopeVerdict(
            "tie", f"The point itself lies on the decision line: {lead} and {other} tie.", f"Pin another point.{alone}"
        )
    bounds = [name for name in BOUNDS if name in found.outer]
    proving = [name for name in bounds if found.margins[name] > 0]
    failing = [name for name in bounds if found.margins[name] <= 0]
    if found.margins["true"] <= 0:
        reason = "The true set crosses the decision line. Every bound contains it, so no bound can say otherwise."
        return PolytopeVerdict(
            "attacked", f"Some perturbation with {size} makes {other} overtake {lead}.", f"{reason}{alone}"
        )
    if proving:
        left = f" {_listed(failing)} {_cross(failing)} it and cannot tell." if failing else ""
        reason = f"{_listed(proving)} {_stay(proving)} on {lead}'s side of the decision line.{left}{alone}"
        return PolytopeVerdict("proved", f"No perturbation with {size} makes {other} overtake {lead}.", reason)
    cross = f"{_listed(failing)} {_cross(failing)} the decision line" if failing else "No bound is drawn"
    if whole:
        return PolytopeVerdict(
            "proved",
            f"No perturbation with {size} makes {other} overtake {lead}, but no bound here proves it.",
            f"The true set, known exactly here, stays on {lead}'s side. {cross}: a convex set around the true one also "
            f"holds outputs that no input reaches.{alone}",
        )
    return PolytopeVerdict(
        "open",
        f"It is open whether some perturbation with {size} makes {other} overtake {lead}.",
        f"{cross}. The grey set stays on {lead}'s side, but it is only that of the plane shown.{alone}",
    )


def why_they_part(found: Polytopes, d_B: float, *, whole: bool = True) -> str:
    """Why true set and bounds are equal, or no longer are, in two sentences; `whole` as for `polytope_verdict`."""
    switching, radius = len(found.reached.switching), three_digits(d_B)
    if found.eps <= d_B:
        image = "the true set is the convex image of the ball" if whole else "the image of the whole ball is convex"
        return (
            f"ε ≤ d_B = {radius}: no unit switches inside the ball. The network is one affine map there, {image}, and "
            "Fast-Lin, CROWN and the LP bound it exactly, in every direction asked."
        )
    if switching == 0:
        return f"ε > d_B = {radius}, but no unit switches inside the part of the ball that is legal and shown."
    units = "one unit switches" if switching == 1 else f"{switching} units switch"
    where = "inside the ball" if whole else "where ball and plane meet"
    return (
        f"ε > d_B = {radius}: {units} {where}, so the true set is folded along their lines. A relaxation "
        "replaces each unstable unit's bent graph by the area between two lines, and lets all units choose freely."
    )


def _listed(names: list[str]) -> str:
    titles = [NAMES[name] for name in names]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def _stay(names: list[str]) -> str:
    return "stays" if len(names) == 1 else "stay"


def _cross(names: list[str]) -> str:
    return "crosses" if len(names) == 1 else "cross"
