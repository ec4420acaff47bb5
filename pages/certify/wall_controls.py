"""Controls of the wall: the next run's question, the run on show, which of its points, and what a click opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from certify.staged_runs.robust_error import ATTACKED, OPEN, PROVED, WRONG
from figures.words import NORM_SIGNS, given
from models.data.images import available_images
from models.gallery import gallery
from pages.certify.controls import MOST_SECONDS, Search
from pages.certify.run_files import RunFile
from pages.certify.state import LADDER, STATE, CertifyState
from pages.certify.wall_opening import OPENS
from pages.shared import link
from pages.shared.asked_state import ASKED, IMAGES
from pages.shared.network_and_data import NetworkAndData, usual_reach
from pages.shared.plain import plain

ALL = "all"
WHICH = {ALL: "All", PROVED: "✓ Proved", ATTACKED: "✕ Attacked", WRONG: "≠ Wrong", OPEN: "? Open"}
PER_PAGE = 400  # tiles: more take a browser seconds to draw
USUAL_POINTS = 200
MOST_OTHERS = 5  # runs of other networks and data that are listed


@dataclass(frozen=True)
class AskedRun:
    """The question of the next run: ε, its number of points, seconds of exact search for a point."""

    eps: float
    points: int
    exact: float


@dataclass(frozen=True)
class WallOptions:
    """Which points the wall shows, and what a click opens."""

    state: str  # a state, or ALL
    opens: str  # a name of OPENS
    page: int  # from 1

    def of_page(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """The part of the points that this page shows."""
        first = min(self.page - 1, (len(places) - 1) // PER_PAGE) * PER_PAGE
        return places[first : first + PER_PAGE]


def new_run_controls(chosen: NetworkAndData, search: Search) -> tuple[AskedRun | None, dict[str, str | None]]:
    """The question of the next run, if its button was pressed in this run of the page; and the controls' link."""
    usual, labelled = usual_reach(chosen, search.p) / 4, int((chosen.y >= 0).sum())
    usual_points = min(USUAL_POINTS, labelled)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        now = link.start(CertifyState.wall_eps.key, "eps", link.number(0, 1e6), usual)
        eps = st.number_input(
            f"ε, the size {NORM_SIGNS[search.p]} of the perturbations", 0.0, 1e6, now, key=CertifyState.wall_eps.key,
            format="%g", step=usual / 5, persist_state="session", width=230,
        )  # fmt: skip
        link.start(CertifyState.wall_points.key, "use", link.whole(1, labelled), usual_points)
        STATE.wall_points = min(STATE.wall_points, labelled)
        points = st.number_input(
            "Points", 1, labelled, STATE.wall_points, key=CertifyState.wall_points.key, persist_state="session",
            help="The first ones of the data set.", width=150,
        )  # fmt: skip
        now = link.start(CertifyState.wall_exact.key, "exact", link.number(0, MOST_SECONDS), 0.0)
        exact = st.number_input(
            "Seconds of exact search", 0.0, MOST_SECONDS, now, key=CertifyState.wall_exact.key, step=5.0,
            persist_state="session", help="For each point that bounds and attack leave open.", width=210,
        )  # fmt: skip
        started = st.button(
            "Run", icon=":material/play_arrow:", key="start-wall", type="primary",
            help="Computes here. `python -m certify robust-error`, on this or another machine with the same folder of "
            "runs, answers the same question; each goes on with what the other began.",
        )  # fmt: skip
    parts = {
        "eps": link.unless(eps, usual, lambda value: f"{value:.6g}"),
        "use": link.unless(points, usual_points),
        "exact": link.unless(exact, 0.0, lambda value: f"{value:g}"),
    }
    return AskedRun(eps, points, exact) if started else None, parts


def run_control(files: Sequence[RunFile], begun: bool, parts: dict[str, str | None]) -> RunFile | None:
    """The choice among the runs about this network and these points. None, and what to do, if there is none."""
    names = {file.name: file for file in files}
    wanted = link.start(CertifyState.wall_run.key, "run", link.anything, "")
    if not files or (wanted not in names and begun):
        if not begun:
            st.info(
                "There is no run about this network and these data yet. Begin one above, or by "
                "`python -m certify robust-error`: its points appear here as they are decided.",
                icon=":material/grid_view:",
            )
        return None
    if wanted not in names:
        STATE.wall_run = wanted = files[0].name
    name = st.selectbox(
        "Run", list(names), list(names).index(wanted), format_func=lambda name: plain(names[name].title),
        key=CertifyState.wall_run.key, persist_state="session", help="Runs of this page and of commands, newest first.",
    )  # fmt: skip
    parts["run"] = link.unless(name, files[0].name)
    return names[name]


def wall_controls(chosen: NetworkAndData, run: RunFile | None, parts: dict[str, str | None]) -> WallOptions:
    """Which points show, what a click opens, and the page of a large wall."""
    if run is None:
        return WallOptions(ALL, LADDER, 1)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        now = link.start(CertifyState.wall_state.key, "state", link.one_of(*WHICH), ALL)
        state = st.segmented_control(
            "Points on the wall", list(WHICH), default=now, format_func=WHICH.__getitem__,
            key=CertifyState.wall_state.key, required=True, persist_state="session",
        ) or ALL  # fmt: skip
        opens = LADDER
        if chosen.images is not None and ASKED.trained in gallery():
            now = link.start(CertifyState.wall_opens.key, "opens", link.one_of(*OPENS), LADDER)
            opens = st.segmented_control(
                "A click on a point opens", list(OPENS), default=now, format_func=OPENS.__getitem__,
                key=CertifyState.wall_opens.key, required=True, persist_state="session",
            ) or LADDER  # fmt: skip
        pages, page = -(-len(run.run.answers) // PER_PAGE), 1
        if pages > 1:
            link.start(CertifyState.wall_page.key, "page", link.whole(1, 10**6), 1)
            STATE.wall_page = now_page = min(STATE.wall_page, pages)
            page = st.number_input(
                f"Page of {pages}", 1, pages, now_page, key=CertifyState.wall_page.key, persist_state="session",
                width=150,
            )  # fmt: skip
    parts["state"] = link.unless(state, ALL)
    parts["opens"] = link.unless(opens, LADDER)
    parts["page"] = link.unless(page, 1)
    return WallOptions(state, opens, page)


def other_runs(files: Sequence[RunFile]) -> None:
    """Runs about other networks and data, the newest ones, with a button where the app has both."""
    if not files:
        return
    with st.expander("Runs about other networks and data", icon=":material/folder_open:"):
        for place, file in enumerate(files[:MOST_OTHERS]):
            subject, source = file.run.subject, file.run.subject.source
            words, button = st.columns([6, 1], vertical_alignment="center")
            words.markdown(plain(f"{subject.network_title} on {subject.data_title}: {file.title}"))
            network, data = source.get("network", ""), source.get("data", "")
            if network in gallery() and data in available_images():
                button.button(
                    "Show", key=f"wall-other-{place}", on_click=_show, args=(network, data, file.name),
                    width="stretch",
                )  # fmt: skip
            else:
                button.caption("choose both in the sidebar")
        if len(files) > MOST_OTHERS:
            st.caption(f"{given(len(files) - MOST_OTHERS)} more lie in the folder.")


def _show(network: str, data: str, run: str) -> None:
    ASKED.of, ASKED.trained, ASKED.images = IMAGES, network, data
    STATE.wall_run = run
