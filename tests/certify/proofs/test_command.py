"""python -m certify prove, and check"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from certify.__main__ import main
from models.files.network_files import save_network


@pytest.fixture
def network(tmp_path: Path) -> str:
    """Class 1 where |x0 - x1| > 0.5."""
    layers = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
    weights = ([[1.0, -1.0], [-1.0, 1.0]], [0.0, 0.0]), ([[0.0, 0.0], [1.0, 1.0]], [0.5, 0.0])
    for layer, (weight, bias) in zip((layers[0], layers[2]), weights):
        layer.weight.data, layer.bias.data = torch.tensor(weight), torch.tensor(bias)
    path = tmp_path / "network.safetensors"
    save_network(layers, path)
    return str(path)


@pytest.fixture
def points(tmp_path: Path) -> str:
    path = tmp_path / "points.npz"
    np.savez(path, x=np.array([[0.5, 0.5], [0.9, 0.1]]), y=np.array([0, 1]))
    return str(path)


def test_a_proof_and_a_witness_are_written_and_checked(
    network: str, points: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """The decision boundary is 0.25 away from (0.5, 0.5) in l-infinity."""
    out = str(tmp_path / "folder" / "proof")
    for eps, status, begins in ((0.24, 0, "robust: every point"), (0.26, 4, "vulnerable: the witness")):
        assert main(["prove", network, points, "--eps", str(eps), "--out", out]) == status
        printed = capsys.readouterr().out
        assert printed.startswith(f"{begins} within {eps} in linf") and printed.endswith("proof.json\n")
        content = json.loads((tmp_path / "folder" / "proof.json").read_text())
        assert content["about"].items() >= {"content": "proof", "network": "network.safetensors"}.items()
        assert main(["check", f"{out}.json", "--network", network]) == 0
        assert "the proof is about network.safetensors" in capsys.readouterr().out
    assert main(["check", f"{out}.json", "--network", "moons-small"]) == 4
    assert "another network than" in capsys.readouterr().out


def test_the_input_the_norm_and_the_label_are_chosen(network: str, points: str, tmp_path: Path):
    out = ["--out", str(tmp_path / "proof")]
    second = ["prove", network, points, "--index", "1", "--norm", "1", *out]
    assert main([*second, "--eps", "0.29"]) == 0  # 0.9 - 0.1 has to fall by 0.3
    assert main([*second, "--eps", "0.31"]) == 4
    assert main([*second, "--eps", "0", "--label", "0"]) == 4


def test_what_is_no_proof_is_refused(network: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "proof.json"
    file.write_text("no proof")
    assert main(["check", str(file)]) == 4
    assert capsys.readouterr().out.startswith("refused: ")
    assert main(["check", str(tmp_path / "nothing")]) == 1
    assert "nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--index", "2"], "has the inputs 0 to 1, got 2"), (["--eps", "-1"], "eps"), (["--label", "2"], "2"),
        (["--box", "0.6", "1"], "outside the box"), (["--timeout", "0"], "time_limit"),
        (["--out", "."], "--out takes the name of a file"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_one_line(
    options: list[str], words: str, network: str, points: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    usual = ["--eps", "0.1", "--out", str(tmp_path / "proof")]
    assert main(["prove", network, points, *usual, *options]) == 1
    printed = capsys.readouterr()
    assert words in printed.err and printed.err.count("\n") == 1 and not printed.out
