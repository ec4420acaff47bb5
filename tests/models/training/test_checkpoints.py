"""A training that was interrupted goes on to the same weights; no file can do harm."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models.data.toy import DATASETS
from models.networks.builders import mlp
from models.training.checkpoint_file import DIGEST, KEY, checkpoint_bytes, digest, read_checkpoint, resumed
from models.training.checkpointer import Checkpointer, load_checkpoint, save_checkpoint
from models.training.engine import Engine
from models.training.trainer import Trainer
from tests.models.waiting import wait_until
from tests.slow import others_slow

MOONS = DATASETS["moons"](60)


def batch_norm_network() -> nn.Sequential:
    return nn.Sequential(nn.Sequential(*mlp((2, 8, 4))), nn.BatchNorm1d(4), nn.Dropout(0.2), nn.ReLU(), *mlp((4, 2)))


def engine(network: nn.Sequential | None = None, objective: str = "plain", **options: object) -> Engine:
    arguments = {"epochs": 20, "batch_size": 25, "lr": 0.01, "lr_drop": 0.5, "seed": 3, "device": "cpu", **options}
    return Engine(network or mlp((2, 8, 2)), MOONS.x, MOONS.y, objective, **arguments)  # type: ignore[arg-type]


def weights(of: Engine) -> list[torch.Tensor]:
    """In the order of the layers, which have other names when nested."""
    return list(of.network.state_dict().values())


@pytest.mark.parametrize("stop", others_slow([0, 1, 4, 31, 60], quick=(4,)))
@pytest.mark.parametrize(
    ("network", "objective", "options"),
    [(mlp, "plain", {}), (mlp, "adversarial", {"steps": 2, "eps": 0.05, "box": (-3.0, 3.0)}), (None, "plain", {})],
)
def test_going_on_from_a_file_gives_the_weights_of_never_having_stopped(
    network: object, objective: str, options: dict[str, object], stop: int
) -> None:
    made = mlp((2, 8, 2)) if network is mlp else batch_norm_network()
    whole, part = engine(made, objective, **options), engine(made, objective, **options)
    whole.run(60)
    part.run(stop)
    again = resumed(checkpoint_bytes(part), MOONS.x, MOONS.y, "cpu")
    assert again.step == stop
    again.run(60)
    assert len(weights(whole)) == len(weights(again))
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(again)))
    assert again.terms == whole.terms


def test_a_trainer_comes_back_with_its_initial_weights_and_settings(tmp_path: Path) -> None:
    first = Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, "adversarial", epochs=50, lr=0.02, lr_drop=0.8, seed=5, p=2)
    initial, later = first.snapshot(), first.step(7)
    first.change(eps=0.25, lr=0.05)
    assert save_checkpoint(first, tmp_path / "a.safetensors") == 7
    second = load_checkpoint(tmp_path / "a.safetensors", MOONS.x, MOONS.y)
    assert second.state == "paused"
    assert second.objective == first.objective
    assert (second.total_steps, second.lr) == (first.total_steps, first.lr)
    assert second.timeline.steps == [0, 7]
    for name, weight in second.snapshot().weights.items():
        assert torch.equal(weight, later.weights[name])
        assert torch.equal(second.timeline.nearest(0).weights[name], initial.weights[name])
    assert second.snapshot().metrics == later.metrics
    expected, found = first.step(5), second.step(5)
    assert all(torch.equal(expected.weights[name], found.weights[name]) for name in expected.weights)
    assert second.rewind().step == 0


def test_it_can_be_saved_while_it_runs(tmp_path: Path) -> None:
    one = Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, epochs=10**6, batch_size=16)
    one.start()
    wait_until(lambda: one.snapshot().step > 2)
    step = save_checkpoint(one, tmp_path / "a.safetensors")
    assert one.state == "running"
    one.stop()
    other = Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, epochs=10**6, batch_size=16)
    expected = other.step(step).weights
    found = load_checkpoint(tmp_path / "a.safetensors", MOONS.x, MOONS.y).snapshot().weights
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_keeper_saves_again_and_again_and_ends_with_its_trainer(tmp_path: Path) -> None:
    one = Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, epochs=10**6)
    checkpointer = Checkpointer(one, tmp_path / "a.safetensors", every=0.02)
    one.start()
    wait_until(lambda: checkpointer.step is not None and checkpointer.step > 0)
    before = checkpointer.step
    wait_until(lambda: checkpointer.step != before)
    one.stop()
    assert load_checkpoint(tmp_path / "a.safetensors", MOONS.x, MOONS.y).snapshot().step > 0


def test_a_full_disk_is_told_and_training_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = True
    write = Path.write_bytes

    def write_bytes(self: Path, data: bytes) -> int:
        if full:
            write(self, data[:100])
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    one = Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, epochs=10**6)
    checkpointer = Checkpointer(one, tmp_path / "a.safetensors", every=0.02)
    one.start()
    wait_until(lambda: checkpointer.message != "")
    assert "No space left on device" in checkpointer.message
    step = one.snapshot().step
    wait_until(lambda: one.snapshot().step > step)
    wait_until(lambda: list(tmp_path.iterdir()) == [])  # it tries again and again
    full = False
    wait_until(lambda: checkpointer.message == "" and checkpointer.step is not None)
    one.stop()
    assert read_checkpoint(tmp_path / "a.safetensors").step > 0


def test_a_training_that_failed_leaves_the_checkpoint_from_before(tmp_path: Path) -> None:
    one = Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, epochs=10**6)
    one.step(3)
    checkpointer = Checkpointer(one, tmp_path / "a.safetensors", every=0.02)
    wait_until(lambda: checkpointer.step == 3)
    one.engine.fail("Training diverged.")
    with pytest.raises(ValueError, match="diverged"):
        save_checkpoint(one, tmp_path / "a.safetensors")
    one.stop()
    assert checkpointer.message == ""
    assert read_checkpoint(tmp_path / "a.safetensors").step == 3


def test_other_points_are_refused() -> None:
    data = checkpoint_bytes(engine())
    with pytest.raises(ValueError, match="other points"):
        resumed(data, MOONS.x + 1e-3, MOONS.y)
    with pytest.raises(ValueError, match="other points"):
        resumed(data, MOONS.x, 1 - MOONS.y)


def test_an_objective_of_ones_own_cannot_be_named() -> None:
    class Own:
        def __call__(self, network: nn.Sequential, x: torch.Tensor, *rest: object) -> dict[str, torch.Tensor]:
            return {"loss": network(x).square().mean()}

    made = Engine(mlp((2, 8, 2)), MOONS.x, MOONS.y, Own(), epochs=1, batch_size=9, lr=0.1, seed=0, device="cpu")
    with pytest.raises(ValueError, match="objective Own"):
        checkpoint_bytes(made)


# Files nobody vouches for


def stepped(steps: int = 3) -> bytes:
    made = engine()
    made.run(steps)
    return checkpoint_bytes(made)


GOOD = stepped()


def changed(fields: dict[str, object], tensors: dict[str, torch.Tensor] | None = None) -> bytes:
    """The checkpoint with other metadata or other tensors."""
    length = int.from_bytes(GOOD[:8], "little")
    metadata = json.loads(json.loads(GOOD[8 : 8 + length])["__metadata__"][KEY])
    stored = {**safetensors.torch.load(GOOD), **(tensors or {})}
    text = json.dumps({**metadata, **fields})
    return safetensors.torch.save(stored, {KEY: text, DIGEST: digest(text, stored)})


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"version": 5}, "a version from 1 to 4"),
        ({"step": -1}, "step = -1"),
        ({"step": "3"}, "step = 3"),
        ({"step": 10**6}, "cannot stand at step"),
        ({"step": 0}, "at step 0"),
        ({"epochs": 0}, "got 0"),
        ({"lr": math.nan}, "lr = nan"),
        ({"lr": 10**9}, "lr must lie"),
        ({"lr_drop": 2}, "got 2"),
        ({"lr_drop": [0.9, 0.5]}, "0.9, 0.5"),
        ({"lr_drop": [0.5] * 101}, "lr_drop = "),
        ({"lr_divisor": 0.5}, "got 0.5"),
        ({"objective": "nonsense"}, "nonsense"),
        ({"objective": "adversarial", "options": {"eps": "much"}}, "much"),
        ({"objective": "adversarial", "options": {"eps": -1}}, "got -1"),
        ({"options": {"gamma": 1}}, "gamma"),
        ({"options": {"gamma": {"a": 1}}}, "gamma"),
        ({"layers": [{"layer": "Evil"}]}, "Evil"),
        ({"terms": [1]}, "terms"),
        ({"unknown": 1}, "unknown"),
        ({"data": "0"}, "other points"),
    ],
)
def test_settings_that_cannot_be_are_named(fields: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        resumed(changed(fields), MOONS.x, MOONS.y)


@pytest.mark.parametrize(
    ("tensors", "named"),
    [
        ({"network.0.weight": torch.zeros(3, 3)}, "shape"),
        ({"initial.0.weight": torch.full((8, 2), math.nan)}, "NaN"),
        ({"adam.0.exp_avg": torch.zeros(9)}, "exp_avg of parameter 0"),
        ({"adam.0.exp_avg": torch.full((8, 2), math.inf)}, "exp_avg of parameter 0"),
        ({"adam.1.exp_avg_sq": torch.full((8,), -1.0)}, "negative"),
        ({"adam.1.step": torch.tensor(3)}, "step of parameter 1"),
        ({"adam.9.step": torch.tensor(3.0)}, "optimiser"),
        ({"network.9.weight": torch.zeros(1)}, "9.weight"),
    ],
)
def test_tensors_that_do_not_fit_are_named(tensors: dict[str, torch.Tensor], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        resumed(changed({}, tensors), MOONS.x, MOONS.y)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 7), st.integers(0, len(GOOD) - 1))
def test_one_flipped_bit_or_a_cut_is_noticed(at: int, bit: int, end: int) -> None:
    for data in (GOOD[:at] + bytes([GOOD[at] ^ (1 << bit)]) + GOOD[at + 1 :], GOOD[:end]):
        with pytest.raises(ValueError, match=r"^[^\n]+$"):
            read_checkpoint(data)


def test_a_file_from_before_there_were_digests_is_read_and_says_so() -> None:
    length = int.from_bytes(GOOD[:8], "little")
    metadata = json.loads(json.loads(GOOD[8 : 8 + length])["__metadata__"][KEY])
    old = safetensors.torch.save(safetensors.torch.load(GOOD), {KEY: json.dumps({**metadata, "version": 1})})
    found = resumed(old, MOONS.x, MOONS.y)
    assert found.step == 3
    assert "without a digest" in found.notice
    assert resumed(GOOD, MOONS.x, MOONS.y).notice == ""


@pytest.mark.parametrize("made", [lambda: mlp((2, 8, 2)), batch_norm_network])
def test_a_file_written_in_the_middle_of_a_step_is_of_the_step_before(made: Callable[[], nn.Sequential]) -> None:
    """As when the server is asked to end during a step that takes a minute."""
    one, alone = engine(made()), engine(made())
    one.run(4)
    alone.run(4)
    expected = checkpoint_bytes(alone)
    files: list[bytes] = []
    loss = one.objective

    def objective(*arguments: Any) -> Any:
        terms = loss(*arguments)
        one.objective = loss  # what the file names
        other_thread = threading.Thread(target=lambda: files.append(checkpoint_bytes(one)))
        other_thread.start()
        other_thread.join(90)
        return terms

    one.objective = objective
    one.advance()
    again, meant = (resumed(data, MOONS.x, MOONS.y, "cpu") for data in (files[0], expected))
    again.run(60)
    meant.run(60)
    assert all(torch.equal(a, b) for a, b in zip(weights(again), weights(meant)))


@given(st.binary(max_size=200))
def test_noise_is_no_checkpoint(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"no checkpoint|damaged"):
        read_checkpoint(data)


def test_the_points_may_come_as_tensor_or_array() -> None:
    x = torch.tensor(MOONS.x, dtype=torch.float32)
    assert resumed(GOOD, x, torch.tensor(MOONS.y)).step == resumed(GOOD, np.asarray(x), MOONS.y).step == 3
