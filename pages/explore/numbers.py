"""Numbers over all regions and all data points, below the picture."""

from __future__ import annotations

import streamlit as st

from figures.words import GLOSSARY, NORM_SIGNS, duration, thousands, three_digits
from geometry.norms import Norm
from pages.explore.picture import DataNumbers, Picture

CHART = {"displayModeBar": False}
CHART_HEIGHT = 250
CHARTS = "charts-asked-for"
LATER = 0.8  # seconds


def badge(found: Picture) -> str:
    """What the picture may claim: exact, with count and time, or only a smaller window."""
    count, seconds = thousands(len(found.regions)), duration(found.regions.seconds)
    if found.regions.truncated:
        return f"first {count} regions · {seconds}"
    return f"exact · {count} region{'s' if len(found.regions) != 1 else ''} · {seconds}"


def truncation_notice(found: Picture, limit: int) -> None:
    """Where the window holds more regions than allowed: what is shown, and how to get the exact thing."""
    if found.regions.truncated:
        s0, s1, t0, t1 = found.regions.window
        st.info(
            f"The window holds more than {limit:,} regions. Shown is the part "
            f"[{s0:.3g}, {s1:.3g}] × [{t0:.3g}, {t1:.3g}], exactly. "
            "For more: raise *Regions at most*, or zoom in and press *Refine view*.",
            icon=":material/crop_free:",
        )


def numbers(found: Picture, data: DataNumbers | None, p: Norm) -> None:
    """Metrics in a row, two histograms under them."""
    size = NORM_SIGNS[p]
    columns = st.columns(5)
    columns[0].metric("Regions", thousands(len(found.regions)), help=GLOSSARY["region"])
    if data is None:
        columns[1].caption("No data points: draw some, or choose a data set.")
    else:
        for column, label, value, words in (
            (columns[1], "Mean $d_B$", three_digits(data.mean_d_B), f"{GLOSSARY['d_B']} In {size}, over the data."),
            (columns[2], "Mean $d_D$", three_digits(data.mean_d_D), f"{GLOSSARY['d_D']} In {size}, over the data."),
            (
                columns[3],
                "$d_D ≤ d_B$",
                f"{100 * data.optimal_share:.1f} %",
                f"Share of data points. {GLOSSARY['optimal']}",
            ),
            (columns[4], "Clean error", f"{100 * data.error:.1f} %", GLOSSARY["clean_error"]),
        ):
            column.metric(label, value, help=words)
    with st.container(height=CHART_HEIGHT, border=False):
        asked = st.session_state.setdefault(CHARTS, 0)
        if asked > 1:
            _charts(found, data)
        else:
            st.fragment(_charts_later, run_every=LATER)()


def _charts_later() -> None:
    """The charts' code is large: a session's first run leaves them out, and a moment later the page has them."""
    st.session_state[CHARTS] += 1
    if st.session_state[CHARTS] > 1:
        st.rerun()


def _charts(found: Picture, data: DataNumbers | None) -> None:
    left, right = st.columns(2, gap="large")
    left.plotly_chart(found.areas, key="areas", config=CHART, alt="Distribution of region areas")
    if data is not None:
        right.plotly_chart(data.histogram, key="distances", config=CHART, alt="Distribution of d_B and d_D")
