"""Every point of the data set at one ε, on a wall that follows a run: one of this page, or of a command elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from certify.staged_runs.robust_error import ATTACKED, OPEN, PROVED, STATES, WRONG
from figures.certify.test_set_runs import run_csv, run_verdict, state_words
from figures.images.inputs import pixels
from figures.words import counted, sentence
from pages.certify.controls import Search
from pages.certify.picked import picked_point
from pages.certify.run_files import RunFile, data_key, run_files
from pages.certify.sample import lacks_points
from pages.certify.state import STATE
from pages.certify.verdict import verdict_card
from pages.certify.wall import MARKS, Tile, wall
from pages.certify.wall_controls import (
    ALL,
    AskedRun,
    WallOptions,
    new_run_controls,
    other_runs,
    run_control,
    wall_controls,
)
from pages.certify.wall_run import Begun, asked_job, of_question, wall_run
from pages.shared.background.worker import Worker
from pages.shared.downloads import download
from pages.shared.network_and_data import NetworkAndData
from pages.shared.page_button import page_button
from pages.shared.plain import complain, plain

FOLLOW = 2.0  # seconds between two looks at a run that is not complete
TITLES = {PROVED: "proved", ATTACKED: "attacked", WRONG: "wrong", OPEN: "open"}


def wall_view(chosen: NetworkAndData, search: Search) -> dict[str, str | None]:
    """Controls, and the wall, which is drawn again while its run goes on. Returns the controls' part of the link."""
    if lacks_points(chosen):
        return {}
    asked, parts = new_run_controls(chosen, search)
    files, key = run_files(), data_key(chosen)
    if asked is not None:
        _begin(chosen, search, asked, files)
    begun = STATE.begun
    busy = begun is not None and begun.worker.busy
    about_these = [file for file in files if file.is_about(chosen, key)]
    shown = run_control(about_these, busy, parts)
    options = wall_controls(chosen, shown, parts)
    follows = busy or shown is None or not shown.run.complete
    st.fragment(_follow, run_every=FOLLOW if follows else None)(chosen, shown, options, busy)
    other_runs([file for file in files if file not in about_these])
    return parts


def _begin(chosen: NetworkAndData, search: Search, asked: AskedRun, files: list[RunFile]) -> None:
    """Begin a run, or go on with the one that a file holds."""
    try:
        job = asked_job(chosen, asked.eps, asked.points, asked.exact, search.p, search.box)
    except ValueError as error:
        complain(error)
        return
    path = of_question(files, job)
    STATE.starts += 1
    STATE.begun = Begun(path.stem, wall_run(str(path), STATE.starts, job))
    STATE.wall_run = path.stem


def _follow(chosen: NetworkAndData, shown: RunFile | None, options: WallOptions, was_busy: bool) -> None:
    if STATE.picked is not None:  # a click on a tile changes the whole page
        st.rerun()
    begun = STATE.begun
    busy = begun is not None and begun.worker.busy
    if begun is not None and (busy or shown is None or shown.name == begun.name):
        _worker(begun.worker)
    files = run_files()
    latest = shown and next((file for file in files if file.path == shown.path), shown)
    if latest is not None:
        _wall(chosen, latest, options)
    elif busy:
        st.caption(":material/hourglass_top: The first points are being computed …")
    key = data_key(chosen)
    arrived = shown is None and any(file.is_about(chosen, key) for file in files)
    completed = shown is not None and latest is not None and latest.run.complete and not shown.run.complete
    if arrived or completed or (was_busy and not busy):
        st.rerun()


def _worker(worker: Worker[int]) -> None:
    """A button that stops the page's own run, what it waits for, and why it failed."""
    progress = worker.progress()
    if progress.busy:
        where, button = st.columns([5, 1], vertical_alignment="center")
        where.caption(f":material/hourglass_top: The run {progress.waits or 'is being computed on this server'}.")
        page_button(
            "Stop", where=button, icon=":material/stop:", key="stop-wall", on_click=worker.stop, width="stretch",
            type="primary",
        )  # fmt: skip
    if progress.message:
        st.error(plain(sentence(progress.message)), icon=":material/error:")


def _wall(chosen: NetworkAndData, file: RunFile, options: WallOptions) -> None:
    run = file.run
    verdict_card(run_verdict(run, file.eps, file.norm))
    states = _states(file)
    if not run.complete:
        finished = (states != OPEN) | run.answers.done[:, -1]  # decided, or left open by all methods
        points = counted(len(states), "point")
        st.progress(float(finished.mean()), f"{finished.sum()} of {points} finished. The wall follows the run's file.")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_legend(file), width="content")
        download("CSV", lambda: run_csv(run), f"{file.name}.csv", "text/csv", key="csv-wall", kind="tertiary")
    places = np.flatnonzero(states == options.state) if options.state != ALL else np.arange(len(states))
    if not len(places):
        st.info(f"No point is {options.state}.", icon=":material/filter_alt:")
        return
    places = options.of_page(places)
    numbers = run.subject.numbers[places]
    tiles = [_tile(chosen, file, int(place), str(states[place])) for place in places]
    wall(tiles, _pictures(chosen, numbers), lambda number: _pick(chosen, file, number, options), key="wall")


def _states(file: RunFile) -> NDArray[Any]:
    """(n,) the points' states; what a file states otherwise is open."""
    states = file.run.answers["state"]
    return np.where(np.isin(states, STATES), states, OPEN)


def _tile(chosen: NetworkAndData, file: RunFile, place: int, state: str) -> Tile:
    number, label = int(file.run.subject.numbers[place]), int(file.run.subject.labels[place])
    said = "" if label < 0 else f" ({chosen.class_name(label)})"
    return Tile(number, state, f"point {number}{said}: {state_words(file.run, place)}")


def _pictures(chosen: NetworkAndData, numbers: NDArray[np.int64]) -> Sequence[NDArray[np.uint8]]:
    if chosen.images is None:
        return ()
    return [pixels(chosen.images.x[number], chosen.images.limits) for number in numbers]


def _pick(chosen: NetworkAndData, file: RunFile, number: int, options: WallOptions) -> None:
    STATE.picked = picked_point(chosen, number, file.norm, file.box, options.opens)


def _legend(file: RunFile) -> str:
    """How many points are in each state, with the marks of the tiles, as HTML."""
    states = _states(file)
    parts = (
        f'<span class="wall-count" data-state="{state}"><b>{MARKS[state]}</b> {int((states == state).sum())} '
        f"{escape(title)}</span>"
        for state, title in TITLES.items()
    )
    return f'<div class="wall-legend" data-testid="wall-legend">{"".join(parts)}</div>'
