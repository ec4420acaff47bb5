"""Pictures of the data set: numbers at ε, robust error, radii, index sets, gap, detection, attacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import streamlit as st

from certify.attacks import ATTACKS
from certify.bounds.methods import METHODS
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
from figures.words import NORM_SIGNS, given
from geometry.norms import Norm
from pages.certify.charts import chart
from pages.certify.runs import DUAL, EpsPart, RunPart, RunSettings, affordable_attacks
from pages.certify.sample import Sample
from pages.certify.verdict import verdict_card
from pages.shared.downloads import download
from pages.shared.network_and_data import NetworkAndData
from pages.shared.theme import browser_theme

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

P = TypeVar("P", bound=Partial)
NOT_YET = "This part of the run has not come yet."


def pictures(
    chosen: NetworkAndData,
    sample: Sample,
    asked: RunSettings,
    eps: float,
    over_grid: Mapping[str, RunPart],
    at_eps: Mapping[str, EpsPart],
) -> None:
    """Draw all results so far, and keep the place of those that are still computed.

    `chosen` has all points, `sample` those of the run. `over_grid` are the results over the grid of ε by name, and
    `at_eps` those at `eps` alone.
    """
    error = _part(over_grid, "error", RobustError)
    detected = _part(over_grid, "detection", Detection)
    sets = _part(over_grid, "sets", IndexCounts)
    radii = [part for part in over_grid.values() if isinstance(part, SortedRadii) and part.done]
    gap = _part(at_eps, "gap", LpGap)
    attacks = {name: part for name, part in at_eps.items() if isinstance(part, AttackOutcome)}
    theme = browser_theme()
    state_of_points: Knowledge | None = None
    if error is not None:
        solved = None if gap is None else (eps, gap)
        state_of_points = knowledge(error, radii=radii, detected=detected, attacks=attacks, gap=solved)
    numbers = sample.numbers

    def about(content: str, *runs: Partial, at: float | None = None) -> dict[str, str]:
        done = {part.done for part in runs} or {asked.points}
        return (
            chosen.about(content)
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
        if error is not None and state_of_points is not None:
            verdict_card(robust_verdict(error, eps, state_of_points.at(eps)))
    left, right = st.columns(2, gap="large")
    with left:
        table = (lambda: error_csv(error, about("robust error over eps", error))) if error else None
        _head("Robust error", "error", table)
        made = (lambda: robust_error_figure(error, eps, state_of_points, theme)) if error else None
        _picture("robust-error", made, (*over_grid.values(), *at_eps.values(), eps), here)
    with right:
        _head("Certified radii", "radii", radii_table if radii else None)
        made = (lambda: radii_figure(radii, eps, theme)) if radii else None
        _picture("certified-radii", made, (*radii, eps), here)
    left, right = st.columns(2, gap="large")
    with left:
        content = f"detection over eps, by {DUAL}"
        table = (lambda: detection_csv(detected, about(content, detected))) if detected else None
        _head("Detection", "detection", table)
        _picture("detection", (lambda: detection_figure(detected, eps)) if detected else None, (detected, eps), here)
    with right:
        table = (lambda: gap_csv(gap, numbers, about("proved margins", gap, at=eps))) if gap else None
        _head("LP and dual", "gap", table)
        labels = sample.chosen.y
        _picture(
            "lp-and-dual",
            (lambda: lp_gap_figure(gap, labels, theme)) if gap else None,
            (gap, labels),
            here,
            no_gap(asked.p, eps),
        )
    _head("Index sets per layer", "sets", (lambda: sets_table(sets)) if sets else None)
    _picture("index-sets", (lambda: index_sets_figure(sets, eps)) if sets else None, (sets, eps), here)
    _head(f"Attacks at ε = {given(eps)}", "attacks", attacks_table if attacks else None)
    st.dataframe(attack_table(attacks), hide_index=True)
    missing = [method_title(name) for name, method in ATTACKS.items() if asked.p not in method.norms]
    if missing:
        st.caption(f"Not tried, because it does not measure in {NORM_SIGNS[asked.p]}: {', '.join(missing)}.")
    tried = affordable_attacks(chosen.network, asked.p)
    dear = [method_title(name) for name, method in ATTACKS.items() if asked.p in method.norms and name not in tried]
    if dear:
        words = "Not tried, because it takes minutes for a point of this network"
        st.caption(f"{words}: {', '.join(dear)}. Ask for it on the ladder of one point.")


def no_gap(p: Norm, eps: float) -> str:
    """Why there is no result of the linear program."""
    if p not in METHODS["lp"].norms:
        return "There is no linear program for ℓ₂. Choose ℓ₁ or ℓ∞ to compare it with the dual network."
    if eps == 0:
        return "At ε = 0 there is nothing to compare. Choose a larger ε."
    return NOT_YET


def _part(results: Mapping[str, object], name: str, kind: type[P]) -> P | None:
    """The result of that name, None while it has no point."""
    part = results.get(name)
    return part if isinstance(part, kind) and part.done else None


def _head(title: str, words: str, table: Callable[[], str] | None) -> None:
    """A heading with a help text and a CSV button. `table` writes the CSV file; None if there are no numbers."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{title}**", help=WORDS[words])
        st.space("stretch")
        file, missing = f"{words}.csv", table is None
        download("CSV", table or str, file, "text/csv", key=f"csv-{words}", kind="tertiary", disabled=missing)


def _picture(
    name: str, make: Callable[[], Figure] | None, of: Sequence[object], about: About, missing: str = NOT_YET
) -> None:
    """Draw the picture, or an empty place of its height while there is none. `about` is its provenance.

    `make` makes it anew when one of the values in `of`, on which it depends, has changed.
    """
    if make is None:
        with st.container(height=HEIGHT, border=False):
            st.caption(missing)
    else:
        chart(make, of, name, name.replace("-", " "), about)
