"""Conversion of a torch module layer by layer: each is a layer of units, an affine map or a reshape."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from geometry.network.absolute_value import Abs
from geometry.network.affine import Affine, Conv, Scale, Shape
from geometry.network.composition import compose
from geometry.network.module_copy import named_tensors
from geometry.network.reasons import reason_for_module
from geometry.network.row_products import row_product
from geometry.network.units import Pair, UnsupportedLayerError, spread, units_of

T = TypeVar("T")


class Normalize(nn.Module):
    """Per-channel (x - mean) / std as a first layer, so that distances stay in the units of the raw input."""

    def __init__(self, mean: Sequence[float] | Tensor, std: Sequence[float] | Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.get_default_dtype()).clone())
        self.register_buffer("std", torch.as_tensor(std, dtype=torch.get_default_dtype()).clone())

    def forward(self, x: Tensor) -> Tensor:
        shape = (-1, *[1] * (x.dim() - 2))
        mean, std = torch.as_tensor(self.mean), torch.as_tensor(self.std)
        return (x - mean.reshape(shape)) / std.reshape(shape)


SUPPORTED = (
    "Linear, Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d, "
    "BatchNorm1d, BatchNorm2d, Flatten, Unflatten, Normalize, ReLU, LeakyReLU, RReLU, PReLU, ReLU6, Hardtanh, "
    "Hardsigmoid, Softshrink, Upsample, padding, Identity, Dropout and nested Sequential"
)


LISTED = (
    nn.ReLU, nn.LeakyReLU, nn.RReLU, nn.PReLU, nn.Hardtanh, nn.Hardsigmoid, nn.Softshrink, nn.Identity, nn.Dropout,
    nn.Dropout2d, nn.Flatten, nn.Unflatten, nn.Linear, nn.Conv2d, nn.AvgPool2d, nn.BatchNorm1d, nn.BatchNorm2d, Abs,
)  # fmt: skip
RECORDED = (
    nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool1d,
    nn.AdaptiveMaxPool2d, nn.Conv1d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ZeroPad1d, nn.ZeroPad2d,
    nn.ConstantPad1d, nn.ConstantPad2d, nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReplicationPad1d,
    nn.ReplicationPad2d, nn.CircularPad1d, nn.CircularPad2d, nn.Upsample, nn.UpsamplingNearest2d,
    nn.UpsamplingBilinear2d, nn.PixelShuffle, nn.PixelUnshuffle, nn.ChannelShuffle, nn.Threshold, nn.Dropout1d,
)  # fmt: skip


def has_own_forward(network: nn.Module) -> bool:
    """Whether some part has a forward of its own, or is a layer of torch that takes more than one layer of units.

    Then what the network computes is recorded from a forward pass, and not read off a list of its layers.
    """
    others = [module for _, module in leaves(network) if not isinstance(module, LISTED) and not _is_normalize(module)]
    return any(isinstance(one, RECORDED) or not type(one).__module__.startswith("torch.nn.") for one in others) or any(
        map(_is_set_otherwise, (module for _, module in leaves(network)))
    )


def _is_set_otherwise(module: nn.Module) -> bool:
    """Whether a listed layer has a setting that only a recording reads."""
    if isinstance(module, nn.AvgPool2d):
        return bool(module.ceil_mode)
    return isinstance(module, nn.Conv2d) and module.padding_mode != "zeros"


def _is_normalize(module: nn.Module) -> bool:
    """Of this project or another's: such a layer is known by its name and its two attributes."""
    return type(module).__name__ == "Normalize" and hasattr(module, "mean") and hasattr(module, "std")


@dataclass(frozen=True, eq=False)
class Leaf:
    """One layer: units max(z, slope z) between an affine map and another, an affine map, or neither: a reshape.

    The maps around units are there where the layer is not one of such units by itself.
    """

    name: str  # dotted
    module: nn.Module
    in_shape: Shape
    out_shape: Shape
    slope: float | Tensor | None
    affine: Affine | None
    after: Affine | None = None
    pair: Pair | None = None


