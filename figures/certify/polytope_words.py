"""Sentences on adversarial polytopes: which sets cross the decision line, and why bounds differ from the true set.

The sentences and the colour of the ball follow from one `Evidence`, so that text and picture agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from certify.polytopes.comparison import LAYERWISE, Polytopes
from figures.certify.methods import takes_article
from figures.certify.polytope import bound_styles, set_title
from figures.regions.overlays import Role
from figures.words import NORM_SIGNS, class_name, three_digits
from geometry.computation.cached_property import cached_property
from geometry.planar.ball import SEGMENTS

Kind = Literal["proved", "attacked", "open", "tie"]
Finding = Literal["bounded", "kept", "lost", "attacked", "near", "beyond", "tie"]
KINDS: dict[Finding, Kind] = {
    "bounded": "proved", "kept": "proved", "lost": "attacked", "attacked": "attacked", "near": "open",
    "beyond": "open", "tie": "tie",
}  # fmt: skip
ROLES: dict[Kind, Role] = {"proved": "proved", "attacked": "attacked", "open": "d_B", "tie": "d_B"}
INSCRIBED = math.cos(math.pi / SEGMENTS)  # of the radius, up to which the polygon holds all of an l2 ball in the plane


@dataclass(frozen=True)
class PolytopeVerdict:
    """Whether the two outputs can change their order within eps, and the reason."""

    kind: Kind
    claim: str
    reason: str


@dataclass(frozen=True, eq=False)
class Evidence:
    """All results on one ball.

    found : the true set and the bounds
    whole : the true set is that of the whole ball, not only of its intersection with a plane
    missing : chosen bounds without a result, by name, with a predicate such as "is still being computed"
    busy : some of the missing ones are still computed
    """

    found: Polytopes
    whole: bool = True
    missing: Mapping[str, str] = field(default_factory=dict)
    busy: bool = False

    @property
    def bounds(self) -> list[str]:
        """The names of the bounds, loose to tight."""
        return [name for name in bound_styles() if name in self.found.outer]

    @property
    def proving(self) -> list[str]:
        return [name for name in self.bounds if self.found.margins[name] > 0]

    @property
    def failing(self) -> list[str]:
        return [name for name in self.bounds if self.found.margins[name] <= 0]

    @cached_property
    def finding(self) -> Finding:
        """The strongest statement that the results prove.

        "bounded": a bound proves that the two outputs keep their order. "tie": the point itself lies on the decision
        line. "lost": the true set crosses it. "attacked": attacks in the whole ball cross it. "kept": the true set of
        the whole ball stays on one side. "beyond": it stays on one side, but is only that of a plane. "near": rounding
        errors leave open whether it crosses.
        """
        least, most = self.found.true_lead
        if self.proving:
            return "bounded"
        if abs(self.found.middle[0] - self.found.middle[1]) <= self.found.own_error:
            return "tie"
        if most <= 0:
            return "lost"
        if self.found.attacks.least_lead <= 0:
            return "attacked"
        if least > 0:
            return "kept" if self.whole else "beyond"
        return "near"

    @property
    def kind(self) -> Kind:
        return KINDS[self.finding]

    @property
    def role(self) -> Role:
        """The colour of the ball: green where the order is proved, red where it is lost, otherwise black."""
        return ROLES[self.kind]


def polytope_verdict(evidence: Evidence, classes: int, *, names: tuple[str, str] | None = None) -> PolytopeVerdict:
    """Whether the two outputs can change their order, and the reason.

    In a proof the size is rounded down, in an attack up, so that each sentence is true as it stands.

    Parameters
    ----------
    classes : of the network; with more than two, the text adds that the others are left out
    names : of the two outputs' classes
    """
    sets = evidence.found
    first, second = names or map(class_name, sets.outputs)
    lead, other = (second, first) if sets.middle[0] < sets.middle[1] else (first, second)
    overtake = f"makes {other} overtake {lead}"
    alone = "" if classes == 2 else " Of the other classes this picture says nothing."
    side = f"on {lead}'s side of the decision line"
    crossing = f"{_listed(evidence.failing)} {_cross(evidence.failing)} the decision line" if evidence.failing else ""

    def result(claim: str, *reasons: str) -> PolytopeVerdict:
        return PolytopeVerdict(evidence.kind, claim, " ".join(filter(None, reasons)) + alone)

    match evidence.finding:
        case "tie":
            exactly = sets.middle[0] == sets.middle[1]
            where = "lies on the decision line" if exactly else "lies as near to the decision line as rounding"
            return result(f"The point itself {where}: {lead} and {other} tie.", "Pin another point.")
        case "lost":
            reason = "The true set crosses the decision line. Every bound contains it, so no bound can say otherwise."
            return result(f"Some perturbation with {_size(evidence, up=True)} {overtake}.", reason)
        case "attacked":
            reason = "Attacks in the whole ball cross the decision line, so no bound can say otherwise. "
            reason += f"The grey set, only that of the plane shown, {_plane_side(evidence, lead)}."
            return result(f"Some perturbation with {_size(evidence, up=True)} {overtake}.", reason)
        case "bounded":
            failing = evidence.failing
            rest = f"{_listed(failing)} {_cross(failing)} it and cannot tell." if failing else ""
            reason = f"{_listed(evidence.proving)} {_stay(evidence.proving)} {side}."
            return result(
                f"No perturbation with {_size(evidence, down=True)} {overtake}.", reason, rest, _missing(evidence)
            )
        case "kept":
            reason = f"The true set, known {_exactness(evidence)}, stays on {lead}'s side."
            if crossing:
                reason += f" {crossing}: a convex set around the true one also holds outputs that no input reaches."
            claim = f"No perturbation with {_size(evidence, down=True)} {overtake}{_but(evidence)}."
            return result(claim, reason, _missing(evidence))
        case "near":
            reason = "The true set ends so near to the decision line that rounding hides on which side."
        case _:
            reason = f"The grey set {_plane_side(evidence, lead)}, but it is only that of the plane shown."
            if len(sets.attacks.outputs):
                reason += " No attack in the whole ball is known to cross."
    drawn = f"{crossing}." if crossing else "" if evidence.missing else "No bound is drawn."
    claim = f"It is open whether some perturbation with {_size(evidence)} {overtake}."
    return result(claim, drawn, _missing(evidence), reason)


def _plane_side(evidence: Evidence, lead: str) -> str:
    return f"stays on {lead}'s side" if evidence.found.true_lead[0] > 0 else "ends at the line, as near as rounding"


def _size(evidence: Evidence, down: bool = False, up: bool = False) -> str:
    """The size of the perturbations in a sentence: for a true set in l2, of the disc inside the polygon."""
    sets = evidence.found
    eps = sets.eps * (INSCRIBED if sets.p == 2 and evidence.finding == "kept" else 1.0)
    return f"{NORM_SIGNS[sets.p]}\u00a0≤\u00a0{three_digits(eps, down=down, up=up)}"


def _exactness(evidence: Evidence) -> str:
    return "exactly here" if evidence.found.p != 2 else f"here for a {SEGMENTS}-gon inside the circle"


def _but(evidence: Evidence) -> str:
    """The clause on bounds where the true set keeps the order."""
    if evidence.missing and evidence.busy:
        return "; whether a bound proves it is not known yet"
    if not evidence.bounds:
        return "; the set itself shows it, no bound is drawn"
    return ", but no bound here proves it"


def _missing(evidence: Evidence) -> str:
    """The missing bounds, one sentence for each predicate."""
    by_predicate: dict[str, list[str]] = {}
    for name, predicate in evidence.missing.items():
        by_predicate.setdefault(predicate, []).append(name)
    return " ".join(f"{_the(names)} {_agreeing(words, len(names))}." for words, names in by_predicate.items())


def _the(names: list[str]) -> str:
    listed = _listed(names)
    return f"The {listed}" if takes_article(names[0]) else listed


def _agreeing(predicate: str, count: int) -> str:
    """The predicate for several subjects: "is computed" -> "are computed"."""
    if count == 1:
        return predicate
    for singular, plural in (("is ", "are "), ("was ", "were "), ("waits ", "wait ")):
        if predicate.startswith(singular):
            return plural + predicate.removeprefix(singular)
    return predicate


def ball_words(evidence: Evidence) -> str:
    """The ball's entry in the legend of the input plane."""
    result = {
        "bounded": "proved, the larger output stays larger",
        "kept": "in the true set the larger output stays larger",
        "lost": "the other output can become larger",
        "attacked": "the other output can become larger",
        "tie": "its middle is a tie",
        "near": "too close for rounding to tell",
        "beyond": "no bound tells" if evidence.bounds else "nothing tells",
    }[evidence.finding]
    if evidence.finding in ("near", "beyond") and evidence.missing and evidence.busy:
        result = "not known yet"
    return f"ball, ε = {three_digits(evidence.found.eps)}: {result}"


