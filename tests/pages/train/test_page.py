"""The Train page without a browser: its states, its links, and what it says to bad input."""

from __future__ import annotations

import gzip
import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import models.level
from models import OBJECTIVES
from models.seats import FLOOR, Seats
from pages.explore import data
from pages.train import look, objectives, resume, setup, stage, subject
from pages.train.run import Run
from tests.pages.driving import complaints, link_of, opened, settled

LINK_NAMES = frozenset().union(*(part.LINK_NAMES for part in (data, subject, setup, objectives, look, stage, resume)))
SMALL = {"data": "kw", "widths": "8", "batch": "12", "steps": "1000000"}  # it does not end by itself


def train(**link: str) -> AppTest:
    """The page, opened by a link, after its first run."""
    return opened("pages/train/page.py", {name.replace("_", "-"): value for name, value in link.items()})


def pressed(app: AppTest, name: str) -> AppTest:
    app.button(key=f"train-{name}").click().run()
    assert not app.exception, app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(str(element.proto) for element in app.get("html"))


def captions(app: AppTest) -> str:
    return "\n".join(element.value for element in app.caption)


def weights(run: Run, slot: int = 0) -> torch.Tensor:
    return torch.cat([weight.flatten() for weight in run.trainers[slot].snapshot().weights.values()])


def until(holds, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


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
    with FLOOR:  # as a step does, for as long as it takes
        app = train(**SMALL)
    assert "press Play" in texts(app)


def test_training_goes_on_while_nobody_looks(runs):
    app = train(**SMALL)
    pressed(app, "play")
    (run,) = runs
    seen = run.step
    until(lambda: run.step > seen + 5)
    settled(app)
    assert runs == [run]


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


@pytest.mark.parametrize("link", [{"stop": "seconds", "seconds": "1"}, {"stop": "error", "until": "100"}])
def test_it_stops_by_itself(runs, link):
    app = pressed(train(**SMALL, **link), "play")
    (run,) = runs
    until(lambda: not run.moving)
    assert 0 < run.step < 1_000_000
    settled(app)
    assert app.button(key="train-play").disabled
    assert link["stop"] in captions(app).lower()
    pressed(app, "rewind")
    assert not app.button(key="train-play").disabled and link["stop"] not in captions(app).lower()


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


@pytest.mark.parametrize("name", [name for name in OBJECTIVES if name != "plain"])
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


def test_a_full_machine_says_so_and_pausing_leaves_the_queue(runs, monkeypatch):
    monkeypatch.setattr(models.level, "PLACES", Seats(0))
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


@pytest.mark.parametrize("change", [{"b": "kw"}, {"init": "3"}, {"batch": "6"}, {"widths": "9"}])
def test_checkpoints_of_another_setup_are_refused(runs, change):
    app = pressed(pressed(train(**SMALL), "play"), "play")
    link = link_of(app) | change
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


def test_seconds_count_only_while_something_moves(runs):
    app = pressed(train(**SMALL | {"steps": "10"}, stop="seconds", seconds="1000"), "play")
    (run,) = runs
    until(lambda: run.state == "finished" and run.clock.since is None)
    spent = run.clock.elapsed
    app.number_input(key="train-steps").set_value(1_000_000).run()
    pressed(app, "play")
    until(lambda: run.step > 10 and run.clock.elapsed > spent)
    assert run.moving and run.clock.since is not None


def test_a_run_nobody_kept_is_not_offered():
    app = train(**SMALL, run="0" * 32)
    assert all(button.key != "train-go-on" for button in app.button)


def test_a_link_reopens_the_same_state():
    asked = {
        "data": "circles", "drop": "0", "size": "40", "noise": "0.1", "seed": "3", "classes": "3", "widths": "6, 6",
        "units": "LeakyReLU", "init": "2", "p": "inf", "eps": "0.07", "a": "mmr", "b": "kw", "c": "ibp",
        "a-lam": "2.5", "c-kappa": "0.25", "lr": "0.004", "speed": "20", "stop": "seconds", "seconds": "30",
        "steps": "500", "batch": "32", "order": "4", "fill": "region", "boxes": "0", "data-points": "0",
        "boundary": "0", "colours": "1", "pin": "0.25,-0.5", "view": "-0.5,0.5,-0.5,0.5",
    }  # fmt: skip
    app = train(**asked)
    assert not complaints(app)
    assert link_of(app) == asked
    assert link_of(settled(app)) == asked


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("data", "planets", "one of moons"),
        ("a", "magic", "one of plain"),
        ("a", "none", "one of plain"),
        ("b-lam", "-1", "between 0 and 10"),
        ("eps", "nan", "finite"),
        ("lr", "5", "between"),
        ("widths", "many", "'many' is none"),
        ("steps", "1", "whole number from 10"),
        ("speed", "warp", "one of 1"),
        ("run", "../../etc", "32 digits"),
        ("at", "-4", "whole number"),
        ("pin", "1", "2 finite numbers"),
        ("of", "sound", "one of plane"),
        ("flavour", "sweet", "means nothing here"),
    ],
)
def test_a_broken_link_is_explained(name, value, remedy):
    app = train(**{name: value})
    assert remedy in complaints(app)


values = st.one_of(
    st.text("0123456789.,-+eaimdnf_:<*[ ", max_size=12),
    st.sampled_from(["mmr", "kw", "none", "images", "1e308,1e308", "-1,1,-1,1", "0" * 32, "error", "inf"]),
)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(LINK_NAMES)), values, max_size=4))
def test_no_link_breaks_the_page(runs, link):
    train(**{"batch": "12", **link})
    for run in runs:
        run.end()


def test_points_of_one_class_cannot_be_learned_and_the_page_says_so():
    app = train(**SMALL, points="_".join(["d0"] * 11))
    assert "needs at least 2" in complaints(app)


def test_without_images_the_page_says_where_they_belong():
    app = train(of="images", images="mnist")
    assert "RELUSCOPE_DATA" in complaints(app)


def test_images_train_on_the_plane_through_three_of_them(runs, tmp_path):
    write_images(tmp_path / "mnist", 120)
    app = pressed(train(of="images", images="mnist", images_size="100", widths="6", p="inf", eps="0.1"), "step")
    assert not complaints(app)
    assert runs[-1].step == 1
    assert "Linear regions in the window" in texts(app)


def write_images(folder: Path, count: int) -> None:
    """Random images with labels 0..9, as IDX files."""
    random = np.random.default_rng(0)
    folder.mkdir()
    images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    labels = (np.arange(count) % 10).astype(np.uint8)
    for stem, array in (("train-images-idx3-ubyte", images), ("train-labels-idx1-ubyte", labels)):
        sizes = b"".join(size.to_bytes(4) for size in array.shape)
        head = bytes([0, 0, 8, array.ndim]) + sizes
        (folder / f"{stem}.gz").write_bytes(gzip.compress(head + array.tobytes()))
