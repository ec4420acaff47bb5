"""What a network looks at: gradients of its loss by the input, and filters of its convolutions."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from geometry.norms import Array
from papers.data import Labelled

SMALL = 0.01  # of the largest value: below it an entry counts as zero


def loss_gradients(network: nn.Sequential, data: Labelled) -> Array:
    """(n, *input_shape) the gradients of the cross entropy by the input, in float64."""
    exact = network.double()
    x = torch.from_numpy(np.asarray(data.x, np.float64)).requires_grad_()
    loss = nn.functional.cross_entropy(exact(x), torch.from_numpy(data.y), reduction="sum")
    (gradients,) = torch.autograd.grad(loss, x)
    return np.asarray(gradients.numpy())


def filters(network: nn.Sequential, number: int, count: int) -> Array:
    """(count, channels, height, width) the first filters of the number-th convolution, from 0.

    Raises
    ------
    ValueError
        If the network has no such convolution.
    """
    layers = [module for module in network if isinstance(module, nn.Conv2d)]
    if number >= len(layers):
        raise ValueError(f"the network has {len(layers)} convolutions, not {number + 1}")
    return np.asarray(layers[number].weight.detach().double().numpy()[:count])


def small_share(values: Array) -> float:
    """The share of entries, in percent, below SMALL of the largest: of each item (n, ...), on average."""
    flat = np.abs(values.reshape(len(values), -1))
    largest = flat.max(axis=1, keepdims=True)
    return 100 * float((flat <= SMALL * largest).mean())


def quantised(values: Array, each: bool) -> NDArray[np.int8]:
    """The values in steps of 1/127 of the largest, of each item or of all: enough for a picture."""
    axes = tuple(range(1, values.ndim)) if each else None
    largest = np.abs(values).max(axis=axes, keepdims=True)
    return np.rint(127 * values / np.where(largest > 0, largest, 1)).astype(np.int8)


def first_of_each_class(data: Labelled, count: int) -> Labelled:
    """The first point of each of the first `count` classes."""
    classes = [c for c in range(data.classes) if (data.y == c).any()][:count]
    chosen = [int(np.flatnonzero(data.y == c)[0]) for c in classes]
    return Labelled(data.x[chosen], data.y[chosen], data.classes, data.box)
