"""The output plane as two Streamlit components: the view, and an invisible one that carries the film over ε."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from figures.certify.polytope import bound_styles, picture_colours
from figures.live_view.javascript import bundle
from geometry.content import content_key
from pages.shared.processed_events import ANSWERED
from pages.shared.state import read
from pages.shared.teaching import type_scale

HERE = Path(__file__).parent


@dataclass(frozen=True)
class OutputPlane:
    """The options of the view."""

    place: str  # names the question; the view resets its window when it changes
    names: tuple[str, str]  # of the two outputs
    outputs: tuple[int, int]
    axes: tuple[str, str]  # names of the output plane's
    inputs: tuple[str, str]  # names of the input plane's
    turned: bool  # whether the axes are difference and sum of the outputs, each with a separate scale
    whole: bool  # whether the true set is that of the whole ball
    reach: float  # the largest eps of the slider
    link: str  # shared with the input plane
    about: Mapping[str, str]  # the provenance of a saved picture


def output_view(scene: dict[str, object], film: bytes, plane: OutputPlane, *, key: str, height: str) -> None:
    """Draw the output plane with a slider for eps under it.

    Parameters
    ----------
    scene : `figures.certify.polytope.output_picture` at one eps
    film : `figures.certify.polytope.polytope_film`, to morph between radii; empty while there is none

    Call `asked_eps` before drawing for the eps that the user has chosen.
    """
    name = content_key(film) if film else ""
    data = {
        "scene": scene,
        "film": name,
        "colours": picture_colours(),
        "order": (*bound_styles(), "true", "hull"),  # loose to tight, as they are drawn
        "height": height,
        "type_scale": type_scale(),
        "heard": ANSWERED.last.get(key) or 0,
        **vars(plane),
    }
    with st.container(gap=None, key=f"{key}-box"):
        st.html(f"<style>.st-key-{key}-box {{ min-height: {height}; }}</style>")  # before the script is there
        if film:
            _carrier()(key=f"{key}-film", data=name.encode() + b"\n" + film)
        _view()(key=key, data=data, on_asked_change=_nothing)


def asked_eps(key: str) -> float | None:
    """The eps that the user has chosen since the last call, if any."""
    state = read(key)
    asked = state.get("asked") if isinstance(state, dict) else None
    if not isinstance(asked, dict):
        return None
    serial, eps = asked.get("serial"), asked.get("eps")
    if not isinstance(serial, int) or isinstance(serial, bool) or serial <= (ANSWERED.last.get(key) or 0):
        return None
    ANSWERED.last[key] = serial
    if not isinstance(eps, (int, float)) or isinstance(eps, bool) or not 0 <= eps < math.inf:
        return None
    return float(eps)


def _nothing() -> None:
    """Streamlit needs a callback for every state that a component may set."""


@cache
def _carrier() -> Any:
    return st.components.v2.component("reluscope_film", js=bundle(HERE / "streamlit_film.js"))


@cache
def _view() -> Any:
    html, css = ((HERE / f"output.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
    return st.components.v2.component(
        "reluscope_output_view", html=html, css=css, js=bundle(HERE / "streamlit_view.js")
    )
