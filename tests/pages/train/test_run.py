"""A run without its page: what it records, when it stops, and which moment is on screen."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from geometry import Plane, as_network
from models import Curve, mlp
from models.data.toy import DATASETS
from models.training.background.fair_semaphore import FairSemaphore
from models.training.measures import measure
from pages.train import reel as reel_module
from pages.train.checkpoints import path_of, run_id
from pages.train.clock import Clock
from pages.train.pictures import Moment
from pages.train.reel import Reel, crowd
from pages.train.run import merged
from pages.train.setup import Stop
from pages.train.training_data import three_images


def test_the_clock_counts_only_while_it_runs(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    clock = Clock(Stop(10, seconds=5, error=None))
    clock.start()
    now[0] += 3
    clock.pause()
    now[0] += 60
    clock.start()
    now[0] += 1
    assert clock.elapsed == 4
    assert not clock.over(())
    now[0] += 1
    assert "5 s is over" in clock.over(())
    clock.reset()
    assert clock.elapsed == 0 and not clock.over(())


def trainer(step: int, error: float) -> SimpleNamespace:
    return SimpleNamespace(snapshot=lambda: SimpleNamespace(step=step, metrics={"error": error}))


@pytest.mark.parametrize(
    ("errors", "time_is_up"), [((0.1, 0.2), False), ((0.1, 0.05), True), ((0.0, 0.0), True), ((0.1, 0.11), False)]
)
def test_the_clock_stops_when_every_error_is_small_enough(errors, time_is_up):
    clock = Clock(Stop(10, seconds=None, error=0.1))
    clock.start()
    assert bool(clock.over(tuple(trainer(1, error) for error in errors))) == time_is_up
    assert not clock.over(tuple(trainer(0, error) for error in errors))


steps = st.lists(st.integers(0, 50), max_size=8, unique=True).map(sorted)


@given(steps, steps)
def test_merged_curves_have_every_point_and_prefer_the_first(one, other):
    first, second = (
        Curve(np.array(s, np.int64), np.array(s, float) + shift) for s, shift in ((one, 0.0), (other, 0.5))
    )
    found = dict(zip(*(array.tolist() for array in (merged(first, second).steps, merged(first, second).values))))
    assert found == {step: step + 0.5 for step in other} | {step: float(step) for step in one}


@pytest.mark.parametrize("text", ["", "../" * 8, "0" * 31, "G" * 32, f"{'0' * 32}/x", f"{'0' * 32}\n"])
def test_no_file_outside_the_folder_can_be_named(text):
    with pytest.raises(ValueError, match="name of a run"):
        run_id(text)
    with pytest.raises(ValueError, match="name of a run"):
        path_of(text, 0)


class FakeRun:
    """A run that does not train: moments at some steps."""

    def __init__(self, *at: int, moving: bool = False) -> None:
        self.steps, self.step, self.moving, self.trainers = list(at), at[-1], moving, (object(),)

    def shown(self, step: int | None) -> tuple[object, ...]:
        return (self.step if step is None else min(self.steps, key=lambda each: abs(each - step)),)


def test_back_and_onward_walk_along_the_moments():
    reel, run = Reel(), FakeRun(0, 10, 30)
    seen = []
    for _ in range(3):
        reel.back(run)
        seen.append(reel.at)
    assert seen == [10, 0, 0]
    assert reel.onward(run) and reel.at == 10
    assert reel.onward(run) and reel.at is None
    assert not reel.onward(run)


@pytest.mark.parametrize(("step", "at"), [(0, 0), (6, 10), (29, None), (30, None), (99, None), (-3, 0)])
def test_the_nearest_moment_is_shown_and_the_last_is_followed(step, at):
    reel = Reel()
    reel.go(step, FakeRun(0, 10, 30))
    assert reel.at == at


def test_a_film_goes_from_the_first_moment_to_the_last_and_ends(monkeypatch):
    now = [50.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    reel, run = Reel(), FakeRun(*range(0, 100, 10))
    reel.play()
    seen = []
    while reel.film:
        seen.append(reel.moments(run)[0])
        now[0] += reel_module.FILM_SECONDS / 20
    assert seen == sorted(seen)
    assert seen[0] == 0 and seen[-1] == 90
    assert reel.at is None


def test_no_picture_is_sent_before_the_last_is_painted(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    reel, run = Reel(), FakeRun(0, 10, moving=True)
    assert reel.moments(run) == (10,)
    number = reel.send(5.0)
    run.step = 20
    run.steps.append(20)
    assert reel.moments(run) == (10,)
    assert reel.send(5.0) == number
    reel.heard(number - 1)
    assert reel.moments(run) == (10,)
    reel.heard(number)
    assert reel.moments(run) == (20,)


def test_a_picture_whose_answer_got_lost_holds_nothing_up_for_ever(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    reel, run = Reel(), FakeRun(0, 10, moving=True)
    reel.moments(run)
    reel.send(5.0)
    run.step = 20
    now[0] += reel_module.PATIENCE + 0.1
    assert reel.moments(run) == (10,)  # the answer is to come after five seconds
    now[0] += 5
    assert reel.moments(run) == (20,)


def test_a_moment_that_hands_ask_for_does_not_wait_for_the_picture_under_way(monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    reel, run = Reel(), FakeRun(0, 10, 20, moving=True)
    reel.moments(run)
    reel.send(5.0)
    reel.go(10, run)
    assert reel.moments(run) == (10,)


def test_pictures_of_many_trainings_take_together_what_those_of_a_few_take(monkeypatch):
    places = FairSemaphore(64)
    monkeypatch.setattr(reel_module, "PLACES", places)
    for trainings in range(31):
        assert trainings / crowd() <= reel_module.TOGETHER and crowd() >= 1
        assert crowd() == 1 or trainings > reel_module.TOGETHER
        places.acquire(trainings)


def test_three_images_are_of_three_classes():
    labels = np.arange(100) % 10
    for draw in range(20):
        assert len(set(labels[three_images(labels, draw)])) == 3
    assert list(three_images(labels, 3)) == list(three_images(labels, 3))


def test_a_picture_knows_what_the_measures_of_the_same_network_and_points_say():
    data = DATASETS["mmr"]()
    training_data = SimpleNamespace(
        x=data.x, y=data.y, dataset=data, window=data.window, plane=Plane.identity(), shape=(2,), title=data.name
    )
    network = mlp((2, 20, 2), seed=3)
    moment = Moment(as_network(network, (2,)).to(torch.float64), training_data, 0, 0.0, 0.1, 2)
    found = measure(network, data.x, data.y, eps=0.1, p=2, window=data.window)
    assert moment.numbers() == pytest.approx({name: getattr(found, name) for name in moment.numbers()})
    assert set(moment.numbers()) == {"regions", "mean_d_B", "certified_error"}
