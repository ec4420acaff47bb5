"""Work in the background: what it found can be read, it stops when told, it goes on, it says why it failed."""

from __future__ import annotations

import threading
import time

import pytest

import pages.certify.worker as worker_module
from pages.certify.worker import Worker

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


def wait(condition, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def endless(cancelled):
    count = 0
    while not cancelled():
        count += 1
        yield "count", count
        time.sleep(0.005)


def test_the_last_of_each_name_counts():
    worker = Worker(lambda cancelled: iter([("a", 1), ("b", 2), ("a", 3)]))
    wait(lambda: not worker.busy)
    assert worker.state == "finished"
    assert worker.found == {"a": 3, "b": 2}


def test_it_stops_when_told_and_keeps_what_it_found():
    worker = Worker(endless)
    wait(lambda: "count" in worker.found)
    worker.stop()
    wait(lambda: not worker.busy)
    assert worker.state == "stopped"
    assert worker.found["count"] >= 1


def test_it_begins_with_what_is_known():
    worker = Worker(lambda cancelled: iter([("b", 2)]), {"a": 1})
    wait(lambda: not worker.busy)
    assert worker.found == {"a": 1, "b": 2}


def test_bad_input_is_told():
    def steps(cancelled):
        raise ValueError("the box excludes x")

    worker = Worker(steps)
    wait(lambda: not worker.busy)
    assert (worker.state, worker.message) == ("failed", "the box excludes x")


def test_what_nobody_foresaw_is_no_endless_wait():
    worker = Worker(lambda cancelled: (1 / 0 for _ in range(1)))
    wait(lambda: not worker.busy)
    assert worker.state == "failed"
    assert "log" in worker.message


def test_more_than_fit_wait_for_a_place(monkeypatch):
    monkeypatch.setattr(worker_module, "_places", threading.BoundedSemaphore(2))
    running = [Worker(endless) for _ in range(2)]
    wait(lambda: all(worker.state == "running" for worker in running))
    late = Worker(endless)
    time.sleep(0.1)
    assert late.state == "waiting"
    running[0].stop()
    wait(lambda: late.state == "running")
    for worker in (*running, late):
        worker.stop()
        wait(lambda worker=worker: not worker.busy)
