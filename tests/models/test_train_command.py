"""python -m models.train"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.files import load_network
from models.train import main


def test_it_writes_network_and_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "runs" / "mine.safetensors"
    arguments = f"--dataset blobs --classes 4 --size 40 --widths 8 --slope 0.1 --epochs 20 --output {output}"
    options = ["--objective", "adversarial", "--option", "eps=0.05", "--option", "p=2", "--option", "box=-2,2"]
    assert main([*arguments.split(), *options]) == 0
    card = json.loads(output.with_suffix(".json").read_text())
    assert card["widths"] == [2, 8, 4]
    assert card["training"]["options"] == {"eps": 0.05, "p": 2, "steps": 10, "box": [-2, 2]}
    assert load_network(output)[1].negative_slope == 0.1
    printed = capsys.readouterr()
    assert "20/20" in printed.err
    assert f"clean error {card['clean_error']:.2%}" in printed.out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--dataset", "nonsense"], "nonsense"),
        (["--widths", "a,b"], "'a'"),
        (["--widths", "9999"], "9999"),
        (["--objective", "adversarial", "--option", "eps=much"], "eps=much"),
        (["--objective", "adversarial", "--option", "gamma=1"], "gamma"),
        (["--size", "0"], "got 0"),
        (["--lr", "-1"], "got -1"),
    ],
)
def test_wrong_arguments_are_named_and_nothing_is_written(
    arguments: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--output", str(tmp_path / "a.safetensors")])
    assert ended.value.code == 2
    assert named in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_divergence_is_an_exit_status_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "a.safetensors"
    assert main(["--lr", "1000", "--epochs", "50", "--output", str(output)]) == 1
    assert "diverged" in capsys.readouterr().out
    load_network(output)
