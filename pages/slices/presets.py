"""Presets: planes worth seeing, each as values of the controls."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from models.gallery import gallery
from models.vectors.shipped import ACAS_XU, FOLDER, read_vector_card
from pages.shared.linked_controls import has_values, set_values
from pages.shared.to_slices import PREFIX
from pages.slices.networks import NONE, UNTRAINED
from pages.slices.numbers.plane import slider_name
from pages.slices.state import STATE, SlicesState

DIGITS: dict[str, str | float | bool] = {"of": "images", "edges": True, "images": "mnist-5k", "a": 1, "b": 4, "c": 7}


@dataclass(frozen=True)
class Preset:
    title: str
    description: str
    values: dict[str, str | float | bool]  # by the names of the controls

    @property
    def available(self) -> bool:
        """Whether its networks are in the gallery."""
        chosen = [self.values[slot] for slot in ("first", "second") if slot in self.values]
        return all(name in (*gallery(), UNTRAINED, NONE) for name in chosen)


def _at(**values: float) -> dict[str, str | float | bool]:
    """The sliders of ACAS Xu's other inputs."""
    items = read_vector_card(FOLDER / f"{ACAS_XU}.json").inputs.items
    names = [item.name for item in items]
    return {slider_name(names.index(name), items[names.index(name)]): value for name, value in values.items()}


PLAIN, MMR, KW = "mnist-fc1-linf-plain", "mnist-fc1-linf-mmr", "mnist-fc1-linf-kw"
AIRCRAFT: dict[str, str | float | bool] = {
    "of": "numbers", "net": ACAS_XU, "rows": "none", "through": "inputs", "x": "rho", "y": "theta", "fill": "class",
    "edges": False,
}  # fmt: skip
PRESETS = {
    "mmr": Preset(
        "MMR Fig. 2c, 2d",
        "The plane through a 1, a 4 and a 7: plain training beside MMR.",
        {**DIGITS, "plane": "three", "size": 2.0, "about": "middle", "first": PLAIN, "second": MMR},
    ),
    "kw": Preset(
        "Proved robust",
        "The same plane: MMR beside KW's robust training.",
        {**DIGITS, "plane": "three", "size": 2.0, "about": "middle", "first": MMR, "second": KW},
    ),
    "adversarial": Preset(
        "To the adversary",
        "From one digit to its nearest adversarial image, and at random across: how near the boundary is.",
        {**DIGITS, "plane": "directions", "u": "adversarial", "v": "random", "size": 2.0, "about": "a",
         "first": PLAIN, "second": MMR},
    ),
    "acas": Preset(
        "ACAS Xu",
        "What a collision avoidance network advises, by the intruder's distance and direction; the others on sliders.",
        {**AIRCRAFT, **_at(psi=-1.570796, v_own=200.0, v_int=185.0)},
    ),
    "acas-ahead": Preset(
        "ACAS Xu, head-on",
        "The same network: an intruder that comes straight towards us, both fast.",
        {**AIRCRAFT, **_at(psi=3.1, v_own=1000.0, v_int=1000.0)},
    ),
    "learned": Preset(
        "What training does",
        "Initial weights beside trained ones.",
        {**DIGITS, "plane": "three", "size": 2.0, "about": "middle", "first": UNTRAINED, "second": PLAIN},
    ),
}  # fmt: skip


def preset_controls() -> None:
    """Buttons that set all controls. Call it after the controls: it marks the preset that equals their values."""
    offered = {name: preset for name, preset in PRESETS.items() if preset.available}
    STATE.preset = next((n for n, preset in offered.items() if has_values(PREFIX, preset.values)), None)
    st.pills(
        "Planes worth seeing",
        list(offered),
        format_func=lambda name: offered[name].title,
        key=SlicesState.preset.key,
        on_change=_apply,
        help="\n\n".join(f"*{preset.title}*: {preset.description}" for preset in offered.values()),
    )


def _apply() -> None:
    chosen = STATE.preset  # None if a tour has reset all values meanwhile
    if chosen is not None:
        set_values(PREFIX, PRESETS[chosen].values)
        STATE.pin = STATE.view = None
