"""Functions of torch as affine maps and units, by name: a table of what a recorded module may call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from geometry.network.affine import Conv, Dense, Scale, Shape
from geometry.network.blocks import Taps
from geometry.network.calls import Call, Recorded
from geometry.network.graph import Value
from geometry.network.pooling import NONE, largest, pool_candidates
from geometry.network.units import Units, absolute_value, clip, units_of

Convert: TypeAlias = Callable[[Call], Value]


def _spread(call: Call, operand: Any, shape: Shape) -> Tensor:
    """(units,) a constant, broadcast to activations of this shape."""
    constant = call.constant(operand)
    return torch.broadcast_to(constant, (1, *shape)).flatten()


def _broadcast(value: Value, shape: Shape, like: Tensor) -> Value:
    """A value repeated along its dimensions of size 1."""
    if value.shape == shape:
        return value
    numbers = torch.arange(len(value.bias), device=like.device).reshape(1, *value.shape)
    index = torch.broadcast_to(numbers, (1, *shape)).flatten()
    return value.mapped(
        Taps(index[:, None], like.new_ones(len(index), 1), like.new_zeros(len(index)), value.shape, shape)
    )


def _scaled(value: Value, factor: Tensor) -> Value:
    return value.mapped(Scale(factor, torch.zeros_like(factor), value.shape, value.shape))


def _operand(call: Call, operand: Any) -> Value:
    """An operand of a sum or a maximum, broadcast to the outcome."""
    if isinstance(operand, Recorded):
        return _broadcast(operand.value, call.shape, call.graph.like)
    return Value(call.shape, (), _spread(call, operand, call.shape))


def _sum(call: Call, first: Any, second: Any, share: float = 1.0) -> Value:
    one, other = _operand(call, first), _operand(call, second)
    if share != 1.0:
        other = _scaled(other, torch.full_like(other.bias, share))
    return one.plus(other)


def add(call: Call) -> Value:
    return _sum(call, call.get(0, "input"), call.get(1, "other"), float(call.options.get("alpha", 1)))


def subtract(call: Call) -> Value:
    return _sum(call, call.get(0, "input"), call.get(1, "other"), -float(call.options.get("alpha", 1)))


def subtract_from(call: Call) -> Value:
    return _sum(call, call.get(1, "other"), call.get(0, "input"), -1.0)


def multiply(call: Call) -> Value:
    first, second = call.get(0, "input"), call.get(1, "other")
    if isinstance(first, Recorded) and isinstance(second, Recorded):
        call.refuse("of two activations is not piecewise linear")
    value, factor = (first, second) if isinstance(first, Recorded) else (second, first)
    whole = _broadcast(value.value, call.shape, call.graph.like)
    return _scaled(whole, _spread(call, factor, call.shape))


def divide(call: Call) -> Value:
    if call.options.get("rounding_mode") is not None:
        call.refuse("with a rounding mode is not continuous")
    divisor = call.constant(call.get(1, "other"))
    if not bool((divisor != 0).all()):
        raise ValueError(f"{call.place}: division by 0")
    whole = _broadcast(call.value(), call.shape, call.graph.like)
    return _scaled(whole, 1 / torch.broadcast_to(divisor, (1, *call.shape)).flatten())


def negate(call: Call) -> Value:
    value = call.value()
    return _scaled(value, -torch.ones_like(value.bias))


def linear(call: Call) -> Value:
    weight, bias = call.constant(call.get(1, "weight")), call.get(2, "bias")
    return _times(call, call.value(), weight, None if bias is None else call.constant(bias))


def matrix_product(call: Call) -> Value:
    if not isinstance(call.get(0, "input"), Recorded):
        call.refuse("is supported with the activations on the left")
    weight = call.constant(call.get(1, "mat2", call.options.get("other")))
    if weight.dim() != 2:
        call.refuse(f"is supported with a matrix on the right, not a tensor of shape {tuple(weight.shape)}")
    return _times(call, call.value(), weight.T, None)


def affine_product(call: Call) -> Value:
    """addmm(bias, x, matrix)."""
    weight = call.constant(call.get(2, "mat2"))
    return _times(call, call.value(1, "mat1"), weight.T, call.constant(call.get(0, "input")))


def _times(call: Call, value: Value, weight: Tensor, bias: Tensor | None) -> Value:
    """Rows of the last dimension times a matrix (out, in)."""
    *rows, inputs = value.shape
    count, outputs = math.prod(rows), len(weight)
    shift = weight.new_zeros(outputs) if bias is None else torch.broadcast_to(bias.flatten(), (outputs,))
    if count == 1:
        return value.mapped(Dense(weight, shift, value.shape, (*rows, outputs)))
    # as a convolution of one pixel over the rows: (rows, in) -> (in, rows, 1)
    channels_first = value.mapped(_transposition((count, inputs), value, (inputs, count, 1)))
    kernel = weight[:, :, None, None]
    conv = Conv(kernel, shift.repeat_interleave(count), (inputs, count, 1), (outputs, count, 1), (1, 1), (0, 0, 0, 0),
                (1, 1), 1)  # fmt: skip
    made = channels_first.mapped(conv)
    return made.mapped(_transposition((outputs, count), made, (*rows, outputs)))


def _transposition(matrix: tuple[int, int], value: Value, shape: Shape) -> Taps:
    index = torch.arange(len(value.bias), device=value.bias.device).reshape(matrix).T.flatten()
    ones = value.bias.new_ones(len(index), 1)
    return Taps(index[:, None], ones, value.bias.new_zeros(len(index)), value.shape, shape)


def convolution(call: Call) -> Value:
    value, weight = call.value(), call.constant(call.get(1, "weight"))
    if len(value.shape) != 3:
        call.refuse(f"is supported on images, not on activations of shape {value.shape}")
    stride, dilation = (_pair(call.get(*which)) for which in ((3, "stride", 1), (5, "dilation", 1)))
    padding = call.get(4, "padding", 0)
    if padding == "same":
        sizes = [d * (k - 1) for k, d in zip(weight.shape[2:], dilation)]
        sides = (sizes[1] // 2, (sizes[1] + 1) // 2, sizes[0] // 2, (sizes[0] + 1) // 2)
    else:
        rows, columns = (0, 0) if padding == "valid" else _pair(padding)
        sides = (columns, columns, rows, rows)
    bias = call.get(2, "bias")
    per_channel = weight.new_zeros(len(weight)) if bias is None else call.constant(bias)
    shift = per_channel.repeat_interleave(math.prod(call.shape[1:]))
    return value.mapped(
        Conv(weight, shift, value.shape, call.shape, stride, sides, dilation, int(call.get(6, "groups", 1)))
    )


def batch_norm(call: Call) -> Value:
    if call.get(5, "training", False):
        call.refuse("in training mode is no fixed function; it needs running statistics")
    mean, variance = (call.constant(call.get(place, name)) for place, name in ((1, "running_mean"), (2, "running_var")))
    weight, bias, eps = call.get(3, "weight"), call.get(4, "bias"), float(call.get(7, "eps", 1e-5))
    scale = (variance + eps).rsqrt()
    scale = scale if weight is None else scale * call.constant(weight)
    shift = -mean * scale
    shift = shift if bias is None else shift + call.constant(bias)
    value = call.value()
    area = math.prod(value.shape[1:])
    return value.mapped(Scale(scale.repeat_interleave(area), shift.repeat_interleave(area), value.shape, value.shape))


def same(call: Call) -> Value:
    """Dropout in eval mode."""
    if call.get(2, "training", True) and call.get(1, "p", 0.5) != 0:
        call.refuse("in training mode is no fixed function")
    return call.value()


def average_pool(call: Call) -> Value:
    kernel = _pair(call.get(1, "kernel_size"))
    stride = _pair(call.get(2, "stride") or kernel)
    if call.get(4, "ceil_mode", False):
        call.refuse("with ceil_mode=True is not supported")
    padding, divisor = _pair(call.get(3, "padding", 0)), call.get(6, "divisor_override")
    window = math.prod(kernel)
    if call.get(5, "count_include_pad", True) or divisor or padding == (0, 0):
        return _pooled(call, kernel, stride, padding, 1 / (divisor or window))
    sums = _pooled(call, kernel, stride, padding, 1.0)
    candidates, _ = pool_candidates(call.value().shape, kernel, stride, padding, (1, 1))
    return _scaled(sums, 1 / (candidates != NONE).sum(1).to(sums.bias))


def adaptive_average_pool(call: Call) -> Value:
    sizes = call.value().shape[1:]
    kernel = tuple(size // wanted for size, wanted in zip(sizes, call.shape[1:]))
    if any(size % wanted for size, wanted in zip(sizes, call.shape[1:])):
        call.refuse(f"from {sizes} to {call.shape[1:]} has windows of several sizes; use AvgPool2d")
    return _pooled(call, (kernel[0], kernel[1]), (kernel[0], kernel[1]), (0, 0), 1 / math.prod(kernel))


def _pooled(
    call: Call, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int], share: float
) -> Value:
    """Sums under a kernel times `share`, channel by channel."""
    value = call.value()
    if len(value.shape) != 3:
        call.refuse(f"is supported on images, not on activations of shape {value.shape}")
    channels, (rows, columns) = value.shape[0], padding
    weight = call.graph.like.new_full((channels, 1, *kernel), share)
    zeros = weight.new_zeros(math.prod(call.shape))
    sides = (columns, columns, rows, rows)
    return value.mapped(Conv(weight, zeros, value.shape, call.shape, stride, sides, (1, 1), channels))


def mean(call: Call) -> Value:
    return _reduced(call, lambda count: 1 / count)


def total(call: Call) -> Value:
    return _reduced(call, lambda count: 1.0)


def _reduced(call: Call, share: Callable[[int], float]) -> Value:
    value, dims = call.value(), call.get(1, "dim")
    if dims is None:
        call.refuse("over the batch is not supported; name the dimensions")
    axes = sorted(
        {int(axis) % (len(value.shape) + 1) for axis in (dims if isinstance(dims, (tuple, list)) else [dims])}
    )
    if 0 in axes:
        call.refuse("over the batch is not supported")
    count = math.prod(value.shape[axis - 1] for axis in axes)
    numbers = torch.arange(len(value.bias), device=value.bias.device).reshape(1, *value.shape)
    kept = [axis for axis in range(numbers.dim()) if axis not in axes]
    index = numbers.permute(*kept, *axes).reshape(-1, count)
    weight = value.bias.new_full(tuple(index.shape), share(count))
    return value.mapped(Taps(index, weight, value.bias.new_zeros(len(index)), value.shape, call.shape))


def max_pool(call: Call) -> Value:
    if call.get(5, "ceil_mode", False) or call.get(6, "return_indices", False):
        call.refuse("with ceil_mode or return_indices is not supported")
    value, kernel = call.value(), _pair(call.get(1, "kernel_size"))
    if len(value.shape) != 3:
        call.refuse(f"is supported on images, not on activations of shape {value.shape}")
    stride = _pair(call.get(2, "stride") or kernel)
    padding, dilation = _pair(call.get(3, "padding", 0)), _pair(call.get(4, "dilation", 1))
    candidates, shape = pool_candidates(value.shape, kernel, stride, padding, dilation)
    return largest(call.graph, value, candidates.to(value.bias.device), shape)


def maximum(call: Call) -> Value:
    return _extreme(call, 1.0)


def minimum(call: Call) -> Value:
    """-max(-a, -b)."""
    return _extreme(call, -1.0)


def _extreme(call: Call, sign: float) -> Value:
    second = call.get(1, "other")
    if not isinstance(second, Tensor) or isinstance(call.outcome, tuple):
        call.refuse("is supported of two tensors alone")
    one, other = _operand(call, call.get(0, "input")), _operand(call, second)
    units, like = len(one.bias), call.graph.like
    both = _placed(one, 2 * units, 0, like).plus(_placed(other, 2 * units, units, like))
    both = _scaled(both, torch.full_like(both.bias, sign))
    numbers = torch.arange(units, device=like.device)
    winner = largest(call.graph, both, torch.stack([numbers, numbers + units], 1), call.shape)
    return _scaled(winner, torch.full_like(winner.bias, sign))


def _placed(value: Value, units: int, first: int, like: Tensor) -> Value:
    """The value among other units, which are 0."""
    own = len(value.bias)
    index, weight = torch.zeros(units, 1, dtype=torch.int64, device=like.device), like.new_zeros(units, 1)
    index[first : first + own, 0], weight[first : first + own] = torch.arange(own, device=like.device), 1
    return value.mapped(Taps(index, weight, like.new_zeros(units), value.shape, (units,)))


def clamped(call: Call) -> Value:
    low, high = (call.get(place, name) for place, name in ((1, "min"), (2, "max")))
    return _clipped(call, low, high)


def _clipped(call: Call, low: Any, high: Any) -> Value:
    bounds = [other if bound is None else bound for bound, other in ((low, -math.inf), (high, math.inf))]
    if any(isinstance(bound, Tensor) and bound.numel() != 1 for bound in bounds):
        call.refuse("is supported with one bound for all units")
    value = call.value()
    ends = [float(bound) for bound in bounds]
    return call.graph.activated(value, clip(call.place, ends[0], ends[1], value.shape, call.graph.like))


def absolute(call: Call) -> Value:
    value = call.value()
    return call.graph.activated(value, absolute_value(value.shape, call.graph.like))


def _activation(module: Callable[[Call], nn.Module]) -> Convert:
    """A function that computes what a module does."""

    def convert(call: Call) -> Value:
        value = call.value()
        units: Units | None = units_of(call.place, module(call), value.shape, call.graph.like)
        assert units is not None
        return call.graph.activated(value, units)

    return convert


def _prelu(call: Call) -> Value:
    weight, value = call.constant(call.get(1, "weight")), call.value()
    module = nn.PReLU(weight.numel())
    del module.weight
    module.weight = weight.reshape(-1)  # type: ignore[assignment]
    units = units_of(call.place, module, value.shape, call.graph.like)
    assert units is not None
    return call.graph.activated(value, units)


def _pair(value: Any) -> tuple[int, int]:
    return (int(value), int(value)) if isinstance(value, int) else (int(value[0]), int(value[-1]))


def _hardtanh(call: Call) -> Value:
    return _clipped(call, call.get(1, "min_val", -1.0), call.get(2, "max_val", 1.0))


FUNCTIONS: dict[str, Convert] = {
    "add": add, "iadd": add, "radd": add, "sub": subtract, "isub": subtract, "subtract": subtract,
    "rsub": subtract_from, "mul": multiply, "rmul": multiply, "imul": multiply, "multiply": multiply,
    "div": divide, "truediv": divide, "itruediv": divide, "true_divide": divide, "divide": divide,
    "neg": negate, "negative": negate, "linear": linear, "matmul": matrix_product, "mm": matrix_product,
    "addmm": affine_product, "conv2d": convolution, "batch_norm": batch_norm, "dropout": same, "feature_dropout": same,
    "dropout2d": same, "avg_pool2d": average_pool, "adaptive_avg_pool2d": adaptive_average_pool, "mean": mean,
    "sum": total, "max_pool2d": max_pool, "maximum": maximum, "minimum": minimum, "max": maximum, "min": minimum,
    "fmax": maximum, "fmin": minimum, "clamp": clamped, "clip": clamped,
    "clamp_min": lambda call: _clipped(call, call.get(1, "min"), None),
    "clamp_max": lambda call: _clipped(call, None, call.get(1, "max")),
    "abs": absolute, "absolute": absolute, "hardtanh": _hardtanh, "prelu": _prelu,
    "relu": _activation(lambda call: nn.ReLU()), "relu6": _activation(lambda call: nn.ReLU6()),
    "hardsigmoid": _activation(lambda call: nn.Hardsigmoid()),
    "leaky_relu": _activation(lambda call: nn.LeakyReLU(float(call.get(1, "negative_slope", 0.01)))),
}  # fmt: skip