def converted_leaves(network: nn.Module, input_shape: Shape, like: Tensor) -> Iterator[Leaf]:
    """Every layer in the order they act, its weights in the dtype and on the device of `like` before they are folded.

    Raises
    ------
    UnsupportedLayerError, ValueError
        As `as_network`.
    """
    shape = tuple(input_shape)
    last = next((module for _, module in reversed([*leaves(network)])), None)
    for name, module in leaves(network):
        if module is last and isinstance(module, nn.Linear) and math.prod(shape[:-1]) > 1:  # a batch?
            raise ValueError(
                f"layer {name}: {module} does not fit activations of shape {shape}: it would give a row of outputs for "
                "each of theirs; end with a Flatten if that is meant"
            )
        units = _checked(name, module, units_of, name, module, shape, like)
        if units is not None:
            yield Leaf(name, module, shape, shape, units.slope, units.before, units.after, units.pair)
        else:
            before, (shape, affine) = shape, _checked(name, module, _step, name, module, shape, like)
            yield Leaf(name, module, before, shape, None, affine)


def _checked(name: str, module: nn.Module, convert: Callable[..., T], *arguments: Any) -> T:
    """The layer converted; one whose attributes do not fit its class is an UnsupportedLayerError."""
    try:
        return convert(*arguments)
    except (TypeError, AttributeError, IndexError, RuntimeError) as error:
        kind = type(module).__name__
        raise UnsupportedLayerError(
            f"layer {name}: this {kind} holds other weights or settings than a {kind} that torch made, with plain "
            f"numbers in memory: {str(error)[:200]}"
        ) from error


def leaves(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The layers in the order they act, with nested Sequentials taken apart, and each one's dotted name."""
    if not isinstance(module, nn.Sequential):
        yield prefix or "the network", module
        return
    for name, child in module._modules.items():  # named_children() would drop a module that is used twice
        if child is not None:
            yield from leaves(child, f"{prefix}.{name}" if prefix else name)


def _step(name: str, module: nn.Module, shape: Shape, like: Tensor) -> tuple[Shape, Affine | None]:
    """The shape that a module maps activations of `shape` to, and its affine map unless it only reshapes."""
    for tensor_name, tensor in named_tensors(module):
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"layer {name}: {tensor_name} holds NaN or infinite values")
    step: Affine
    match module:
        case nn.Identity() | nn.Dropout() | nn.Dropout2d():
            return shape, None
        case nn.Flatten():
            return _flattened(name, module, shape), None
        case nn.Unflatten():
            return _unflattened(name, module, shape), None
        case nn.Linear():
            if shape[-1:] != (module.in_features,):
                raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
            step = row_product(module.weight.to(like), None if module.bias is None else module.bias.to(like), shape)
        case nn.Conv2d():
            step = _conv(name, module, shape, like)
        case nn.AvgPool2d():
            step = _average_pool(name, module, shape, like)
        case nn.BatchNorm1d() | nn.BatchNorm2d():
            step = _batch_norm(name, module, shape, like)
        case _ if _is_normalize(module):
            step = _normalize(name, module, shape, like)
        case _:
            kind = type(module).__name__
            why = reason_for_module(module) or f"; use {SUPPORTED}"
            raise UnsupportedLayerError(f"layer {name}: {kind} is not supported{why}")
    return step.out_shape, step


def _flattened(name: str, module: nn.Flatten, shape: Shape) -> Shape:
    axes = len(shape) + 1
    first, last = (axis + axes if axis < 0 else axis for axis in (module.start_dim, module.end_dim))
    if not 1 <= first <= last < axes:
        raise UnsupportedLayerError(f"layer {name}: {module} is not supported; flatten dimensions but the batch")
    return (*shape[: first - 1], math.prod(shape[first - 1 : last]), *shape[last:])


