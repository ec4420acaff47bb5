"""python -m models.train"""

from __future__ import annotations

import gzip
import json
import shlex
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.data.images import IMAGE_SETS, load_images
from models.files.network_files import load_network
from models.files.ownership import Ownership
from models.networks.error_rate import error_rate
from models.training import command_line, headless
from models.training.command_line import main
from models.training.engine import Engine
from tests.models.data.images.published import har, write


def test_it_writes_network_and_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "runs" / "mine.safetensors"
    arguments = f"--dataset blobs --classes 4 --size 40 --widths 8 --slope 0.1 --epochs 20 --output {output}"
    options = ["--objective", "adversarial", "--option", "eps=0.05", "--option", "p=2", "--option", "box=-2,2"]
    assert main([*arguments.split(), *options]) == 0
    card = json.loads(output.with_suffix(".json").read_text())
    assert card["widths"] == [2, 8, 4]
    assert card["training"]["options"] == {"eps": 0.05, "p": 2, "steps": 10, "box": [-2, 2], "step_size": 2.5}
    assert card["robustness"] is None
    assert card["seconds"] >= 0
    assert load_network(output)[1].negative_slope == 0.1
    printed = capsys.readouterr()
    assert "20/20" in printed.err
    assert f"clean error {card['clean_error']:.2%}" in printed.out


def test_the_cards_command_makes_the_same_network(tmp_path: Path) -> None:
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    options = "--objective kmmr --option lam=0.5 --option k_B=0.2,0.1 --option p=inf --lr-drop 0.4,0.8 --lr-divisor 2"
    options += " --init truncated-normal --seed 3 --eps 0.05"
    assert main([*f"--widths 6 --size 30 --epochs 5 {options} --output {first}".split()]) == 0
    card = json.loads(first.with_suffix(".json").read_text())
    assert main([*shlex.split(card["command"])[3:], "--output", str(second)]) == 0
    again = json.loads(second.with_suffix(".json").read_text())
    assert first.read_bytes() == second.read_bytes()
    assert {**again, "seconds": 0} == {**card, "seconds": 0}


def test_a_recipe_sets_everything_and_the_command_line_changes_it(tmp_path: Path) -> None:
    output = tmp_path / "a.safetensors"
    assert main([*f"--recipe kw-fig-3 --epochs 3 --option ramp=0.25 --output {output}".split()]) == 0
    card = json.loads(output.with_suffix(".json").read_text())
    assert card["widths"] == [2, 100, 100, 100, 100, 2]
    assert card["training"]["epochs"] == 3
    assert card["training"]["options"]["eps"] == 0.08
    assert card["training"]["options"]["ramp"] == 0.25
    assert card["robustness"]["points"] == 12
    assert card["robustness"]["p"] == "inf"
    assert {"pgd_error", "certified_error", "optimal", "unstable"} <= card["robustness"].keys()


def test_products_in_bfloat16_are_on_the_card_and_measures_do_not_use_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, seen = tmp_path / "a.safetensors", []
    advance = Engine.advance
    monkeypatch.setattr(
        Engine, "advance", lambda self: (seen.append(torch.get_float32_matmul_precision()), advance(self))
    )
    assert main([*f"--size 30 --widths 4 --epochs 2 --products medium --eps 0.05 --output {output}".split()]) == 0
    assert set(seen) == {"medium"}
    assert torch.get_float32_matmul_precision() == "highest"
    card = json.loads(output.with_suffix(".json").read_text())
    assert card["training"]["products"] == "medium"
    assert "--products medium" in card["command"]


# Images


