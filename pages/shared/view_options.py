"""View options of several pages: titles of the fills, and the norm, which all pages share."""

from __future__ import annotations

import streamlit as st

from figures.regions.overlays import NORM_NAMES, Fill
from geometry.norms import Norm
from pages.shared import link
from pages.shared.state import Record, Value

FILL_TITLES: dict[Fill, str] = {
    "class": "Class and margin",
    "region": "Region",
    "margin": "Margin",
    "active": "Active units",
    "gradient": "Gradient norm",
}
NORMS = {name: norm for norm, name in NORM_NAMES.items()}
NORM_TITLES = {"1": "ℓ₁", "2": "ℓ₂", "inf": "ℓ∞"}


class NormState(Record):
    """The norm, which all pages share."""

    norm: Value[str] = Value("p", "2")  # a name of NORMS


NORM = NormState()


def norm_control() -> tuple[Norm, dict[str, str | None]]:
    """The control of the norm in which perturbations are measured."""
    now = link.start(NormState.norm.key, "p", link.one_of(*NORMS), "2")
    name: str = (
        st.segmented_control(
            "Norm",
            list(NORMS),
            default=now,
            format_func=NORM_TITLES.__getitem__,
            key=NormState.norm.key,
            required=True,
            width="stretch",
            label_visibility="collapsed",
            persist_state="session",
            help="The norm in which a perturbation δ is measured. Keys 1, 2, 3 in the picture.",
        )
        or "2"
    )
    return NORMS[name], {"p": link.unless(name, "2")}


def set_norm(norm: Norm) -> None:
    """Set the norm as if the reader had."""
    NORM.norm = NORM_NAMES[norm]
