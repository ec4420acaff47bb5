"""Runs on a cluster: the same answers to the last bit, whichever workers end meanwhile."""

from __future__ import annotations

import json
import math
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from distributed import Client, LocalCluster

from certify import Run, all_answers, carried_out, robust_error_run
from certify.perturbation.points import Points
from certify.staged_runs.answers import Values
from certify.staged_runs.cluster import AHEAD, ClusterLostError, Workers, local_workers, useful_workers, workers_at
from certify.staged_runs.run import Answer
from tests.certify.staged_runs.test_run import assert_equal, some_run
from tests.strategies import mlp


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Two processes of this machine."""
    with local_workers(2) as workers:
        yield workers


@dataclass(frozen=True)
class Noted:
    """An answer that leaves a line in a file for each task: its process and its first point. It takes some time."""

    answer: Answer
    file: str
    seconds: float = 0.0

    def __call__(self, points: Points) -> Values:
        time.sleep(self.seconds)
        with Path(self.file).open("a") as file:
            file.write(json.dumps([os.getpid(), float(points.x[0, 0])]) + "\n")
        return self.answer(points)


def noted(run: Run, file: Path, seconds: float = 0.0) -> Run:
    stages = (replace(stage, answer=Noted(stage.answer, str(file), seconds)) for stage in run.stages)
    return replace(run, stages=tuple(stages))


def tasks(file: Path) -> Counter:
    return Counter(json.loads(line)[1] for line in file.read_text().splitlines())


def test_two_workers_give_the_answers_of_one_process_to_the_last_bit(workers: Workers, tmp_path: Path):
    network, x = mlp([20, 60, 60, 4], 4), np.random.default_rng(1).uniform(-1, 1, (60, 20)).astype(np.float32)
    labels = network.float()(torch.from_numpy(x)).argmax(1).numpy()
    run = robust_error_run(network, x, labels, 0.02, math.inf, methods=["interval", "fast-lin", "alpha-crown"], exact=0)
    run = replace(run, stages=tuple(replace(stage, chunk=7) for stage in run.stages))
    found = all_answers(noted(run, tmp_path / "tasks"), compute=workers)
    assert_equal(found, all_answers(run))
    assert len({json.loads(line)[0] for line in (tmp_path / "tasks").read_text().splitlines()}) == 2
    assert {"wrong", "proved", "attacked", "open"} >= set(found["state"]) >= {"proved"}


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing_that_had_arrived(workers: Workers, tmp_path: Path):
    run = noted(some_run(), tmp_path / "tasks", seconds=0.02)
    arrived, killed = 0, 0
    for _, answers in carried_out(run, compute=workers):
        arrived = int(answers.done[:, 0].sum())
        if arrived >= 8 and not killed:
            killed = next(iter(workers.client.run(os.getpid).values()))
            os.kill(killed, signal.SIGKILL)
    assert killed and run.complete(answers)
    assert_equal(answers, all_answers(some_run()))
    repeated = sum(count - len(run.stages) for count in tasks(tmp_path / "tasks").values() if count > len(run.stages))
    assert repeated <= AHEAD * len(run.stages)  # at most the tasks of the one that was killed


@pytest.mark.slow
def test_workers_may_die_again_and_again(workers: Workers, tmp_path: Path):
    run = noted(some_run(tasks=1), tmp_path / "tasks", seconds=0.05)
    deaths = 0
    for _, answers in carried_out(run, compute=workers):
        if answers.done.sum() > 12 * (deaths + 1) and deaths < 4:
            pids = list(workers.client.run(os.getpid).values())
            os.kill(pids[deaths % len(pids)], signal.SIGKILL)
            deaths += 1
    assert deaths == 4
    assert_equal(answers, all_answers(some_run(tasks=1)))


@dataclass(frozen=True)
class Deadly:
    """A task that ends its process."""

    def __call__(self, points: Points) -> Values:
        os.kill(os.getpid(), signal.SIGKILL)
        return {}


@pytest.mark.slow
def test_a_task_that_ends_every_worker_ends_the_run_with_its_points(workers: Workers):
    run = some_run()
    run = replace(run, stages=(*run.stages[:1], replace(run.stages[1], answer=Deadly()), *run.stages[2:]))
    with pytest.raises(ClusterLostError, match=r"every worker that computes points \d+ to \d+ ends"):
        all_answers(run, compute=workers)


# Clusters of threads start at once; the scheduler is the same.


@pytest.fixture
def threads() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.mark.slow
def test_a_scheduler_elsewhere_is_found_by_its_address():
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp://", host="127.0.0.1"
    ) as cluster:
        with workers_at(cluster.scheduler_address) as workers:
            assert_equal(all_answers(some_run(), compute=workers), all_answers(some_run()))
        assert cluster.scheduler.workers  # they stay


@pytest.mark.slow
def test_an_error_in_a_task_ends_the_run(threads: Client):
    run = some_run()

    def failing(points: Points) -> Values:
        raise ValueError("no such method")

    run = replace(run, stages=(replace(run.stages[0], answer=failing), *run.stages[1:]))
    with pytest.raises(ValueError, match="no such method"):
        all_answers(run, compute=Workers(threads))


@pytest.mark.slow
def test_a_run_ends_when_all_workers_of_its_machine_have_ended_for_good(threads: Client):
    address, cluster = next(iter(threads.nthreads())), threads.cluster
    assert isinstance(cluster, LocalCluster)
    cluster.scale(0)
    while address in threads.nthreads():
        time.sleep(0.05)
    with pytest.raises(ClusterLostError, match="all workers have ended"):
        all_answers(some_run(), compute=Workers(threads, patience=0.5))


@pytest.mark.slow
def test_a_cancelled_run_takes_its_tasks_back_and_goes_on_elsewhere(threads: Client, tmp_path: Path):
    run = noted(some_run(tasks=1), tmp_path / "tasks", seconds=0.01)
    arrived: list[int] = []
    for _, answers in carried_out(run, compute=Workers(threads), cancelled=lambda: sum(arrived[-1:]) > 10):
        arrived.append(int(answers.done.sum()))
    assert not run.complete(answers)
    assert_equal(all_answers(run, answers), all_answers(some_run(tasks=1)))


@pytest.mark.slow
def test_a_scheduler_that_ends_leaves_what_had_arrived(threads: Client):
    run, seen = some_run(tasks=1), []
    with pytest.raises(ClusterLostError, match="the scheduler does not answer"):
        for _, answers in carried_out(run, compute=Workers(threads)):
            seen.append(answers)
            if len(seen) == 10:
                threads.close()
    assert seen[-1].done.sum() >= 9
    assert_equal(all_answers(run, seen[-1]), all_answers(run))


def test_processes_are_started_where_the_work_is_worth_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert [useful_workers(seconds) for seconds in (0.0, 30.0, 60.0, math.inf)] == [1, 1, 3, 8]
