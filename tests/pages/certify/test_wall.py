"""The wall without a browser: runs begun on the page are those of the command, and files are checked."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from certify import all_answers, robust_error_run
from certify.__main__ import main
from certify.staged_runs.saved import from_json
from models.data.toy import DATASETS
from models.presets import load_preset
from pages.certify.run_files import run_files
from tests.pages.driving import opened, texts, until

COMMAND = ["robust-error", "moons", "moons", "--eps", "0.2", "--points", "20"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    return tmp_path / "runs"


def test_a_run_begun_on_the_page_answers_as_the_command_does_and_the_command_goes_on_from_it(folder: Path):
    app = opened("pages/certify/page.py", {"network": "shipped", "show": "wall", "p": "inf", "eps": "0.2", "use": "20"})
    assert "no run about this network" in texts(app)
    app.button(key="start-wall").click().run()
    until(app, lambda app: any(file.run.complete for file in run_files()))
    (file,) = run_files()
    moons = DATASETS["moons"]()
    found = all_answers(robust_error_run(load_preset("moons").network, moons.x[:20], moons.y[:20], 0.2, math.inf))
    assert file.run.answers["state"].tolist() == found["state"].tolist()
    assert main([*COMMAND, "--out", str(file.path)]) == 0  # it would refuse the file of another question
    assert from_json(file.path.read_bytes()).answers.values.keys() == found.values.keys()


def test_a_run_of_the_command_is_on_the_wall_and_one_about_other_points_is_listed(folder: Path):
    assert main(COMMAND) == 0
    app = opened("pages/certify/page.py", {"network": "shipped", "show": "wall"})
    assert "of 20 points wrong" in texts(app)
    app = opened("pages/certify/page.py", {"network": "shipped", "show": "wall", "data": "circles"})
    assert "no run about this network" in texts(app) and "moons on moons" in texts(app)


def test_files_that_are_no_runs_are_left_out(folder: Path):
    assert main(COMMAND) == 0
    (file,) = folder.glob("*.json")
    (folder / "text.json").write_text("hello")
    (folder / "cut.json").write_bytes(file.read_bytes()[:-30])
    content = json.loads(file.read_text())
    content["columns"] = [column for column in content["columns"] if column["name"] != "state"]
    (folder / "columns.json").write_text(json.dumps(content))
    (folder / "stages.json").write_text(json.dumps(json.loads(file.read_text()) | {"stages": {}}))
    assert [found.path for found in run_files()] == [file]


def test_a_file_about_points_that_are_not_there_is_not_on_the_wall(folder: Path):
    assert main(COMMAND) == 0
    (file,) = folder.glob("*.json")
    content = json.loads(file.read_text())
    content["points"][0] = 10**6
    file.write_text(json.dumps(content))
    app = opened("pages/certify/page.py", {"network": "shipped", "show": "wall"})
    assert "no run about this network" in texts(app)