def why_they_part(evidence: Evidence, d_B: float) -> str:
    """Why the bounds are equal to the true set, or differ from it, in two sentences."""
    sets, radius = evidence.found, three_digits(d_B, down=True)
    switching = len(sets.reached.switching)
    if sets.eps <= d_B:
        convex = "the true set is the convex image of the ball"
        image = convex if evidence.whole else "the image of the whole ball is convex"
        exact = "Fast-Lin and CROWN" if sets.p == 2 else "Fast-Lin, CROWN and the LP"
        loose = [name for name in (LAYERWISE, "interval") if name in sets.outer]
        forget = "forgets" if len(loose) == 1 else "forget"
        rest = f" Only {_listed(loose)} {forget} what units share." if loose else ""
        return (
            f"ε ≤ d_B = {radius}: no unit switches inside the ball. The network is one affine map there, {image}, and "
            f"{exact} bound it exactly, in every direction asked.{rest}"
        )
    if switching == 0:
        return f"ε > d_B = {radius}, but no unit switches inside the part of the ball that is legal and shown."
    units = "one unit switches" if switching == 1 else f"{switching} units switch"
    where = "inside the ball" if evidence.whole else "where ball and plane meet"
    return (
        f"ε > d_B = {radius}: {units} {where}, so the true set is folded along their lines. A relaxation "
        "replaces each unstable unit's bent graph by the area between two lines, and lets all units choose freely."
    )


def _listed(names: list[str]) -> str:
    titles = [set_title(name) for name in names]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def _stay(names: list[str]) -> str:
    return "stays" if len(names) == 1 else "stay"


def _cross(names: list[str]) -> str:
    return "crosses" if len(names) == 1 else "cross"
