"""ONNX operators as layers, each appended to a chain."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from geometry.affine import Shape
from models.formats.matrices import real_tensor
from models.formats.onnx_chain import Array, Chain, Node, small
from models.formats.padding import Sides, outputs, same, symmetric

MAX_STEP = 64  # of strides, dilations and zeros on one side


def _gemm(chain: Chain, node: Node) -> None:
    alpha, beta, flipped, transposed = node.take(alpha=1.0, beta=1.0, transA=0, transB=0)
    if flipped or node.inputs[0] is not None:
        raise node.refuse("the activations must come first and not be transposed")
    matrix = node.constant(1, 2)
    bias = node.constant(2) if len(node.inputs) > 2 else None
    _linear(chain, node, alpha * (matrix if transposed else matrix.T), None if bias is None else beta * bias)


def _matmul(chain: Chain, node: Node) -> None:
    node.take()
    if node.inputs[0] is not None:
        raise node.refuse("the activations must come first: (batch, in) times (in, out)")
    _linear(chain, node, node.constant(1, 2).T, None)


def _linear(chain: Chain, node: Node, matrix: Array, bias: Array | None) -> None:
    """x -> matrix x + bias, the matrix (out, in)."""
    if chain.shape != (matrix.shape[1],):
        raise ValueError(f"{node.title} takes {matrix.shape[1]} numbers, activations have the shape {chain.shape}")
    weights: dict[str, Array | Tensor] = {"weight": matrix}
    if bias is not None:
        weights["bias"] = _spread(node, bias, (len(matrix),))
    fields = {"in_features": matrix.shape[1], "out_features": len(matrix), "bias": bias is not None}
    chain.add("Linear", (len(matrix),), weights, **fields)


def _convolution(chain: Chain, node: Node) -> None:
    dilations, group, kernel, stride, pads, auto = node.take(
        dilations=(1, 1), group=1, kernel_shape=None, strides=(1, 1), pads=None, auto_pad=b"NOTSET"
    )
    weight = real_tensor(node.constant(1, 4))
    if node.inputs[0] is not None or len(chain.shape) != 3:
        raise node.refuse("it must act on images (batch, channels, height, width)")
    if kernel is not None and tuple(kernel) != tuple(weight.shape[2:]):
        raise ValueError(f"{node.title} says its kernel is {tuple(kernel)}, its weights are {tuple(weight.shape)}")
    size = tuple(weight.shape[2:])
    padding = _padding(node, chain.shape[1:], size, stride, pads, auto, dilations)
    shape = _shape_after(node, chain.shape[1:], size, stride, padding, dilations)
    weight, zeros = symmetric(weight, *padding, dilation=tuple(dilations))
    weights: dict[str, Array | Tensor] = {"weight": weight}
    if len(node.inputs) > 2:
        weights["bias"] = node.constant(2, 1)
    chain.add(
        "Conv2d", (len(weight), *shape), weights,
        in_channels=weight.shape[1] * group, out_channels=len(weight), kernel_size=list(weight.shape[2:]),
        stride=list(stride), padding=list(zeros), dilation=list(dilations), groups=group, bias="bias" in weights,
    )  # fmt: skip


def _average_pool(chain: Chain, node: Node) -> None:
    kernel, stride, pads, auto, ceil, counted, dilations = node.take(
        kernel_shape=None, strides=(1, 1), pads=None, auto_pad=b"NOTSET", ceil_mode=0, count_include_pad=0,
        dilations=(1, 1),
    )  # fmt: skip
    if len(chain.shape) != 3 or kernel is None or len(kernel) != 2:
        raise node.refuse("it must act on images (batch, channels, height, width)")
    padding = _padding(node, chain.shape[1:], tuple(kernel), stride, pads, auto, (1, 1))
    if ceil or tuple(dilations) != (1, 1) or any(before != behind for before, behind in padding):
        raise node.refuse("ceil_mode, dilations and padding that differs between the sides")
    shape = _shape_after(node, chain.shape[1:], tuple(kernel), stride, padding, (1, 1))
    chain.add(
        "AvgPool2d", (chain.shape[0], *shape),
        kernel_size=list(kernel), stride=list(stride), padding=[padding[0][0], padding[1][0]],
        count_include_pad=bool(counted),
    )  # fmt: skip


def _padding(
    node: Node, size: Shape, kernel: Shape, stride: Any, pads: Any, auto: bytes, dilation: Any
) -> tuple[Sides, Sides]:
    """Zeros around rows and columns. ONNX lists those before all axes, then those behind."""
    pads = tuple(pads or (0, 0, 0, 0))
    if (len(stride), len(dilation), len(pads)) != (2, 2, 4):
        raise node.refuse("it must have two strides, two dilations and four pads")
    if min(*stride, *dilation) < 1 or min(pads) < 0 or max(*stride, *dilation, *pads) > MAX_STEP:
        raise node.refuse(f"strides {tuple(stride)}, dilations {tuple(dilation)} or pads {pads}")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        upper = [same(n, k, s, d) for n, k, s, d in zip(size, kernel, stride, dilation)]
        rows, columns = upper if auto == b"SAME_UPPER" else [(behind, before) for before, behind in upper]
        return rows, columns
    top, left, bottom, right = pads if auto == b"NOTSET" else (0, 0, 0, 0)
    return (top, bottom), (left, right)


def _shape_after(
    node: Node, size: Shape, kernel: Shape, stride: Any, padding: tuple[Sides, Sides], dilation: Any
) -> Shape:
    found = tuple(outputs(n, k, s, p, d) for n, k, s, p, d in zip(size, kernel, stride, padding, dilation))
    if min(found) < 1:
        raise ValueError(f"{node.title} does not fit images of {size[0]} by {size[1]}")
    return found


def _batch_norm(chain: Chain, node: Node) -> None:
    eps, _, training, spatial = node.take(epsilon=1e-5, momentum=0.9, training_mode=0, spatial=1)
    if training or spatial != 1:
        raise node.refuse("only as in inference")
    names = ("weight", "bias", "running_mean", "running_var")
    weights: dict[str, Array | Tensor] = {name: node.constant(k + 1, 1) for k, name in enumerate(names)}
    layer = "BatchNorm1d" if len(chain.shape) == 1 else "BatchNorm2d"
    chain.add(layer, chain.shape, weights, num_features=chain.shape[0], eps=float(eps), affine=True)


def _activation(chain: Chain, node: Node) -> None:
    if node.op == "Relu":
        node.take()
        chain.add("ReLU", chain.shape)
    else:
        chain.add("LeakyReLU", chain.shape, negative_slope=round(float(node.take(alpha=0.01)[0]), 9))


def _flatten(chain: Chain, node: Node) -> None:
    (axis,) = node.take(axis=1)
    if axis not in (1, -len(chain.shape)):
        raise node.refuse(f"axis {axis} would mix the points of a batch")
    if len(chain.shape) > 1:
        chain.add("Flatten", (math.prod(chain.shape),))


def _reshape(chain: Chain, node: Node) -> None:
    """To (batch, ...); -1 stands for what remains, and 0 for the size that was there."""
    (allow_zero,) = node.take(allowzero=0)
    target = [int(size) for size in small(node.constant(1, 1))]
    if node.inputs[0] is not None or len(target) < 2 or target[0] not in (-1, 0, 1) or allow_zero:
        raise node.refuse(f"to {target}: the first dimension must stay the batch")
    before = (1, *chain.shape)
    sizes = [before[place] if size == 0 and place < len(before) else size for place, size in enumerate(target)][1:]
    known = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) == 1 and known > 0:
        sizes = [math.prod(chain.shape) // known if size == -1 else size for size in sizes]
    if math.prod(sizes) != math.prod(chain.shape) or min(sizes) < 1:
        raise ValueError(f"{node.title} to {target} does not fit activations of shape {chain.shape}")
    _fold_as(chain, tuple(sizes))


def _fold_as(chain: Chain, shape: Shape) -> None:
    """Activations in this shape, their order kept."""
    if shape == chain.shape:
        return
    if len(chain.shape) > 1:
        chain.add("Flatten", (math.prod(shape),))
    if len(shape) > 1:
        chain.add("Unflatten", shape, unflattened_size=list(shape))


def _unchanged(chain: Chain, node: Node) -> None:
    """Identity, and Dropout as in inference."""


def _arithmetic(chain: Chain, node: Node) -> None:
    """x + c, x - c, c - x, x * c and x / c, with c for all, for each channel or for each unit."""
    node.take()
    place = 0 if node.inputs[0] is not None else 1
    if len(node.inputs) != 2:
        raise node.refuse("it has two inputs")
    value = _spread(node, node.constant(place), chain.shape)
    if node.op == "Div" and (place == 0 or not value.all()):
        raise node.refuse("dividing by the activations, or by zero")
    shape, values = chain.shape, value.reshape(chain.shape[0], -1)
    if (values == values[:, :1]).all():
        per_channel = values[:, 0]
    else:
        _fold_as(chain, (math.prod(shape),))
        per_channel = values.reshape(-1)
    zeros, ones = np.zeros_like(per_channel), np.ones_like(per_channel)
    match node.op, place:
        case "Add", _ if chain.specs and chain.specs[-1].get("bias") is False:
            chain.specs[-1]["bias"] = True
            chain.weights[f"{len(chain.specs) - 1}.bias"] = real_tensor(per_channel)
        case "Add", _:
            _normalize(chain, -per_channel, ones)
        case "Sub", 1:
            _normalize(chain, per_channel, ones)
        case "Div", 1 if (per_channel > 0).all():
            _normalize(chain, zeros, per_channel)
        case "Div", _:
            _scale(chain, 1 / per_channel, zeros)
        case "Mul", _:
            _scale(chain, per_channel, zeros)
        case _:
            _scale(chain, -ones, per_channel)
    _fold_as(chain, shape)


def _spread(node: Node, value: Array, shape: Shape) -> Array:
    """A constant as large as the activations it is combined with."""
    try:
        if np.broadcast_shapes(value.shape, (1, *shape)) == (1, *shape):
            return np.array(np.broadcast_to(value, (1, *shape))[0])
    except ValueError:
        pass
    raise ValueError(f"{node.title} of shape {value.shape} does not fit activations of shape {shape}")


def _normalize(chain: Chain, mean: Array, std: Array) -> None:
    """(x - mean) / std; a division after a subtraction joins it."""
    before = f"{len(chain.specs) - 1}.std"
    subtracted = before in chain.weights and bool((chain.weights[before] == 1).all())
    if subtracted and not mean.any() and len(chain.weights[before]) == len(std):
        chain.weights[before] = real_tensor(std)
    else:
        chain.add("Normalize", chain.shape, {"mean": mean, "std": std}, channels=len(mean))


def _scale(chain: Chain, factor: Array, shift: Array) -> None:
    """factor * x + shift, as a BatchNorm of what has mean 0 and variance 1."""
    zeros, ones = np.zeros_like(factor), np.ones_like(factor)
    weights: dict[str, Array | Tensor] = {"weight": factor, "bias": shift, "running_mean": zeros, "running_var": ones}
    layer = "BatchNorm1d" if len(chain.shape) == 1 else "BatchNorm2d"
    chain.add(layer, chain.shape, weights, num_features=len(factor), eps=0.0, affine=True)


LAYERS: dict[str, Callable[[Chain, Node], None]] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Conv": _convolution,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Relu": _activation,
    "LeakyRelu": _activation,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Add": _arithmetic,
    "Sub": _arithmetic,
    "Mul": _arithmetic,
    "Div": _arithmetic,
    "Identity": _unchanged,
    "Dropout": _unchanged,
}
