"""Plain training: cross entropy."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from geometry.network.network import class_scores
from models.objectives.objective import Progress, Terms
from models.objectives.record import ObjectiveRecord


@dataclass(frozen=True)
class Plain:
    """The cross entropy of the batch."""

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        return {"cross entropy": F.cross_entropy(class_scores(network(x)), y)}


PLAIN = ObjectiveRecord(run=Plain, title="Plain", line="Cross entropy: only the class of the points themselves counts.")
