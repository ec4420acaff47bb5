"""The data set as a whole: one ε through robust error, radii, index sets, gap and detection, and all attacks at it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from certify.methods import METHODS
from figures.standing import TITLES
from figures.words import NORM_SIGNS, sentence
from geometry.norms import Norm
from pages.certify.controls import Search
from pages.certify.pictures import pictures
from pages.certify.runs import PARTS, Question, data_run, eps_run
from pages.certify.subject import Subject
from pages.certify.worker import Worker
from pages.explore import link

FOLLOW = 1.0  # seconds between looks
GRID, GRID_IMAGES = 40, 12  # steps of ε on the curves
CURVES: tuple[str, ...] = ("interval", "fast-lin", "crown")
KNOWN, GO_ON = "certify-known", "certify-go-on"
LINK_NAMES = frozenset({"eps", "reach", "use", "curves"})


def data_view(subject: Subject, search: Search) -> dict[str, str | None]:
    """Controls over the pictures, then the pictures, which follow the run. Returns the controls' part of the link."""
    if len(subject.x) == 0:
        st.info("There are no data points: draw some in Explore, or choose another data set.", icon=":material/draw:")
        return {}
    if subject.training:
        st.info("The network is being trained: the run begins when training stops.", icon=":material/school:")
        return {}
    asked, eps, parts = _controls(subject, search)
    key = f"{subject.network_key} {subject.data_key} {asked}"
    known = st.session_state.get(KNOWN, {}) if st.session_state.get(GO_ON, ("",))[0] == key else {}
    run = data_run(f"{key} {st.session_state.get(GO_ON)}", subject, asked, known)
    at_eps = eps_run(f"{key} at {eps}", subject, asked, eps)
    busy = run.busy or at_eps.busy
    st.fragment(_follow, run_every=FOLLOW if busy else None)(subject, eps, key, run, at_eps, busy)
    return parts


def _controls(subject: Subject, search: Search) -> tuple[Question, float, dict[str, str | None]]:
    images = subject.dataset is None
    steps = GRID_IMAGES if images else GRID
    usual, usual_use = usual_reach(subject, search.p), min(len(subject.x), 20 if images else 100)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        slider = st.container(width="stretch")
        with st.popover("Points, range, curves", icon=":material/tune:"):
            link.start("use", "use", link.whole(1, len(subject.x)), usual_use)
            st.session_state["use"] = min(st.session_state["use"], len(subject.x))
            use = st.number_input("Points, from the first", 1, len(subject.x), key="use", persist_state="session")
            key = f"reach-{search.p}-{images}"
            link.start(key, "reach", link.number(1e-6, 1e6), usual)
            reach = st.number_input("Largest ε", 1e-6, 1e6, key=key, format="%g", persist_state="session")
            fitting = [name for name in METHODS if search.p in METHODS[name].norms]
            key = f"curves-{len(fitting)}"
            link.start(key, "curves", _curve_list, CURVES)
            st.session_state[key] = [name for name in st.session_state[key] if name in fitting]
            chosen = st.pills(
                "Curves",
                fitting,
                format_func=TITLES.__getitem__,
                selection_mode="multi",
                key=key,
                persist_state="session",
            )
    methods = tuple(name for name in METHODS if name in chosen)
    link.start("eps", "eps", link.number(0, 1e6), reach / 4)
    st.session_state["eps"] = min(max(st.session_state["eps"], 0.0), reach)
    eps = slider.slider(
        f"ε, the size {NORM_SIGNS[search.p]} of the perturbations",
        0.0,
        float(reach),
        step=reach / steps,
        format="%.3g",
        key="eps",
        persist_state="session",
        help="One ε through all pictures: what holds, and what breaks, when every point may be moved so far.",
    )
    grid = tuple(reach * i / steps for i in range(steps + 1))
    parts = {
        "eps": link.unless(eps, reach / 4, lambda value: f"{value:.6g}"),
        "reach": link.unless(reach, usual, lambda value: f"{value:.6g}"),
        "use": link.unless(use, usual_use),
        "curves": link.unless(methods, CURVES, lambda names: ",".join(names) or "none"),
    }
    return Question(search.p, search.box, methods, "pgd", use, grid), eps, parts


def usual_reach(subject: Subject, p: Norm) -> float:
    """A range of ε in which the curves rise."""
    if subject.dataset is None:
        return 20.0 if p == 1 else 3.0 if p == 2 else 0.2
    s0, s1, _, _ = subject.dataset.window
    return float(f"{(s1 - s0) / 10:.1g}")


def _curve_list(text: str) -> tuple[str, ...]:
    return () if text == "none" else tuple(map(link.one_of(*METHODS), text.split(",")))


def _follow(subject: Subject, eps: float, key: str, run: Worker[Any], at_eps: Worker[Any], was_busy: bool) -> None:
    busy = run.busy or at_eps.busy  # looked at before what is found
    with st.container(key="data-progress"):  # always there, so that what follows keeps its place
        _progress(key, run)
        for worker in (run, at_eps):
            if worker.message:
                st.error(sentence(worker.message), icon=":material/error:")
    pictures(subject, eps, run.found, at_eps.found)
    if was_busy and not busy:
        st.rerun()


def _progress(key: str, run: Worker[Any]) -> None:
    """What is being computed, how far it is, and a way to stop it or to go on."""
    open_part = next((name for name, part in run.found.items() if not part.complete), None)
    if not run.busy and run.state != "stopped":
        return
    bar, button = st.columns([5, 1], vertical_alignment="center")
    if run.state == "waiting":
        bar.progress(0.0, "Waiting: others are computing on this server; this begins by itself.")
    elif open_part is not None:
        part = run.found[open_part]
        title = PARTS[open_part.split()[0]]
        bar.progress(part.done / max(1, part.total), f"{title}: {part.done} of {part.total} points")
    else:
        bar.progress(0.0, "Beginning …" if run.busy else "Stopped.")
    if run.busy:
        button.button(
            "Stop", icon=":material/stop:", key="stop-run", on_click=run.stop, width="stretch", type="primary"
        )
    else:
        button.button(
            "Go on", icon=":material/play_arrow:", key="go-on", on_click=_go_on, args=(key, run), width="stretch"
        )


def _go_on(key: str, run: Worker[Any]) -> None:
    """Resume where the run was stopped."""
    _, times = st.session_state.get(GO_ON, (key, 0))
    st.session_state[GO_ON], st.session_state[KNOWN] = (key, times + 1), run.found
