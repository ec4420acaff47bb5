"""Tasks of a run on the workers of a dask cluster, on this machine or on many.

A worker may end at any time: the scheduler gives its tasks to another one. Answers that have arrived here are not asked
for again. So a run loses at most the tasks that a worker had when it ended.
"""

from __future__ import annotations

import logging
import math
import os
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from queue import Empty, SimpleQueue

import dask
import numpy as np
import torch
from distributed import Client, Future, KilledWorker, LocalCluster
from distributed.client import FutureCancelledError
from numpy.typing import NDArray

from certify.perturbation.points import Points
from certify.staged_runs.answers import Values
from certify.staged_runs.run import Answer, Results, Run, Stage, Which, answered
from geometry.computation.cancellation import check_cancelled
from geometry.computation.memory import given_memory
from geometry.network.network import Network
from geometry.norms import Array

AHEAD = 2  # tasks for each thread of a worker, so that none waits for the next one
LOOK = 0.2  # seconds between two checks of cancellation
TRIES = 3  # how often a task is given out again after it has ended several workers
WORTH_STARTING = 20.0  # expected seconds of work for a process, whose start takes some seconds
PATIENCE = 30.0  # seconds in which a scheduler has to answer
RESTART = 60.0  # seconds in which a new process takes the place of one that ended, also on a busy machine
LOST = "the scheduler does not answer any more"


class ClusterLostError(OSError):
    """The cluster does not answer any more, all its workers have ended, or a task ends every worker that gets it."""


class Workers:
    """The workers of a client's cluster, as the place where a run's tasks are computed.

    While there is no worker, a run waits for `patience` seconds: for ever where workers may join from elsewhere.
    """

    def __init__(self, client: Client, patience: float = math.inf) -> None:
        self.client, self.patience = client, patience
        self._frames: dict[str, Future] = {}

    def __call__(self, run: Run, stage: Stage, chunks: Iterator[Which]) -> Results:
        """The answers of the tasks, in the order in which they are ready."""
        tasks = _Tasks(self.client, self._frame(run), run.points, stage.answer, self.patience)
        try:
            while tasks.filled(chunks):
                if (result := tasks.next()) is not None:
                    yield result
        finally:
            tasks.end()

    def _frame(self, run: Run) -> Future:
        """The network and the box on the cluster, sent once. The scheduler keeps them if all workers end."""
        if run.question not in self._frames:
            none = run.points[0:0]
            bare = replace(none, network=_bare(none.network), exact=_bare(none.exact))
            with warnings.catch_warnings(action="ignore"):  # that it is large
                frame = self.client.submit(_itself, bare, key=f"network-{uuid.uuid4()}", pure=False)
            self._frames[run.question] = frame
        return self._frames[run.question]


class _Tasks:
    """The tasks of one stage that are given out, and those that are ready."""

    def __init__(self, client: Client, frame: Future, points: Points, answer: Answer, patience: float) -> None:
        self.client, self.frame, self.points, self.answer, self.patience = client, frame, points, answer, patience
        self.last_worker = time.monotonic()  # when there was one
        self.given: dict[str, tuple[Future, Which, int]] = {}
        self.ready: SimpleQueue[str] = SimpleQueue()

    def filled(self, chunks: Iterator[Which]) -> bool:
        """Give out as many tasks as keep the workers busy; whether any is given out."""
        most = AHEAD * max(1, self._threads())
        while len(self.given) < most and (which := next(chunks, None)) is not None:
            self._give(which, 1)
        return bool(self.given)

    def _threads(self) -> int:
        """How many threads all workers have now."""
        self._check_running()
        try:
            threads = sum(self.client.nthreads().values())
        except (OSError, AttributeError) as error:  # the client was closed meanwhile
            raise ClusterLostError(LOST) from error
        now = time.monotonic()
        if threads:
            self.last_worker = now
        elif now - self.last_worker > self.patience:
            raise ClusterLostError("all workers have ended, and none begins anew: the machine may lack memory")
        return threads

    def _check_running(self) -> None:
        if self.client.status != "running":
            raise ClusterLostError(LOST)

    def next(self) -> tuple[Which, Values] | None:
        """The answer to a task that is ready; None if there is none at the moment."""
        check_cancelled()
        self._check_running()
        try:
            key = self.ready.get(timeout=LOOK)
        except Empty:
            return None
        future, which, tries = self.given[key]
        values = self._values(future, which, tries)
        del self.given[key]
        return None if values is None else (which, values)

    def _values(self, future: Future, which: Which, tries: int) -> Values | None:
        """The answer of a finished task; None for a task that has to be given out again."""
        while True:
            check_cancelled()
            try:
                values: Values = future.result(timeout=LOOK)
                return values
            except TimeoutError:  # its worker has ended since, so that it is computed again
                continue
            except FutureCancelledError as error:
                if self.client.status != "running":
                    raise ClusterLostError(LOST) from error
                self._give(which, tries)
                return None
            except KilledWorker as error:
                if tries >= TRIES:
                    points = f"points {which[0]} to {which[-1]}" if len(which) > 1 else f"point {which[0]}"
                    raise ClusterLostError(f"every worker that computes {points} ends: it may lack memory") from error
                self._give(which, tries + 1)
                return None
            except ModuleNotFoundError as error:
                words = f"the workers cannot import the project ({error}): start them in its folder"
                raise ClusterLostError(words) from error

    def _give(self, which: Which, tries: int) -> None:
        points = self.points[which]
        key = f"points-{uuid.uuid4()}"
        future = self.client.submit(
            _answer_for, self.frame, self.answer, points.x.numpy(), points.labels, key=key, pure=False
        )
        self.given[key] = (future, which, tries)
        future.add_done_callback(lambda done: self.ready.put(done.key))

    def end(self) -> None:
        """Take back what is given out."""
        futures = [future for future, _, _ in self.given.values()]
        if futures and self.client.status == "running":
            self.client.cancel(futures)
        self.given.clear()


def _bare(network: Network) -> Network:
    """The network without the module that it came from, and without cached values."""
    return replace(network.detached(), source=None)


def _itself(frame: Points) -> Points:
    return frame


def _answer_for(frame: Points, answer: Answer, x: Array, labels: NDArray[np.int64]) -> Values:
    """What a worker computes: the answers for points x (m, input_units) with these labels."""
    return answered(answer, frame.holding(torch.from_numpy(np.array(x)), np.array(labels)))


@contextmanager
def local_workers(count: int) -> Iterator[Workers]:
    """So many processes on this machine, with one thread each. They end with this block.

    A process that ends is begun anew. Some time later dask looks whether its worker is there, and gives the process up
    if it is not: also when it has ended again meanwhile and is just starting. So that time is long.
    """
    patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "365 days"})
    with patient, _processes(count) as cluster, Client(cluster) as client:
        yield Workers(client, RESTART)


def _processes(count: int) -> LocalCluster:
    return LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=given_memory() // count,
        silence_logs=logging.CRITICAL,
    )


@contextmanager
def workers_at(scheduler: str) -> Iterator[Workers]:
    """The workers of the scheduler at this address, such as tcp://10.0.0.5:8786. They stay.

    Raises
    ------
    ValueError
        If no scheduler answers there.
    """
    try:
        client = Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise ValueError(f"no scheduler answers at {scheduler}: {error}") from error
    with client:
        yield Workers(client)


def useful_workers(seconds: float) -> int:
    """How many processes of this machine are worth their start, for a run of so many seconds on one core."""
    if torch.cuda.is_available():
        return 1  # the graphics processor takes one process
    return max(1, math.floor(min(os.cpu_count() or 1, seconds / WORTH_STARTING)))
