"""What a picture of adversarial polytopes says, in sentences: who crosses the decision line, and why sets part.

All of it, and the colour of the ball, follows from one `Evidence`, so that words and pictures cannot part.
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
    """Whether the two outputs can change their order within eps, and what shows it."""

    kind: Kind
    claim: str
    reason: str


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that is known of one ball.

    whole : the true set is that of the whole ball, not only of its cut with a plane
    missing : bounds that were asked for and are not there, by name: what is with each, as "is still computed"
    busy : some of them may still come
    """

    found: Polytopes
    whole: bool = True
    missing: Mapping[str, str] = field(default_factory=dict)
    busy: bool = False

    @property
    def bounds(self) -> list[str]:
        """Loose to tight."""
        return [name for name in bound_styles() if name in self.found.outer]

    @property
    def proving(self) -> list[str]:
        return [name for name in self.bounds if self.found.margins[name] > 0]

    @property
    def failing(self) -> list[str]:
        return [name for name in self.bounds if self.found.margins[name] <= 0]

    @cached_property
    def finding(self) -> Finding:
        """What decides, the strongest first.

        "bounded": a bound proves that the two outputs keep their order. "lost": the true set crosses the line;
        "attacked": attacks do, in the whole ball. "tie": the point itself lies on it. "kept": the true set of the
        whole ball stays on one side. "near": on which side it ends rounding hides. "beyond": it is only that of a
        plane, and stays.
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
        """What the ball is drawn as: green where the order is proved, red where it is lost, else black."""
        return ROLES[self.kind]


def polytope_verdict(known: Evidence, classes: int, *, names: tuple[str, str] | None = None) -> PolytopeVerdict:
    """Whether the two outputs can change their order, and what shows it.

    A size of which something is proved is rounded down, one at which something is attained up: each sentence is true
    as it stands.

    Parameters
    ----------
    classes : of the network: with more than two, other classes are not spoken of
    names : what the two outputs' classes are called
    """
    found = known.found
    first, second = names or map(class_name, found.outputs)
    lead, other = (second, first) if found.middle[0] < found.middle[1] else (first, second)
    overtake = f"makes {other} overtake {lead}"
    alone = "" if classes == 2 else " Of the other classes this picture says nothing."
    side = f"on {lead}'s side of the decision line"
    crossing = f"{_listed(known.failing)} {_cross(known.failing)} the decision line" if known.failing else ""

    def said(claim: str, *reasons: str) -> PolytopeVerdict:
        return PolytopeVerdict(known.kind, claim, " ".join(filter(None, reasons)) + alone)

    match known.finding:
        case "tie":
            exactly = found.middle[0] == found.middle[1]
            where = "lies on the decision line" if exactly else "lies as near to the decision line as rounding"
            return said(f"The point itself {where}: {lead} and {other} tie.", "Pin another point.")
        case "lost":
            reason = "The true set crosses the decision line. Every bound contains it, so no bound can say otherwise."
            return said(f"Some perturbation with {_size(known, up=True)} {overtake}.", reason)
        case "attacked":
            reason = "Attacks in the whole ball cross the decision line, so no bound can say otherwise. "
            reason += f"The grey set, only that of the plane shown, {_plane_side(known, lead)}."
            return said(f"Some perturbation with {_size(known, up=True)} {overtake}.", reason)
        case "bounded":
            rest = f"{_listed(known.failing)} {_cross(known.failing)} it and cannot tell." if known.failing else ""
            reason = f"{_listed(known.proving)} {_stay(known.proving)} {side}."
            return said(f"No perturbation with {_size(known, down=True)} {overtake}.", reason, rest, _missing(known))
        case "kept":
            reason = f"The true set, known {_exactness(known)}, stays on {lead}'s side."
            if crossing:
                reason += f" {crossing}: a convex set around the true one also holds outputs that no input reaches."
            claim = f"No perturbation with {_size(known, down=True)} {overtake}{_but(known)}."
            return said(claim, reason, _missing(known))
        case "near":
            reason = "The true set ends so near to the decision line that rounding hides on which side."
        case _:
            reason = f"The grey set {_plane_side(known, lead)}, but it is only that of the plane shown."
            if len(found.attacks.outputs):
                reason += " No attack in the whole ball is known to cross."
    drawn = f"{crossing}." if crossing else "" if known.missing else "No bound is drawn."
    claim = f"It is open whether some perturbation with {_size(known)} {overtake}."
    return said(claim, drawn, _missing(known), reason)


def _plane_side(known: Evidence, lead: str) -> str:
    return f"stays on {lead}'s side" if known.found.true_lead[0] > 0 else "ends at the line, as near as rounding"


def _size(known: Evidence, down: bool = False, up: bool = False) -> str:
    """Of the perturbations spoken of. Where the true set alone shows it in l2, they are those of the inner polygon."""
    found = known.found
    eps = found.eps * (INSCRIBED if found.p == 2 and known.finding == "kept" else 1.0)
    return f"{NORM_SIGNS[found.p]}\u00a0≤\u00a0{three_digits(eps, down=down, up=up)}"


def _exactness(known: Evidence) -> str:
    return "exactly here" if known.found.p != 2 else f"here for a {SEGMENTS}-gon inside the circle"


def _but(known: Evidence) -> str:
    """What bounds make of a set that keeps the order."""
    if known.missing and known.busy:
        return "; whether a bound proves it is not known yet"
    if not known.bounds:
        return ", but there is no bound here that could prove it"
    return ", but no bound here proves it"


def _missing(known: Evidence) -> str:
    """What is with the bounds that are not there, one sentence for all of which the same holds."""
    same: dict[str, list[str]] = {}
    for name, what in known.missing.items():
        same.setdefault(what, []).append(name)
    return " ".join(f"{_the(names)} {_agreeing(what, len(names))}." for what, names in same.items())


def _the(names: list[str]) -> str:
    listed = _listed(names)
    return f"The {listed}" if takes_article(names[0]) else listed


def _agreeing(what: str, count: int) -> str:
    """The predicate for several subjects: "is computed" -> "are computed"."""
    if count == 1:
        return what
    for one, many in (("is ", "are "), ("was ", "were "), ("waits ", "wait ")):
        if what.startswith(one):
            return many + what.removeprefix(one)
    return what


def ball_words(known: Evidence) -> str:
    """What the ball of the input plane shows, for the legend under it."""
    says = {
        "bounded": "the order is proved", "kept": "the true set keeps the order", "lost": "the order is lost",
        "attacked": "the order is lost", "tie": "its middle is a tie", "near": "rounding hides the order",
        "beyond": "no bound tells" if known.bounds else "nothing tells",
    }[known.finding]  # fmt: skip
    if known.finding in ("near", "beyond") and known.missing and known.busy:
        says = "not known yet"
    return f"ball, ε = {three_digits(known.found.eps)}: {says}"


def why_they_part(known: Evidence, d_B: float) -> str:
    """Why true set and bounds are equal, or no longer are, in two sentences."""
    found, radius = known.found, three_digits(d_B, down=True)
    switching = len(found.reached.switching)
    if found.eps <= d_B:
        convex = "the true set is the convex image of the ball"
        image = convex if known.whole else "the image of the whole ball is convex"
        exact = "Fast-Lin and CROWN" if found.p == 2 else "Fast-Lin, CROWN and the LP"
        loose = [name for name in (LAYERWISE, "interval") if name in found.outer]
        forget = "forgets" if len(loose) == 1 else "forget"
        rest = f" Only {_listed(loose)} {forget} what units share." if loose else ""
        return (
            f"ε ≤ d_B = {radius}: no unit switches inside the ball. The network is one affine map there, {image}, and "
            f"{exact} bound it exactly, in every direction asked.{rest}"
        )
    if switching == 0:
        return f"ε > d_B = {radius}, but no unit switches inside the part of the ball that is legal and shown."
    units = "one unit switches" if switching == 1 else f"{switching} units switch"
    where = "inside the ball" if known.whole else "where ball and plane meet"
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
