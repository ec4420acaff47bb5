"""The one interface of all objectives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import torch
from torch import Tensor, nn

Terms: TypeAlias = dict[str, Tensor]


@dataclass(frozen=True)
class Progress:
    """How far training is: `epoch` counts up from 0, in fractions, to `epochs`. Schedules go by it."""

    epoch: float
    epochs: float


class Objective(Protocol):
    """The loss of a batch as named terms, which add up to it. A frozen dataclass whose fields are its options."""

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        """Terms, each a scalar tensor to differentiate, for x (n, *input_shape) with labels y (n,).

        The network is in training mode. Whatever is random comes from `random`, so that a run can be repeated.
        """
        ...
