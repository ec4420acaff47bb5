"""The curves under the pictures, drawn less often than these; a click on one shows the moment."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from figures.curves import CHARTS, SLOTS, curves_figure
from figures.palette import Theme
from models.seats import FLOOR, PATIENCE
from pages.train.reel import Reel, current_reel
from pages.train.run import Run

EVERY = 4.0  # seconds between looks while training runs
CONFIG = {"displayModeBar": False}


def charts(run: Run) -> None:
    """All of CHARTS, three in a row; also before the first step, so that the browser has their code when it counts."""
    st.fragment(_charts, run_every=EVERY if run.moving else None)(run)


def _charts(run: Run) -> None:
    with FLOOR.within(PATIENCE):
        _draw(run)


def _draw(run: Run) -> None:
    reel, curves = current_reel(), run.curves()
    theme: Theme = "dark" if st.context.theme.type == "dark" else "light"
    st.html(_key(run.titles, theme))
    names = list(CHARTS)
    for row in (names[:3], names[3:]):
        for column, name in zip(st.columns(3, gap="medium"), row):
            with column, st.container(key=f"train-chart-{name}", gap=None):
                st.markdown(
                    f"**{CHARTS[name].title.replace('d_B', '$d_B$').replace('d_D', '$d_D$')}**", help=CHARTS[name].words
                )
                st.plotly_chart(
                    curves_figure(name, curves, reel.at, theme),
                    key=f"train-curve-{name}",
                    config=CONFIG,
                    on_select=lambda name=name: _go(name, run, reel),
                    selection_mode="points",
                    alt=CHARTS[name].title,
                )
    if st.session_state.pop("train-curve-clicked", False):
        st.rerun()


def _key(titles: Sequence[str], theme: Theme) -> str:
    """Which colour is whose in all charts; the pictures, which say it too, may be out of sight."""
    entries = (f'<span style="--slot:{colour}">{escape(title)}</span>' for title, colour in zip(titles, SLOTS[theme]))
    return f'<div class="train-key">{"".join(entries)}</div>'


def _go(name: str, run: Run, reel: Reel) -> None:
    """To the step of the point that was clicked."""
    points = st.session_state[f"train-curve-{name}"].selection.points
    if points:
        reel.go(int(points[0]["x"]), run)
        st.session_state["train-curve-clicked"] = True
