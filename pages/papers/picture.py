"""The picture of a figure's results, and the table as a file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import streamlit as st

from figures.provenance import csv_text, origin
from figures.style.ink import inked
from pages.papers.controls import Chosen
from pages.shared.downloads import download
from pages.shared.in_view import plot, save_button
from pages.shared.theme import browser_theme
from papers import PAPERS
from papers.text import made


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
    names = ["row", *(f"{head} {whose}" for head in heads for whose in ("paper", "ours")), "ours were made"]
    about = {"content": f"{experiment.name}: {experiment.title}", "paper": PAPERS[experiment.paper].source}
    return csv_text(about, names, _csv_rows(chosen))


def _csv_rows(chosen: Chosen) -> Iterator[list[object]]:
    for row in chosen.experiment.rows:
        result, cells = chosen.results.get(row.name), list[object]()
        for column in chosen.experiment.columns:
            ours = None if result is None else result.values.get(column.name)
            cells += ["" if value is None else float(value) for value in (row.paper.get(column.name), ours)]
        yield [row.title, *cells, "" if result is None else made(result)]
