"""python -m models.sweep: a network for each value, none twice, and the front among them."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.files.network_files import load_network
from models.training import command_line
from models.training.pareto import check_comparable, on_front, read_trained
from models.training.sweep import main

UNMEASURED = shlex.split("--dataset moons --size 40 --widths 6 --objective kw --option p=inf --epochs 4 --lr 0.02")
TRAINING = [*UNMEASURED, "--eps", "0.05"]


def test_each_value_is_a_network_with_its_card_and_the_table_has_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eps=0.01,0.2", "--folder", str(tmp_path), *TRAINING]) == 0
    printed = capsys.readouterr().out
    for value in ("0.01", "0.2"):
        card = json.loads((tmp_path / f"kw-eps-{value}.json").read_text())
        assert card["training"]["options"]["eps"] == float(value)
        assert card["robustness"]["eps"] == 0.05
        load_network(tmp_path / f"kw-eps-{value}.safetensors")
        assert f"| kw-eps-{value} | {card['clean_error']:.2%} |" in printed
    assert "●" in printed


def test_what_is_there_is_not_trained_again_and_what_is_missing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["eps=0.01,0.2", "--folder", str(tmp_path), *TRAINING]
    assert main(command) == 0
    before = (tmp_path / "kw-eps-0.01.safetensors").read_bytes()
    (tmp_path / "kw-eps-0.2.safetensors").unlink()
    trained = []
    train = command_line.main
    monkeypatch.setattr(command_line, "main", lambda arguments: trained.append(arguments) or train(arguments))
    assert main(command) == 0
    assert len(trained) == 1 and "eps=0.2" in trained[0]
    assert (tmp_path / "kw-eps-0.01.safetensors").read_bytes() == before


def test_options_can_vary_together(tmp_path: Path) -> None:
    command = ["gamma_B+gamma_D=0.1,0.3", "--folder", str(tmp_path), *TRAINING, "--objective", "kmmr"]
    assert main(command) == 0
    options = json.loads((tmp_path / "kmmr-gamma_B-gamma_D-0.3.json").read_text())["training"]["options"]
    assert (options["gamma_B"], options["gamma_D"]) == (0.3, 0.3)


@pytest.mark.parametrize(
    ("vary", "others", "named"),
    [
        ("eps", [], "lam=0.5,1,2"),
        ("eps=a", [], "eps=a"),
        ("eps=1,1", [], "once"),
        ("eps=inf", [], "eps=inf"),
        ("gamma_B=1", [], "gamma_B"),
        ("eps=0.1", ["--epochs", "0"], "got 0"),
    ],
)
def test_what_cannot_be_swept_is_named(
    vary: str, others: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([vary, "--folder", str(tmp_path), *TRAINING, *others])
    assert named in capsys.readouterr().err


def test_without_a_radius_for_the_errors_nothing_is_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["eps=0.1", "--folder", str(tmp_path / "new"), *UNMEASURED])
    assert "give --eps" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_another_trainings_files_are_not_taken_for_these(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eps=0.1", "--folder", str(tmp_path), *TRAINING]) == 0
    with pytest.raises(SystemExit):
        main(["eps=0.1", "--folder", str(tmp_path), *TRAINING, "--epochs", "5"])
    assert "of another training" in capsys.readouterr().err


def test_networks_measured_differently_are_not_compared(tmp_path: Path) -> None:
    assert main(["eps=0.1", "--folder", str(tmp_path), *TRAINING]) == 0
    card = json.loads((tmp_path / "kw-eps-0.1.json").read_text())
    card["robustness"]["eps"] = 0.07
    (tmp_path / "other.json").write_text(json.dumps(card))
    (tmp_path / "other.safetensors").write_bytes((tmp_path / "kw-eps-0.1.safetensors").read_bytes())
    with pytest.raises(ValueError, match=r"2 ways.*0\.05.*0\.07"):
        check_comparable(read_trained(tmp_path), tmp_path)


def test_an_empty_folder_has_no_front(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no networks with robust errors"):
        check_comparable(read_trained(tmp_path), tmp_path)


shares = st.integers(0, 5).map(lambda k: k / 5)


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=12))
def test_the_front_is_what_is_left_without_the_dominated(errors: list[tuple[float, float]]) -> None:
    """By its other description: sorted, each keeps its place if its second error falls below all before it."""
    best, corners = 2.0, set()
    for clean, certified in sorted(set(errors)):
        if certified < best:
            corners.add((clean, certified))
            best = certified
    assert on_front(errors) == [pair in corners for pair in errors]
