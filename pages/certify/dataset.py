"""The data-set view: robust error, radii, index sets, gap and detection with one ε, and all attacks at that ε."""

from __future__ import annotations

from fractions import Fraction

import streamlit as st

from certify.bounds.methods import DEFAULT_METHODS, METHODS
from figures.certify.methods import method_title
from figures.words import NORM_SIGNS, counted, sentence
from geometry.content import content_key
from pages.certify.controls import Search
from pages.certify.pictures import pictures
from pages.certify.runs import (
    PARTS,
    Earlier,
    EpsPart,
    RunPart,
    RunSettings,
    affordable_attacks,
    data_run,
    eps_run,
    kept,
)
from pages.certify.sample import Sample, lacks_points, sampled
from pages.certify.state import STATE, CertifyState
from pages.shared import link
from pages.shared.background.worker import Progress, Worker
from pages.shared.box_control import box_key
from pages.shared.network_and_data import NetworkAndData, usual_reach
from pages.shared.page_button import page_button

FOLLOW = 1.0  # seconds between drawings while a run is busy; limits how late a result appears
GRID, GRID_IMAGES = 40, 12  # steps of ε on the curves; fewer for images, whose methods take longer
USE, USE_IMAGES = 400, 20  # default numbers of points of a run, which limit its time


def data_view(chosen: NetworkAndData, search: Search) -> dict[str, str | None]:
    """Controls, and pictures that are drawn again while the run is busy. Returns the controls' part of the link."""
    if lacks_points(chosen):
        return {}
    labelled = chosen.labelled()
    asked, eps, parts = _controls(labelled, search)
    sample = sampled(chosen, asked.points)
    about, times = points_key(sample.chosen, asked), STATE.gone_on
    earlier = STATE.earlier
    known = {} if earlier is None or earlier.about != about else kept(earlier.run.found, earlier.asked, asked)
    known_at_eps = {} if earlier is None or (earlier.about, earlier.eps) != (about, eps) else earlier.at_eps.found
    run = data_run(run_key(sample.chosen, asked), times, sample.chosen, asked, known)
    at_eps = eps_run(about, eps, times, sample.chosen, asked, known_at_eps)
    STATE.earlier = Earlier(about, asked, eps, run, at_eps)
    busy = run.busy or at_eps.busy
    st.fragment(_follow, run_every=FOLLOW if busy else None)(chosen, sample, asked, eps, run, at_eps, busy)
    return parts


def run_key(chosen: NetworkAndData, asked: RunSettings) -> tuple[str, RunSettings]:
    """The key of a run: the network, the points and their labels, and the question."""
    return points_key(chosen, asked), asked


def points_key(chosen: NetworkAndData, asked: RunSettings) -> str:
    """The key of what every answer depends on: the network, the points and their labels, norm and box."""
    x, y = chosen.x[: asked.points], chosen.y[: asked.points]
    return content_key(chosen.network.key, x, y, asked.p, asked.box)


def _controls(chosen: NetworkAndData, search: Search) -> tuple[RunSettings, float, dict[str, str | None]]:
    images = chosen.dataset is None
    steps = GRID_IMAGES if images else GRID
    usual, usual_use = usual_reach(chosen, search.p), min(len(chosen.x), USE_IMAGES if images else USE)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        slider = st.container(width="stretch")
        with st.popover("Points, range, curves", icon=":material/tune:"):
            link.start(CertifyState.use.key, "use", link.whole(1, len(chosen.x)), usual_use)
            STATE.use = points = min(STATE.use, len(chosen.x))
            use = st.number_input(
                "Points", 1, len(chosen.x), points, key=CertifyState.use.key, persist_state="session",
                help="Fewer than all are a random sample, always the same, with every class's share of the points.",
            )  # fmt: skip
            key = STATE.reach.key(f"{search.p}-{box_key(chosen.box)}")
            largest = link.start(key, "reach", link.number(1e-6, 1e6), usual)
            reach = st.number_input("Largest ε", 1e-6, 1e6, largest, key=key, format="%g", persist_state="session")
            fitting = [name for name in METHODS if search.p in METHODS[name].norms]
            key = STATE.curves.key(len(fitting))
            shown = [name for name in link.start(key, "curves", _curve_list, DEFAULT_METHODS) if name in fitting]
            STATE.curves[len(fitting)] = shown
            names = st.pills(
                "Curves",
                fitting,
                default=shown,
                format_func=method_title,
                selection_mode="multi",
                key=key,
                persist_state="session",
            )
    methods = tuple(name for name in METHODS if name in names)
    link.start(CertifyState.eps.key, "eps", link.number(0, 1e6), reach / 4)
    STATE.eps = now_eps = min(max(STATE.eps, 0.0), reach)
    eps = slider.slider(
        f"ε, the size {NORM_SIGNS[search.p]} of the perturbations",
        0.0,
        float(reach),
        now_eps,
        step=reach / steps,
        format="%.3g",
        key=CertifyState.eps.key,
        persist_state="session",
        help="One ε through all pictures: what holds, and what breaks, when every point may be moved so far.",
    )
    grid = eps_grid(reach, steps)
    nearest = min(grid, key=lambda radius: abs(radius - eps))
    eps = nearest if abs(nearest - eps) < 1e-9 * reach else eps  # the browser rounds the slider's steps differently
    parts = {
        "eps": link.unless(eps, reach / 4, lambda value: f"{value:.6g}"),
        "reach": link.unless(reach, usual, lambda value: f"{value:.6g}"),
        "use": link.unless(use, usual_use),
        "curves": link.unless(methods, DEFAULT_METHODS, lambda names: ",".join(names) or "none"),
    }
    return RunSettings(search.p, search.box, methods, "pgd", use, grid), eps, parts


