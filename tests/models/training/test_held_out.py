"""Learning curves with held-out points."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models import mlp
from models.data.toy import DATASETS
from models.files.network_files import load_network
from models.networks.error_rate import error_rate
from models.training.command_line import main
from models.training.engine import Engine
from models.training.held_out import HeldOut, Points, curves_path, read_curves

COMMAND = "--dataset moons --size 40 --widths 4 --epochs 3 --batch-size 16 --held-out 20 --device cpu --eps 0.05"


def trained(path: Path, *more: str) -> list[dict[str, float]]:
    assert main([*COMMAND.split(), "--output", str(path), *more]) == 0
    return [dict(row) for row in read_curves(curves_path(path))]


def test_every_epoch_is_measured_and_the_last_is_the_networks_own(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    rows = trained(path)
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    network, data = load_network(path), DATASETS["moons"](40)
    x, y = torch.tensor(data.x[:20], dtype=torch.float32), torch.tensor(data.y[:20])
    loss = float(F.cross_entropy(network(x), y).detach())
    for part in ("train", "test"):  # toy sets have one part
        assert rows[-1][f"{part}_error"] == error_rate(network, x, y)
        assert rows[-1][f"{part}_loss"] == pytest.approx(loss, rel=1e-5)
        assert rows[-1][f"{part}_objective"] == pytest.approx(loss, rel=1e-5)  # plain training minimises just that
        assert rows[-1][f"{part}_robust_error"] >= rows[-1][f"{part}_error"]


def test_measuring_does_not_change_the_training(tmp_path: Path) -> None:
    with_curves, without = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    trained(with_curves)
    assert main([*COMMAND.replace("--held-out 20 ", "").split(), "--output", str(without)]) == 0
    assert with_curves.read_bytes() == without.read_bytes() and not curves_path(without).exists()


def engine(epochs: int = 4) -> Engine:
    data = DATASETS["moons"](40)
    return Engine(mlp((2, 4, 2)), data.x, data.y, "plain", epochs=epochs, batch_size=16, lr=1e-3, seed=0, device="cpu")


def held_out(path: Path) -> HeldOut:
    data = DATASETS["moons"](40)
    part = Points(data.x[:10], data.y[:10])
    return HeldOut(path, part, part, eps=None, p=2)


def test_a_resumed_training_goes_on_with_its_curves_and_a_new_one_begins_new_ones(tmp_path: Path) -> None:
    path, first = tmp_path / "curves.json", engine()
    for _ in range(2 * first.steps_per_epoch + 1):  # past the second epoch
        first.advance()
        held_out(path)(first)
    assert [row["epoch"] for row in read_curves(path)] == [1, 2]
    second = engine()
    second.step = first.steps_per_epoch  # as a checkpoint of the first epoch's end resumes it
    for _ in range(second.steps_per_epoch):
        second.advance()
        held_out(path)(second)
    assert [row["epoch"] for row in read_curves(path)] == [1, 2]
    third = engine()
    for _ in range(third.steps_per_epoch):
        third.advance()
    held_out(path)(third)
    assert [row["epoch"] for row in read_curves(path)] == [1]


def test_without_an_eps_there_is_no_robust_error(tmp_path: Path) -> None:
    path, one = tmp_path / "curves.json", engine()
    for _ in range(one.steps_per_epoch):
        one.advance()
    curves = held_out(path)
    curves(one)
    curves(one)  # the same epoch once more
    (row,) = read_curves(path)
    assert "test_error" in row and "test_robust_error" not in row
    assert one.network.training


@pytest.mark.parametrize("content", ["nothing", "[]", json.dumps({"epochs": [{"loss": 1}]}), '{"epochs": [3]}'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.curves.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"a\.curves\.json holds no learning curves"):
        read_curves(path)


def test_a_negative_number_of_points_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*COMMAND.replace("--held-out 20", "--held-out -1").split(), "--output", str(tmp_path / "a.safetensors")])
    assert "--held-out must be 0 or above" in capsys.readouterr().err
    assert np.array_equal(list(tmp_path.glob("*.json")), [])
