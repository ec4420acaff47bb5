"""python -m certify property"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from certify import __main__ as command
from certify.__main__ import main
from certify.properties.vnnlib import read_vnnlib
from geometry.computation.interruption import INTERRUPTED
from models.files.formats.onnx.inputs import CHANNELS_LAST
from models.files.network_files import load_network, save_network

NETWORKS = Path(__file__).resolve().parents[4] / "shared" / "networks"
needs_networks = pytest.mark.skipif(not NETWORKS.exists(), reason="the published networks are not on this machine")

BOX = """(declare-const X_0 Real) (declare-const X_1 Real) (declare-const Y_0 Real)
(assert (and (>= X_0 0) (<= X_0 1) (>= X_1 0) (<= X_1 1)))
"""


@pytest.fixture
def network(tmp_path: Path) -> str:
    """y = |x0 - x1|: at most 1 on the unit box."""
    layers = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    for layer, weight in ((layers[0], [[1.0, -1.0], [-1.0, 1.0]]), (layers[2], [[1.0, 1.0]])):
        layer.weight.data, layer.bias.data = torch.tensor(weight), torch.zeros(len(weight))
    path = tmp_path / "network.safetensors"
    save_network(layers, path)
    return str(path)


@pytest.fixture
def written(tmp_path: Path):
    def written(assertion: str) -> str:
        path = tmp_path / "property.vnnlib"
        path.write_text(BOX + assertion)
        return str(path)

    return written


def test_a_property_that_holds(network: str, written, capsys: pytest.CaptureFixture[str]):
    prop = written("(assert (>= Y_0 1.001))")
    assert main(["property", network, prop]) == 0
    assert capsys.readouterr().out == "holds\n"
    assert main(["property", network, prop, "--competition"]) == 0
    assert capsys.readouterr().out == "unsat\n"


def test_a_violation_is_printed_and_saved_with_its_provenance(
    network: str, written, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    prop = written("(assert (>= Y_0 0.9))")
    assert main(["property", network, prop, "--out", str(tmp_path / "folder" / "result")]) == 4
    first, *lines = capsys.readouterr().out.splitlines()
    values = dict(line.split(" = ") for line in lines)
    assert first == "violated" and list(values) == ["X_0", "X_1", "Y_0"]
    assert abs(abs(float(values["X_0"]) - float(values["X_1"])) - float(values["Y_0"])) < 1e-12
    content = json.loads((tmp_path / "folder" / "result.json").read_text())
    assert content["status"] == "violated" and content["settings"]["timeout"] == 60
    assert content["about"].items() >= {"network": "network.safetensors", "data": "property.vnnlib"}.items()
    assert content["about"]["weights"] and content["about"]["made"] and content["settings"]["property key"]
    (a, b), (y,) = (list(map(Fraction, content["violation"][f"exact {kind}"])) for kind in ("inputs", "outputs"))
    assert y == abs(a - b) and read_vnnlib(prop).violated_at((a, b), (y,))
    assert [float(a), float(b)] == content["violation"]["inputs"] == [float(values["X_0"]), float(values["X_1"])]


def test_a_violation_in_the_competitions_form(network: str, written, capsys: pytest.CaptureFixture[str]):
    assert main(["property", network, written("(assert (>= Y_0 0.9))"), "--competition"]) == 4
    number = r"(-?[\d.]+(e-?\d+)?)"
    text = rf"sat\n\(\(X_0 {number}\)\n \(X_1 {number}\)\n \(Y_0 {number}\)\)\n"
    assert re.fullmatch(text, capsys.readouterr().out)


def test_a_limit_that_is_just_reached_is_a_violation(network: str, written):
    assert main(["property", network, written("(assert (>= Y_0 1))")]) == 4
    assert main(["property", network, written("(assert (<= Y_0 0))")]) == 4


def test_without_time_it_is_unknown(network: str, written, capsys: pytest.CaptureFixture[str]):
    prop = written("(assert (>= Y_0 1.001))")
    assert main(["property", network, prop, "--timeout", "0"]) == 5
    assert capsys.readouterr().out == "unknown: the time was over\n"
    assert main(["property", network, prop, "--timeout", "0", "--competition"]) == 5
    assert capsys.readouterr().out == "timeout\n"


@pytest.mark.parametrize(
    ("assertion", "options", "words"),
    [
        ("(assert (< Y_0 1))", [], "line 3: strict inequalities"),
        ("(declare-const Y_1 Real) (assert (<= Y_1 1))", [], "the network has 1 outputs, and the property is for 2"),
        ("(assert (<= Y_0 1))", ["--timeout", "-1"], "time_limit"),
        ("(assert (<= Y_0 1))", ["--out", "."], "--out takes the name of a file"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(
    assertion: str, options: list[str], words: str, network: str, written, capsys: pytest.CaptureFixture[str]
):
    assert main(["property", network, written(assertion), *options]) == 1
    printed = capsys.readouterr()
    assert words in printed.err and printed.err.count("\n") == 1 and not printed.out


def test_reordered_images_are_refused(
    network: str, written, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A property numbers the inputs as the file does."""
    named = command.NamedNetwork(nn.Sequential(nn.Conv2d(2, 1, 1), nn.Flatten()), "n", (f"{CHANNELS_LAST}, 1×1×2.",))
    monkeypatch.setattr(command, "network_by_name", lambda *_, **__: named)
    prop = written("(assert (<= Y_0 1))")
    assert main(["property", network, prop, "--input-shape", "2,1,1"]) == 1
    assert "channels last" in capsys.readouterr().err


