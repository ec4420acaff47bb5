"""Timelines are bounded, and keep the first and the last moment."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.training import timeline
from models.training.timeline import Records, Snapshot, Timeline


def snapshot(step: int, numbers: int = 1) -> Snapshot:
    return Snapshot(step, step / 2, {"weight": torch.zeros(numbers)}, {"loss": float(step)})


@given(st.lists(st.integers(1, 5), min_size=1, max_size=120), st.integers(2, 20))
def test_it_holds_so_many_the_first_and_latest_among_them(gaps: list[int], most: int) -> None:
    line, steps = Timeline(most), np.cumsum([0, *gaps]).tolist()
    for step in steps:
        line.append(snapshot(step))
        assert len(line) <= most
        assert line.steps[0] == 0
        assert line.latest.step == line.steps[-1] == step
        assert line.steps == sorted(set(line.steps)) and set(line.steps) <= set(steps)


def test_the_newer_half_stays_dense() -> None:
    line = Timeline(8)
    for step in range(9):
        line.append(snapshot(step))
    assert line.steps == [0, 2, 4, 5, 6, 7, 8]


@given(st.lists(st.integers(0, 1000), min_size=1, unique=True), st.integers(0, 1000))
def test_the_nearest_is_nearest(steps: list[int], wanted: int) -> None:
    line = Timeline(2000)
    for step in sorted(steps):
        line.append(snapshot(step))
    assert abs(line.nearest(wanted).step - wanted) == min(abs(step - wanted) for step in steps)


def test_the_same_step_again_replaces() -> None:
    line = Timeline()
    for number in (0, 5, 5):
        line.append(snapshot(number))
    assert line.steps == [0, 5]


def test_all_timelines_share_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    alive = len(timeline._alive)
    lines = [Timeline() for _ in range(3)]
    monkeypatch.setattr(timeline, "MAX_BYTES", 4000 * 10 * (alive + 3))
    for step in range(50):
        for line in lines:
            line.append(snapshot(step, numbers=1000))
    assert all(5 <= len(line) <= 10 for line in lines)
    monkeypatch.setattr(timeline, "MAX_BYTES", 1)
    lines[0].append(snapshot(50, numbers=1000))
    assert lines[0].steps == [0, 50]


def test_a_restart_leaves_one() -> None:
    line = Timeline()
    line.append(snapshot(0))
    line.append(snapshot(3))
    line.restart(snapshot(0))
    assert line.steps == [0]


# Curves


@given(st.integers(1, 400), st.integers(4, 50))
def test_curves_pass_through_what_was_recorded(count: int, most: int) -> None:
    records = Records(most)
    for step in range(count):
        records.record(step, {"loss": step**0.5, **({"late": 1.0} if step > 10 else {})})
        assert len(records) <= most
    curve = records.curves()["loss"]
    assert np.array_equal(curve.values, curve.steps**0.5)
    assert (curve.steps[0], curve.steps[-1]) == (0, count - 1)
    assert (np.diff(curve.steps) > 0).all()
    assert ("late" in records.curves()) == (count > 11)


def test_what_comes_after_a_step_can_be_forgotten() -> None:
    records = Records()
    for step in range(10):
        records.record(step, {"loss": 1.0})
    records.forget(after=3)
    assert records.curves()["loss"].steps.tolist() == [0, 1, 2, 3]
    records.forget()
    assert records.curves() == {}


def test_some_numbers_can_be_dropped_and_others_stay() -> None:
    records = Records()
    records.record(0, {"loss": 1.0})
    records.record(1, {"loss": 2.0, "error": 0.5})
    records.drop({"loss"})
    curves = records.curves()
    assert set(curves) == {"error"}
    assert curves["error"].steps.tolist() == [1]


def test_one_thread_may_read_while_another_writes() -> None:
    records, line, done = Records(100), Timeline(20), threading.Event()
    line.append(snapshot(0))

    def write() -> None:
        for step in range(1, 3000):
            records.record(step, {"loss": float(step)})
            line.append(snapshot(step))
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not done.is_set():
        for curve in records.curves().values():
            assert np.array_equal(curve.steps, curve.values)
        assert line.steps[0] == 0 and line.nearest(10**6).step >= line.nearest(0).step == 0
    thread.join()
