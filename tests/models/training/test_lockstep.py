"""Trainers side by side stand at equal steps, keep the pace, and share the machine."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from models.data.toy import DATASETS
from models.networks.builders import mlp
from models.objectives import Progress, Terms
from models.training import lockstep as level_module
from models.training.background.fair_semaphore import FairSemaphore
from models.training.lockstep import Lockstep
from models.training.trainer import Trainer, start_together, stop_together
from tests.models.waiting import threads, wait_until

MOONS = DATASETS["moons"](60)


@dataclass(frozen=True, eq=False)
class Recording:
    """A loss, and the labels of every batch it was given, with a number drawn at random."""

    seen: list[tuple[list[int], float]]
    seconds: float = 0.0
    draws: int = 1

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        time.sleep(self.seconds)
        drawn = torch.rand(self.draws, generator=random)
        self.seen.append((y.tolist(), float(drawn[0])))
        return {"loss": network(x).square().mean()}


@pytest.fixture
def group() -> Iterator[list[Trainer]]:
    """Three trainers in lockstep; one is slow."""
    together = Lockstep()
    made = [
        Trainer(
            mlp((2, 8, 2)), MOONS.x, MOONS.y, Recording([], seconds), epochs=10**6, batch_size=16, lockstep=together
        )
        for seconds in (0.0, 0.002, 0.0)
    ]
    yield made
    for one in made:
        one.stop()


def test_they_stand_at_equal_steps_and_their_snapshots_too(group: list[Trainer]) -> None:
    start_together(*group)
    wait_until(lambda: len(group[1].timeline) > 5)
    group[0]._lockstep.pause()
    assert len({one.snapshot().step for one in group}) == 1
    shared = set(group[0].timeline.steps) & set(group[1].timeline.steps) & set(group[2].timeline.steps)
    assert len(shared) > 4
    assert [one.state for one in group] == ["paused"] * 3


def test_none_begins_a_step_before_all_have_ended_theirs() -> None:
    calls: list[int] = []

    @dataclass(frozen=True)
    class Calls:
        who: int

        def __call__(self, network: nn.Sequential, x: Tensor, *rest: object) -> Terms:
            calls.append(self.who)
            return {"loss": network(x).square().mean()}

    together = Lockstep()
    made = [Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, Calls(who), epochs=99, lockstep=together) for who in range(3)]
    for one in made:
        one.start()
    wait_until(lambda: all(one.state == "finished" for one in made))
    level_at = next(at for at in range(3, len(calls)) if len({calls[:at].count(who) for who in range(3)}) == 1)
    assert len(calls) == 3 * 99
    assert all(sorted(calls[at : at + 3]) == [0, 1, 2] for at in range(level_at, len(calls), 3))


def test_started_together_they_are_level_whenever_they_are_paused(group: list[Trainer]) -> None:
    for more in range(10):
        begun = group[0].engine.step
        start_together(*group)
        wait_until(lambda begun=begun, more=more: group[0].engine.step > begun + more)
        group[0]._lockstep.pause()
        assert len({one.engine.step for one in group}) == 1


def test_none_is_started_where_one_cannot_be(group: list[Trainer]) -> None:
    group[1].stop()
    with pytest.raises(ValueError, match="stopped"):
        start_together(*group)
    assert [one.state for one in group] == ["paused", "stopped", "paused"]


def test_who_is_behind_catches_up_first(group: list[Trainer]) -> None:
    group[0].step(40)
    for one in group:
        one.start()
    wait_until(lambda: len({one.engine.step for one in group}) == 1)  # the first one was 40 steps ahead, or more
    group[0]._lockstep.pause()
    assert len({one.snapshot().step for one in group}) == 1


def test_one_may_be_paused_alone_and_come_back(group: list[Trainer]) -> None:
    for one in group:
        one.start()
    paused = group[2].pause().step
    wait_until(lambda: group[0].snapshot().step > paused + 5)
    assert group[2].snapshot().step == paused
    group[2].start()
    wait_until(lambda: group[2].snapshot().step > paused + 5)


def test_equal_seeds_see_equal_batches_whatever_their_objectives_draw() -> None:
    seen: list[list[tuple[list[int], float]]] = [[], []]
    for draws, record in zip((1, 1000), seen):
        Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, Recording(record, draws=draws), batch_size=16, seed=7).step(10)
    assert seen[0] == seen[1]
    batches, draws = zip(*seen[0])
    assert len(set(draws)) == 10
    assert batches[:4] != batches[4:8]  # another order every epoch


def test_the_pace_is_kept_and_changes_at_once(group: list[Trainer]) -> None:
    group[0].pace = 20
    began = time.monotonic()
    for one in group:
        one.start()
    wait_until(lambda: group[2].snapshot().step >= 10)
    assert time.monotonic() - began > 0.8 * 9 / 20
    group[1].pace = 0.01
    assert group[0].pace == 0.01
    time.sleep(0.1)
    before = group[0].engine.step
    time.sleep(0.3)
    assert group[0].engine.step <= before + 1
    group[1].pace = None
    wait_until(lambda: group[0].snapshot().step > before + 20)
    for pace in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="pace"):
            group[0].pace = pace


def test_resting_for_a_slow_pace_does_not_delay_a_pause(group: list[Trainer]) -> None:
    group[0].pace = 0.001
    group[0].start()
    wait_until(lambda: group[0].snapshot().step == 1)
    assert group[0].pause().step == 1


def test_a_level_takes_one_place_and_waits_as_one(group: list[Trainer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_module, "PLACES", FairSemaphore(1))
    other = Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, epochs=10**6)
    other.start()
    wait_until(lambda: other.state == "running")
    for one in group:
        one.start()
    wait_until(lambda: [one.state for one in group] == ["waiting"] * 3)
    assert [one.place for one in group] == [1, 1, 1]
    group[0].pause()
    assert [one.state for one in group] == ["paused", "waiting", "waiting"]
    other.stop()
    wait_until(lambda: group[1].snapshot().step > 0)
    group[0].start()
    wait_until(lambda: [one.state for one in group] == ["running"] * 3)


class Clock:
    """The time, of which some can be skipped."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped


