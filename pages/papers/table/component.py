"""The table of an experiment as a Streamlit component. It sends a message when a row is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from figures.papers.comparison import SIGNS, TITLES, Comparison
from pages.shared.state import read

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Cell:
    """The paper's number and ours as text, the difference, and how it stands, also in words and as a sign."""

    paper: str
    ours: str
    difference: str
    standing: str
    sign: str
    words: str

    @classmethod
    def of(cls, both: Comparison) -> Cell:
        return cls(both.paper, both.ours, both.difference, both.standing, SIGNS[both.standing], TITLES[both.standing])


@dataclass(frozen=True)
class Line:
    """A row: its name, its title, a cell for each column, and a word on its state where it has no number of ours."""

    name: str
    title: str
    cells: tuple[Cell, ...]
    state: str


def results_table(
    columns: Sequence[str], lines: Sequence[Line], chosen: str, choose: Callable[[str], None], *, key: str
) -> None:
    """Draw the table.

    Parameters
    ----------
    columns : titles
    chosen : the name of the row whose details show; "" for none
    choose : called with the name of the row that was clicked, before the page runs again
    """
    names = {line.name for line in lines}
    data = {"columns": list(columns), "lines": [asdict(line) for line in lines], "chosen": chosen}

    def heard() -> None:
        state = read(key)
        name = state.get("choose") if isinstance(state, dict) else None
        if name in names:
            choose(str(name))

    _table()(key=key, data=data, on_choose_change=heard)


@cache
def _table() -> Any:
    html, css, js = ((HERE / f"table.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("reluscope_papers_table", html=html, css=css, js=js)
