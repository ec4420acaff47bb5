"""Memory that a training needs on the Train page: refused before it begins, shared, and given back."""

from __future__ import annotations

import re

import numpy as np
import pytest

from geometry.computation.memory import Budget, NoRoomError
from models.training import step_memory
from tests.pages.driving import complaints, settled
from tests.pages.train.driving import SMALL, pressed, train


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch) -> Budget:
    """400 MB for trainings, which what earlier tests have left to end in the background does not share."""
    own = Budget(400_000_000)
    monkeypatch.setattr(step_memory, "BUDGET", own)
    return own


def test_what_does_not_fit_into_memory_is_refused_before_it_begins(runs, budget):
    """One step of KW in l2 on 784-1024-10 takes about 0.8 GB at the default batch."""
    heavy = {"of": "images", "network": "fc1", "a": "kw", "b": "none", "p": "2"}
    app = train(**heavy)
    (said,) = [error.value for error in app.error]
    assert re.search(r"needs .* MB of memory, and this server has 400 MB", said)
    assert "smaller batch, a smaller network, or another objective" in said
    assert app.button(key="train-play").disabled and app.button(key="train-step").disabled
    with pytest.raises(NoRoomError):
        runs[-1].play()
    assert runs[-1].state == "paused"
    app.number_input(key="train-batch").set_value(1)
    settled(app)
    assert not app.error and not app.button(key="train-play").disabled


@pytest.mark.slow
def test_a_norm_that_needs_more_memory_than_there_is_is_refused_and_the_run_stays_as_it_was(runs, budget):
    app = pressed(train(of="images", network="fc1", a="kw", b="none", p="inf", batch="64"), "step")
    (run,) = runs
    app.session_state["p"] = "2"
    settled(app)
    assert re.search(r"needs .* MB of memory", complaints(app))
    assert run.trainers[0].objective.p == np.inf
    app.session_state["p"] = "inf"
    settled(app)
    assert not complaints(app)
    assert runs == [run] and run.step == 1


def test_trainings_share_the_servers_memory_and_give_it_back(runs, budget):
    before = budget.free
    app = pressed(train(**SMALL), "step")
    held = budget.free
    assert held < before
    runs[-1].end()
    assert budget.free > held
    assert not app.exception