def _unflattened(name: str, module: nn.Unflatten, shape: Shape) -> Shape:
    sizes = tuple(int(size) for size in module.unflattened_size)
    axes = len(shape) + 1
    axis = module.dim + axes if module.dim < 0 else module.dim
    if not 1 <= axis < axes:
        raise UnsupportedLayerError(f"layer {name}: {module} is not supported on activations of shape {shape}")
    units = shape[axis - 1]
    if -1 in sizes:
        given = -math.prod(sizes)
        sizes = tuple(units // given if size == -1 else size for size in sizes)
    if math.prod(sizes) != units:
        raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
    return (*shape[: axis - 1], *sizes, *shape[axis:])


def _conv(name: str, module: nn.Conv2d, shape: Shape, like: Tensor) -> Conv:
    if len(shape) != 3 or shape[0] != module.in_channels:
        raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
    if module.padding_mode != "zeros":
        raise UnsupportedLayerError(f"layer {name}: padding_mode {module.padding_mode!r}; only 'zeros' is supported")
    kernel, dilation = _pair(module.kernel_size), _pair(module.dilation)
    if tuple(module.weight.shape) != (module.out_channels, module.in_channels // module.groups, *kernel):
        raise ValueError(f"layer {name}: {module} has weights of shape {tuple(module.weight.shape)}")
    match module.padding:
        case "valid":
            padding = (0, 0, 0, 0)
        case "same":  # torch puts the odd pixel at the end
            (top, bottom), (left, right) = (
                (d * (k - 1) // 2, (d * (k - 1) + 1) // 2) for k, d in zip(kernel, dilation)
            )
            padding = (left, right, top, bottom)
        case sizes:
            rows, columns = _pair(sizes)  # type: ignore[arg-type]
            padding = (columns, columns, rows, rows)
    stride = _pair(module.stride)
    size = _conv_size(name, module, shape, kernel, stride, padding, dilation)
    out_shape = (module.out_channels, *size)
    per_channel = like.new_zeros(module.out_channels) if module.bias is None else module.bias.to(like)
    bias = per_channel.repeat_interleave(math.prod(size))
    return Conv(module.weight.to(like), bias, shape, out_shape, stride, padding, dilation, module.groups)


def _average_pool(name: str, module: nn.AvgPool2d, shape: Shape, like: Tensor) -> Affine:
    """Average pooling as a convolution per channel; rescaled at the border if padding does not count."""
    if len(shape) != 3:
        raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
    if module.ceil_mode:
        raise UnsupportedLayerError(f"layer {name}: AvgPool2d with ceil_mode=True is not supported")
    kernel, stride, (rows, columns) = _pair(module.kernel_size), _pair(module.stride), _pair(module.padding)
    padding = (columns, columns, rows, rows)
    out_shape = (shape[0], *_conv_size(name, module, shape, kernel, stride, padding, (1, 1)))
    window = math.prod(kernel)
    weight = like.new_full((shape[0], 1, *kernel), 1 / (module.divisor_override or window))
    bias = weight.new_zeros(math.prod(out_shape))
    pool = Conv(weight, bias, shape, out_shape, stride, padding, (1, 1), shape[0])
    if module.count_include_pad or module.divisor_override or (rows, columns) == (0, 0):
        return pool
    share_inside = pool.linear(weight.new_ones(1, math.prod(shape)))[0]
    return compose([pool, Scale(1 / share_inside, bias, out_shape, out_shape)])


def _batch_norm(name: str, module: nn.BatchNorm1d | nn.BatchNorm2d, shape: Shape, like: Tensor) -> Scale:
    if module.running_mean is None or module.running_var is None:
        raise UnsupportedLayerError(f"layer {name}: {module} keeps no running statistics, so it is no fixed function")
    scale = (module.running_var.to(like) + module.eps).rsqrt()
    if module.weight is not None:
        scale = scale * module.weight.to(like)
    shift = -module.running_mean.to(like) * scale
    if module.bias is not None:
        shift = shift + module.bias.to(like)
    if len(scale) != shape[0]:
        raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
    if not bool(torch.isfinite(scale).all()):
        raise ValueError(f"layer {name}: a variance of {float(module.running_var.min()):g} is none to be divided by")
    return Scale(spread(scale, shape), spread(shift, shape), shape, shape)


def _normalize(name: str, module: nn.Module, shape: Shape, like: Tensor) -> Scale:
    """(x - mean) / std with one number of each for all units, per channel or per unit.

    The module is recognised by its name and its two attributes alone; `geometry.network.agreement` compares the map
    with the module's own forward pass.
    """
    mean, std = (torch.as_tensor(getattr(module, attribute)).to(like) for attribute in ("mean", "std"))
    for attribute, value in (("mean", mean), ("std", std)):
        if not bool(torch.isfinite(value).all()):
            raise ValueError(f"layer {name}: {attribute} holds NaN or infinite values")
        if value.numel() not in (1, shape[0], math.prod(shape)):
            raise ValueError(
                f"layer {name}: {attribute} has shape {tuple(value.shape)}; for activations of shape {shape} it must "
                f"hold one number, {shape[0]} or {math.prod(shape)}"
            )
    if not bool(std.all()):
        raise ValueError(f"layer {name}: std holds 0, by which nothing can be divided; leave that channel's at 1")
    mean, std = spread(mean, shape), spread(std, shape)
    return Scale(1 / std, -mean / std, shape, shape)


def _conv_size(
    name: str,
    module: nn.Module,
    shape: Shape,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    dilation: tuple[int, int],
) -> tuple[int, int]:
    left, right, top, bottom = padding
    padded = (shape[1] + top + bottom, shape[2] + left + right)
    height, width = ((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(padded, kernel, stride, dilation))
    if min(height, width) < 1:
        raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
    return height, width


def _pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
