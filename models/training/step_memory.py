"""The memory of a training: what it holds from step to step, and what one step needs in addition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geometry.computation.memory import BUDGET, Reservation
from geometry.network.network import as_network
from models.objectives.objective import Objective, step_numbers
from models.training.engine import Engine

# One training of a process computes at a time (`models.training.background.fair_semaphore.PROCESSOR`).
QUEUE = "a step of training"
COPIES = 7  # of the weights: current, initial, the trainer's plan, gradients, Adam's two moments, latest snapshot
REMEDY = "choose a smaller batch, a smaller network, or another objective"


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes that trainings hold together, and the most that a step of any of them needs in addition."""

    held: int
    step: int

    @property
    def lacking(self) -> str:
        """Why they cannot begin now, and what to change; empty if they can."""
        lack = BUDGET.lack(self.held, queue=QUEUE, turn=self.step)
        return lack and f"{lack}; {REMEDY}"

    def reserve(self) -> Reservation:
        """Reserve them in the process's budget; a NoRoomError with a remedy if they are not free."""
        return BUDGET.reserve(self.held, REMEDY, queue=QUEUE, turn=self.step)


def training_memory(engines: Sequence[Engine], objectives: Sequence[Objective] | None = None) -> TrainingMemory:
    """The memory of engines that train in turns, with their own objectives or the ones given.

    Their points are shared and not counted. On a GPU, steps take its memory, for which the process has no budget.
    """
    minimised = [engine.objective for engine in engines] if objectives is None else objectives
    held = sum(COPIES * _weights(engine) for engine in engines)
    return TrainingMemory(held, max(map(step_bytes, engines, minimised), default=0))


def step_bytes(engine: Engine, objective: Objective) -> int:
    """An estimate of the bytes in main memory that one step needs in addition to what is held; 0 on a GPU."""
    if engine.device.type != "cpu":
        return 0
    network = as_network(engine.network, tuple(engine.x.shape[1:]), compare="never")
    numbers = step_numbers(objective, network, min(engine.batch_size, len(engine.x)))
    return round(numbers * engine.x.element_size())


def _weights(engine: Engine) -> int:
    return sum(parameter.numel() * parameter.element_size() for parameter in engine.network.parameters())
