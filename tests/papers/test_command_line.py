"""python -m papers"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from papers import command_line
from papers.command_line import INTERRUPTED, LACKING, WRONG, main
from papers.experiments import EXPERIMENTS
from papers.result_files import read
from tests.papers.toy import NAME


def test_a_new_experiment_is_listed_run_and_shown(toy: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--results", str(folder)]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in EXPERIMENTS)
    assert "MMR, Table 99: a table that only tests have" in listed and "0 of 3 rows run, 2 more can run here" in listed
    assert main(["run", toy, "--rows", "moons", "spirals", "--results", str(folder)]) == 0
    ran = capsys.readouterr().out
    assert "two moons: measures, about 1 s on one core …" in ran and "5 points" in ran
    assert main(["run", toy, "--rows", "moons", "--results", str(folder)]) == 0
    assert "measures" not in capsys.readouterr().out
    assert main(["show", toy, "--results", str(folder)]) == 0
    table = capsys.readouterr().out
    assert "| two moons | 1 234 | 1 218 | −16 | 12 % | 12.5 % | +0.5 ▼ |" in table.replace("\u2009", " ")
    assert "| spirals |" in table and "≈" in table
    assert "not run; it needs a recipe nobody-has-this" in table
    assert main(["list", "--results", str(folder)]) == 0
    assert "2 of 3 rows run" in capsys.readouterr().out


def test_rows_that_lack_something_are_told_and_the_others_run(
    toy: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", toy, "--results", str(folder)]) == LACKING
    assert "nowhere: needs a recipe nobody-has-this" in capsys.readouterr().out
    assert set(read(folder / f"{NAME}.json")) == {"moons", "spirals"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "mmr-table-7"], "there is no 'mmr-table-7'"),
        (["show", "nothing"], "there is no 'nothing'"),
        (["run", NAME, "--rows", "planets"], "there is no 'planets'"),
        (["run", NAME, "--points", "0"], "points must be 1 or above"),
        (["run", NAME, "--network", "nowhere.safetensors"], "nowhere.safetensors"),
    ],
)
def test_bad_arguments_are_explained(
    toy: str, arguments: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--results", str(folder)]) == WRONG
    assert said in capsys.readouterr().err
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_explained(
    toy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["run", toy, "--rows", "moons", "--results", str(tmp_path / "file")]) == WRONG
    assert "file" in capsys.readouterr().err


def test_ctrl_c_says_that_what_is_done_is_kept(
    toy: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "run_rows", interrupted)
    assert main(["run", toy, "--results", str(folder)]) == INTERRUPTED
    assert "finished rows are kept" in capsys.readouterr().err


def test_it_is_a_program() -> None:
    done = subprocess.run([sys.executable, "-m", "papers", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "python -m papers list" in done.stdout