@pytest.fixture
def digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with 40 training and 30 test images of noise, brighter by their class."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    for stem, count in (("train", 40), ("t10k", 30)):
        labels = rng.integers(0, 10, count).astype(np.uint8)
        images = rng.integers(0, 100, (count, 28, 28)) + 15 * labels[:, None, None]
        for name, array in ((f"{stem}-images-idx3-ubyte", images), (f"{stem}-labels-idx1-ubyte", labels)):
            header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4) for size in array.shape)
            (folder / f"{name}.gz").write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.parametrize(
    ("network", "widths"),
    [
        ("--widths 16,8", [784, 16, 8, 10]),
        ("--network fc1", [784, 1024, 10]),
        ("--network fc10", [784, 124, *[104] * 7, 86, 86, 10]),
        ("--network cnn", [784, 16 * 14 * 14, 32 * 7 * 7, 100, 10]),
    ],
)
def test_it_trains_on_images_and_tests_on_others(network: str, widths: list[int], digits: Path) -> None:
    output = digits / "a.safetensors"
    arguments = f"--dataset mnist {network} --train-size 20 --epochs 2 --eps 0.01 --test-points 5 --output {output}"
    assert main(arguments.split()) == 0
    card = json.loads(output.with_suffix(".json").read_text())
    assert card["widths"] == widths
    assert card["dataset"] == {"name": "mnist", "size": 20}
    assert card["robustness"]["points"] == 5
    assert card["robustness"]["box"] == [0, 1]
    test = load_images("mnist", "test")
    assert card["clean_error"] == error_rate(load_network(output), test.x, test.y)


def test_an_augmented_training_is_on_the_card_and_its_command_repeats_it(digits: Path) -> None:
    first, second = digits / "a.safetensors", digits / "b.safetensors"
    assert main(f"--dataset mnist --widths 4 --epochs 2 --augment gts --output {first}".split()) == 0
    card = json.loads(first.with_suffix(".json").read_text())
    assert card["training"]["augment"] == "gts" and "--augment gts" in card["command"]
    assert main([*shlex.split(card["command"])[3:], "--output", str(second)]) == 0
    assert first.read_bytes() == second.read_bytes()


