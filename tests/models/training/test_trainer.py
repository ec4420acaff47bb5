"""Training is reproducible, and starts, pauses, rewinds and changes as asked."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.builders import mlp
from models.objectives import Progress, Terms
from models.training.fitting import fit
from models.training.trainer import STOP_SECONDS, Trainer
from tests.models.training.small_trainers import MOONS, same, trainer
from tests.models.waiting import threads, wait_until

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
