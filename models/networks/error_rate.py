"""The error rate of a network on labelled points."""

from __future__ import annotations

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from geometry.network.module_copy import floating_tensors
from geometry.network.network import class_scores

PROBE = 512  # points for a snapshot's error, and in one batch: a limit on what snapshots cost


def error_rate(network: nn.Sequential, x: ArrayLike | Tensor, y: ArrayLike | Tensor) -> float:
    """The share of points x (n, *input_shape) with labels y (n,) that a network in eval mode gets wrong."""
    like = next(floating_tensors(network), torch.zeros(()))
    points, labels = tensor_of(x).to(like), tensor_of(y).to(like.device)
    with torch.no_grad():
        batches = zip(points.split(PROBE), labels.split(PROBE))
        wrong = sum(int((class_scores(network(batch)).argmax(1) != label).sum()) for batch, label in batches)
    return wrong / len(labels)


def tensor_of(value: ArrayLike | Tensor) -> Tensor:
    return value if isinstance(value, Tensor) else torch.tensor(value)
