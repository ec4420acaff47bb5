"""Runs the rows of an experiment one after the other. Rows with a result for the same question are not run again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, TypeAlias

from models.gallery import FOLDER as GALLERY
from models.presets import FOLDER as PRESETS
from papers.data import missing_data
from papers.experiment import Experiment, Row
from papers.hardware import hardware
from papers.job import Job, Progress, silent
from papers.result_files import Result, add, shown
from papers.settings import Settings
from papers.sources import key, opened_file

State: TypeAlias = Literal["done", "missing", "untrained", "begins", "measured"]
FOLDERS = {"gallery": GALLERY, "preset": PRESETS}


@dataclass(frozen=True)
class Step:
    """What happened to a row.

    state : "done" before; "missing" something; "untrained", and trainings are not wanted; "begins"; "measured" now
    words : what is missing
    result : of a row that is done or measured
    """

    row: Row
    state: State
    words: str = ""
    result: Result | None = None


def chosen_rows(experiment: Experiment, patterns: Sequence[str]) -> tuple[Row, ...]:
    """The rows of these names, which may have `*` and `?`; all without any.

    Raises
    ------
    ValueError
        If no row has such a name, listing all.
    """
    for pattern in patterns:
        if not any(fnmatchcase(row.name, pattern) for row in experiment.rows):
            experiment.row(pattern)
    return tuple(
        row for row in experiment.rows if not patterns or any(fnmatchcase(row.name, pattern) for pattern in patterns)
    )


def missing(row: Row, settings: Settings) -> str:
    """What the project or this machine lacks to measure a row, "" if nothing."""
    if row.needs:
        return row.needs
    lacks = "" if row.source is None or settings.network else row.source.missing(settings)
    return lacks or (missing_data(row.dataset, "test") if row.points else "")


def asked(row: Row, settings: Settings) -> dict[str, object]:
    """The question that a result answers, beside the row itself."""
    return {
        "points": row.points if settings.points is None else settings.points,
        "seconds": row.seconds if settings.seconds is None else settings.seconds,
        "epochs": settings.epochs,
        "seed": settings.seed,
        "network": None if settings.network is None else key(settings.network),
    }


def has_to_train(row: Row, settings: Settings) -> bool:
    """Whether the row's network has to be trained before it can be measured."""
    return row.source is not None and settings.network is None and row.source.to_train(settings) is not None


def is_current(result: Result) -> bool:
    """Whether the network of a result still has the weights it was measured with. Of somebody's file that is taken."""
    folder = FOLDERS.get(result.kind)
    if folder is None:
        return True
    path = folder / f"{result.network}.safetensors"
    return path.is_file() and key(path) == result.weights


def run_rows(
    experiment: Experiment,
    rows: Sequence[Row],
    settings: Settings,
    folder: Path,
    *,
    again: bool = False,
    training: bool = True,
    known: Sequence[Path] = (),
    progress: Progress = silent,
) -> Iterator[Step]:
    """Measure rows, each result being written to `folder` before the next row begins.

    A row is not run again if a result in `folder`, or in one of `known`, answers the same question about the same
    weights, unless `again`. Without `training`, rows whose network would have to be trained first are left out.

    Raises
    ------
    OSError
        If a result cannot be written.
    ValueError
        If a file of results holds something else, or a row cannot be measured.
    """
    results = shown(experiment.name, (folder, *known))
    for row in rows:
        step = without_measuring(row, settings, None if again else results.get(row.name), training=training)
        if step is not None:
            yield step
            continue
        yield Step(row, "begins")
        result = measured(experiment, row, settings, progress)
        add(results_path(experiment, folder), row.name, result)
        yield Step(row, "measured", result=result)


def results_path(experiment: Experiment, folder: Path) -> Path:
    """The file of an experiment's results."""
    return folder / f"{experiment.name}.json"


def without_measuring(row: Row, settings: Settings, before: Result | None, *, training: bool) -> Step | None:
    """That a row is done, lacks something or is not trained; None if it is to be measured.

    `before` is its result so far. Without `training`, no network is trained for it.
    """
    if before is not None and before.asked == asked(row, settings) and is_current(before):
        return Step(row, "done", result=before)
    if lacks := missing(row, settings):
        return Step(row, "missing", lacks)
    if not training and has_to_train(row, settings):
        return Step(row, "untrained")
    return None


def measured(experiment: Experiment, row: Row, settings: Settings, progress: Progress = silent) -> Result:
    """Measure a row now.

    Raises
    ------
    ValueError
        If its network or its points are refused.
    """
    question = asked(row, settings)
    points, seconds = int(str(question["points"])), float(str(question["seconds"]))
    source, given = row.source, settings.network
    opened = None if source is None else source.open(settings) if given is None else opened_file(given)
    job = Job(settings, points, seconds, opened, progress)
    began = time.process_time()  # a training's time is not that of measuring
    result = experiment.measure(row, job)
    return Result(
        values=dict(result.values),
        points=result.points,
        seconds=seconds,
        network="" if opened is None else opened.name,
        kind="" if opened is None else opened.kind,
        weights="" if opened is None else opened.weights,
        epochs=None if opened is None else opened.epochs,
        seed=settings.seed if opened is None or opened.seed is None else opened.seed,
        asked=question,
        took=round(time.process_time() - began, 1),
        hardware=hardware(),
        date=date.today().isoformat(),
        note=result.note,
        series=dict(result.series),
    )
