"""python -m certify"""

from __future__ import annotations

import csv
import errno
import gzip
import json
import math
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from certify import Answers, all_answers, certified_radius, robust_error_run
from certify import __main__ as command
from certify.__main__ import main
from certify.staged_runs.saved import from_json
from geometry.computation.interruption import INTERRUPTED
from models.data.toy import DATASETS
from models.files.atomic_writes import replace_file
from models.files.network_files import save_network
from models.files.ownership import Ownership
from models.networks.builders import mlp
from models.presets import load_preset

MOONS = ("moons", "moons", "--points", "40")
ROBUST = ("robust-error", *MOONS, "--eps", "0.2")


def written(path: Path) -> dict:
    return json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def column(path: Path, name: str) -> list:
    return next(column["values"] for column in written(path)["columns"] if column["name"] == name)


def test_it_writes_what_the_run_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "result"
    assert main([*ROBUST, "--points", "12", "--exact", "60", "--workers", "1", "--out", str(out)]) == 0
    moons, network = DATASETS["moons"](), load_preset("moons").network
    found = all_answers(robust_error_run(network, moons.x[:12], moons.y[:12], 0.2, math.inf, exact=60.0))
    for name in ("predicted", "state", "by", "search"):
        assert column(out, name) == found[name].tolist()
    assert written(out)["labels"] == moons.y[:12].tolist() and written(out)["complete"]
    printed = capsys.readouterr()
    for state in ("wrong", "attacked", "proved", "open"):
        assert f"{state} " in printed.out and f"{(found['state'] == state).mean():.2%}" in printed.out
    assert "pgd" in printed.err and "12/12" in printed.err


def test_both_files_say_where_they_come_from(tmp_path: Path):
    out = tmp_path / "result.csv"
    options = ["--norm", "2", "--box", "-3", "3", "--methods", "crown", "simplex", "--attack", "none"]
    assert main([*ROBUST, *options, "--out", str(out)]) == 0
    text = out.read_text()
    about = dict(line[2:].split(": ", 1) for line in text.splitlines() if line.startswith("# "))
    assert written(out)["about"] == about
    expected = {
        "content": "robust-error", "network": "moons", "norm": "l2", "box": "-3.0 to 3.0", "eps": "0.2",
        "methods": "crown simplex", "attack": "none", "exact": "0.0", "covers": "real", "complete": "True",
    }  # fmt: skip
    assert about.items() >= expected.items()
    assert about["points"].startswith("40 of the first 40 of moons")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    assert [row["state"] for row in rows] == column(out, "state")
    assert [int(row["point [number in the set, from 0]"]) for row in rows] == list(range(40))


def test_radii_come_with_their_unit(tmp_path: Path):
    out = tmp_path / "r"
    assert main(["radius", *MOONS, "--norm", "1", "--methods", "crown", "--out", str(out)]) == 0
    radii = certified_radius(load_preset("moons").network, DATASETS["moons"]().x[:40], 1, "crown")
    assert column(out, "radius crown") == radii.tolist()
    assert "radius crown [input units in l1]" in out.with_suffix(".csv").read_text()


@pytest.mark.parametrize("name", ["detection", "tightness"])
def test_the_other_questions_are_answered(name: str, tmp_path: Path):
    assert main([name, *MOONS, "--eps", "0.1", "--method", "crown", "--out", str(tmp_path / "a")]) == 0
    assert written(tmp_path / "a")["complete"] and len(column(tmp_path / "a", "predicted")) == 40


def test_without_a_name_for_the_result_the_same_question_has_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    for arguments in (ROBUST, ROBUST, (*ROBUST, "--attack", "none")):
        assert main([*arguments]) == 0
    assert len(list((tmp_path / "runs").glob("robust-error-moons-moons-*.json"))) == 2


# Stopping and going on


