"""The one interface of all objectives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import torch
from torch import Tensor, nn

from geometry.network.network import Network

Terms: TypeAlias = dict[str, Tensor]


@dataclass(frozen=True)
class Progress:
    """How far training is: `epoch` counts up from 0, in fractions, to `epochs`. Schedules go by it."""

    epoch: float
    epochs: float


def activations(network: Network, points: int) -> int:
    """How many numbers all activations of so many points are."""
    return points * (network.input_units + sum(network.widths) + network.outputs)


def plain_numbers(network: Network, points: int) -> float:
    """About how many numbers a step of plain training holds at once: gradients, Adam's moments, activations."""
    weights = sum(weight.numel() for weight in network.weights())
    return 3 * weights + 6 * activations(network, points)


def step_numbers(objective: Objective, network: Network, points: int) -> float:
    """About how many numbers a step on so many points holds at once, besides the weights.

    An objective that needs more than plain training says so by a method `numbers(network, points)`. What it says is
    compared with what is measured in tests/models/training/test_step_memory.py.
    """
    of_its_own: Callable[[Network, int], float] = getattr(objective, "numbers", plain_numbers)
    return of_its_own(network, points)


class Objective(Protocol):
    """The loss of a batch as named terms, which add up to it. A frozen dataclass whose fields are its options."""

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        """Terms, each a scalar tensor to differentiate, for x (n, *input_shape) with labels y (n,).

        The network is in training mode. Whatever is random comes from `random`, so that a run can be repeated.
        """
        ...
