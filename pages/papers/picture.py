"""The picture of a figure's results, and the table as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import streamlit as st

from figures.provenance import csv_text, origin
from figures.style.ink import inked
from pages.papers.controls import Chosen
from pages.shared.downloads import download
from pages.shared.in_view import plot, save_button
from pages.shared.theme import browser_theme
from papers import PAPERS
from papers.experiment import Row
from papers.text import made

SETTINGS = ("data", "norm", "eps")  # what rows were measured with
DIGITS = 12  # of a number in a file: those behind them are rounding


def picture(chosen: Chosen) -> None:
    """Draw the results, if they make a picture."""
    experiment, theme = chosen.experiment, browser_theme()
    drawn = None if experiment.draw is None else experiment.draw(chosen.results, theme)
    if drawn is None:
        return
    if isinstance(drawn.picture, np.ndarray):
        st.image(drawn.picture, drawn.caption, width="stretch", alt=drawn.caption)
    else:
        about = origin(experiment.name, "several", PAPERS[experiment.paper].short)
        save = save_button(about, experiment.name)
        plot(inked(drawn.picture, theme), f"papers-{experiment.name}", drawn.caption, save)
        st.caption(drawn.caption)


def table_button(chosen: Chosen) -> None:
    """A button that saves the paper's numbers and ours."""
    experiment = chosen.experiment
    download("CSV", lambda: table_csv(chosen), f"{experiment.name}.csv", "text/csv", key="papers-csv", kind="tertiary")


def table_csv(chosen: Chosen) -> str:
    """All rows with the paper's numbers, ours, and where ours come from."""
    experiment = chosen.experiment
    heads = [f"{column.title}{f' [{column.unit}]' if column.unit else ''}" for column in experiment.columns]
    settings = [_setting(row) for row in experiment.rows]
    shared = {key: value for key, value in settings[0].items() if all(other.get(key) == value for other in settings)}
    differing = [key for key in SETTINGS if key not in shared and any(key in each for each in settings)]
    names = ["row", *(f"{head} {whose}" for head in heads for whose in ("paper", "ours")), *differing, "ours were made"]
    about = {"content": f"{experiment.name}: {experiment.title}", "paper": PAPERS[experiment.paper].source}
    return csv_text(about | shared, names, _csv_rows(chosen, differing))


def _setting(row: Row) -> dict[str, str]:
    """A row's data, norm and eps, as far as the row states them."""
    eps = row.setting.get("eps")
    stated = {"data": row.dataset, "norm": row.setting.get("p", ""), "eps": "" if eps is None else repr(eps)}
    return {key: value for key, value in stated.items() if value}


def _csv_rows(chosen: Chosen, differing: Sequence[str]) -> Iterator[list[object]]:
    for row in chosen.experiment.rows:
        setting = _setting(row)
        result, cells = chosen.results.get(row.name), list[object]()
        for column in chosen.experiment.columns:
            ours = None if result is None else result.values.get(column.name)
            cells += ["" if value is None else _decimal(value) for value in (row.paper.get(column.name), ours)]
        yield [row.title, *cells, *(setting.get(key, "") for key in differing), "" if result is None else made(result)]


def _decimal(value: float) -> float:
    """The value without the last digits, which rounding made: 94.4, not 94.39999999999999."""
    return float(f"{value:.{DIGITS}g}")
