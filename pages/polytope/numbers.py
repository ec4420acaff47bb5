"""Under the pictures: ε as a number, areas and ratios as a table and as curves over ε; everything to take away."""

from __future__ import annotations

import streamlit as st

from certify.polytopes import Polytopes
from figures.ink import Figure
from figures.palette import Theme
from figures.polytope_areas import area_figure, area_rows, areas_csv
from figures.polytope_svg import polytope_svg
from pages.explore.linked import Linked
from pages.polytope.send import PREFIX

FIGURE_6 = (0.05, 0.1, 0.25)  # KW's radii
LINK_NAMES = frozenset({"curve"})
KINDS = {"ratios": "relative to the hull", "areas": "areas"}


def eps_control(key: str) -> None:
    """ε as a number to be typed, and KW's three."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="polytope-eps-row"):
        st.number_input(
            "ε", 0.0, 1e6, key=key, format="%.5g", step=0.01, width=130, persist_state="session",
            help="The radius of the ball; the rail under the output plane moves it as well.",
        )  # fmt: skip
        for eps in FIGURE_6:
            st.button(f"{eps:g}", on_click=_set, args=(key, eps), key=f"eps-{eps:g}", help=f"ε = {eps:g}, as in KW")


def _set(key: str, eps: float) -> None:
    st.session_state[key] = eps


def numbers(found: Polytopes, sweep: list[Polytopes], theme: Theme, turned: bool) -> dict[str, str | None]:
    """The table of this ε beside the curves of all. Returns their part of the link."""
    linked = Linked(PREFIX)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(
            "**Areas**",
            help="Of the sets in the output plane. The convex hull of the true set is the best that any convex bound "
            "can do; of an image network both are those of the plane shown. The least margin is that of the point's "
            "own class over the other: proved, if it is above 0.",
        )
        st.dataframe(area_rows(found), hide_index=True, width="stretch")
        exports(found, sweep, turned)
    with right:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("**As ε grows**")
            st.space("stretch")
            kind = linked.choice("Curves", "curve", KINDS, "ratios", row=True, label_visibility="collapsed")
        if sweep:
            chart(area_figure(sweep, found.eps, ratios=kind == "ratios", theme=theme), "areas")
    return linked.parts


def exports(found: Polytopes, sweep: list[Polytopes], turned: bool) -> None:
    """The table of all radii, and the output plane as it is."""
    with st.container(horizontal=True, gap="small"):
        for label, name, mime, make in (
            ("Areas (CSV)", "areas.csv", "text/csv", lambda: areas_csv(_ordered([*sweep, found]))),
            ("Output plane (SVG)", "polytope.svg", "image/svg+xml", lambda: polytope_svg(found, turned=turned)),
        ):
            st.download_button(
                label, make, name, mime, key=f"polytope-{name}", icon=":material/download:", on_click="ignore",
                type="tertiary",
            )  # fmt: skip


def _ordered(sweep: list[Polytopes]) -> list[Polytopes]:
    """By radius, each once: the one that knows most."""
    best: dict[float, Polytopes] = {}
    for found in sorted(sweep, key=lambda one: len(one.outer)):
        best[found.eps] = found
    return [best[eps] for eps in sorted(best)]


def chart(figure: Figure, name: str) -> None:
    """A Plotly figure whose toolbar has nothing but the button that saves it."""
    config = {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "svg", "filename": name},
    }
    st.plotly_chart(figure, key=f"polytope-chart-{name}", config=config)
