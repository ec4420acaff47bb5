"""A run that decides every point at one ε, begun on the page: as `python -m certify robust-error` does it, and with
the same file. So either goes on with what the other began.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from certify import Answers, Run, carried_out, robust_error_run
from certify.bounds.batches import certification_bytes
from certify.staged_runs.run import timed
from certify.staged_runs.saved import Subject, known_answers, to_json
from figures.certify.test_set_runs import run_csv, run_origin, saved_run
from geometry.computation.cancellation import Cancelled
from geometry.computation.memory import BUDGET
from models.data.images.images import runs_folder
from models.files.atomic_writes import replace_file
from models.files.ownership import Ownership
from pages.certify.run_files import RunFile, data_key
from pages.certify.runs import REMEDY
from pages.shared.asked_state import ASKED
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.box_control import Box
from pages.shared.network_and_data import NetworkAndData

SAVE = 2.0  # seconds between two saved states: limits how late a point appears on the wall
LONGEST = 40  # characters of a name in a file's name


@dataclass(frozen=True, eq=False)
class Begun:
    """A run that was begun on this page, and the name of its file."""

    name: str
    worker: Worker[int]


@dataclass(frozen=True, eq=False)
class Job:
    """A run, what it is about, and its file."""

    run: Run
    subject: Subject
    about: dict[str, str]
    path: Path


def asked_job(chosen: NetworkAndData, eps: float, points: int, exact: float, p: float, box: Box | None) -> Job:
    """The run over the first labelled points, with the command's usual methods. Its file is named as the command's.

    Raises
    ------
    ValueError
        If a point lies outside the box, or the norm has no such methods.
    """
    numbers = np.flatnonzero(chosen.y >= 0)[:points]
    labels = chosen.y[numbers]
    run = robust_error_run(chosen.network, chosen.x[numbers], labels, eps, p, exact=exact, box=box)
    network, data = (ASKED.trained, ASKED.images) if chosen.images is not None else ("plane", "points")
    source = {"network": network, "data": data, "part": ""}
    subject = Subject(chosen.network.key, chosen.title, data_key(chosen), chosen.data_title, source, numbers, labels)
    name = "-".join(re.sub(r"[^\w.-]+", "-", part)[:LONGEST] for part in ("robust-error", network, data))
    path = runs_folder() / f"{name}-{run.question[:8]}.json"
    return Job(run, subject, run_origin(run, subject, p, box), path)


def of_question(files: list[RunFile], job: Job) -> Path:
    """The file that answers this question, if one does, else the job's own."""
    return next((file.path for file in files if file.run.question == job.run.question), job.path)


@session_resource(end=Worker.halt)
def wall_run(path: str, times: int, _job: Job) -> Worker[int]:
    """The session's only run of this kind, which writes the file at `path`. It finds how many points are decided."""

    points = _job.run.points

    def steps(cancelled: Cancelled) -> Iterator[tuple[str, int]]:
        with BUDGET.reserve(certification_bytes(points.exact) + points.flat.nbytes, REMEDY):
            yield from _written(_job, Path(path), cancelled)

    return Worker(steps, title="run over a test set")


def _written(job: Job, path: Path, cancelled: Cancelled) -> Iterator[tuple[str, int]]:
    """Go on with the run, and save it again and again and at its end."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Ownership(path):
            answers, seconds = known_answers(path, job.run)
            due, steps = 0.0, carried_out(job.run, answers, cancelled=cancelled)
            try:
                for _, answers in timed(job.run, steps, seconds):
                    if time.monotonic() >= due:
                        _save(job, answers, seconds, path)
                        due = time.monotonic() + SAVE
                    yield "done", int(answers.done[:, 0].sum())
            finally:
                _save(job, answers, seconds, path)
    except OSError as error:
        raise ValueError(f"{path.name} could not be written: {error.strerror or error}") from error


def _save(job: Job, answers: Answers, seconds: dict[str, float], path: Path) -> None:
    result = saved_run(job.run, answers, job.subject, job.about, seconds)
    replace_file(path, to_json(result))
    replace_file(path.with_suffix(".csv"), run_csv(result).encode())