@pytest.fixture
def interrupted_after(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The steps after which Ctrl-C is pressed, one number for each call of the command."""
    steps, run_out = [3], command.carried_out

    def pressing(*args, **options) -> Iterator[tuple[int, Answers]]:
        for count, step in enumerate(run_out(*args, **options)):
            if steps and count == steps[0]:
                os.kill(os.getpid(), signal.SIGINT)
            yield step

    monkeypatch.setattr(command, "carried_out", pressing)
    yield steps


def test_ctrl_c_saves_and_the_same_command_goes_on(
    tmp_path: Path, interrupted_after: list[int], capsys: pytest.CaptureFixture[str]
):
    whole, out = tmp_path / "whole", tmp_path / "parts"
    handler = signal.getsignal(signal.SIGINT)
    for steps in (2, 4, 100):
        interrupted_after[:] = [steps]
        status = main([*ROBUST, "--out", str(out)])
        assert status == (INTERRUPTED if steps < 100 else 0)
        assert written(out)["complete"] == (status == 0)
        assert ("goes on" in capsys.readouterr().err) == (status == INTERRUPTED)
    assert signal.getsignal(signal.SIGINT) is handler
    interrupted_after[:] = []
    assert main([*ROBUST, "--out", str(whole)]) == 0
    assert written(whole)["columns"] == written(out)["columns"]


def test_a_file_of_another_question_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "result"
    assert main([*ROBUST, "--out", str(out)]) == 0
    before = out.with_suffix(".json").read_bytes()
    assert main([*ROBUST[:-1], "0.3", "--out", str(out)]) == 1
    assert "eps 0.2, not 0.3; name another file with --out" in capsys.readouterr().err
    (tmp_path / "mine.json").write_text('{"a": 1}')
    assert main([*ROBUST, "--out", str(tmp_path / "mine.json")]) == 1
    assert (tmp_path / "mine.json").read_text() == '{"a": 1}'
    assert out.with_suffix(".json").read_bytes() == before


def test_two_commands_do_not_write_the_same_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with Ownership(tmp_path / "a.json"):
        assert main([*ROBUST, "--out", str(tmp_path / "a")]) == 1
    assert "belongs to process" in capsys.readouterr().err


# A full disk


def full(path: Path, data: bytes) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_for_a_while_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    writes = iter([full, full])
    monkeypatch.setattr(command, "SAVE", 0.0)
    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=lambda: 0.0))  # each answer is saved, however slowly
    monkeypatch.setattr(command, "replace_file", lambda path, data: next(writes, replace_file)(path, data))
    assert main([*ROBUST, "--out", str(tmp_path / "a")]) == 0
    assert capsys.readouterr().err.count("No space left on device") == 1
    assert written(tmp_path / "a")["complete"]


def test_a_result_that_cannot_be_written_lies_elsewhere_and_goes_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    temporary = tmp_path / "elsewhere"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    out = tmp_path / "a"
    monkeypatch.setattr(
        command, "replace_file", lambda path, data: (replace_file if temporary in path.parents else full)(path, data)
    )
    assert main([*ROBUST, "--out", str(out)]) == command.NOT_SAVED
    (rescued,) = temporary.rglob("a.json")
    assert str(rescued) in capsys.readouterr().err
    assert from_json(rescued.read_bytes()).complete


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").write_text("")
    assert main([*ROBUST, "--out", str(tmp_path / "file" / "a")]) == 1
    assert main([*ROBUST, "--out", str(tmp_path / "b.json" / "..")]) == 1
    assert capsys.readouterr().err.startswith("python -m certify: ")


# Input that does not fit


def idx(folder: Path, name: str, array: np.ndarray) -> None:
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4) for size in array.shape)
    (folder / f"{name}.gz").write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """A folder with a test part of six images of 4 x 4 pixels in MNIST's format."""
    folder = tmp_path / "digits"
    folder.mkdir()
    idx(folder, "t10k-images-idx3-ubyte", np.arange(96).reshape(6, 4, 4))
    idx(folder, "t10k-labels-idx1-ubyte", np.arange(6) % 3)
    return folder


@pytest.fixture
def network(tmp_path: Path) -> str:
    path = tmp_path / "network.safetensors"
    save_network(mlp((16, 5, 3)), path)
    return str(path)


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The message with which the command refuses its input: one line."""
    assert main(arguments) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("python -m certify: ")
    return lines[0]


def test_a_folder_of_ones_own_is_read(digits: Path, network: str, tmp_path: Path):
    assert main(["robust-error", network, str(digits), "--eps", "0.01", "--out", str(tmp_path / "a")]) == 0
    assert written(tmp_path / "a")["labels"] == [0, 1, 2, 0, 1, 2]


def test_a_network_that_does_not_fit_the_data_is_refused(digits: Path, capsys: pytest.CaptureFixture[str]):
    message = refused(["robust-error", "moons", str(digits), "--eps", "0.1"], capsys)
    assert "moons is for inputs of 2" in message and "1×4×4" in message


def test_labels_out_of_range_are_refused(digits: Path, network: str, capsys: pytest.CaptureFixture[str]):
    idx(digits, "t10k-labels-idx1-ubyte", np.array([0, 1, 2, 3, 1, 1]))
    assert "labels must lie in 0..2, got 3" in refused(["robust-error", network, str(digits), "--eps", "0.1"], capsys)


def test_half_a_data_set_is_refused(digits: Path, network: str, capsys: pytest.CaptureFixture[str]):
    (digits / "t10k-labels-idx1-ubyte.gz").unlink()
    message = refused(["robust-error", network, str(digits), "--eps", "0.1"], capsys)
    assert "images and its labels" in message and "t10k-images-idx3-ubyte" in message


def test_points_without_labels_have_radii_and_no_robust_error(
    network: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "unlabelled.npz"
    np.savez(data, x=np.zeros((3, 4, 4), dtype=np.uint8))
    assert "no labelled points" in refused(["robust-error", network, str(data), "--eps", "0.1"], capsys)
    assert main(["radius", network, str(data), "--methods", "crown", "--out", str(tmp_path / "a")]) == 0
    assert written(tmp_path / "a")["labels"] == [-1, -1, -1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "moons"], "there is no file 'nowhere', and no network of that name"),
        (["moons", "nowhere"], "there is no file or folder 'nowhere'"),
        (["moons", "moons", "--points", "0"], "1 to 200 labelled points, got 0"),
        (["moons", "moons", "--points", "201"], "1 to 200 labelled points, got 201"),
        (["moons", "moons", "--box", "0", "0.5"], "outside"),
        (["moons", "moons", "--box", "1", "0"], "box"),
        (["moons", "moons", "--norm", "2", "--methods", "lp"], "lp knows the norms"),
        (["moons", "moons", "--attack", "cw"], "measures in linf"),
        (["moons", "moons", "--workers", "0"], "--workers takes 1 or more"),
        (["moons", "moons", "--scheduler", "nonsense://here"], "no scheduler answers at nonsense://here"),
    ],
)  # fmt: skip
def test_an_option_that_does_not_fit_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    out = ["--out", str(tmp_path / "a")]
    assert main(["robust-error", *arguments, "--eps", "0.1", *out]) == 1
    assert words in capsys.readouterr().err
    assert not list(tmp_path.glob("*.lock"))


def test_a_network_file_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "a.pth").write_bytes(b"nothing")
    message = refused(["robust-error", str(tmp_path / "a.pth"), "moons", "--eps", "0.1"], capsys)
    assert "no file of a trained network" in message


def test_wrong_arguments_end_with_the_usage(capsys: pytest.CaptureFixture[str]):
    for arguments in ([], ["robust-error", *MOONS], ["best", *MOONS], [*ROBUST, "--methods", "best"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        assert "usage: python -m certify" in capsys.readouterr().err


def test_a_file_of_weights_alone_is_read_as_the_options_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    layers = [torch.nn.Conv2d(1, 2, 4, stride=2, padding=1), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8, 2)]
    torch.save(torch.nn.Sequential(*layers).state_dict(), tmp_path / "a.pth")
    np.savez(tmp_path / "d.npz", x=np.zeros((2, 4, 4), dtype=np.uint8), y=[0, 1])
    options = [
        "--input-shape",
        "1,4,4",
        "--stride",
        "2",
        "--padding",
        "1",
        "--mean",
        "0.5",
        "--out",
        str(tmp_path / "r"),
    ]
    files = [str(tmp_path / "a.pth"), str(tmp_path / "d.npz")]
    assert main(["radius", *files, "--methods", "interval", *options, "--out", str(tmp_path / "r")]) == 0
    assert all(value is not None for value in column(tmp_path / "r", "radius interval"))
