"""A run of the Train page after a reload: offered, resumed, or refused."""

from __future__ import annotations

import os
import re

import pytest
import torch
from streamlit.testing.v1 import AppTest

from models.data.images.images import runs_folder
from models.files.ownership import Ownership
from pages.train import checkpoints, resume
from tests.pages.driving import ROOT, complaints, link_of, settled, texts
from tests.pages.train.driving import SMALL, pressed, train, until, weights
from tests.slow import others_slow


def test_a_reload_offers_to_go_on_where_it_was(runs):
    app = train(**SMALL)
    pressed(app, "play")
    (run,) = runs
    until(lambda: run.step > 3)
    pressed(app, "play")
    link, step, left = link_of(app), run.step, weights(run, 1)
    run.end()

    again = train(**link)
    assert runs[-1].step == 0
    pressed(again, "go-on")
    assert runs[-1].step == step
    assert torch.equal(weights(runs[-1], 1), left)
    assert link_of(settled(again))["run"] == run.id


ON_TOUR = """
import runpy
import streamlit as st
from pages.shared import link
from pages.shared.visitor import put_back, set_aside
asked = st.session_state.pop("asked of the tour", None)
if asked == "begin":
    set_aside("train")
    link.reopen("train", {"data": "kw", "widths": "4", "tour": "train-1"})
elif asked == "leave":
    put_back()
runpy.run_path("pages/train/page.py")
"""  # what the tour's buttons do, without the other pages, which AppTest does not know


def test_leaving_a_tour_that_made_a_run_of_its_own_gives_the_training_back(runs, monkeypatch):
    monkeypatch.chdir(ROOT)
    app = AppTest.from_string(ON_TOUR, default_timeout=240)
    for name, value in SMALL.items():
        app.query_params[name] = value
    app = pressed(pressed(settled(app), "step"), "step")
    left = weights(runs[0], 1)
    app.session_state["asked of the tour"] = "begin"
    pressed(settled(app), "step")
    assert runs[-1].id != runs[0].id and runs[-1].step == 1
    app.session_state["asked of the tour"] = "leave"
    settled(app)
    assert runs[-1].id == runs[0].id and runs[-1].step == 2
    assert torch.equal(weights(runs[-1], 1), left)
    pressed(app, "step")
    assert runs[-1].step == 3


def test_a_reload_may_begin_anew_and_forgets_the_old_run(runs):
    app = pressed(pressed(train(**SMALL), "play"), "play")
    link = link_of(app)
    runs[0].end()
    again = pressed(train(**link), "anew")
    assert all(button.key != "train-go-on" for button in again.button)
    assert "run" not in link_of(again)


def test_checkpoints_of_other_points_are_refused(runs):
    app = pressed(pressed(train(**SMALL), "play"), "play")
    link = link_of(app) | {"seed": "5"}
    runs[0].end()
    again = pressed(train(**link), "go-on")
    assert "other points" in complaints(again)
    assert runs[-1].step == 0


OTHERS = [("b", "kw"), ("init", "3"), ("batch", "6"), ("widths", "9")]


@pytest.mark.parametrize(("name", "value"), others_slow(OTHERS, quick=("b",)))
def test_checkpoints_of_another_setup_are_refused(runs, name, value):
    app = pressed(pressed(train(**SMALL), "play"), "play")
    link = link_of(app) | {name: value}
    runs[0].end()
    again = pressed(train(**link), "go-on")
    assert "than are chosen now" in complaints(again)
    assert runs[-1].step == 0


def test_only_the_pages_own_old_checkpoints_are_removed(runs, tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    for name in (old := f"{'a' * 32}-0.safetensors", mine := "mine.safetensors"):
        (folder / name).touch()
        os.utime(folder / name, (0, 0))
    pressed(pressed(train(**SMALL), "play"), "play")
    assert (folder / mine).exists() and not (folder / old).exists()


def test_a_run_whose_files_another_process_writes_is_not_resumed_and_its_owner_is_named(runs, monkeypatch):
    monkeypatch.setattr(checkpoints, "PATIENCE", 0.0)
    app = pressed(pressed(train(**SMALL), "play"), "play")
    link = link_of(app)
    runs[0].end()
    with Ownership(runs_folder() / runs[0].id):
        again = pressed(train(**link), "go-on")
        assert re.search(r"goes on elsewhere: .* belongs to process \d+ on", complaints(again))
    assert runs[-1].step == 0
    pressed(settled(again), "go-on")
    assert runs[-1].id == runs[0].id and runs[-1].step > 0


def test_a_run_nobody_kept_is_not_offered():
    app = train(**SMALL, run="0" * 32)
    assert all(button.key != "train-go-on" for button in app.button)


def test_a_refused_wish_to_resume_is_not_granted_when_the_other_tab_lets_go(runs, monkeypatch):
    app = pressed(pressed(train(**SMALL), "play"), "play")
    link = link_of(app)
    runs[0].end()
    again = train(**link)
    kept = runs[-1]
    monkeypatch.setattr(resume, "goes_on_elsewhere", lambda _: True)
    pressed(again, "go-on")
    assert "goes on in another tab" in texts(again)
    monkeypatch.setattr(resume, "goes_on_elsewhere", lambda _: False)
    settled(again)
    assert runs[-1] is kept and kept.step == 0
    assert any(button.key == "train-go-on" for button in again.button)
    pressed(again, "go-on")
    assert runs[-1].id == runs[0].id and runs[-1].step > 0