def eps_grid(reach: float, steps: int) -> tuple[float, ...]:
    """The radii i/steps of `reach`, each rounded once: 3/40 of 0.9 is the float64 that 0.0675 means."""
    exact = Fraction(repr(float(reach)))
    return tuple(float(exact * i / steps) for i in range(steps + 1))


def _curve_list(text: str) -> tuple[str, ...]:
    return () if text == "none" else tuple(map(link.one_of(*METHODS), text.split(",")))


def _follow(
    chosen: NetworkAndData,
    sample: Sample,
    asked: RunSettings,
    eps: float,
    run: Worker[RunPart],
    at_eps: Worker[EpsPart],
    was_busy: bool,
) -> None:
    progress, progress_at_eps = run.progress(), at_eps.progress()
    busy = progress.busy or progress_at_eps.busy
    with st.container(key="data-progress"):  # always there, so that the pictures keep their place
        parts_at_eps = 1 + len(affordable_attacks(chosen.network, asked.p))
        _progress(progress, progress_at_eps, (run, at_eps), parts_at_eps)
        if progress_at_eps.waits:
            st.caption(f":material/hourglass_top: What is asked at this ε {progress_at_eps.waits}.")
        for message in (progress.message, progress_at_eps.message):
            if message:
                st.error(sentence(message), icon=":material/error:")
    until = "Until it ends, each chart shows the points that are done; the verdict counts what any method has settled."
    st.caption(f"The run is about {sample.words}. {until}" if busy else f"Everything below is about {sample.words}.")
    pictures(chosen, sample, asked, eps, progress.found, progress_at_eps.found)
    if was_busy and not busy:
        st.rerun()


def _progress(
    progress: Progress[RunPart],
    at_eps: Progress[EpsPart],
    workers: tuple[Worker[RunPart], Worker[EpsPart]],
    parts_at_eps: int,
) -> None:
    """The running computation, its progress, what it waits for, and a button that stops or resumes it."""
    open_part = next((name for name, part in progress.found.items() if not part.complete), None)
    busy = progress.busy or at_eps.busy
    if not busy and "stopped" not in (progress.state, at_eps.state):
        return
    bar, button = st.columns([5, 1], vertical_alignment="center")
    share, text = 0.0, "Beginning …" if busy else "Stopped."
    if open_part is not None:
        part = progress.found[open_part]
        title = PARTS[open_part.split()[0]]
        share, text = part.done / max(1, part.total), f"{title}: {part.done} of {counted(part.total, 'point')}"
    elif progress.state == "finished":
        share = len(at_eps.found) / parts_at_eps
        text = "Attacks, LP and dual at this ε" if at_eps.busy else "Stopped: attacks, LP and dual at this ε"
    if progress.waits:
        text = (
            f"{text} · {progress.waits}" if open_part is not None else f"The run {progress.waits}; it begins by itself."
        )
    bar.progress(share, text)
    if busy:
        button.button(
            "Stop", icon=":material/stop:", key="stop-run", on_click=_stop, args=workers, width="stretch",
            type="primary",
        )  # fmt: skip
    else:
        page_button(
            "Go on", where=button, icon=":material/play_arrow:", key="go-on", on_click=_go_on, width="stretch",
        )  # fmt: skip


def _stop(*workers: Worker[RunPart] | Worker[EpsPart]) -> None:
    for worker in workers:
        worker.halt()
    for worker in workers:
        worker.stop()


def _go_on() -> None:
    """Resume the runs where they were stopped."""
    STATE.gone_on += 1
