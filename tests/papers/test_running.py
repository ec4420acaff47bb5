"""Running rows: each is kept as soon as it is measured, and none is measured twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from papers import running
from papers.experiment import Experiment, Measured, Row
from papers.job import Job
from papers.result_files import read
from papers.running import chosen_rows, measured, run_rows
from papers.settings import Settings
from tests.papers.toy import NAME, TOY

USUAL = Settings()


def states(experiment: Experiment, folder: Path, settings: Settings = USUAL, **options: Any) -> list[str]:
    return [step.state for step in run_rows(experiment, experiment.rows, settings, folder, **options)]


def test_a_row_is_measured_kept_and_not_measured_again(folder: Path) -> None:
    assert states(TOY, folder) == ["begins", "measured", "begins", "measured", "missing"]
    kept = read(folder / f"{NAME}.json")
    assert set(kept) == {"moons", "spirals"}
    moons = kept["moons"]
    assert (moons.points, moons.network, moons.kind, moons.note) == (5, "moons", "preset", "a note")
    assert moons.series == {"numbers": [1.0, 2.0]} and moons.values["share"] == 12.5
    assert states(TOY, folder) == ["done", "done", "missing"]
    assert states(TOY, folder, again=True) == ["begins", "measured", "begins", "measured", "missing"]


def test_another_question_is_measured_anew(folder: Path) -> None:
    states(TOY, folder)
    assert states(TOY, folder, Settings(points=3))[:2] == ["begins", "measured"]
    assert read(folder / f"{NAME}.json")["moons"].points == 3
    assert states(TOY, folder, Settings(points=3))[0] == "done"


def test_results_that_come_with_the_project_count_as_done(folder: Path, tmp_path: Path) -> None:
    states(TOY, folder)
    assert states(TOY, tmp_path / "elsewhere", known=(folder,)) == ["done", "done", "missing"]
    assert not (tmp_path / "elsewhere").exists()


def test_other_weights_under_the_same_name_are_measured_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states(TOY, folder)
    monkeypatch.setattr(running, "key", lambda path: "other weights")
    assert states(TOY, folder)[:2] == ["begins", "measured"]


def test_an_interruption_keeps_the_rows_before_it(folder: Path) -> None:
    def interrupted(row: Row, job: Job) -> Measured:
        if row.name == "spirals":
            raise KeyboardInterrupt
        return TOY.measure(row, job)

    with pytest.raises(KeyboardInterrupt):
        states(replace(TOY, measure=interrupted), folder)
    assert set(read(folder / f"{NAME}.json")) == {"moons"}
    assert states(TOY, folder) == ["done", "begins", "measured", "missing"]


def test_what_is_missing_is_said(folder: Path) -> None:
    (step,) = run_rows(TOY, TOY.rows[2:], Settings(), folder)
    assert step.words == "a recipe nobody-has-this (models/training/recipes.py)"
    needy = replace(TOY.rows[0], needs="a bound")
    (step,) = run_rows(TOY, [needy], Settings(), folder)
    assert step.words == "a bound"


def test_rows_are_chosen_by_patterns() -> None:
    assert [row.name for row in chosen_rows(TOY, ["*s"])] == ["moons", "spirals"]
    assert chosen_rows(TOY, []) == TOY.rows
    with pytest.raises(ValueError, match="the rows moons, spirals, nowhere; there is no 'planets'"):
        chosen_rows(TOY, ["moons", "planets"])


@pytest.mark.parametrize(
    ("options", "said"),
    [({"points": 0}, "points"), ({"epochs": 0}, "epochs"), ({"seconds": -1.0}, "seconds"), ({"seed": -1}, "seed"),
     ({"seconds": float("inf")}, "seconds")],
)  # fmt: skip
def test_settings_out_of_range_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Settings(**options)


def test_a_file_is_measured_in_place_of_the_rows_own_network(tmp_path: Path, folder: Path) -> None:
    from models import mlp, save_network

    path = tmp_path / "mine.safetensors"
    save_network(mlp((2, 3, 2)), path)
    settings = Settings(network=path)
    result = measured(TOY, TOY.rows[0], settings)
    assert (result.network, result.kind, result.values["weights"]) == ("mine.safetensors", "file", 17)
    untrained = replace(TOY.rows[2], dataset="moons")  # whose own network nobody has
    (result,) = [step.result for step in run_rows(TOY, [untrained], settings, folder) if step.state == "measured"]
    assert result is not None and result.asked["network"] == result.weights


def test_rows_whose_network_has_to_be_trained_can_be_left_out(folder: Path) -> None:
    from models.training.recipes import Recipe
    from papers.sources import Trained

    recipe = Recipe("a toy", "moons", "4", "plain", epochs=2, eps=0.1)
    row = replace(TOY.rows[0], name="trained", source=Trained("toy-network", recipe))
    settings = Settings(device="cpu", folder=folder / "networks")
    assert [step.state for step in run_rows(TOY, [row], settings, folder, training=False)] == ["untrained"]
    steps = list(run_rows(TOY, [row], settings, folder))
    result = steps[-1].result
    assert result is not None and (result.kind, result.network, result.epochs) == ("file", "toy-network.safetensors", 2)
    assert [step.state for step in run_rows(TOY, [row], settings, folder, training=False)] == ["done"]
    longer = Settings(device="cpu", epochs=3, seed=1, folder=folder / "networks")
    assert [step.state for step in run_rows(TOY, [row], longer, folder)] == ["begins", "measured"]
    names = sorted(path.name for path in (folder / "networks").glob("*.safetensors"))
    assert names == ["toy-network-3-epochs-seed-1.safetensors", "toy-network.safetensors"]
