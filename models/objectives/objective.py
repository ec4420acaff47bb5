"""The interface of all objectives."""

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
    """The progress of training, for schedules: `epoch` rises from 0, in fractions, to `epochs`."""

    epoch: float
    epochs: float


def activations(network: Network, points: int) -> int:
    """The number of activations of so many points, inputs and outputs included."""
    return points * (network.input_units + sum(network.widths) + network.outputs)


def plain_numbers(network: Network, points: int) -> float:
    """An estimate of the numbers that a plain training step holds at once: gradients, Adam's moments, activations."""
    weights = sum(weight.numel() for weight in network.weights())
    return 3 * weights + 6 * activations(network, points)


def step_numbers(objective: Objective, network: Network, points: int) -> float:
    """An estimate of the numbers that a step on so many points holds at once, in addition to the weights.

    An objective that needs more than plain training has a method `numbers(network, points)`.
    tests/models/training/test_step_memory.py compares it with measurements.
    """
    numbers: Callable[[Network, int], float] = getattr(objective, "numbers", plain_numbers)
    return numbers(network, points)


class Objective(Protocol):
    """The loss of a batch as a sum of named terms. A frozen dataclass whose fields are its options."""

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        """The terms, differentiable scalar tensors, for x (n, *input_shape) with labels y (n,).

        The network is in training mode. All random numbers come from `random`, so that a run can be repeated.
        """
        ...
