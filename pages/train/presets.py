"""Presets: the values of the controls for trainings of the papers' figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from models import OBJECTIVES
from pages.shared.linked_controls import has_values, set_values
from pages.shared.view_options import NORM
from pages.train.objectives import NOTHING
from pages.train.state import PREFIX, STATE, TrainState


@dataclass(frozen=True)
class Preset:
    """Values of controls by name; `p` is the norm."""

    title: str
    says: str
    values: dict[str, Any]
    p: str = "2"


# On MMR's 128 points, 2-100-2, 6000 steps: at this radius these options prove 113 points and leave 13 attacked, plain
# training 107 and 20. With gammas of 1 and 0.1, which make the largest regions, neither is ahead of the other.
FIGURE_2 = {"lam": 2.0, "gamma-B": 0.5, "gamma-D": 0.7, "k": 0.5}
FIGURE_2_EPS = 0.25
PRESETS = {
    "mmr": Preset(
        "Larger regions (MMR Fig. 2)",
        "128 points, 2-100-2: plain training beside MMR, which pushes region boundaries away from the data.",
        {
            "of": "plane", "data": "mmr", "widths": "100", "units": "ReLU", "eps": FIGURE_2_EPS, "a": "plain",
            "b": "kmmr", "c": NOTHING, **{f"b-{name}": value for name, value in FIGURE_2.items()}, "lr": 0.01,
            "drop": True, "steps": 6000, "batch": 128,
        },
    ),
    "kw": Preset(
        "Proved boxes (KW Fig. 3)",
        "12 points with l∞ boxes, a deep network: plain training beside KW's robust loss, which proves every box.",
        {
            "of": "plane", "data": "kw", "widths": "100, 100, 100, 100", "units": "ReLU", "eps": 0.08, "a": "plain",
            "b": "kw", "c": NOTHING, "lr": 0.001, "steps": 1000, "batch": 12,
        },
        p="inf",
    ),
    "three": Preset(
        "Plain, attacked, proved",
        "Two moons: plain, adversarial and robust training from the same weights.",
        {
            "of": "plane", "data": "moons", "widths": "32, 32", "units": "ReLU", "eps": 0.1, "a": "plain",
            "b": "adversarial", "c": "kw", "lr": 0.01, "steps": 2000, "batch": 128,
        },
        p="inf",
    ),
    "mnist": Preset(
        "Handwritten digits",
        "Digits: plain beside MMR, on the plane through three training images.",
        {
            "of": "images", "images": "mnist-5k", "network": "mlp", "widths": "100", "units": "ReLU", "eps": 0.1,
            "a": "plain", "b": "kmmr", "c": NOTHING, "b-lam": 2.0, "b-gamma-B": 0.1, "b-gamma-D": 0.1, "b-k": 0.1,
            "lr": 0.001, "drop": True, "steps": 2000, "batch": 128,
        },
        p="inf",
    ),
}  # fmt: skip


def preset_controls() -> None:
    """Buttons that set all controls. The one whose values the controls have is lit, so draw them after the controls."""
    offered = {name: preset for name, preset in PRESETS.items() if _exists(preset)}
    STATE.preset = next((name for name, preset in offered.items() if _is_set(preset)), None)
    st.pills(
        "Experiments",
        list(offered),
        format_func=lambda name: offered[name].title,
        key=TrainState.preset.key,
        on_change=_apply,
        help="\n\n".join(f"*{preset.title}*: {preset.says}" for preset in offered.values()),
    )


def _apply() -> None:
    chosen = STATE.preset  # the next step of a tour removes all values
    if chosen is not None:
        set_values(PREFIX, PRESETS[chosen].values)
        NORM.norm = PRESETS[chosen].p


def _exists(preset: Preset) -> bool:
    return all(preset.values[slot] in (*OBJECTIVES, NOTHING) for slot in ("a", "b", "c"))


def _is_set(preset: Preset) -> bool:
    return has_values(PREFIX, preset.values) and NORM.norm == preset.p
