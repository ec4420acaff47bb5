"""Numbers under the pictures: the input of ε, areas and ratios as a table and as curves over ε, and downloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from certify.polytopes.comparison import Polytopes
from figures import provenance
from figures.certify.polytope import set_title
from figures.certify.polytope_areas import area_figure, area_rows, areas_csv
from figures.certify.polytope_svg import polytope_svg
from figures.certify.polytope_words import Evidence
from figures.style.ink import Figure
from figures.style.palette import Theme
from figures.words import counted, three_digits
from pages.polytope.question import Question
from pages.polytope.state import STATE
from pages.shared import link
from pages.shared.downloads import download
from pages.shared.in_view import plot, remade, save_button
from pages.shared.linked_controls import Linked
from pages.shared.network_and_data import NetworkAndData
from pages.shared.plain import plain
from pages.shared.state import Kept, Record
from pages.shared.to_polytope import PREFIX

FIGURE_6 = (0.05, 0.1, 0.25)  # KW's radii
KINDS = {"ratios": "relative to the hull", "areas": "areas"}


def eps_control() -> None:
    """An input for ε, and buttons with KW's three radii."""
    times = link.times_reopened()
    STATE.field[times] = float(STATE.eps)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="polytope-eps-row"):
        st.number_input(
            "ε", 0.0, 1e6, key=STATE.field.key(times), format="%.5g", step=0.01, width=130, persist_state="session",
            on_change=_typed, args=(times,),
            help="The radius of the ball; the rail under the output plane moves it as well.",
        )  # fmt: skip
        for eps in FIGURE_6:
            st.button(f"{eps:g}", on_click=_set, args=(eps,), key=f"eps-{eps:g}", help=f"ε = {eps:g}, as in KW")


def _typed(times: int) -> None:
    """Take the ε of the field, unless it is that of a page before: a browser that has not drawn this one sends it."""
    eps = STATE.field.get(times)
    if eps is not None and times == link.times_reopened():
        STATE.eps = eps


def _set(eps: float) -> None:
    STATE.eps = eps


def numbers(
    known: Evidence, sweep: list[Polytopes], theme: Theme, question: Question, chosen: NetworkAndData
) -> dict[str, str | None]:
    """Draw the table at this ε and the curves over all ε. Returns their part of the link."""
    linked, computed = Linked(PREFIX), known.found
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(
            f"**Areas at ε = {three_digits(computed.eps)}**",
            help="Of the sets in the output plane. The convex hull of the true set is the best that any convex bound "
            "can do; of an image network both are those of the plane shown. The least margin is that of the point's "
            "own class over the other: proved, if a bound's is above 0. "
            "Of a bound the area is rounded up and the margin down.",
        )
        st.dataframe(area_rows(computed), hide_index=True, width="stretch")
        for name, reason in known.missing.items():
            st.caption(f"{set_title(name)} {plain(reason)}.")
        FILES.latest.shown = Shown(computed, sweep, theme, question, chosen)
    with right:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("**As ε grows**")
            st.space("stretch")
            kind = linked.choice("Curves", "curve", KINDS, "ratios", row=True, label_visibility="collapsed")
        if sweep:
            about = facts("areas", chosen, question, computed.eps)
            chart(
                lambda: area_figure(sweep, computed.eps, ratios=kind == "ratios", theme=theme),
                (*sweep, computed.eps, kind, theme),
                "areas",
                "Areas as ε grows",
                about,
            )
    return linked.parts


@dataclass(frozen=True, eq=False)
class Shown:
    """The contents of the downloads."""

    computed: Polytopes
    sweep: list[Polytopes]
    theme: Theme
    question: Question
    chosen: NetworkAndData

    def areas(self) -> str:
        """The table of all radii, as CSV."""
        radii = _ordered([*self.sweep, self.computed])
        about = facts("areas of sets of outputs, one row per eps and set", self.chosen, self.question)
        about["eps"] = f"{counted(len(radii), 'radius', 'radii')} up to {radii[-1].eps!r}, see the column"
        return areas_csv(radii, about)

    def picture(self) -> str:
        """The output plane, as SVG."""
        q, computed = self.question, self.computed
        about = facts("sets of outputs in the plane of two", self.chosen, q, computed.eps)
        about["bounds"] = ", ".join(set_title(name) for name in computed.outer) or "none"
        return polytope_svg(computed, theme=self.theme, turned=q.turned, class_names=q.names, about=about)


@dataclass
class Latest:
    """The contents of the page now, for files that are made when the user downloads them."""

    shown: Shown | None = None

    def make(self, file: Callable[[Shown], str]) -> str:
        return "" if self.shown is None else file(self.shown)


class FilesState(Record):
    """The contents of this session's downloads."""

    latest: Kept[Latest] = Kept(f"{PREFIX}latest", Latest)


FILES = FilesState()


def exports() -> None:
    """The download buttons. Draw them outside the timed fragment: each drawing gives a file another address."""
    latest = FILES.latest
    if latest.shown is None:
        return
    with st.container(horizontal=True, gap="small"):
        for label, name, mime, file in (
            ("Areas (CSV)", "areas.csv", "text/csv", Shown.areas),
            ("Output plane (SVG)", "polytope.svg", "image/svg+xml", Shown.picture),
        ):
            download(label, partial(latest.make, file), name, mime, key=f"polytope-{name}", kind="tertiary")


def facts(content: str, chosen: NetworkAndData, question: Question, eps: float | None = None) -> dict[str, str]:
    """The provenance of a file: network, point, norm, box, outputs, and the chosen bounds."""
    network, (i, j) = question.network, question.outputs
    data = chosen.dataset.name if chosen.dataset else chosen.images.name if chosen.images else "none"
    point = " ".join(repr(float(value)) for value in question.x.ravel()) if question.whole else ""
    number = question.link.get("image") or "0"
    shape = f"{network.input_units} inputs and {network.outputs} outputs"
    return {
        **provenance.origin(content, f"{chosen.title}, {shape}", data),
        "point": point or f"image {number}" if chosen.images is None or "image" in question.link else "an image sent",
        **provenance.perturbations(question.p, question.box, eps),
        "outputs": f"{i} is {question.names[0]} and {j} is {question.names[1]}",
        "true set": "of the whole ball" if question.whole else "of the ball's cut with a plane through the point",
        "bounds": ", ".join(set_title(name) for name in question.methods) or "none",
    }


def _ordered(sweep: list[Polytopes]) -> list[Polytopes]:
    """Ascending by radius, each radius once: the sets with the most bounds."""
    best: dict[float, Polytopes] = {}
    for at_radius in sorted(sweep, key=lambda sets: len(sets.outer)):
        best[at_radius.eps] = at_radius
    return [best[eps] for eps in sorted(best)]


def chart(make: Callable[[], Figure], of: Sequence[object], name: str, says: str, about: provenance.About) -> None:
    """Draw a Plotly figure whose toolbar has only the button that saves it. The file's name comes from `about`.

    `make` makes the figure anew when one of the values in `of`, on which it depends, has changed (`remade`).
    """
    key = f"polytope-chart-{name}"
    plot(remade(key, of, make), key, says, save_button(about, name, format="svg"))