def test_a_result_that_cannot_be_written(network: str, written, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command, "replace_file", full)
    assert main(["property", network, written("(assert (>= Y_0 2))"), "--out", str(tmp_path / "r")]) == 3


def test_an_interrupted_decision_is_unknown(network: str, written, monkeypatch: pytest.MonkeyPatch):
    class Set:
        def is_set(self) -> bool:
            return True

    class Interrupted:
        def __enter__(self) -> Set:
            return Set()

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(command, "interruption", Interrupted)
    assert main(["property", network, written("(assert (>= Y_0 1.001))")]) == INTERRUPTED


def sampled_sides(network: nn.Module, name: str, count: int) -> np.ndarray:
    """The least left side of a published property at random inputs, by torch."""
    (case,) = read_vnnlib(NETWORKS / name).cases
    low, high = (np.array([float(end[side]) for end in case.box]) for side in (0, 1))
    x = np.random.default_rng(0).uniform(low, high, (count, len(low)))
    with torch.no_grad():
        y = network.double()(torch.from_numpy(x)).numpy()
    rows = [
        sum(float(f) * y[:, place] for place, f in row.coefficients.items()) + float(row.constant)
        for row in case.inequalities
    ]
    return np.min(rows, axis=0)


@needs_networks
@pytest.mark.parametrize("name", ["acasxu-1-1", "acasxu-1-1-eran"])
def test_property_1_of_the_collision_avoidance_network_holds(name: str, capsys: pytest.CaptureFixture[str]):
    """As published; and no sample violates it."""
    file, prop = NETWORKS / f"{name}.onnx", NETWORKS / "acasxu-prop-1.vnnlib"
    assert main(["property", str(file), str(prop), "--timeout", "300", "--competition"]) == 0
    assert capsys.readouterr().out == "unsat\n"
    assert sampled_sides(load_network(file), prop.name, 20_000).max() < 0


@needs_networks
@pytest.mark.slow
def test_property_3_of_the_collision_avoidance_network_holds():
    """As published; and no sample violates it."""
    file, prop = NETWORKS / "acasxu-1-1.onnx", NETWORKS / "acasxu-prop-3.vnnlib"
    assert main(["property", str(file), str(prop), "--timeout", "600"]) == 0
    assert sampled_sides(load_network(file), prop.name, 20_000).max() < 0
