"""The command `reluscope`."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from models.training import command_line
from reluscope import __main__ as command
from reluscope import __version__

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", command.COMMANDS)
def test_every_sub_command_names_a_function(name: str):
    module, _, function = command.COMMANDS[name][0].partition(":")
    assert callable(getattr(import_module(module), function))


def test_the_help_names_every_sub_command(capsys: pytest.CaptureFixture[str]):
    for arguments in ([], ["--help"]):
        with pytest.raises(SystemExit) as ended:
            command.main(arguments)
        assert ended.value.code == 0
        shown = capsys.readouterr().out
        assert all(f"{name} " in shown and words in shown for name, (_, words) in command.COMMANDS.items())


def test_an_unknown_sub_command_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        command.main(["trian"])
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert "'trian'" in shown and all(name in shown for name in command.COMMANDS)


def test_a_line_in_the_table_is_a_sub_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "toy_command.py").write_text("import sys\ndef seven():\n    sys.seen = sys.argv\n    return 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "argv", ["before"])
    monkeypatch.setitem(command.COMMANDS, "toy", ("toy_command:seven", "a toy"))
    assert command.main(["toy", "--option", "3"]) == 7
    assert sys.seen == ["reluscope toy", "--option", "3"]  # type: ignore[attr-defined]


def test_help_speaks_of_the_program_that_was_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for argv, program in (["reluscope train"], "reluscope train"), (["train.py"], "python -m models.train"):
        monkeypatch.setattr(sys, "argv", argv)
        with pytest.raises(SystemExit):
            command_line.main(["--help"])
        shown = capsys.readouterr().out
        assert shown.startswith(f"usage: {program} ")
        assert f"\n{program} --dataset moons" in shown


def test_a_clone_has_it_too():
    run = [sys.executable, "-m", "reluscope", "--version"]
    given = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert given.stdout == f"reluscope {__version__}\n", given.stderr
