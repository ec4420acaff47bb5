"""What shows beside the picture: the drawn network, or what is explained about the pinned point."""

from __future__ import annotations

from typing import Literal, get_args

import streamlit as st

from pages.explore.state import STATE, ExploreState
from pages.shared import link

Topic = Literal["network", "formula", "regions", "cases"]
TITLES: dict[Topic, str] = {"network": "Network", "formula": "Formula", "regions": "Proof", "cases": "Cases"}


def topic_control(pinned: bool) -> tuple[Topic, dict[str, str | None]]:
    """The topic and its part of the link. Its control is there while something is explained."""
    now: Topic = link.start(ExploreState.topic.key, "explain", link.one_of(*get_args(Topic)), "network")
    if not pinned or now == "network":
        return "network", {}
    st.segmented_control(
        "Beside the picture",
        list(TITLES),
        default=now,
        format_func=TITLES.__getitem__,
        key=ExploreState.topic.key,
        required=True,
        width="stretch",
        label_visibility="collapsed",
        persist_state="session",
    )
    return now, {"explain": now}


def topic_buttons(pinned: bool) -> None:
    """Over the picture, until something is explained: what can be about the pinned point."""
    if pinned and STATE.topic != "network":
        return
    st.button(
        "Formula",
        icon=":material/function:",
        key="explain-formula",
        disabled=not pinned,
        on_click=_open,
        args=("formula",),
        help="How the affine map at the pin comes about, layer by layer, with its numbers.",
    )
    st.button(
        "Watch the proof",
        icon=":material/play_circle:",
        key="explain-proof",
        disabled=not pinned,
        on_click=_open,
        args=("regions",),
        help="How the nearest other class is found and proved: region by region, or case by case.",
    )


def _open(topic: Topic) -> None:
    STATE.topic = topic
