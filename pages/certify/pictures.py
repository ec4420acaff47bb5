"""Everything known of the data set, drawn: numbers at ε, curves, radii, index sets, gap, detection, attacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from certify.attacks import ATTACKS
from certify.dataset.detection import Detection
from certify.dataset.index_sets import IndexCounts
from certify.dataset.lp_gap import LpGap
from certify.dataset.robust_error import RobustError
from certify.dataset.sorted_radii import SortedRadii
from certify.resumable_runs import Partial
from figures.certify.evidence import Knowledge, knowledge
from figures.certify.index_sets import index_sets_figure
from figures.certify.lp_gap import lp_gap_figure
from figures.certify.methods import method_title
from figures.certify.robust_error import HEIGHT, detection_figure, radii_figure, robust_error_figure, robust_verdict
from figures.certify.tables import (
    AttackOutcome,
    attack_table,
    attacks_csv,
    detection_csv,
    error_csv,
    gap_csv,
    index_sets_csv,
    radii_csv,
)
from figures.provenance import About, perturbations
from figures.style.ink import Figure
from figures.style.palette import Theme
from figures.words import NORM_SIGNS, given
from pages.certify.charts import chart
from pages.certify.runs import DUAL, Question
from pages.certify.sample import Sample
from pages.certify.verdict import verdict_card
from pages.shared.downloads import download
from pages.shared.subject import Subject

WORDS = {
    "error": "Share of points that are wrong, or can be made wrong by a perturbation of at most ε. Attacks show what "
    "breaks at least, certificates what breaks at most.",
    "radii": "How far each point is proved to keep its predicted class, the smallest first. Points above the line are "
    "proved at ε. Crosses are misclassified points.",
    "sets": f"Units whose sign cannot change within ε, by {method_title(DUAL)}, and those that may be either: there "
    "relaxations lose.",
    "gap": "The margin that the linear program proves and the one of the dual network, on the same bounds of the "
    "hidden units. Above 0 the class is proved.",
    "detection": f"An input is flagged if {method_title(DUAL)} cannot prove its own predicted class at ε. No attacked "
    "input escapes; some that nobody attacked are flagged as well.",
    "attacks": "Each attack on every point at this ε; distances of those that succeeded.",
}

NO_GAP = "The linear program knows ℓ₁ and ℓ∞ and takes an ε above 0; there it comes point by point."


def pictures(
    subject: Subject,
    sample: Sample,
    asked: Question,
    eps: float,
    found: Mapping[str, Any],
    at_eps: Mapping[str, Any],
) -> None:
    """Whatever is there; what is still to come has its place. `subject` has all points, `sample` those asked about."""
    error: RobustError | None = _some(found, "error")
    detected: Detection | None = _some(found, "detection")
    sets: IndexCounts | None = _some(found, "sets")
    radii: list[SortedRadii] = [part for name, part in found.items() if name.startswith("radii ") and part.done]
    gap: LpGap | None = _some(at_eps, "gap")
    attacks: dict[str, AttackOutcome] = {name: part for name, part in at_eps.items() if name != "gap"}
    theme: Theme = "dark" if st.context.theme.type == "dark" else "light"
    known: Knowledge | None = None
    if error is not None:
        solved = None if gap is None else (eps, gap)
        known = knowledge(error, radii=radii, detected=detected, attacks=attacks, gap=solved)
    numbers = sample.numbers

    def about(content: str, *runs: Partial, at: float | None = None) -> dict[str, str]:
        done = {part.done for part in runs} or {asked.points}
        return (
            subject.about(content)
            | perturbations(asked.p, asked.box, at)
            | {"points": f"{' to '.join(map(str, sorted(done)))} of {asked.points}, which are {sample.words}"}
        )

    def attacks_table() -> str:
        return attacks_csv(attacks, asked.p, numbers, about("attacks on every point", at=eps))

    def sets_table(sets: IndexCounts) -> str:
        return index_sets_csv(sets, numbers, about(f"units whose sign is certain, by {sets.method}", sets))

    def radii_table() -> str:
        return radii_csv(radii, numbers, about("certified radii of the predicted classes", *radii))

    here = about("pictures", at=eps)
    with st.container(key="data-verdict"):
        if error is not None and known is not None:
            verdict_card(robust_verdict(error, eps, known.at(eps)))
    left, right = st.columns(2, gap="large")
    with left:
        _head("Robust error", "error", error and (lambda: error_csv(error, about("robust error over eps", error))))
        all_found = (*found.values(), *at_eps.values(), eps)
        _picture(
            "robust-error", (lambda: robust_error_figure(error, eps, known, theme)) if error else None, all_found, here
        )
    with right:
        _head("Certified radii", "radii", radii and radii_table)
        made = (lambda: radii_figure(radii, eps, theme)) if radii else None
        _picture("certified-radii", made, (*radii, eps), here)
    left, right = st.columns(2, gap="large")
    with left:
        content = f"detection over eps, by {DUAL}"
        _head("Detection", "detection", detected and (lambda: detection_csv(detected, about(content, detected))))
        _picture("detection", (lambda: detection_figure(detected, eps)) if detected else None, (detected, eps), here)
    with right:
        _head("LP and dual", "gap", gap and (lambda: gap_csv(gap, numbers, about("proved margins", gap, at=eps))))
        labels = sample.subject.y
        _picture(
            "lp-and-dual", (lambda: lp_gap_figure(gap, labels, theme)) if gap else None, (gap, labels), here, NO_GAP
        )
    _head("Index sets per layer", "sets", sets and (lambda: sets_table(sets)))
    _picture("index-sets", (lambda: index_sets_figure(sets, eps)) if sets else None, (sets, eps), here)
    _head(f"Attacks at ε = {given(eps)}", "attacks", attacks and attacks_table)
    st.dataframe(attack_table(attacks), hide_index=True)
    missing = [method_title(name) for name, method in ATTACKS.items() if asked.p not in method.norms]
    if missing:
        st.caption(f"Not tried, because it does not measure in {NORM_SIGNS[asked.p]}: {', '.join(missing)}.")


def _some(found: Mapping[str, Any], name: str) -> Any:
    """What is there of the first points, None if nothing is."""
    return found[name] if name in found and found[name].done else None


def _head(title: str, words: str, table: Any) -> None:
    """A heading that explains itself, and the numbers under it to take away; `table` writes them, if there are any."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{title}**", help=WORDS[words])
        st.space("stretch")
        file, none = f"{words}.csv", not table
        download("CSV", table or str, file, "text/csv", key=f"csv-{words}", kind="tertiary", disabled=none)


def _picture(
    name: str, make: Callable[[], Figure] | None, of: Sequence[object], about: About, missing: str = "Not there yet."
) -> None:
    """The picture, which is `about` these points and perturbations, or a place of the same height that waits for it.

    It is made anew when something that it is made `of` has changed.
    """
    if make is None:
        with st.container(height=HEIGHT, border=False):
            st.caption(missing)
    else:
        chart(make, of, name, name.replace("-", " "), about)
