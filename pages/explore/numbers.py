"""Numbers over all regions and all data points, below the picture."""

from __future__ import annotations

import streamlit as st

from figures.words import GLOSSARY, NORM_SIGNS, counted, duration, thousands, three_digits
from geometry.norms import Norm
from pages.shared.plane.picture import DataNumbers, Picture


def badge(found: Picture) -> str:
    """What the picture may claim: exact, with count and time, or only a smaller window."""
    count, seconds = counted(len(found.regions), "region"), duration(found.regions.seconds)
    return f"{'first' if found.regions.truncated else 'exact ·'} {count} · {seconds}"


def truncation_notice(found: Picture, limit: int) -> None:
    """Where the window holds more regions than allowed: what is shown, and how to get the exact thing."""
    if found.regions.truncated:
        s0, s1, t0, t1 = found.regions.window
        st.info(
            f"The window holds more than {counted(limit, 'region')}. Shown is the part "
            f"[{s0:.3g}, {s1:.3g}] × [{t0:.3g}, {t1:.3g}], exactly. "
            "For more: raise *Regions at most*, or zoom in: what is in view is enumerated by itself.",
            icon=":material/crop_free:",
        )


def numbers(found: Picture, data: DataNumbers | None, p: Norm) -> None:
    """Metrics in a row, two histograms under them, which need no code of a library in the browser."""
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
    left, right = st.columns(2, gap="large")
    left.html(found.areas)
    if data is not None:
        right.html(data.histogram)
