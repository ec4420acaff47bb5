"""Functions of torch as affine maps and units, by name: a table of what a recorded module may call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from geometry.network.affine import Scale, Shape
from geometry.network.blocks import Taps
from geometry.network.calls import Call, Recorded
from geometry.network.graph import Value
from geometry.network.image_operations import IMAGES
from geometry.network.index_products import einsum
from geometry.network.pooling import largest
from geometry.network.row_products import last_two_swapped, row_product
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
    return call.value().mapped(row_product(weight, None if bias is None else call.constant(bias), call.value().shape))


def matrix_product(call: Call) -> Value:
    first, second = call.get(0, "input"), call.get(1, "mat2", call.options.get("other", call.options.get("tensor2")))
    if isinstance(first, Recorded) and isinstance(second, Recorded):
        call.refuse("of two activations is not piecewise linear")
    value = first.value if isinstance(first, Recorded) else call.value(1, "mat2")
    matrix = call.constant(second if isinstance(first, Recorded) else first)
    if matrix.dim() != 2 or (matrix.shape[0] if isinstance(first, Recorded) else 1) == 0:
        call.refuse(f"is supported with a matrix, not with a tensor of shape {tuple(matrix.shape)}")
    if isinstance(first, Recorded):
        return value.mapped(row_product(matrix.T, None, value.shape))
    if len(value.shape) < 2:
        call.refuse("with a matrix on the left combines the inputs of a batch")
    turned = value.mapped(last_two_swapped(value.shape, call.graph.like))
    made = turned.mapped(row_product(matrix, None, turned.shape))
    return made.mapped(last_two_swapped(made.shape, call.graph.like))


def affine_product(call: Call) -> Value:
    """addmm(bias, x, matrix)."""
    if call.options.get("alpha", 1) != 1 or call.options.get("beta", 1) != 1:
        call.refuse("is supported without alpha and beta")
    weight, value = call.constant(call.get(2, "mat2")), call.value(1, "mat1")
    return value.mapped(row_product(weight.T, call.constant(call.get(0, "input")), value.shape))


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


def mean(call: Call) -> Value:
    return _reduced(call, lambda count: 1 / count)


def total(call: Call) -> Value:
    return _reduced(call, lambda count: 1.0)


def _reduced(call: Call, share: Callable[[int], float]) -> Value:
    value, index = call.value(), _along_axes(call)
    weight = value.bias.new_full(tuple(index.shape), share(index.shape[1]))
    return value.mapped(Taps(index, weight, value.bias.new_zeros(len(index)), value.shape, call.shape))


def _along_axes(call: Call) -> Tensor:
    """(outputs, k) the units that a reduction combines."""
    value, dims = call.value(), call.get(1, "dim", call.options.get("axis"))
    if dims is None or dims == ():
        call.refuse("over the batch is not supported; name the dimensions")
    axes = sorted(
        {int(axis) % (len(value.shape) + 1) for axis in (dims if isinstance(dims, (tuple, list)) else [dims])}
    )
    if 0 in axes:
        call.refuse("over the batch is not supported")
    count = math.prod(value.shape[axis - 1] for axis in axes)
    numbers = torch.arange(len(value.bias), device=value.bias.device).reshape(1, *value.shape)
    kept = [axis for axis in range(numbers.dim()) if axis not in axes]
    return numbers.permute(*kept, *axes).reshape(-1, count)


def largest_along(call: Call) -> Value:
    return _extreme_along(call, 1.0)


def smallest_along(call: Call) -> Value:
    return _extreme_along(call, -1.0)


def _extreme_along(call: Call, sign: float) -> Value:
    value = call.value()
    turned = value if sign == 1 else _scaled(value, torch.full_like(value.bias, sign))
    winner = largest(call.graph, turned, _along_axes(call), call.shape)
    return winner if sign == 1 else _scaled(winner, torch.full_like(winner.bias, sign))


def maximum(call: Call) -> Value:
    return _extreme(call, 1.0)


def minimum(call: Call) -> Value:
    """-max(-a, -b)."""
    return _extreme(call, -1.0)


def _extreme(call: Call, sign: float) -> Value:
    second = call.get(1, "other")
    if not isinstance(second, Tensor):  # along an axis
        return _extreme_along(call, sign)
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


def _rrelu(call: Call) -> nn.Module:
    if call.get(3, "training", False):
        call.refuse("is random in training mode; call eval() first")
    return nn.RReLU(float(call.get(1, "lower", 1 / 8)), float(call.get(2, "upper", 1 / 3)))


def _hardtanh(call: Call) -> Value:
    return _clipped(call, call.get(1, "min_val", -1.0), call.get(2, "max_val", 1.0))


def _threshold(call: Call) -> Value:
    if call.get(1, "threshold") != 0 or call.get(2, "value") != 0:
        call.refuse("with other numbers than 0 is not continuous")
    return call.graph.activated(call.value(), Units(0.0))


FUNCTIONS: dict[str, Convert] = {
    "add": add, "iadd": add, "radd": add, "sub": subtract, "isub": subtract, "subtract": subtract,
    "rsub": subtract_from, "mul": multiply, "rmul": multiply, "imul": multiply, "multiply": multiply,
    "div": divide, "truediv": divide, "itruediv": divide, "true_divide": divide, "divide": divide,
    "neg": negate, "negative": negate, "linear": linear, "matmul": matrix_product, "mm": matrix_product,
    "einsum": einsum, "addmm": affine_product, "mv": matrix_product, "batch_norm": batch_norm, "dropout": same,
    "feature_dropout": same, "dropout1d": same, "dropout2d": same, "alpha_dropout": same, "mean": mean, "sum": total,
    "amax": largest_along,
    "amin": smallest_along, "maximum": maximum, "minimum": minimum, "max": maximum, "min": minimum,
    "fmax": maximum, "fmin": minimum, "clamp": clamped, "clip": clamped,
    "clamp_min": lambda call: _clipped(call, call.get(1, "min"), None),
    "clamp_max": lambda call: _clipped(call, None, call.get(1, "max")),
    "abs": absolute, "absolute": absolute, "hardtanh": _hardtanh, "prelu": _prelu,
    "threshold": _threshold, "relu": _activation(lambda call: nn.ReLU()), "relu6": _activation(lambda call: nn.ReLU6()),
    "hardsigmoid": _activation(lambda call: nn.Hardsigmoid()),
    "softshrink": _activation(lambda call: nn.Softshrink(float(call.get(1, "lambd", 0.5)))),
    "rrelu": _activation(_rrelu),
    "leaky_relu": _activation(lambda call: nn.LeakyReLU(float(call.get(1, "negative_slope", 0.01)))),
    **IMAGES,
}  # fmt: skip
