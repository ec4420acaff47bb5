"""Play, pause, step, back and rewind on the Train page, and when training ends by itself."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
import torch

import models.training.lockstep
from models.training.background.fair_semaphore import PROCESSOR, FairSemaphore
from models.training.engine import Engine
from pages.train import clock
from tests.pages.driving import complaints, link_of, settled
from tests.pages.train.driving import SMALL, captions, pressed, texts, train, until, weights


def test_play_pause_and_rewind(runs):
    app = train(**SMALL)
    (run,) = runs
    begun = weights(run)
    pressed(app, "play")
    until(lambda: run.step > 3)
    assert run.moving
    pressed(app, "play")
    assert not run.moving
    assert len({trainer.snapshot().step for trainer in run.trainers}) == 1
    assert link_of(app)["run"] == run.id
    pressed(app, "rewind")
    assert run.step == 0
    assert torch.equal(weights(run), begun)


def test_a_long_step_does_not_hold_up_the_page(runs):
    train()  # a run of an earlier test ends here: it is saved, between two steps
    with PROCESSOR:  # as a step does, for as long as it takes
        app = train(**SMALL)
    assert "press Play" in texts(app)


def test_buttons_react_and_say_what_they_wait_for_while_a_step_takes_long(runs, monkeypatch, request):
    may_end, begun, advance = threading.Event(), threading.Event(), Engine.advance
    monkeypatch.setattr(Engine, "advance", lambda engine: (begun.set(), may_end.wait(), advance(engine))[-1])
    request.addfinalizer(may_end.set)
    app = train(**SMALL)
    (run,) = runs
    app.button(key="train-play").click().run()
    for name, says, step in (("play", "Pausing …", 1), ("step", "One step …", 2), ("rewind", "Rewinding …", 0)):
        if name == "rewind":
            app.button(key="train-play").click().run()
        until(lambda name=name: name == "step" or begun.is_set())
        app.button(key=f"train-{name}").click().run()  # an error if it waits for the step, which does not end
        assert not may_end.is_set()
        assert app.button(key="train-play").label == says
        assert all(app.button(key=f"train-{each}").disabled for each in ("play", "step", "rewind"))
        assert "The step under way ends first" in captions(app)
        may_end.set()
        until(lambda: not run.ending)
        may_end.clear()
        begun.clear()
        app.run()
        assert app.button(key="train-play").label == "Play" and not app.button(key="train-play").disabled
        assert {trainer.snapshot().step for trainer in run.trainers} == {step}


def test_training_goes_on_while_nobody_looks(runs):
    app = train(**SMALL)
    pressed(app, "play")
    (run,) = runs
    seen = run.step
    until(lambda: run.step > seen + 5)
    settled(app)
    assert runs == [run]


def test_more_steps_let_a_finished_training_go_on(runs):
    app = train(**SMALL | {"steps": "10"})
    (run,) = runs
    pressed(app, "play")
    until(lambda: run.state == "finished")
    settled(app)
    assert app.button(key="train-play").disabled
    app.number_input(key="train-steps").set_value(20).run()
    assert not app.button(key="train-play").disabled
    pressed(app, "play")
    until(lambda: run.step == 20)
    assert runs == [run]


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"stop": "seconds", "seconds": "1"}, "the time of 1 s is over"),
        ({"stop": "error", "until": "100"}, "every error is"),
    ],
)
def test_it_stops_by_itself(runs, monkeypatch, link, said):
    by_steps = SimpleNamespace(
        monotonic=lambda: 100.0 * (runs[-1].step if runs else 0)
    )  # however slow the first one is
    monkeypatch.setattr(clock, "time", by_steps)
    app = pressed(train(**SMALL, **link), "play")
    (run,) = runs
    until(lambda: not run.moving)
    assert 0 < run.step < 1_000_000
    settled(app)
    assert app.button(key="train-play").disabled
    assert said in captions(app).lower()
    pressed(app, "rewind")
    assert not app.button(key="train-play").disabled and said not in captions(app).lower()


def test_going_back_shows_an_earlier_moment_and_training_stays_where_it_is(runs):
    app = train(**SMALL)
    for _ in range(3):
        pressed(app, "step")
    pressed(app, "back")
    assert link_of(app)["at"] == "2"
    pressed(app, "step")
    assert "at" not in link_of(app)
    assert runs[0].step == 3
    pressed(app, "back")
    pressed(app, "latest")
    assert "at" not in link_of(app)


def test_a_full_machine_says_so_and_pausing_leaves_the_queue(runs, monkeypatch):
    monkeypatch.setattr(models.training.lockstep, "PLACES", FairSemaphore(0))
    app = pressed(train(**SMALL), "play")
    until(lambda: runs[0].trainers[0].place == 1)
    settled(app)
    assert "number 1 in the queue" in "\n".join(info.value for info in app.info)
    pressed(app, "play")
    assert runs[0].state == "paused"


def test_divergence_is_explained_and_rewinding_begins_again(runs):
    app = pressed(train(**SMALL), "step")
    for trainer in runs[0].trainers:
        trainer.engine.fail("Training diverged: the loss is nan at step 1. Try a smaller learning rate.")
    settled(app)
    assert "diverged" in complaints(app) and "smaller learning rate" in complaints(app)
    assert app.button(key="train-play").disabled
    pressed(app, "rewind")
    assert not complaints(app)
    assert not app.button(key="train-play").disabled


def test_seconds_count_only_while_something_moves(runs):
    app = pressed(train(**SMALL | {"steps": "10"}, stop="seconds", seconds="1000"), "play")
    (run,) = runs
    until(lambda: run.state == "finished" and run.clock.since is None)
    spent = run.clock.elapsed
    app.number_input(key="train-steps").set_value(1_000_000).run()
    pressed(app, "play")
    until(lambda: run.step > 10 and run.clock.elapsed > spent)
    assert run.moving and run.clock.since is not None
