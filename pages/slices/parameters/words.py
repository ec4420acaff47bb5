"""What a proof over a rectangle of parameters says, for the page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from certify import METHODS, PlaneProof
from figures.style.palette import Theme, palette
from figures.words import counted, duration
from pages.shared.card import CARD

WHY = {
    "time": "The time for it was over.",
    "regions": "There are more regions than are enumerated.",
    "memory": "The memory for its regions is not free now.",
    "rounding": "Float64 leaves it open, and exact arithmetic would take long.",
}


def verdict(
    title: str, proof: PlaneProof, bounds: Mapping[str, float] | None, classes: tuple[str, ...], theme: Theme = "light"
) -> str:
    """A card: the claim as a sentence, and what is known besides. As HTML."""
    colours = palette(theme)
    sign, colour = {
        "proved": ("✓", colours.proved),
        "broken": ("✗", colours.attacked),
        "undecided": ("?", colours.unknown),
    }[proof.status]
    lines = [claim(proof, classes), *details(proof), *([] if bounds is None else [rungs(proof, bounds)])]
    small = "".join(f'<div style="font-size:.88em;opacity:.88">{escape(line)}</div>' for line in lines[1:] if line)
    return (
        f'<div style="{CARD.format(colour=colour)}" data-testid="plane-verdict" data-status="{proof.status}">'
        f'<div style="font-size:.86em;opacity:.85">{escape(title)}</div>'
        f'<div style="font-weight:650">{sign} {escape(lines[0])}</div>{small}</div>'
    )


def claim(proof: PlaneProof, classes: tuple[str, ...]) -> str:
    """The verdict as one sentence."""
    first, second = proof.names
    s0, s1, t0, t1 = proof.rectangle
    if proof.status == "proved":
        ranges = f"{first} in [{s0:.4g}, {s1:.4g}] and {second} in [{t0:.4g}, {t1:.4g}]"
        return f"Proved: for every {ranges}, the class is {_name(proof.label, classes)}."
    if proof.counterexample is not None:
        (s, t), other = proof.counterexample.parameters, _name(proof.counterexample.label, classes)
        says = "another class scores as high" if proof.counterexample.margin == 0 else f"the network says {other}"
        return f"Broken at {first} {s:.4g} and {second} {t:.4g}: {says}, not {_name(proof.label, classes)}."
    return f"Not decided whether the class is {_name(proof.label, classes)} on all of it. {WHY[proof.reason]}"


def details(proof: PlaneProof) -> list[str]:
    """How much is proved, how it was checked, and what it took."""
    lines = []
    if proof.counterexample is not None:
        how = "in exact arithmetic" if proof.counterexample.exact else "in float64, with bounds on its errors"
        lines.append(f"The image there went through the network {how}.")
    if proof.status != "proved":
        unseen = f"; {100 * proof.unseen:.3g} % was not examined" if proof.unseen > 0 else ""
        lines.append(f"The class holds on {share_words(proof.share)} of the rectangle's area{unseen}.")
        if proof.around_original is not None and proof.radius:
            s0, s1, t0, t1 = proof.around_original
            first, second = proof.names
            lines.append(
                f"Proved around the original: {first} in [{s0:.4g}, {s1:.4g}] and {second} in [{t0:.4g}, {t1:.4g}]."
            )
    by = f"Bounds decided {100 * proof.by_bounds:.3g} % of the area"
    rest = f", {counted(proof.regions, 'region')} the rest" if proof.regions else ""
    return [*lines, f"{by}{rest}; {duration(proof.seconds)}."]


def rungs(proof: PlaneProof, bounds: Mapping[str, float]) -> str:
    """The share of the rectangle's reach that each method proves around the original."""
    parts = [f"{METHODS[name].title} {share_words(radius)}" for name, radius in bounds.items()]
    parts.append(f"exact {share_words(proof.radius or 0.0)}")
    return f"Of the way from the original to the rectangle's sides, proved at once: {', '.join(parts)}."


def share_words(share: float) -> str:
    """A share in percent, rounded down: 100 % only for all of it."""
    return "100 %" if share >= 1 else f"{int(share * 1e4) / 100:g} %"


def _name(label: int, classes: tuple[str, ...]) -> str:
    return classes[label] if label < len(classes) else str(label)
