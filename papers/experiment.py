"""The records of an experiment: a table or a figure of a paper, its columns, and its rows with the paper's numbers.

A module of `papers.mmr` and its peers ends with such a record, and `papers.experiments` lists it. The command and the
page read nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from figures.papers.drawn import Drawn
from figures.style.palette import Theme
from papers.job import Job
from papers.result_files import Result
from papers.sources import Source

Better = Literal["lower", "higher", "neither"]
Values: TypeAlias = Mapping[str, float]  # by the name of a column
Draw: TypeAlias = Callable[[Mapping[str, Result], Theme], Drawn | None]

NAME = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")  # of experiments and rows: names of files and words in links


@dataclass(frozen=True)
class Paper:
    """A paper, by the short name that its experiments' names begin with."""

    name: str
    short: str  # for headings
    title: str
    source: str  # authors, venue and year


@dataclass(frozen=True)
class Column:
    """A quantity of the rows.

    name : in files
    title : for people
    unit : "%", "s", "min", or "" for a pure number and for a distance
    better : which direction is an improvement
    margin : differences up to this count as equal
    says : what it is, in a sentence; may be empty
    """

    name: str
    title: str
    unit: str = "%"
    better: Better = "lower"
    margin: float = 0.0
    says: str = ""


@dataclass(frozen=True)
class Row:
    """One row: a network, what is measured on it, and the paper's values.

    paper : by column, as the paper prints them; a column without a value there is left out
    dataset : the image set or toy set whose points are measured; empty if there is none
    source : where the network comes from; None if the row needs none
    points, seconds : how many points the paper measures, 0 where it measures none, and its time limit for an exact
        search on one
    setting : further parameters of the measurement, such as eps and p
    cost : seconds of one CPU core that a point takes, measured or estimated; None if unknown
    needs : what the project lacks to measure this row; empty if it has everything
    note : what the paper says about this row in particular
    """

    name: str
    title: str
    paper: Values = field(default_factory=dict)
    dataset: str = ""
    source: Source | None = None
    points: int = 0
    seconds: float = 0.0
    setting: Mapping[str, Any] = field(default_factory=dict)
    cost: float | None = None
    needs: str = ""
    note: str = ""


@dataclass(frozen=True)
class Measured:
    """What measuring a row gives: values by column, and what else a picture needs (numbers, texts, lists of these)."""

    values: Values
    points: int = 0
    series: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Experiment:
    """A table or figure.

    name : such as mmr-table-1: the paper's short name, the kind and the number
    title : what it shows, in a few words
    says : what the paper says it shows
    how : how it is computed here, and where that differs from the paper
    measure : computes one row
    draw : a picture of the results by row; None from it, or no function, if there is none
    """

    name: str
    title: str
    says: str
    how: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    measure: Callable[[Row, Job], Measured]
    draw: Draw | None = None

    def __post_init__(self) -> None:
        names, columns = [row.name for row in self.rows], {column.name for column in self.columns}
        for name in (self.name, *names):
            if not NAME.fullmatch(name):
                raise ValueError(f"a name has small letters, digits, dots and dashes, got {name!r}")
        if len(set(names)) < len(names):
            raise ValueError(f"{self.name} has two rows {max(names, key=names.count)!r}")
        for row in self.rows:
            if unknown := row.paper.keys() - columns:
                raise ValueError(f"{self.name}, row {row.name}: no column {min(unknown)!r}")

    @property
    def paper(self) -> str:
        """The short name of its paper."""
        return self.name.partition("-")[0]

    @property
    def place(self) -> str:
        """Its place in the paper: 'Table 1'."""
        _, kind, number = self.name.split("-", 2)
        return f"{kind.capitalize()} {number}"

    def row(self, name: str) -> Row:
        """The row of this name.

        Raises
        ------
        ValueError
            If there is none, listing all.
        """
        for row in self.rows:
            if row.name == name:
                return row
        raise ValueError(f"{self.name} has the rows {', '.join(row.name for row in self.rows)}; there is no {name!r}")