@pytest.fixture
def activities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a few of HAR's vectors."""
    write(tmp_path / "data", har(7, 5)[0])
    monkeypatch.setitem(IMAGE_SETS, "har", replace(IMAGE_SETS["har"], counts={"train": 7, "test": 5}))
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.parametrize(
    ("network", "widths"),
    [
        ("--widths 500", [561, 500, 6]),
        ("--network fc1", [561, 1024, 6]),
        ("--network fc10", [561, 124, *[104] * 7, 86, 86, 6]),
    ],
)
def test_it_trains_on_vectors_within_their_limits(network: str, widths: list[int], activities: Path) -> None:
    output = activities / "a.safetensors"
    arguments = f"--dataset har {network} --epochs 2 --objective kw --option eps=0.05 --eps 0.05 --output {output}"
    assert main(arguments.split()) == 0
    card = json.loads(output.with_suffix(".json").read_text())
    assert card["widths"] == widths
    assert card["robustness"]["points"] == 5 and card["robustness"]["box"] == [-1, 1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [("--network cnn", "the small CNN takes images"), ("--augment gts", "augmentation is for images")],
)
def test_what_is_for_images_alone_is_refused_for_vectors(
    arguments: str, said: str, activities: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(f"--dataset har {arguments} --epochs 1 --output {activities / 'a.safetensors'}".split())
    assert said in capsys.readouterr().err


def test_images_that_are_not_there_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    with pytest.raises(SystemExit):
        main(["--dataset", "svhn", "--output", str(tmp_path / "a.safetensors")])
    assert "RELUSCOPE_DATA" in capsys.readouterr().err


# Interruptions


def interrupting(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine ask the program to end within this step."""
    advance = Engine.advance

    def ask(self: Engine) -> None:
        advance(self)
        if self.step == step:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Engine, "advance", ask)


def test_an_interrupted_training_resumes_to_the_same_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, part = tmp_path / "whole.safetensors", tmp_path / "part.safetensors"
    arguments = "--size 40 --batch-size 16 --epochs 20 --widths 8 --lr 0.01 --lr-drop 0.6 --objective adversarial"
    assert main([*arguments.split(), "--output", str(whole)]) == 0
    with monkeypatch.context() as patch:
        interrupting(31, patch)
        assert main([*arguments.split(), "--output", str(part)]) == 130
    assert "interrupted at step 31 of 60" in capsys.readouterr().out
    assert part.with_suffix(".checkpoint").exists()
    assert not part.exists()
    assert main([*arguments.split(), "--output", str(part), "--resume"]) == 0
    assert part.read_bytes() == whole.read_bytes()
    assert not part.with_suffix(".checkpoint").exists()


def test_a_checkpoint_of_another_training_is_not_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ["--output", str(tmp_path / "a.safetensors")]
    with monkeypatch.context() as patch:
        interrupting(2, patch)
        assert main(["--epochs", "9", *output]) == 130
    for other, named in (
        (["--lr", "0.5"], "--lr 0.001, not 0.5"),
        (["--objective", "kw"], "Plain"),
        (["--size", "9"], "points"),
    ):
        with pytest.raises(SystemExit):
            main(["--epochs", "9", *other, "--resume", *output])
        assert named in capsys.readouterr().err


def test_checkpoints_are_written_on_the_way_and_a_full_disk_is_only_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written: list[int] = []

    def write(engine: Engine, path: Path) -> None:
        written.append(engine.step)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(headless, "write_checkpoint", write)
    output = tmp_path / "a.safetensors"
    assert main(["--epochs", "5", "--batch-size", "50", "--checkpoint", "1e-9", "--output", str(output)]) == 0
    assert written == list(range(1, 20))
    assert "No space left on device. Training goes on." in capsys.readouterr().err
    assert load_network(output)


def test_a_network_that_cannot_be_saved_in_the_end_is_in_the_checkpoint_and_resume_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    whole, output = tmp_path / "whole.safetensors", tmp_path / "a.safetensors"
    arguments = ["--epochs", "5", "--widths", "8", "--output"]
    assert main([*arguments, str(whole)]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(command_line, "save_network", full)
        assert main([*arguments, str(output)]) == 3
    said = capsys.readouterr().err
    assert "No space left on device" in said and str(output.with_suffix(".checkpoint")) in said and "--resume" in said
    assert main([*arguments, str(output), "--resume"]) == 0
    assert output.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("kind", ["folder", "card is a folder", "no folder", "checkpoint owned"])
def test_an_output_that_cannot_be_written_is_named_before_training(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "a.safetensors"
    other = None
    if kind == "folder":
        output.mkdir()
    elif kind == "card is a folder":
        output.with_suffix(".json").mkdir()
    elif kind == "no folder":
        (tmp_path / "file").touch()
        output = tmp_path / "file" / "a.safetensors"
    else:
        other = Ownership(output.with_suffix(".checkpoint"))
    monkeypatch.setattr(Engine, "advance", lambda self: pytest.fail("it should not train"))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main(["--epochs", "1", "--output", str(output)])
    assert ended.value.code == 2
    assert {"no folder": "file", "checkpoint owned": "a.checkpoint belongs to process"}.get(kind, "is a folder") in (
        capsys.readouterr().err
    )
    assert sorted(tmp_path.rglob("*")) == before
    if other is not None:
        other.release()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--dataset", "nonsense"], "nonsense"),
        (["--recipe", "nonsense"], "nonsense"),
        (["--widths", "a,b"], "'a'"),
        (["--widths", "9999"], "9999"),
        (["--objective", "adversarial", "--option", "eps=-1"], "got -1"),
        (["--objective", "adversarial", "--option", "eps"], "'eps'"),
        (["--objective", "adversarial", "--option", "gamma=1"], "gamma"),
        (["--objective", "adversarial", "--option", "eps=abc"], "abc"),
        (["--objective", "adversarial", "--option", "steps=2.5"], "got 2.5"),
        (["--objective", "kmmr", "--option", "k_B=0.5"], "k_B"),
        (["--objective", "kw", "--option", "projections=1.5"], "got 1.5"),
        (["--eps", "-1"], "got -1"),
        (["--eps", "nan"], "got nan"),
        (["--eps", "0.1", "--test-points", "0"], "got 0"),
        (["--size", "0"], "got 0"),
        (["--lr", "-1"], "got -1"),
        (["--lr-drop", "7"], "got 7"),
        (["--lr-drop", "0.9,0.5"], "rising"),
        (["--lr-divisor", "0"], "got 0"),
        (["--init", "nonsense"], "truncated-normal"),
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
    assert all(torch.isfinite(parameter).all() for parameter in load_network(output).parameters())
