"""python -m certify plane"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from certify.__main__ import main
from certify.parametric.proof import prove_over_plane
from models.files.network_files import save_network
from tests.certify.parametric.test_proof import clipped, exact_scores, linear


@pytest.fixture
def question(tmp_path: Path) -> list[str]:
    """A network whose class of the input (0.75, 0.25) is lost for contrasts up to 0.5, and that input."""
    network, data = tmp_path / "network.safetensors", tmp_path / "data.npz"
    save_network(linear([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.25]), network)
    np.savez(data, x=np.array([[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]], np.float32), y=np.array([0, 1, 0]))
    return ["plane", str(network), str(data), "--index", "0"]


def test_it_prints_a_proof(question: list[str], capsys: pytest.CaptureFixture[str]):
    assert main([*question, "--contrast", "0.75", "1.25", "--brightness", "-0.05", "0.05"]) == 0
    printed = capsys.readouterr().out
    assert "proved: for every contrast in [0.75, 1.25] and brightness in [-0.05, 0.05], the class is 0" in printed
    assert "interval" in printed and "exact 1" in printed


def test_a_counterexample_in_its_file_is_one_in_fractions(question: list[str], tmp_path: Path):
    out = tmp_path / "result"
    assert main([*question, "--contrast", "0.25", "1.25", "--brightness", "-0.05", "0.05", "--out", str(out)]) == 4
    written = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    s, t = map(Fraction, written["counterexample"]["exact parameters"])
    scores = exact_scores(linear([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.25]), clipped([0.75, 0.25], s, t))
    assert scores[written["class"]] <= scores[written["counterexample"]["class"]]
    assert written["status"] == "broken" and written["share"] == pytest.approx(0.75, abs=1e-9)
    assert written["about"]["content"] == "proof over a plane" and written["radius"] <= 0.67


def test_blends_are_asked_for_by_the_numbers_of_two_others(question: list[str], capsys: pytest.CaptureFixture[str]):
    assert main([*question, "--blend", "1", "2", "--shares", "0", "0.1", "0", "0.1"]) == 0
    assert "share of y in [0, 0.1] and share of z in [0, 0.1]" in capsys.readouterr().out
    assert main([*question, "--blend", "1", "2", "--shares", "0", "1", "0", "0"]) == 4


def test_no_time_is_undecided(question: list[str], capsys: pytest.CaptureFixture[str]):
    assert main([*question, "--timeout", "0"]) == 5
    assert "undecided: the time was over" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--index", "3"), "0 to 2, got 3"),
        (("--contrast", "2", "1"), "s0 <= s1"),
        (("--box", "0", "0.5"), "outside the box"),
        (("--label", "2"), r"0..1, got 2"),
        (("--blend", "0", "9"), "0 to 2, got 9"),
    ],
)
def test_what_does_not_fit_is_named(
    question: list[str], options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
):
    assert main([*question, *options]) == 1
    assert words in capsys.readouterr().err


def test_the_function_is_public():
    import certify

    assert certify.prove_over_plane is prove_over_plane
