"""Runs: they stop and go on, do nothing twice, and give the same answers in any order of tasks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from certify import Answers, Run, all_answers, carried_out, radius_run, robust_error_run
from certify.staged_runs.chunks import MOST, chunk
from certify.staged_runs.run import Results, Stage, Which, here
from geometry import as_network
from tests.strategies import mlp


def some_run(tasks: int = 4) -> Run:
    """A run over 30 points with so many points in a task."""
    network, x = mlp([3, 12, 12, 3], 4), np.random.default_rng(1).uniform(-1, 1, (30, 3))
    labels = network(torch.from_numpy(x)).argmax(1).numpy()
    run = robust_error_run(network, x, labels, 0.25, math.inf, methods=["interval", "crown"])
    return replace(run, stages=tuple(replace(stage, chunk=tasks) for stage in run.stages))


def assert_equal(first: Answers, second: Answers) -> None:
    assert first.values.keys() == second.values.keys()
    np.testing.assert_array_equal(first.done, second.done)
    for name, values in first.values.items():
        assert values.tolist() == second[name].tolist()


@pytest.mark.parametrize("steps", [0, 1, 7, 17, 25])
def test_a_run_that_was_stopped_goes_on_to_the_same_answers(steps: int):
    run = some_run()
    *_, (_, partial) = islice(carried_out(run), steps + 1)
    assert not run.complete(partial)
    assert_equal(all_answers(run, partial), all_answers(run))


def test_a_cancelled_run_ends_with_the_tasks_that_were_finished():
    run, calls = some_run(), iter(range(200))
    *_, (_, partial) = carried_out(run, cancelled=lambda: next(calls) > 60)
    assert partial.done.sum() > 0 and not run.complete(partial)
    assert_equal(all_answers(run, partial), all_answers(run))


def test_no_task_is_done_twice():
    run, given = some_run(), []

    def counted(run: Run, stage: Stage, chunks: Iterator[Which]) -> Results:
        for which, values in here(run, stage, chunks):
            given.extend((stage.name, i) for i in which.tolist())
            yield which, values

    *_, (_, partial) = islice(carried_out(run, compute=counted), 16)
    all_answers(run, partial, compute=counted)
    assert len(given) == len(set(given))
    assert len(given) == all_answers(run).done.sum()


def test_the_order_of_tasks_changes_nothing():
    def backwards(run: Run, stage: Stage, chunks: Iterator[Which]) -> Results:
        return here(run, stage, iter(list(chunks)[::-1]))

    run = some_run()
    assert_equal(all_answers(run, compute=backwards), all_answers(run))


def test_a_complete_run_has_nothing_left_to_do():
    run = some_run()
    answers = all_answers(run)
    assert run.complete(answers)
    assert not [which for number in range(len(run.stages)) for which in run.chunks(number, answers)]


def test_another_question_has_another_digest():
    network, x = mlp([3, 12, 3], 4), np.random.default_rng(1).uniform(-1, 1, (5, 3))
    labels = np.zeros(5, dtype=int)
    runs = [
        robust_error_run(network, x, labels, 0.1, math.inf),
        robust_error_run(network, x, labels, 0.2, math.inf),
        robust_error_run(network, x, labels, 0.1, 2),
        robust_error_run(network, x, labels, 0.1, math.inf, attack=""),
        robust_error_run(network, x, labels, 0.1, math.inf, exact=1.0),
        robust_error_run(network, x, labels, 0.1, math.inf, box=(-1, 1)),
        robust_error_run(network, x, labels, 0.1, math.inf, covers="float32"),
        robust_error_run(network, x, labels + 1, 0.1, math.inf),
        robust_error_run(network, x / 2, labels, 0.1, math.inf),
        robust_error_run(mlp([3, 12, 3], 5), x, labels, 0.1, math.inf),
        radius_run(network, x, math.inf),
    ]
    assert len({run.question for run in runs}) == len(runs)
    assert robust_error_run(mlp([3, 12, 3], 4), x.copy(), labels, 0.1, math.inf).question == runs[0].question


def test_a_task_has_fewer_points_where_one_takes_longer():
    network = as_network(mlp([3, 12, 3], 4), (3,))
    assert chunk(network, 1e-9) == MOST and chunk(network, 1e9) == 1
    assert chunk(network, 0.1) > chunk(network, 0.5) > 1
