"""The Train page without a browser: its objectives, its controls, and what may change while it trains."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models import OBJECTIVES
from tests.pages.driving import complaints, link_of
from tests.pages.train.driving import SMALL, pressed, texts, train, weights
from tests.slow import others_slow


def test_it_opens_with_plain_beside_mmr_ready_to_play(runs):
    app = train()
    (run,) = runs
    assert not complaints(app)
    assert run.titles == ("Plain", "MMR")
    assert run.step == 0 and run.state == "paused"
    assert "press Play" in texts(app)
    assert link_of(app) == {}


def test_objectives_begin_at_the_same_weights_and_step_together(runs):
    app = train(**SMALL)
    (run,) = runs
    assert torch.equal(weights(run, 0), weights(run, 1))
    pressed(pressed(app, "step"), "step")
    assert [trainer.snapshot().step for trainer in run.trainers] == [2, 2]
    assert not torch.equal(weights(run, 0), weights(run, 1))


def test_new_weights_are_others_and_the_same_for_all(runs):
    app = pressed(train(**SMALL), "new")
    before, after = runs
    assert not torch.equal(weights(before), weights(after))
    assert torch.equal(weights(after, 0), weights(after, 1))
    assert before.state == "stopped"
    assert link_of(app)["init"] == "1"


def test_what_may_change_while_it_runs_changes_and_the_run_stays(runs):
    app = pressed(train(**SMALL, a="kmmr", b="adversarial"), "step")
    app.slider(key="train-a-lam").set_value(2.5).run()
    app.slider(key="train-a-gamma-B").set_value(0.2).run()
    app.slider(key="train-a-k").set_value(0.25).run()
    app.slider(key="train-eps").set_value(0.06).run()
    app.number_input(key="train-lr").set_value(0.02).run()
    app.segmented_control(key="p").select("inf").run()
    (run,) = runs
    mmr, adversarial = (trainer.objective for trainer in run.trainers)
    assert (mmr.lam, mmr.gamma_B, mmr.k_B, mmr.p) == (2.5, 0.2, (0.25, 0.02), np.inf)
    assert (adversarial.eps, adversarial.p) == (0.06, np.inf)
    assert {trainer.lr for trainer in run.trainers} == {0.02}
    assert run.step == 1


WATCHED = [name for name in OBJECTIVES if name != "plain"]


@pytest.mark.parametrize("name", others_slow(WATCHED, quick=("adversarial", "mmr", "kw")))
def test_every_objective_can_be_watched(runs, name):
    app = pressed(train(**SMALL, b=name, p="inf"), "step")
    assert not complaints(app)
    assert runs[0].step == 1


def test_three_objectives_and_twice_the_same(runs):
    train(**SMALL, a="kmmr", b="kmmr", c="plain", b_lam="3")
    assert runs[0].titles == ("MMR A", "MMR B", "Plain")


def test_one_objective_alone(runs):
    app = pressed(train(**SMALL, b="none"), "step")
    assert runs[0].titles == ("Plain",)
    assert "away from a data point" in texts(app)


def test_an_experiment_sets_all_controls(runs):
    app = train()
    app.get("button_group")[0].select("kw").run()
    assert not complaints(app)
    assert runs[-1].titles == ("Plain", "KW robust")
    assert link_of(app)["data"] == "kw" and link_of(app)["p"] == "inf"


def test_the_device_is_chosen_named_and_in_the_link(runs):
    app = train(**SMALL)
    assert any("Trains on CPU" in caption.value for caption in app.caption)
    assert "device" not in link_of(app)
    app.selectbox(key="train-device").set_value("cpu").run()
    assert link_of(app)["device"] == "cpu"
    assert len(runs) == 1  # the same device as was chosen by itself
    app = train(**SMALL, device="cuda:7")
    assert "cuda:7" not in link_of(app).values()
    assert any("Trains on CPU" in caption.value for caption in app.caption)


def test_the_legend_says_what_the_circles_around_a_pin_are():
    circles = "a unit switches", "the class would change"
    assert not any(words in texts(train(**SMALL)) for words in circles)
    assert all(words in texts(train(**SMALL, pin="0.4,0.3")) for words in circles)
