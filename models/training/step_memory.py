"""What a training takes of memory: what it holds from step to step, and what one step needs in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geometry.computation.memory import BUDGET, Reservation
from geometry.network.network import as_network
from models.objectives.objective import Objective, step_numbers
from models.training.engine import Engine

# Of all trainings of a process one computes at a time (`models.training.background.fair_semaphore.PROCESSOR`).
QUEUE = "a step of training"
COPIES = 7  # of the weights: its own, the initial ones, a plan, gradients, Adam's two, the latest snapshot's
REMEDY = "choose a smaller batch, a smaller network, or another objective"


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes that trainings hold together, and the most that a step of any of them needs besides."""

    held: int
    step: int

    @property
    def lacking(self) -> str:
        """Why they cannot begin now, and what to change; empty if they can."""
        lack = BUDGET.lack(self.held, queue=QUEUE, turn=self.step)
        return lack and f"{lack}; {REMEDY}"

    def reserve(self) -> Reservation:
        """Take them from the process's budget; a NoRoomError that says what to change if they are not free."""
        return BUDGET.reserve(self.held, REMEDY, queue=QUEUE, turn=self.step)


def training_memory(engines: Sequence[Engine], objectives: Sequence[Objective] | None = None) -> TrainingMemory:
    """What engines take that train in turns, with their own objectives or others. Trainings share their points, which
    are not counted.

    On a GPU, steps take its memory, of which this process knows no budget.
    """
    asked = [engine.objective for engine in engines] if objectives is None else objectives
    held = sum(COPIES * _weights(engine) for engine in engines)
    return TrainingMemory(held, max(map(step_bytes, engines, asked), default=0))


def step_bytes(engine: Engine, objective: Objective) -> int:
    """About the bytes of this machine's memory that one step needs besides what is held; 0 on a GPU."""
    if engine.device.type != "cpu":
        return 0
    network = as_network(engine.network, tuple(engine.x.shape[1:]), compare="never")
    numbers = step_numbers(objective, network, min(engine.batch_size, len(engine.x)))
    return round(numbers * engine.x.element_size())


def _weights(engine: Engine) -> int:
    return sum(parameter.numel() * parameter.element_size() for parameter in engine.network.parameters())
