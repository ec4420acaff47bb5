"""What a run knows of each point of a test set so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Value = str | int | float | bool
Values = Mapping[str, NDArray[Any]]  # per column (m,)
LONGEST = 160  # characters of a text: a limit on the size of a result


@dataclass(frozen=True)
class Column:
    """A number or a text for each point: its name, its value while nothing is known, and its unit."""

    name: str
    empty: Value
    unit: str = ""

    @property
    def head(self) -> str:
        """The name with its unit."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    def array(self, values: Sequence[Value]) -> NDArray[Any]:
        """(m,) values in the column's own type: text, truth values, int64 or float64."""
        match self.empty:
            case str():
                return np.array([str(value)[:LONGEST] for value in values], dtype=object)
            case bool():
                return np.array(values, dtype=bool)
            case int():
                return np.array(values, dtype=np.int64)
        return np.array(values, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Answers:
    """Per column (n,) values, and `done` (n, stages): which stages have dealt with a point."""

    values: Values
    done: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.done)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.values[name]

    def grown(self, stage: int, which: NDArray[np.intp], values: Values) -> Answers:
        """These answers and those of a stage for the points `which` (m,)."""
        grown, done = dict(self.values), self.done.copy()
        for name, new in values.items():
            grown[name] = grown[name].copy()
            grown[name][which] = new
        done[which, stage] = True
        return Answers(grown, done)


def every_point(answers: Answers) -> NDArray[np.bool_]:
    """(n,) all points: those that a stage deals with where no answer closes a point."""
    return np.ones(len(answers), dtype=bool)


def nothing_known(columns: Sequence[Column], points: int, stages: int) -> Answers:
    """The answers before the first stage."""
    empty = {column.name: column.array([column.empty] * points) for column in columns}
    return Answers(empty, np.zeros((points, stages), dtype=bool))
