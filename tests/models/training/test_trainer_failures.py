"""Failures of training are reported, and the last good network stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.builders import mlp
from models.objectives import Progress, Terms
from models.training import lockstep
from models.training.background.fair_semaphore import FairSemaphore
from models.training.fitting import fit
from models.training.trainer import Trainer
from tests.models.training.small_trainers import MOONS, same, trainer
from tests.models.waiting import wait_until


@dataclass(frozen=True)
class Breaks:
    """Plain until `step`, then a loss that is no number, or an error."""

    step: int
    value: float = float("nan")

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        loss = F.cross_entropy(network(x), y)
        return {"cross entropy": loss if progress.epoch * 2 < self.step - 0.5 else loss * self.value}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_divergence_stops_with_a_message_and_keeps_the_last_good_network(value: float, trainers: list[Trainer]) -> None:
    one = trainer(trainers, Breaks(6, value))
    good = one.step(6)
    one.start()
    wait_until(lambda: one.state == "failed")
    assert "diverged" in one.message
    assert same(one.snapshot(), good)
    with pytest.raises(ValueError, match="Rewind"):
        one.start()
    assert one.rewind().step == 0
    assert one.state == "paused"


def test_a_learning_rate_far_too_large_is_found_out(trainers: list[Trainer]) -> None:
    one = trainer(trainers, lr=1000)
    one.start()
    wait_until(lambda: one.state == "failed")
    assert all(weight.isfinite().all() for weight in one.snapshot().weights.values())


def test_fit_keeps_the_last_good_network_too() -> None:
    network = mlp((2, 16, 2))
    history = fit(network, MOONS.x, MOONS.y, Breaks(4), epochs=50, batch_size=32)
    assert "diverged" in history.message
    assert len(history.epochs) == 2
    assert all(parameter.isfinite().all() for parameter in network.parameters())


def test_an_error_in_the_thread_is_told(trainers: list[Trainer]) -> None:
    one = trainer(trainers, Breaks(2, "no number"))  # type: ignore[arg-type]
    one.start()
    wait_until(lambda: one.state == "failed")
    assert "failed at step 2" in one.message


def test_an_error_beside_the_steps_is_told_and_nobody_waits_for_ever(trainers: list[Trainer]) -> None:
    one = trainer(trainers)

    def full() -> None:
        raise RuntimeError("out of memory")

    one.engine.publish_last = full  # type: ignore[method-assign]
    one.start()
    wait_until(lambda: one.state == "failed")
    assert "out of memory" in one.message
    one.pause()


def test_who_finds_the_machine_full_waits_in_the_queue(
    trainers: list[Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockstep, "PLACES", FairSemaphore(1))
    one, second, third = (trainer(trainers) for _ in range(3))
    one.start()
    wait_until(lambda: one.state == "running")
    for waiting, place in ((second, 1), (third, 2)):
        waiting.start()
        wait_until(lambda waiting=waiting: waiting.state == "waiting")
        assert waiting.place == place
    second.pause()
    assert (second.state, second.place) == ("paused", None)
    wait_until(lambda: third.place == 1)
    assert third.snapshot().step == 0
    one.pause()
    wait_until(lambda: third.snapshot().step > 0)
    assert (third.state, third.place) == ("running", None)


@pytest.mark.parametrize(
    ("x", "y", "options", "named"),
    [
        (np.zeros((3, 2)), [0, 1, 2], {}, "0..2"),
        (np.zeros((3, 2)), [0, 1, -1], {}, "-1..1"),
        (np.zeros((3, 2)), [0.0, 1.0, 0.5], {}, "whole numbers"),
        (np.zeros((3, 2)), [0, 1], {}, r"\(3, 2\) and \(2,\)"),
        (np.zeros((0, 2)), [], {}, r"\(0, 2\)"),
        (np.zeros((3, 5)), [0, 1, 1], {}, r"\(5,\) do not fit"),
        (np.full((3, 2), np.nan), [0, 1, 1], {}, "NaN"),
        (np.zeros((3, 2)), [0, 1, 1], {"lr": -1}, "got -1"),
        (np.zeros((3, 2)), [0, 1, 1], {"epochs": 0}, "got 0"),
        (np.zeros((3, 2)), [0, 1, 1], {"batch_size": 0}, "and 0"),
        (np.zeros((3, 2)), [0, 1, 1], {"device": "abacus"}, "abacus"),
        (np.zeros((3, 2)), [0, 1, 1], {"eps": 0.1}, "eps"),
    ],
)
def test_what_does_not_fit_is_named(x: np.ndarray, y: list[int], options: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Trainer(mlp((2, 4, 2)), x, y, **options)  # type: ignore[arg-type]


def test_a_device_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ValueError, match="no device 'cuda'"):
        Trainer(mlp((2, 4, 2)), MOONS.x, MOONS.y, device="cuda")
