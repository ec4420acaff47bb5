"""The file of a run: JSON with its provenance, its summary and everything that is known of each point.

The same file is the result of a run that has ended and the state from which another one is resumed. Files are
untrusted: they are checked when they are read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certify.staged_runs.answers import Answers, Column, Value
from certify.staged_runs.run import Run

FORMAT = "ReLUscope run over a test set, version 1"
MAX_BYTES = 256_000_000  # a limit on memory
KINDS: dict[str, Value] = {
    "text": "",
    "truth": False,
    "integer": -1,
    "real": math.nan,
}  # of columns: their empty values
NOT_FINITE = {"inf": math.inf, "-inf": -math.inf}  # JSON has no such numbers


@dataclass(frozen=True, eq=False)
class Subject:
    """What a run is about: keys and titles of the network and of the data, and the points' places and labels.

    Parameters
    ----------
    network, data : keys of their contents
    network_title, data_title : untrusted text
    source : the names under which the command found them, "network" and "data" and "part"
    numbers : (n,) the points' indices in the data set
    labels : (n,) -1 where the class is not known
    """

    network: str
    network_title: str
    data: str
    data_title: str
    source: Mapping[str, str]
    numbers: NDArray[np.int64]
    labels: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Saved:
    """What the file of a run holds. `about` is its provenance, `seconds` the time that its stages took so far."""

    command: str
    question: str
    about: Mapping[str, str]
    settings: Mapping[str, Any]
    subject: Subject
    stages: tuple[str, ...]
    columns: tuple[Column, ...]
    answers: Answers
    summary: Mapping[str, float]
    complete: bool
    seconds: Mapping[str, float]

    @property
    def done(self) -> int:
        """How many points have been dealt with by the first stage."""
        return int(self.answers.done[:, 0].sum()) if self.stages else len(self.answers)


def saved(
    run: Run, answers: Answers, subject: Subject, about: Mapping[str, str], seconds: Mapping[str, float]
) -> Saved:
    """The file of a run with these answers."""
    stages = tuple(stage.name for stage in run.stages)
    return Saved(
        run.command, run.question, about, run.settings, subject, stages, run.columns, answers, run.summary(answers),
        run.complete(answers), seconds,
    )  # fmt: skip


def continued(earlier: Saved, run: Run) -> Answers:
    """The answers from which the run goes on.

    Raises
    ------
    ValueError
        If the file is of another question.
    """
    stages = tuple(stage.name for stage in run.stages)
    columns = tuple(column.name for column in earlier.columns)
    if earlier.question != run.question or earlier.stages != stages or columns != tuple(c.name for c in run.columns):
        raise ValueError(f"it holds a run of another question: {_difference(earlier, run)}")
    return earlier.answers


def known_answers(path: Path, run: Run) -> tuple[Answers, dict[str, float]]:
    """The answers from which the run goes on, and the seconds that its stages took so far: nothing if there is no file.

    Raises
    ------
    ValueError
        If the file is of another question, or none of a run.
    """
    if not path.exists():
        return run.nothing, {}
    earlier = from_json(path.read_bytes())
    return continued(earlier, run), dict(earlier.seconds)


def _difference(earlier: Saved, run: Run) -> str:
    if earlier.command != run.command:
        return f"{earlier.command}, not {run.command}"
    if len(earlier.answers) != len(run.points):
        return f"{len(earlier.answers)} points, not {len(run.points)}"
    for name, value in run.settings.items():
        if earlier.settings.get(name) != value:
            return f"{name} {earlier.settings.get(name)}, not {value}"
    return "another network, other points, another norm or another box"


def to_json(result: Saved) -> bytes:
    """The file's content. Numbers are written so that reading gives the same ones."""
    subject = result.subject
    content = {
        "format": FORMAT,
        "about": dict(result.about),
        "summary": dict(result.summary),
        "command": result.command,
        "settings": dict(result.settings),
        "question": result.question,
        "complete": result.complete,
        "seconds": dict(result.seconds),
        "subject": {
            "network": subject.network,
            "network title": subject.network_title,
            "data": subject.data,
            "data title": subject.data_title,
            "source": dict(subject.source),
        },
        "points": subject.numbers.tolist(),
        "labels": subject.labels.tolist(),
        "stages": {
            name: "".join("1" if done else "0" for done in result.answers.done[:, number])
            for number, name in enumerate(result.stages)
        },
        "columns": [
            {
                "name": column.name,
                "unit": column.unit,
                "kind": _kind(column),
                "values": [_plain(value) for value in result.answers[column.name].tolist()],
            }
            for column in result.columns
        ],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def from_json(data: bytes) -> Saved:
    """The run in a file that `to_json` wrote.

    Raises
    ------
    ValueError
        If the file is none, or is damaged or too large.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"it has {len(data):,} bytes; runs up to {MAX_BYTES:,} are read")
    try:
        content = json.loads(data)
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {str(content['format'])[:80]!r}, not {FORMAT!r}")
        return _checked(content)
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"it is no file of a run: {type(error).__name__} {str(error)[:80]}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no file of a run, or was cut off: {error}") from error


def _checked(content: Mapping[str, Any]) -> Saved:
    numbers, labels = (np.array(content[name], dtype=np.int64) for name in ("points", "labels"))
    if numbers.ndim != 1 or labels.shape != numbers.shape:
        raise ValueError(f"it has {numbers.shape} points and {labels.shape} labels")
    columns, values = [], {}
    for stored in content["columns"]:
        column = Column(str(stored["name"]), KINDS[stored["kind"]], str(stored["unit"]))
        columns.append(column)
        values[column.name] = column.array([_number(value, column) for value in stored["values"]])
    stages = {str(name): str(marks) for name, marks in content["stages"].items()}
    sizes = {len(marks) for marks in stages.values()} | {len(value) for value in values.values()}
    if sizes != {len(numbers)}:
        raise ValueError(f"it has {len(numbers)} points, and columns of {sorted(sizes)} values")
    done = np.array([[mark == "1" for mark in marks] for marks in stages.values()], dtype=bool).T
    about = content["subject"]
    subject = Subject(
        str(about["network"]), str(about["network title"]), str(about["data"]), str(about["data title"]),
        _texts(about["source"]), numbers, labels,
    )  # fmt: skip
    return Saved(
        str(content["command"]),
        str(content["question"]),
        _texts(content["about"]),
        dict(content["settings"]),
        subject,
        tuple(stages),
        tuple(columns),
        Answers(values, done.reshape(len(numbers), len(stages))),
        {str(name): float(value) for name, value in content["summary"].items()},
        content["complete"] is True,
        {str(name): float(value) for name, value in content["seconds"].items()},
    )


def _texts(content: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in content.items()}


def _kind(column: Column) -> str:
    return next(kind for kind, empty in KINDS.items() if type(empty) is type(column.empty))


def _plain(value: Value) -> Value | None:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def _number(value: Any, column: Column) -> Value:
    """A value of the file in the column's type; a TypeError or ValueError if it is none."""
    if type(column.empty) is float:
        if value is None:
            return math.nan
        return NOT_FINITE[value] if isinstance(value, str) else float(value)
    if type(value) is not type(column.empty):
        raise ValueError(f"{column.name} has the value {str(value)[:40]!r}")
    return value


def table_rows(result: Saved) -> tuple[Sequence[str], list[list[Value]]]:
    """Heads and rows of a table with everything that is known of each point."""
    heads = ["point [number in the set, from 0]", "label", *(column.head for column in result.columns)]
    arrays = [result.subject.numbers, result.subject.labels, *(result.answers[c.name] for c in result.columns)]
    return heads, [list(row) for row in zip(*(array.tolist() for array in arrays))]
