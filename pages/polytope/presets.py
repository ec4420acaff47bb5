"""Presets: the values of the controls for pictures of the papers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from figures.regions.overlays import Point
from pages.polytope.network_and_data import FIRST_DRAW
from pages.polytope.question import set_methods
from pages.polytope.state import STATE, PolytopeState
from pages.shared.asked_state import AskedState
from pages.shared.box_control import box_key
from pages.shared.plane.state import SHIPPED, PlaneState
from pages.shared.state import put, read
from pages.shared.to_polytope import EXPLORE, IMAGES, PREFIX, RANDOM, ROBUST
from pages.shared.view_options import NormState


@dataclass(frozen=True)
class Preset:
    """Values of the session state by key; `bounds` are the methods drawn."""

    title: str
    says: str
    source: str
    eps: float
    bounds: tuple[str, ...]
    values: dict[str, Any] = field(default_factory=dict)
    axes: str = "turned"

    @property
    def all_values(self) -> dict[str, Any]:
        own = {"from": self.source, "eps": self.eps, "unit": None, "first": "auto", "second": "auto", "axes": self.axes}
        before = {NormState.norm.key: "inf", box_key(None): "", PlaneState.pin.key: None}
        return before | {f"{PREFIX}{name}": value for name, value in own.items()} | self.values


def _on_plane(data: str, pin: Point) -> dict[str, Any]:
    """Values that choose a point of a toy set, and the network that comes with the set."""
    return {PlaneState.data.key: data, PlaneState.network.key: SHIPPED, PlaneState.pin.key: pin}


DIGIT = {AskedState.images.key: "mnist-5k", AskedState.trained.key: "mnist-fc1-linf-kw", AskedState.image.key: 3}
TIGHTEST = ("fast-lin", "crown", "lp")
KW_POINT = (0.8632, 0.5415)  # one of the 12 whose class the plain network keeps, and no bound proves
PRESETS = {
    "fig6": Preset(
        "KW Fig. 6", "A random network 2-100-100-100-2: how true set and bound part as ε grows.", RANDOM, 0.1, TIGHTEST,
        {f"{PREFIX}draw": FIRST_DRAW}, axes="outputs",
    ),
    "before": Preset(
        "Fig. 7, before", "One of KW's 12 points after plain training: within ε = 0.08 its class stays, but "
        "most bounds cannot tell.", EXPLORE, 0.08, TIGHTEST, _on_plane("kw", KW_POINT),
    ),
    "fig7": Preset(
        "Fig. 7, after", "The same after robust training: the bound has become tight, and proves the point.", ROBUST,
        0.08, TIGHTEST, {PlaneState.pin.key: KW_POINT},
    ),
    "naive": Preset(
        "Naive box", "KW (41)-(42): each output's own interval, layer by layer, beside bounds that know what units "
        "share.", EXPLORE, 0.06, ("layerwise", "interval", "fast-lin", "lp"),
        _on_plane("xor", (0.4, 0.3)),
    ),
    "tight": Preset(
        "Tight App. A", "Two units are unstable, and yet Fast-Lin's margin is exact.", EXPLORE, 0.2,
        ("interval", "fast-lin", "lp"), _on_plane("tight", (0.1, 0.55)),
    ),
    "relu": Preset(
        "One ReLU", "KW Fig. 2, Tight Fig. 1: the lines around one unit's bent graph, with its ℓ and u.", EXPLORE, 0.2,
        TIGHTEST, {**_on_plane("moons", (0.55, -0.27)), PolytopeState.unit.key: 2},
    ),
    "digit": Preset(
        "A digit", "KW's robust loss on MNIST: attacks in all 784 dimensions nearly fill the bound.", IMAGES, 0.1,
        ("fast-lin", "crown"), DIGIT, axes="outputs",
    ),
}  # fmt: skip


def preset_controls() -> None:
    """Buttons that set all controls. The one whose values the controls have is lit, so draw them after the controls."""
    STATE.preset = next((name for name, preset in PRESETS.items() if _is_set(preset)), None)
    st.pills(
        "Pictures of the papers",
        list(PRESETS),
        format_func=lambda name: PRESETS[name].title,
        key=PolytopeState.preset.key,
        on_change=_apply,
        help="\n\n".join(f"*{preset.title}*: {preset.says}" for preset in PRESETS.values()),
    )


def _apply() -> None:
    chosen = STATE.preset  # the next step of a tour removes all values
    if chosen is None:
        return
    preset = PRESETS[chosen]
    for key, value in preset.all_values.items():
        put(key, value)
    set_methods(preset.bounds)


def _is_set(preset: Preset) -> bool:
    values = {key: value for key, value in preset.all_values.items() if key != PolytopeState.eps.key}
    return all(read(key, value) == value for key, value in values.items()) and STATE.wanted == preset.bounds
