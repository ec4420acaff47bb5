"""A run over a test set: a question about each point, answered in stages that go from cheap to dear methods."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certify.perturbation.points import Points
from certify.resumable_runs import fingerprint
from certify.staged_runs.answers import Answers, Column, Values, nothing_known
from certify.staged_runs.chunks import chunk
from geometry.computation.cached_property import cached_property
from geometry.computation.cancellation import Cancelled, CancelScope, check_cancelled
from geometry.computation.cores import cores
from geometry.network.network import Network

Which = NDArray[np.intp]  # (m,) indices of points
Answer = Callable[[Points], Values]


@dataclass(frozen=True)
class Stage:
    """A method that answers for some points. `answer` is a value that can be sent to another process.

    `chunk` points are one task, of which each is expected to take so many `seconds`. Which points belong to a task
    depends on the question alone: the same sums are taken in the same order wherever the task runs.
    """

    name: str
    answer: Answer
    chunk: int
    seconds: float


def stage(name: str, answer: Answer, network: Network, seconds: float) -> Stage:
    """The stage of a method that takes so many seconds for a point, with tasks of a suitable size."""
    return Stage(name, answer, chunk(network, seconds), seconds)


@dataclass(frozen=True, eq=False)
class Run:
    """A question about points.

    Parameters
    ----------
    command : the question's name: "robust-error", "radius", "detection" or "tightness"
    settings : of the question: names and JSON values
    columns : what is known of a point
    stages : in their order
    is_open : (n,) the points that the next stage deals with, from the answers of those before it
    summary : the shares that the answers so far show, by name
    """

    command: str
    points: Points
    settings: Mapping[str, Any]
    columns: tuple[Column, ...]
    stages: tuple[Stage, ...]
    is_open: Callable[[Answers], NDArray[np.bool_]]
    summary: Callable[[Answers], Mapping[str, float]]

    @cached_property
    def question(self) -> str:
        """A digest of everything that the answers depend on: only answers to the same question are continued."""
        points = self.points
        asked = (self.command, tuple(sorted(self.settings.items())), points.p, points.low, points.high)
        return fingerprint(points.exact, points.x, points.labels, *asked)

    @property
    def nothing(self) -> Answers:
        return nothing_known(self.columns, len(self.points), len(self.stages))

    @property
    def seconds(self) -> float:
        """Expected seconds on one core, if every stage dealt with all points."""
        return len(self.points) * sum(stage.seconds for stage in self.stages)

    def of_stage(self, number: int, answers: Answers) -> Which:
        """The points of a stage once those before it are done: the open ones, and those it has dealt with."""
        return np.flatnonzero(self.is_open(answers) | answers.done[:, number])

    def chunks(self, number: int, answers: Answers) -> Iterator[Which]:
        """The tasks of a stage that are left."""
        points, size = self.of_stage(number, answers), self.stages[number].chunk
        for begin in range(0, len(points), size):
            chunk = points[begin : begin + size]
            if (left := chunk[~answers.done[chunk, number]]).size:
                yield left

    def complete(self, answers: Answers) -> bool:
        return all(answers.done[self.of_stage(number, answers), number].all() for number in range(len(self.stages)))


Results = Iterator[tuple[Which, Values]]
Compute = Callable[[Run, Stage, Iterator[Which]], Results]  # a stage's tasks -> their answers, in any order


def here(run: Run, stage: Stage, chunks: Iterator[Which]) -> Results:
    """Compute in this process, one task after the other."""
    for which in chunks:
        yield which, answered(stage.answer, run.points[which])


def answered(answer: Answer, points: Points) -> Values:
    """The answers of one task, equal to the last bit wherever it runs.

    More cores than one would add numbers in another order. The scope has no end; in it, long products are split into
    parts as they are in a run that can be cancelled.
    """
    with cores(1), CancelScope(deadline=sys.float_info.max):
        values = answer(points)
    return values


def carried_out(
    run: Run, known: Answers | None = None, *, compute: Compute = here, cancelled: Cancelled | None = None
) -> Iterator[tuple[int, Answers]]:
    """Yield the number of the stage and the answers so far: at the start of each stage, and after each of its tasks.

    Parameters
    ----------
    known : answers from which to go on, of the same question
    compute : where tasks are computed
    cancelled : called often; True ends the run, without the tasks that it interrupts
    """
    answers = run.nothing if known is None else known
    for number, stage in enumerate(run.stages):
        yield number, answers
        results = compute(run, stage, run.chunks(number, answers))
        while True:
            finished = None
            with CancelScope(cancelled, partial=True):
                check_cancelled()
                finished = next(results, ())
            if finished is None:
                return
            if not finished:
                break
            answers = answers.grown(number, *finished)
            yield number, answers


def timed(run: Run, steps: Iterator[tuple[int, Answers]], seconds: dict[str, float]) -> Iterator[tuple[int, Answers]]:
    """The steps of `carried_out`, whose time is added to the seconds of their stages."""
    latest, since = -1, 0.0
    for number, answers in steps:
        now, name = time.perf_counter(), run.stages[number].name
        if number == latest:
            seconds[name] = seconds.get(name, 0.0) + now - since
        latest, since = number, now
        yield number, answers


def all_answers(run: Run, known: Answers | None = None, *, compute: Compute = here) -> Answers:
    """The answers at the end of a run; arguments as for `carried_out`."""
    *_, (_, answers) = carried_out(run, known, compute=compute)
    return answers
