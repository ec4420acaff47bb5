"""The curves under the pictures, drawn less often than the pictures. A click on a curve shows the moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from html import escape

import streamlit as st

from figures.style.ink import Figure
from figures.style.palette import SLOTS, Theme
from figures.training.curves import CHARTS, HEIGHT, curves_figure
from models import OBJECTIVES, Curve
from models.training.background.fair_semaphore import PICTURE_SECONDS, PROCESSOR, Rank
from pages.shared.background.own_run import drawing
from pages.shared.in_view import plot
from pages.shared.state import read
from pages.shared.theme import browser_theme
from pages.train.reel import Reel, crowd, current_reel
from pages.train.run import Run
from pages.train.state import STATE

EVERY = 4.0  # seconds between drawings during training, which limits what they take from it
EVERY_IN_FILM = 1.0  # seconds between drawings during a film, which lasts ten
CONFIG = {"displayModeBar": False}


def charts(run: Run) -> None:
    """Draw the charts that the data allow, three in a row.

    A timed fragment draws them again while something moves. The page draws them again when `drawn_for` changes.
    """
    interval = EVERY_IN_FILM if current_reel().film else crowd() * EVERY if run.moving else None
    st.fragment(_charts, run_every=interval)(run)


def drawn_for(run: Run, reel: Reel) -> tuple[int | None, int | None]:
    """The marked step and the last step, whose changes the charts show at once; None for one that moves by itself."""
    return None if reel.film else reel.at, None if run.moving else run.step


def _charts(run: Run) -> None:
    with drawing(asked=False), PROCESSOR.within(PICTURE_SECONDS, Rank.PICTURE):
        _draw(run)


def _draw(run: Run) -> None:
    reel, curves = current_reel(), cache(run.curves)  # not computed while the charts are out of view
    theme = browser_theme()
    st.html(_key(run.titles, theme))
    on_plane = run.trainers[0].engine.x.shape[1:] == (2,)  # else no disc of the plane is around a data point
    names = [name for name in CHARTS if on_plane or name != "complexity"]
    for first in range(0, len(names), 3):
        for column, name in zip(st.columns(3, gap="medium"), names[first : first + 3]):
            with column, st.container(key=f"train-chart-{name}", gap=None):
                st.markdown(
                    f"**{CHARTS[name].title.replace('d_B', '$d_B$').replace('d_D', '$d_D$')}**", help=CHARTS[name].words
                )
                plot(
                    partial(_figure, name, curves, reel.at, theme),
                    _key_of(name),
                    CHARTS[name].title,
                    CONFIG,
                    partial(_go, name, run, reel),
                    HEIGHT,
                )
    if STATE.clicked:
        del STATE.clicked
        st.rerun()


def _figure(name: str, curves: Callable[[], Mapping[str, Mapping[str, Curve]]], at: int | None, theme: Theme) -> Figure:
    return curves_figure(name, curves(), at, theme, term_titles())


def term_titles() -> dict[str, str]:
    """The titles of the terms of all objectives."""
    return {term: title for record in OBJECTIVES.values() for term, title in record.term_titles.items()}


def _key_of(name: str) -> str:
    return f"train-curve-{name}"


def _key(titles: Sequence[str], theme: Theme) -> str:
    """The legend of the objectives' colours in all charts. Those of the pictures may be out of view."""
    entries = (f'<span style="--slot:{colour}">{escape(title)}</span>' for title, colour in zip(titles, SLOTS[theme]))
    return f'<div class="train-key">{"".join(entries)}</div>'


def _go(name: str, run: Run, reel: Reel) -> None:
    """Show the step of the clicked point."""
    points = read(_key_of(name)).selection.points
    if points:
        reel.go(int(points[0]["x"]), run)
        STATE.clicked = True
