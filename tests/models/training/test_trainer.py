"""Training repeats itself, obeys, and says what went wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.data.toy import DATASETS
from models.networks.builders import mlp
from models.objectives import Progress, Terms
from models.training import lockstep
from models.training.background.fair_semaphore import FairSemaphore
from models.training.fitting import fit
from models.training.timeline import Snapshot
from models.training.trainer import STOP_SECONDS, Trainer
from tests.models.waiting import threads, wait_until

MOONS = DATASETS["moons"](60)


@pytest.fixture
def trainers() -> Iterator[list[Trainer]]:
    """Trainers put in here are stopped at the end of the test."""
    made: list[Trainer] = []
    yield made
    for trainer in made:
        trainer.stop()


def trainer(trainers: list[Trainer], *arguments: object, **options: object) -> Trainer:
    network = mlp((2, 16, 2))
    settings = {"epochs": 100_000, "batch_size": 32, **options}
    trainers.append(Trainer(network, MOONS.x, MOONS.y, *arguments, **settings))  # type: ignore[arg-type]
    return trainers[-1]


def same(a: Snapshot, b: Snapshot) -> bool:
    return a.weights.keys() == b.weights.keys() and all(
        torch.equal(a.weights[name], b.weights[name]) for name in a.weights
    )


# The mathematics


def test_a_step_is_a_step_of_torchs_adam_on_the_cross_entropy(trainers: list[Trainer]) -> None:
    network = mlp((2, 16, 2))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    F.cross_entropy(network(torch.tensor(MOONS.x, dtype=torch.float32)), torch.tensor(MOONS.y)).backward()
    optimizer.step()
    found = trainer(trainers, batch_size=60, lr=0.01).step()
    for name, expected in network.state_dict().items():
        torch.testing.assert_close(found.weights[name], expected)


def test_every_epoch_sees_every_point_once(trainers: list[Trainer]) -> None:
    seen: list[Tensor] = []

    @dataclass(frozen=True)
    class Record:
        def __call__(
            self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
        ) -> Terms:
            seen.append(x)
            return {"loss": network(x).square().mean()}

    trainer(trainers, Record()).step(4)
    for epoch in (seen[:2], seen[2:]):
        rows = torch.cat(epoch).numpy()
        assert np.array_equal(np.sort(rows, axis=0), np.sort(MOONS.x.astype(np.float32), axis=0))


@pytest.mark.parametrize("objective", ["plain", "adversarial"])
def test_fit_learns_moons(objective: str) -> None:
    network = mlp((2, 32, 32, 2))
    history = fit(network, MOONS.x, MOONS.y, objective, epochs=150, lr=0.01, seed=1)
    assert len(history.epochs) == 150
    assert history.epochs[-1]["error"] <= 0.05 < history.epochs[0]["error"]
    assert history.epochs[-1]["loss"] < 0.5 * history.epochs[0]["loss"]
    assert history.message == ""
    assert not network.training


def test_fit_and_trainer_are_one_engine_and_repeatable(trainers: list[Trainer]) -> None:
    networks = [mlp((2, 16, 2)), mlp((2, 16, 2))]
    for network in networks:
        fit(network, MOONS.x, MOONS.y, "adversarial", epochs=3, batch_size=32, seed=4)
    stepped = trainer(trainers, "adversarial", epochs=3, seed=4).step(10**6)
    for name, weight in networks[0].state_dict().items():
        assert torch.equal(weight, networks[1].state_dict()[name])
        assert torch.equal(weight, stepped.weights[name])


def test_another_seed_draws_other_batches(trainers: list[Trainer]) -> None:
    assert not same(trainer(trainers, seed=0).step(3), trainer(trainers, seed=1).step(3))


def test_fit_reports_every_epoch() -> None:
    epochs = []
    fit(mlp((2, 4, 2)), MOONS.x, MOONS.y, epochs=3, progress=lambda epoch, metrics: epochs.append((epoch, *metrics)))
    assert epochs == [(n, "loss", "cross entropy", "error") for n in (1, 2, 3)]


def test_batch_norm_keeps_its_statistics_in_snapshots(trainers: list[Trainer]) -> None:
    network = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
    trainers.append(Trainer(network, MOONS.x, MOONS.y, "adversarial"))
    snapshot = trainers[0].step(3)
    assert int(snapshot.weights["1.num_batches_tracked"]) == 3
    assert (network[1].running_mean == 0).all()


# The life of a trainer


def test_it_starts_pauses_and_goes_on_where_it_was(trainers: list[Trainer]) -> None:
    one = trainer(trainers)
    assert one.state == "paused"
    one.start()
    wait_until(lambda: one.snapshot().step > 3)
    assert one.state == "running"
    paused = one.pause()
    assert one.state == "paused"
    assert same(paused, trainer(trainers).step(paused.step))
    one.start()
    wait_until(lambda: one.snapshot().step > paused.step)


def test_rewinding_returns_to_the_initial_weights_and_the_same_run(trainers: list[Trainer]) -> None:
    one = trainer(trainers, "adversarial", steps=2)
    initial, later = one.snapshot(), one.step(5)
    one.start()
    wait_until(lambda: one.snapshot().step > 5)
    rewound = one.rewind()
    assert rewound.step == 0
    assert same(rewound, initial)
    assert same(one.step(5), later)


def test_a_snapshot_never_changes(trainers: list[Trainer]) -> None:
    one = trainer(trainers)
    snapshot = one.step()
    kept = {name: weight.clone() for name, weight in snapshot.weights.items()}
    one.step(3)
    assert all(torch.equal(kept[name], snapshot.weights[name]) for name in kept)


def test_the_network_of_a_snapshot_computes_with_its_weights(trainers: list[Trainer]) -> None:
    one = trainer(trainers)
    first = one.step()
    one.step(5)
    assert torch.equal(one.network(first)[0].weight, first.weights["0.weight"])
    assert torch.equal(one.network()[0].weight, one.snapshot().weights["0.weight"])


def test_the_network_given_is_not_changed(trainers: list[Trainer]) -> None:
    network = mlp((2, 16, 2))
    before = network[0].weight.clone()
    trainers.append(Trainer(network, MOONS.x, MOONS.y))
    trainers[0].step(2)
    assert torch.equal(network[0].weight, before)


@dataclass(frozen=True)
class Held:
    """Plain, but every step waits until it is let go."""

    begun: threading.Event
    let_go: threading.Event

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        self.begun.set()
        self.let_go.wait(60)
        return {"cross entropy": F.cross_entropy(network(x), y)}


def test_stop_waits_for_a_short_step_and_not_for_a_long_one(trainers: list[Trainer]) -> None:
    others = set(threading.enumerate())
    one, begun, let_go = trainer(trainers), threading.Event(), threading.Event()
    one.start()
    wait_until(lambda: one.snapshot().step > 0)
    one.stop()
    wait_until(lambda: threads("trainer", others) == 0)
    other = trainer(trainers, Held(begun, let_go))
    other.start()
    assert begun.wait(90)
    started = time.monotonic()
    other.stop()
    assert time.monotonic() - started < STOP_SECONDS + 20  # half a second where nothing else runs
    assert (one.state, other.state) == ("stopped", "stopped")
    let_go.set()
    wait_until(lambda: threads("trainer", others) == 0)


def test_stop_ends_a_long_step_of_another_thread(trainers: list[Trainer]) -> None:
    one = trainer(trainers)
    stepping = threading.Thread(target=one.step, args=(10**6,))
    stepping.start()
    time.sleep(0.1)
    one.stop()
    stepping.join(90)
    assert not stepping.is_alive()


def test_a_pause_between_the_call_of_step_and_its_first_step_is_not_lost(trainers: list[Trainer]) -> None:
    one = trainer(trainers)
    wait, asked, pausing = one._run.idle.wait, one._pause_request, threading.Thread(target=one.pause)

    def meanwhile(seconds: float | None = None) -> bool:
        if pausing.ident is None:
            pausing.start()
            wait_until(lambda: one._pause_request is not asked)
        return wait(seconds)

    one._run.idle.wait = meanwhile  # type: ignore[method-assign]
    assert one.step(1000).step == 0
    pausing.join(90)
    assert one.step(2).step == 2


def test_a_stopped_trainer_can_be_read_but_not_started(trainers: list[Trainer]) -> None:
    one = trainer(trainers)
    one.step()
    one.stop()
    assert one.snapshot().step == 1
    for act in (one.start, one.step, one.rewind):
        with pytest.raises(ValueError, match="was stopped"):
            act()


def test_training_finishes_after_its_epochs(trainers: list[Trainer]) -> None:
    one = trainer(trainers, epochs=2)
    one.start()
    wait_until(lambda: one.state == "finished")
    assert one.snapshot().step == one.total_steps == 4
    one.start()
    assert one.state == "finished"


def test_options_change_while_it_runs(trainers: list[Trainer]) -> None:
    one = trainer(trainers, "adversarial", eps=0.1)
    one.start()
    one.change(lr=0.1, eps=0.3)
    assert one.objective.eps == 0.3  # type: ignore[attr-defined]
    for options, named in (({"eps": -1.0}, "got -1"), ({"nonsense": 1}, "nonsense"), ({"lr": 0.0}, "got 0")):
        with pytest.raises(ValueError, match=named):
            one.change(**options)  # type: ignore[arg-type]
    assert one.objective.eps == 0.3  # type: ignore[attr-defined]


def test_a_change_of_learning_rate_counts_from_the_next_step(trainers: list[Trainer]) -> None:
    one, other = trainer(trainers, lr=0.5), trainer(trainers, lr=0.001)
    one.change(lr=0.001)
    assert same(one.step(3), other.step(3))


# What goes wrong


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
