"""View options of several pages: titles of the fills, and the norm, which all pages share."""

from __future__ import annotations

import streamlit as st

from figures.regions.overlays import Fill
from geometry.norms import NORM_NAMES, NORM_SYMBOLS, NORMS_BY_NAME, Norm
from pages.shared import link
from pages.shared.state import Record, Value

FILL_TITLES: dict[Fill, str] = {
    "class": "Class and margin",
    "region": "Region",
    "margin": "Margin",
    "active": "Active units",
    "gradient": "Gradient norm",
}


class NormState(Record):
    """The norm, which all pages share."""

    norm: Value[str] = Value("p", "2")  # see NORM_NAMES


NORM = NormState()


def norm_control() -> tuple[Norm, dict[str, str | None]]:
    """The control of the norm in which perturbations are measured."""
    now = link.start(NormState.norm.key, "p", link.one_of(*NORMS_BY_NAME), "2")
    name: str = (
        st.segmented_control(
            "Norm",
            list(NORMS_BY_NAME),
            default=now,
            format_func=lambda name: NORM_SYMBOLS[NORMS_BY_NAME[name]],
            key=NormState.norm.key,
            required=True,
            width="stretch",
            label_visibility="collapsed",
            persist_state="session",
            help="The norm in which a perturbation δ is measured. Keys 1, 2, 3 in the picture.",
        )
        or "2"
    )
    return NORMS_BY_NAME[name], {"p": link.unless(name, "2")}


def set_norm(norm: Norm) -> None:
    """Set the norm as if the reader had."""
    NORM.norm = NORM_NAMES[norm]
