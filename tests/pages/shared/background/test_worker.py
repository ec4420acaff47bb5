"""Work in the background: its results can be read, it stops and resumes, it reports why it failed."""

from __future__ import annotations

import threading
import time

import pytest

from geometry.computation.cancellation import check_cancelled
from models.training.background import tuning as of_training
from pages.shared.background import tuning
from pages.shared.background.scheduler import Turns
from pages.shared.background.worker import Worker
from tests.models.waiting import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


def endless(cancelled):
    count = 0
    while not cancelled():
        count += 1
        yield "count", count
        time.sleep(0.005)


def test_the_last_of_each_name_counts():
    worker = Worker(lambda cancelled: iter([("a", 1), ("b", 2), ("a", 3)]))
    wait_until(lambda: not worker.busy)
    assert worker.state == "finished"
    assert worker.found == {"a": 3, "b": 2}


def test_it_stops_when_told_and_keeps_what_it_found():
    worker = Worker(endless)
    wait_until(lambda: "count" in worker.found)
    worker.stop()
    wait_until(lambda: not worker.busy)
    assert worker.state == "stopped"
    assert worker.found["count"] >= 1


def test_it_begins_with_what_is_known():
    worker = Worker(lambda cancelled: iter([("b", 2)]), {"a": 1})
    wait_until(lambda: not worker.busy)
    assert worker.found == {"a": 1, "b": 2}


def test_bad_input_is_told():
    def steps(cancelled):
        raise ValueError("the box excludes x")

    worker = Worker(steps)
    wait_until(lambda: not worker.busy)
    assert (worker.state, worker.message) == ("failed", "the box excludes x")


def test_what_nobody_foresaw_is_no_endless_wait():
    worker = Worker(lambda cancelled: (1 / 0 for _ in range(1)))
    wait_until(lambda: not worker.busy)
    assert worker.state == "failed"
    assert "log" in worker.message


def test_more_than_fit_wait_for_a_place():
    turns = Turns(1)
    first = Worker(endless, title="ladder", turns=turns)
    wait_until(lambda: first.state == "running")
    late = Worker(endless, turns=turns)
    wait_until(lambda: late.waits == "waits for its turn: 1 ladder of yours runs first")
    assert late.progress().waits and first.waits == ""
    first.stop()
    wait_until(lambda: late.state == "running" and late.waits == "")
    late.stop()
    wait_until(lambda: not first.busy and not late.busy)


def test_a_pin_goes_before_what_runs_and_also_from_deep_inside_a_step(monkeypatch):
    for of, name in ((of_training, "URGENT"), (tuning, "PATIENCE"), (tuning, "OVERDUE")):
        monkeypatch.setattr(of, name, 1000.0)  # seconds that a busy machine may take for something else
    turns = Turns(1)
    steps = [0]

    def one_long_step(cancelled):
        while not cancelled():
            check_cancelled()
            steps[0] += 1
            time.sleep(0.002)
        yield "end", 1

    behind = Worker(one_long_step, turns=turns)
    wait_until(lambda: steps[0] > 0)
    go = threading.Event()

    def pin(cancelled):
        yield "first", 1
        go.wait(90)
        yield "second", 2

    asked = Worker(pin, awaited=True, turns=turns)
    wait_until(lambda: "first" in asked.found and behind.waits != "")
    before = steps[0]
    time.sleep(0.2)
    assert steps[0] == before
    go.set()
    wait_until(lambda: asked.state == "finished" and steps[0] > before)
    behind.stop()
    wait_until(lambda: behind.state == "stopped")


def test_a_look_that_is_not_busy_has_found_everything():
    for _ in range(200):
        worker = Worker(lambda cancelled: iter([("a", 1), ("b", 2)]))
        progress = worker.progress()
        while progress.busy:
            progress = worker.progress()
        assert progress.found == {"a": 1, "b": 2}


def test_what_is_interrupted_has_stopped():
    def steps(cancelled):
        while True:
            check_cancelled()
            yield "a", 1

    worker = Worker(steps)
    wait_until(lambda: "a" in worker.found)
    worker.stop()
    wait_until(lambda: worker.state == "stopped")
    assert worker.message == ""
