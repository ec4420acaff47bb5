"""A watch measures what training has reached, and ends with it."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import numpy as np
import pytest
import torch

from geometry.computation.cancellation import check_cancelled
from models.data.toy import DATASETS
from models.networks.builders import mlp
from models.training import watch as module
from models.training.measures import measure
from models.training.trainer import Trainer
from models.training.watch import Watch
from tests.models.waiting import threads, wait_until

MOONS = DATASETS["moons"](40)


def trainer(**options: object) -> Trainer:
    return Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, **{"epochs": 10**6, **options})  # type: ignore[arg-type]


def test_its_numbers_are_those_of_the_snapshot() -> None:
    one = trainer()
    one.step(20)
    watch = Watch(one, MOONS.x, MOONS.y, eps=0.1, p=2, window=MOONS.window)
    wait_until(lambda: watch.latest is not None)
    assert watch.latest is not None and watch.latest.step == 20
    expected = measure(one.network(), MOONS.x, MOONS.y, eps=0.1, p=2, window=MOONS.window)
    assert watch.latest.measures.numbers() == expected.numbers()
    assert watch.points.tolist() == list(range(40))
    one.stop()


def test_it_follows_training_by_step_and_forgets_what_is_rewound() -> None:
    one = trainer()
    watch = Watch(one, MOONS.x, MOONS.y, share=1, only=["mean_d_B"])
    one.start()
    wait_until(lambda: len(watch.history) > 3)
    last = one.pause().step
    wait_until(lambda: watch.latest is not None and watch.latest.step == last)
    steps = watch.history.curves()["mean_d_B"].steps
    assert (np.diff(steps) > 0).all() and steps[-1] == last
    one.rewind()
    wait_until(lambda: watch.latest is not None and watch.latest.step == 0)
    assert watch.history.curves()["mean_d_B"].steps.tolist() == [0]
    one.stop()


def test_a_change_begins_anew() -> None:
    one = trainer()
    watch = Watch(one, MOONS.x, MOONS.y, eps=0.01, only=["unstable"])
    wait_until(lambda: watch.latest is not None)
    before = watch.latest
    watch.change(eps=10.0)
    wait_until(lambda: watch.latest is not None and watch.latest is not before)
    assert watch.latest is not None and watch.latest.measures.unstable == 8
    one.stop()


@pytest.mark.parametrize(
    ("change", "kept"),
    [({"eps": 0.02}, {"clean_error", "mean_d_B", "regions"}), ({"p": 1}, {"clean_error", "regions"})],
    ids=["eps", "norm"],
)
def test_a_change_keeps_the_curves_of_what_does_not_depend_on_it(change: dict[str, float], kept: set[str]) -> None:
    one = trainer()
    quantities = ["clean_error", "mean_d_B", "regions", "unstable"]
    watch = Watch(one, MOONS.x, MOONS.y, share=1, eps=0.01, window=(-1, 1, -1, 1), only=quantities)
    one.start()
    wait_until(lambda: len(watch.history) > 2)
    one.pause()
    wait_until(lambda: watch.latest is not None and watch.latest.step == one.snapshot().step)
    before = watch.history.curves()
    assert set(before) == set(quantities)
    watch.change(**change)
    after = watch.history.curves()
    for name in kept:
        assert after[name].steps[: len(before[name].steps)].tolist() == before[name].steps.tolist()
    for name in set(quantities) - kept:
        assert name not in after or len(after[name].steps) == 1  # measured anew at the step on screen
    one.stop()


def test_some_points_spread_over_all() -> None:
    one = trainer()
    watch = Watch(one, torch.tensor(MOONS.x), torch.tensor(MOONS.y), points=4, only=["clean_error"])
    assert watch.points.tolist() == [0, 13, 26, 39]
    wait_until(lambda: watch.latest is not None)
    one.stop()


def test_what_cannot_be_measured_is_told_and_training_goes_on() -> None:
    one = trainer()
    watch = Watch(one, MOONS.x, MOONS.y, eps=-1.0)
    one.start()
    wait_until(lambda: "-1" in watch.message)
    step = one.snapshot().step
    wait_until(lambda: one.snapshot().step > step)
    one.stop()


@pytest.mark.parametrize("how", ["trainer stopped", "watch stopped", "nobody holds the trainer"])
def test_its_thread_ends(how: str) -> None:
    others = set(threading.enumerate())
    one = trainer()
    watch = Watch(one, MOONS.x, MOONS.y, only=["clean_error"])
    one.start()
    wait_until(lambda: watch.latest is not None)
    gone = weakref.ref(one)
    if how == "trainer stopped":
        one.stop()
    elif how == "watch stopped":
        watch.stop()
        wait_until(lambda: threads("watch", others) == 0)
        assert threads("trainer", others) == 1
        one.stop()
    del one
    end = time.monotonic() + 90
    while gone() is not None and time.monotonic() < end:
        gc.collect()
        time.sleep(0.01)
    assert gone() is None
    wait_until(lambda: threads("watch", others) == threads("trainer", others) == 0)


@pytest.mark.parametrize("of_trainer", [True, False], ids=["trainer", "watch"])
def test_stopping_ends_a_measurement_under_way(of_trainer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(*_: object, **__: object) -> None:
        begun.set()
        try:
            while True:
                check_cancelled()
                time.sleep(0.001)
        finally:
            ended.set()

    monkeypatch.setattr(module, "measure", endless)
    one = trainer()
    watch = Watch(one, MOONS.x, MOONS.y)
    assert begun.wait(30)
    one.stop() if of_trainer else watch.stop()
    assert ended.wait(30)
    one.stop()