def test_who_closes_the_page_makes_way_within_thirty_seconds_and_goes_on_later(
    group: list[Trainer], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(level_module, "time", clock)
    monkeypatch.setattr(level_module, "PLACES", FairSemaphore(1))
    lockstep = Lockstep()
    other = Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, epochs=10**6, lockstep=lockstep)
    other.start()
    wait_until(lambda: other.state == "running")
    start_together(*group)
    lockstep.aside = lambda: True
    before = other.engine.step
    wait_until(lambda: lockstep._unseen is not None and other.engine.step > before + 5)
    assert other.state == "running" and group[0].state == "waiting"  # a page that is soon back has lost nothing
    clock.skipped = 30.0
    wait_until(lambda: other.state == "waiting" and group[0].engine.step > 5)
    lockstep.aside = None
    assert other.place == 1
    stop_together(*group)
    before = other.engine.step
    wait_until(lambda: other.state == "running" and other.engine.step > before)
    other.stop()


def test_many_trainings_take_turns() -> None:
    others = set(threading.enumerate())
    many = [Trainer(mlp((2, 8, 2)), MOONS.x, MOONS.y, epochs=10**6) for _ in range(10)]
    for one in many:
        one.start()
    wait_until(lambda: all(one.snapshot().step > 10 for one in many))
    for one in many:
        one.stop()
    wait_until(lambda: threads("trainer", others) == 0)


def test_a_process_ends_cleanly_with_trainings_under_way() -> None:
    program = """
import numpy as np
from models import Trainer, mlp
from models.training.watch import Watch
kept = [Trainer(mlp((2, 8, 2)), np.eye(2), [0, 1], epochs=10**6) for _ in range(3)]
watches = [Watch(one, np.eye(2), np.array([0, 1]), eps=0.1) for one in kept]
for one in kept:
    one.start()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")
