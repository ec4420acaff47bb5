"""The shape of activations after a layer, by arithmetic on sizes.

Torch's meta device would give it as well, but its first use imports some eight hundred modules (its compiler, sympy),
which takes two seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from geometry.network.affine import Shape
from geometry.network.network import Normalize
from models.networks.architecture import STEPS
from models.networks.layer_graph import Concat, Constant, LayerGraph, Operands, Pick

MAX_TOGETHER = 10**8  # numbers in all values of a graph of layers: a limit on memory


def shape_after(module: nn.Module, shape: Shape) -> Shape | None:
    """The shape after a layer for one input, without the batch; None if the layer does not fit."""
    match module:
        case nn.Linear():
            return (*shape[:-1], module.out_features) if shape[-1:] == (module.in_features,) else None
        case nn.Conv2d():
            return _after_convolution(module, shape)
        case nn.AvgPool2d():
            kernel, stride, padding = (_pair(value) for value in (module.kernel_size, module.stride, module.padding))
            if len(shape) != 3 or any(2 * around > size for size, around in zip(kernel, padding)):
                return None
            return _slid(shape[0], shape, kernel, stride, [2 * around for around in padding])
        case nn.MaxPool2d():
            kernel, stride, padding, dilation = (
                _pair(value) for value in (module.kernel_size, module.stride, module.padding, module.dilation)
            )
            if len(shape) != 3 or any(2 * around > size for size, around in zip(kernel, padding)):
                return None
            spans = [step * (size - 1) + 1 for step, size in zip(dilation, kernel)]
            return _slid(shape[0], shape, spans, stride, [2 * around for around in padding])
        case nn.BatchNorm1d() | nn.BatchNorm2d():
            return shape if shape[:1] == (module.num_features,) else None
        case Normalize():
            return shape if torch.as_tensor(module.mean).numel() in (1, shape[0]) else None
        case nn.Flatten():
            return (math.prod(shape),)
        case nn.Unflatten():
            sizes = tuple(int(size) for size in module.unflattened_size)
            return (*sizes, *shape[1:]) if math.prod(sizes) == shape[0] else None
        case Pick():
            return (module.outputs,) if math.prod(shape) == module.inputs else None
        case Constant():
            return (module.units,)
        case LayerGraph():
            values = graph_shapes(module.steps, shape)
            return values[-1] if shape == module.input_shape and len(values) == len(module.steps) + 1 else None
    return shape  # all other layers act on each number by itself


def graph_shapes(steps: Sequence[tuple[nn.Module, Operands]], shape: Shape) -> list[Shape]:
    """The shapes of the input and of what each step gives, up to the first that does not fit its operands."""
    shapes, total = [shape], 0
    for module, operands in steps:
        of = [shapes[value] for value in operands]
        if isinstance(module, Concat):
            after: Shape | None = (sum(map(math.prod, of)),)
        else:
            fits = len(set(of)) == 1 and STEPS[type(module).__name__].dimensions in (None, len(of[0]))
            after = shape_after(module, of[0]) if fits else None
        total += 0 if after is None else math.prod(after)
        if after is None or total > MAX_TOGETHER:
            break
        shapes.append(after)
    return shapes


def _after_convolution(module: nn.Conv2d, shape: Shape) -> Shape | None:
    if len(shape) != 3 or shape[0] != module.in_channels:
        return None
    kernel = [step * (size - 1) + 1 for step, size in zip(module.dilation, module.kernel_size)]
    if module.padding == "same":
        added = [size - 1 for size in kernel]
    elif module.padding == "valid":
        added = [0, 0]
    else:
        added = [2 * int(around) for around in module.padding]
    return _slid(module.out_channels, shape, kernel, module.stride, added)


def _slid(
    channels: int, shape: Shape, kernel: Sequence[int], stride: Sequence[int], added: Sequence[int]
) -> Shape | None:
    """The shape after a kernel slides over an image with so many rows and columns of padding in all."""
    spans = [size + more - width for size, more, width in zip(shape[1:], added, kernel)]
    if min(spans) < 0:
        return None
    return (channels, *(span // step + 1 for span, step in zip(spans, stride)))


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)
