"""Everything known of the data set, drawn: numbers at ε, curves, radii, index sets, gap, detection, attacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from certify.detection import Detection
from certify.index_sets import IndexCounts
from certify.lp_gap import LpGap
from certify.robust_error import RobustError
from certify.sorted_radii import SortedRadii
from figures.certify_tables import (
    AttackOutcome,
    attack_table,
    attacks_csv,
    curves_csv,
    gap_csv,
    index_sets_csv,
    radii_csv,
)
from figures.index_sets import index_sets_figure
from figures.ink import Figure
from figures.lp_gap import lp_gap_figure
from figures.robust_error import HEIGHT, detection_figure, radii_figure, robust_error_figure, robust_verdict
from figures.standing import TITLES
from figures.words import three_digits
from pages.certify.reading import chart, verdict_card
from pages.certify.runs import DUAL
from pages.certify.subject import Subject

WORDS = {
    "error": "Share of points that are wrong, or can be made wrong by a perturbation of at most ε. Attacks show what "
    "breaks at least, certificates what breaks at most.",
    "radii": "How far each point is proved to keep its predicted class, the smallest first. Points above the line are "
    "proved at ε. Crosses are misclassified points.",
    "sets": f"Units whose sign cannot change within ε, by {TITLES[DUAL]}, and those that may be either: there "
    "relaxations lose.",
    "gap": "The margin that the linear program proves and the one of the dual network, on the same bounds of the "
    "hidden units. Above 0 the class is proved.",
    "detection": f"An input is flagged if {TITLES[DUAL]} cannot prove its own predicted class at ε. No attacked input "
    "escapes; some that nobody attacked are flagged as well.",
    "attacks": "Each attack on every point at this ε; distances of those that succeeded.",
}

NO_GAP = "The linear program knows ℓ₁ and ℓ∞ and takes an ε above 0; there it comes point by point."


def pictures(subject: Subject, eps: float, found: Mapping[str, Any], at_eps: Mapping[str, Any]) -> None:
    """Whatever is there; what is still to come has its place."""
    error: RobustError | None = _some(found, "error")
    detected: Detection | None = _some(found, "detection")
    sets: IndexCounts | None = _some(found, "sets")
    radii: list[SortedRadii] = [part for name, part in found.items() if name.startswith("radii ") and part.done]
    gap: LpGap | None = _some(at_eps, "gap")
    attacks: dict[str, AttackOutcome] = {name: part for name, part in at_eps.items() if name != "gap"}

    with st.container(key="data-verdict"):
        if error is not None:
            verdict_card(robust_verdict(error, eps))
    left, right = st.columns(2, gap="large")
    with left:
        _head("Robust error", "error", lambda: curves_csv(error, detected), error)
        _picture("robust-error", error and robust_error_figure(error, eps))
    with right:
        _head("Certified radii", "radii", lambda: radii_csv(radii), radii)
        _picture("certified-radii", radii_figure(radii, eps) if radii else None)
    left, right = st.columns(2, gap="large")
    with left:
        _head("Detection", "detection", lambda: curves_csv(error, detected), detected)
        _picture("detection", detected and detection_figure(detected, eps))
    with right:
        _head("LP and dual", "gap", lambda: gap_csv(gap) if gap else "", gap)
        _picture("lp-and-dual", gap and lp_gap_figure(gap, subject.y), NO_GAP)
    _head("Index sets per layer", "sets", lambda: index_sets_csv(sets) if sets else "", sets)
    _picture("index-sets", sets and index_sets_figure(sets, eps))
    _head(f"Attacks at ε = {three_digits(eps)}", "attacks", lambda: attacks_csv(attacks), attacks)
    st.dataframe(attack_table(attacks), hide_index=True)


def _some(found: Mapping[str, Any], name: str) -> Any:
    """What is there of the first points, None if nothing is."""
    return found[name] if name in found and found[name].done else None


def _head(title: str, words: str, table: Callable[[], str], there: Any) -> None:
    """A heading that explains itself, and the numbers under it to take away, if there are any."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{title}**", help=WORDS[words])
        st.space("stretch")
        st.download_button(
            "CSV",
            table,
            f"{words}.csv",
            "text/csv",
            key=f"csv-{words}",
            icon=":material/download:",
            on_click="ignore",
            type="tertiary",
            disabled=not there,
        )


def _picture(name: str, figure: Figure | None, missing: str = "Not there yet.") -> None:
    """The picture, or a place of the same height that waits for it."""
    if figure is None:
        with st.container(height=HEIGHT, border=False):
            st.caption(missing)
    else:
        chart(figure, name, name.replace("-", " "))
