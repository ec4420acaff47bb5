"""Controls of the perturbations and of the search: norm, box, methods, time limit."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from certify.rungs import STEPS, affordable, applicable
from figures.certify.methods import method_title
from geometry import Network
from geometry.norms import Norm
from pages.certify.state import LADDER, STATE, TIME_LIMIT, CertifyState
from pages.shared import link
from pages.shared.box_control import Box, box_control
from pages.shared.view_options import norm_control

DATA, WALL = "data", "wall"
VIEWS = {LADDER: "One point: the ladder", DATA: "The whole data set", WALL: "Point by point"}
MOST_SECONDS = 600.0  # the largest time limit that a user can set


@dataclass(frozen=True)
class Search:
    """The perturbations that are allowed, and the methods that bound their size."""

    p: Norm
    box: Box | None
    methods: tuple[str, ...]
    seconds: float  # for the exact method
    link: dict[str, str | None]


def view_control() -> tuple[str, dict[str, str | None]]:
    """The choice between one point and the whole data set."""
    now = link.start(CertifyState.show.key, "show", link.one_of(*VIEWS), LADDER)
    show = st.segmented_control(
        "Show",
        list(VIEWS),
        default=now,
        format_func=VIEWS.__getitem__,
        key=CertifyState.show.key,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    return show or LADDER, {"show": link.unless(show or LADDER, LADDER)}


def search_controls(network: Network, usual_box: Box | None) -> Search:
    """The sidebar's section on the adversary. Images have a usual box, points of a plane have None."""
    images = usual_box is not None
    st.markdown("**The adversary**")
    p, parts = norm_control()
    box = box_control(usual_box, parts)
    with st.expander("Methods and time", icon=":material/tune:"):
        chosen = _methods(applicable(network, p), affordable(network, p), images, parts)
        now = link.start(CertifyState.seconds.key, "seconds", link.number(0, MOST_SECONDS), TIME_LIMIT)
        seconds = st.number_input(
            "Seconds for the exact search",
            0.0,
            MOST_SECONDS,
            now,
            step=5.0,
            key=CertifyState.seconds.key,
            persist_state="session",
            help="The exact method narrows its interval until it closes, or this time is up. With 0 it is left out.",
        )
        if seconds == 0:
            st.caption("A limit of 0 s leaves the exact search out: what lies between the bounds stays unknown.")
    methods = tuple(name for name in chosen if seconds > 0 or name != "exact")
    parts["seconds"] = link.unless(seconds, TIME_LIMIT, lambda value: f"{value:g}")
    return Search(p, box, methods, seconds, parts)


def _methods(
    fitting: tuple[str, ...], quick: tuple[str, ...], images: bool, parts: dict[str, str | None]
) -> tuple[str, ...]:
    usual = [name for name in STEPS if name in quick or name not in fitting]
    key = "methods-images" if images else "methods"
    opened = link.opened("methods", _method_list, None)
    selected = STATE.wanted.setdefault(key, usual if opened is None else list(opened))
    widget = f"{key}-{'-'.join(fitting)}"  # for another norm or network there are other methods
    now = link.own(widget, lambda: [name for name in fitting if name in selected])
    chosen = st.pills(
        "Methods",
        fitting,
        default=now,
        format_func=method_title,
        selection_mode="multi",
        key=widget,
        persist_state="session",
        help="Lower bounds prove, attacks find, the exact search does both.",
    )
    selected = [name for name in STEPS if (name in chosen if name in fitting else name in selected)]
    STATE.wanted[key] = selected
    parts["methods"] = None if selected == usual else ",".join(selected) or "none"
    return tuple(name for name in fitting if name in chosen)


def _method_list(text: str) -> tuple[str, ...]:
    return () if text == "none" else tuple(map(link.one_of(*STEPS), text.split(",")))
