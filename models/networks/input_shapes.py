"""Which input shapes a network can take: the usual one by its layers, and a check of a given one."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import nn

from geometry.network.affine import Shape
from models.networks.architecture import LAYERS, MAX_SIZE, build, describe
from models.networks.layer_graph import LayerGraph
from models.networks.shapes import shape_after

IMAGE_SHAPES: dict[int, Shape] = {784: (1, 28, 28), 1024: (1, 32, 32), 3072: (3, 32, 32)}
MAX_ACTIVATIONS = 10**8  # of one input after any layer: a limit on what a file can make this process allocate


def input_shape_of(network: nn.Module) -> Shape:
    """The input shape of a network, as its layers determine it; the usual one if several fit.

    Convolutions fit several image sizes. 28 x 28 is tried first, then 32 x 32, then all others from the smallest.

    Raises
    ------
    ValueError
        If no shape fits.
    """
    empty = build(describe(network))
    for shape in _candidates(empty):
        if _fits(empty, shape):
            return shape
    raise ValueError("no input shape fits the layers of this network; check its convolutions and Flatten")


def check_input_shape(network: nn.Module, shape: Shape) -> None:
    """A ValueError naming the layer that does not fit if the network cannot take inputs of this shape."""
    empty = build(describe(network))
    if not all(type(size) is int and 1 <= size <= MAX_SIZE for size in shape) or not 1 <= len(shape) <= 3:
        raise ValueError(f"an input shape is one to three sizes from 1, got {shape}")
    for name, module, before, after in _walk(empty, tuple(shape)):
        if after is None:
            raise ValueError(f"layer {name}: {module} does not fit activations of shape {before}")


def _candidates(network: nn.Sequential) -> Iterator[Shape]:
    for module in network:
        if isinstance(module, LayerGraph):
            if math.prod(module.input_shape) in IMAGE_SHAPES and any(isinstance(one, nn.Flatten) for one in network):
                yield IMAGE_SHAPES[math.prod(module.input_shape)]
            yield module.input_shape
    first = next((module for module in network if isinstance(module, (nn.Linear, nn.Unflatten))), None)
    if isinstance(first, nn.Linear):
        if first.in_features in IMAGE_SHAPES and any(isinstance(module, nn.Flatten) for module in network):
            yield IMAGE_SHAPES[first.in_features]
        yield (first.in_features,)
    if isinstance(first, nn.Unflatten):
        yield (math.prod(map(int, first.unflattened_size)),)
    convolution = next((module for module in network if isinstance(module, nn.Conv2d)), None)
    for channels in (convolution.in_channels,) if convolution is not None else (1, 3):
        for size in (28, 32, *range(1, 257)):
            yield (channels, size, size)
    for module in network:
        if isinstance(module, nn.BatchNorm1d):
            yield (module.num_features,)


def _fits(network: nn.Sequential, shape: Shape) -> bool:
    return all(after is not None for *_, after in _walk(network, shape))


def _walk(network: nn.Sequential, shape: Shape) -> Iterator[tuple[str, nn.Module, Shape, Shape | None]]:
    """For each layer its name, its module, the shape before it and the shape after it, None if it does not fit."""
    before = shape
    for name, module in network.named_children():
        fits = LAYERS[type(module).__name__].dimensions in (None, len(before))
        after = shape_after(module, before) if fits else None
        small = after is not None and math.prod(after) <= MAX_ACTIVATIONS
        yield name, module, before, after if small else None
        if after is None or not small:
            return
        before = after
