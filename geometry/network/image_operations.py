"""Functions of torch on images and signals: convolutions, pooling, interpolation. A signal is an image of one row."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from geometry.network.affine import Conv, Shape
from geometry.network.blocks import Taps
from geometry.network.calls import Call
from geometry.network.graph import Value
from geometry.network.pooling import NONE, grid_candidates, largest, pool_places
from geometry.network.resampling import adaptive_averages, adaptive_windows, averages, stretched, windows

Pair: TypeAlias = tuple[int, int]


def _is_of_signals(call: Call) -> bool:
    return len(call.value().shape) == 2


def _image(call: Call) -> Value:
    """The activations as an image (channels, height, width)."""
    value = call.value()
    of_images = not call.name.endswith("1d")
    if len(value.shape) not in ((2, 3) if call.name == "interpolate" else (3,) if of_images else (2,)):
        kind = "images" if of_images else "signals"
        call.refuse(f"is supported on {kind}, not on activations of shape {value.shape}")
    return value.reshaped((value.shape[0], 1, value.shape[1])) if _is_of_signals(call) else value


def _area(call: Call) -> Pair:
    """The height and width of the outcome."""
    sizes = call.shape[1:]
    return (1, sizes[0]) if _is_of_signals(call) else (sizes[0], sizes[1])


def _pair(call: Call, value: Any, row: int) -> Pair:
    """A setting of rows and columns; `row` is that of the one row of signals."""
    sizes = [value] if isinstance(value, int) else list(value)
    return (row, int(sizes[0])) if _is_of_signals(call) else (int(sizes[0]), int(sizes[-1]))


def _stride(call: Call, kernel: Pair) -> Pair:
    """Of a pooling: that of its kernel if none is given."""
    given = call.get(2, "stride")
    return kernel if given is None or given in ([], ()) else _pair(call, given, 1)


def _kernel(call: Call) -> Tensor:
    """(out, in / groups, kh, kw) the weight."""
    weight = call.constant(call.get(1, "weight"))
    return weight[:, :, None] if weight.dim() == 3 else weight


def _bias(call: Call, channels: int) -> Tensor:
    """(units,) of the outcome."""
    given = call.get(2, "bias")
    per_channel = call.graph.like.new_zeros(channels) if given is None else call.constant(given)
    return per_channel.repeat_interleave(math.prod(call.shape[1:]))


def convolution(call: Call) -> Value:
    value, weight = _image(call), _kernel(call)
    stride, dilation = (_pair(call, call.get(*which), 1) for which in ((3, "stride", 1), (5, "dilation", 1)))
    padding = call.get(4, "padding", 0)
    if padding == "same":
        added = [d * (k - 1) for k, d in zip(weight.shape[2:], dilation)]
        sides = (added[1] // 2, (added[1] + 1) // 2, added[0] // 2, (added[0] + 1) // 2)
    else:
        rows, columns = (0, 0) if padding == "valid" else _pair(call, padding, 0)
        sides = (columns, columns, rows, rows)
    out_shape, groups = (len(weight), *_area(call)), int(call.get(6, "groups", 1))
    conv = Conv(weight, _bias(call, len(weight)), value.shape, out_shape, stride, sides, dilation, groups)
    return value.mapped(conv).reshaped(call.shape)


def transposed_convolution(call: Call) -> Value:
    """A convolution of the image with zeros between its pixels, by the kernel turned around.

    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), section 4.
    """
    value, weight = _image(call), _kernel(call)
    stride, dilation = (_pair(call, call.get(*which), 1) for which in ((3, "stride", 1), (7, "dilation", 1)))
    padding, more = (_pair(call, call.get(*which), 0) for which in ((4, "padding", 0), (5, "output_padding", 0)))
    groups, (channels, *sizes) = int(call.get(6, "groups", 1)), value.shape
    spans = [(n - 1) * s + 1 for n, s in zip(sizes, stride)]
    numbers = torch.arange(math.prod(value.shape), device=value.bias.device).reshape(value.shape)
    grid = torch.full((channels, *spans), NONE, device=numbers.device)
    grid[:, :: stride[0], :: stride[1]] = numbers
    index = grid.flatten()
    zeros = value.bias.new_zeros(len(index))
    share = (index != NONE).to(value.bias)[:, None]
    spread = value.mapped(Taps(index.clamp(min=0)[:, None], share, zeros, value.shape, tuple(grid.shape)))
    inputs, outputs, *kernel = weight.shape
    parts = weight.reshape(groups, inputs // groups, outputs, *kernel).transpose(1, 2)
    turned = parts.reshape(groups * outputs, inputs // groups, *kernel).flip(-1, -2)
    reach = [d * (k - 1) for k, d in zip(kernel, dilation)]
    (top, left), (bottom, right) = ([r - p for r, p in zip(reach, padding)], [
        r - p + m for r, p, m in zip(reach, padding, more)
    ])  # fmt: skip
    out_shape, settings = (len(turned), *_area(call)), ((1, 1), (left, right, top, bottom), dilation, groups)
    if min(left, right, top, bottom) < 0:
        call.refuse(f"with padding {padding} is supported up to the reach of the kernel, {tuple(reach)}")
    conv = Conv(turned, _bias(call, len(turned)), spread.shape, out_shape, *settings)
    return spread.mapped(conv).reshaped(call.shape)


def average_pool(call: Call) -> Value:
    value, kernel = _image(call), _pair(call, call.get(1, "kernel_size"), 1)
    stride, padding = _stride(call, kernel), _pair(call, call.get(3, "padding", 0), 0)
    counted, divisor = bool(call.get(5, "count_include_pad", True)), call.get(6, "divisor_override")
    sizes, area = value.shape[1:], _area(call)
    plain = area == tuple(windows(n, k, s, p, p, 1, False) for n, k, s, p in zip(sizes, kernel, stride, padding))
    if plain and (counted or divisor or padding == (0, 0)):
        return _sums(call, value, kernel, stride, padding, 1 / (divisor or math.prod(kernel)))
    shares = [
        averages(n, k, s, (p, p), count, counted) for n, k, s, p, count in zip(sizes, kernel, stride, padding, area)
    ]
    if divisor:
        shares = [(one > 0).to(one) for one in shares]
        shares[0] = shares[0] / divisor
    return _resampled(call, value, shares)


def _sums(call: Call, value: Value, kernel: Pair, stride: Pair, padding: Pair, share: float) -> Value:
    """Sums under a kernel times `share`, channel by channel."""
    channels, (rows, columns) = value.shape[0], padding
    weight = call.graph.like.new_full((channels, 1, *kernel), share)
    zeros = weight.new_zeros(math.prod(call.shape))
    sides, out_shape = (columns, columns, rows, rows), (channels, *_area(call))
    pool = Conv(weight, zeros, value.shape, out_shape, stride, sides, (1, 1), channels)
    return value.mapped(pool).reshaped(call.shape)


def adaptive_average_pool(call: Call) -> Value:
    value, area = _image(call), _area(call)
    sizes = value.shape[1:]
    if any(size % wanted for size, wanted in zip(sizes, area)):
        return _resampled(call, value, [adaptive_averages(size, wanted) for size, wanted in zip(sizes, area)])
    kernel = (sizes[0] // area[0], sizes[1] // area[1])
    return _sums(call, value, kernel, kernel, (0, 0), 1 / math.prod(kernel))


def _resampled(call: Call, value: Value, shares: Sequence[Tensor]) -> Value:
    """Every channel times a matrix (after, before) along its rows and one along its columns."""
    (channels, height, width), like = value.shape, call.graph.like
    (rows, row_shares), (columns, column_shares) = (_few(matrix) for matrix in shares)
    index = (rows[:, None, :, None] * width + columns[None, :, None, :]).flatten(2).flatten(0, 1)
    share = (row_shares[:, None, :, None] * column_shares[None, :, None, :]).flatten(2).flatten(0, 1)
    places = (height * width * torch.arange(channels)[:, None, None] + index).flatten(0, 1).to(like.device)
    weight = share.repeat(channels, 1).to(like)
    out_shape = (channels, len(rows), len(columns))
    taps = Taps(places, weight, like.new_zeros(len(places)), value.shape, out_shape)
    return value.mapped(taps).reshaped(call.shape)


def _few(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """(rows, k) the places of the entries of every row that are not 0, and the entries."""
    count = max(1, int((matrix != 0).sum(1).max()))
    places = torch.argsort((matrix == 0).byte(), dim=1, stable=True)[:, :count]
    return places, matrix.gather(1, places)


def max_pool(call: Call) -> Value:
    if call.get(6, "return_indices", False):
        call.refuse("with return_indices is not supported")
    value, kernel = _image(call), _pair(call, call.get(1, "kernel_size"), 1)
    stride, padding = _stride(call, kernel), _pair(call, call.get(3, "padding", 0), 0)
    dilation = _pair(call, call.get(4, "dilation", 1), 1)
    places = [
        pool_places(size, k, s, p, d, count)
        for size, k, s, p, d, count in zip(value.shape[1:], kernel, stride, padding, dilation, _area(call))
    ]
    return _largest(call, value, places)


def adaptive_max_pool(call: Call) -> Value:
    if call.get(2, "return_indices", False):
        call.refuse("with return_indices is not supported")
    value, places = _image(call), []
    for size, wanted in zip(value.shape[1:], _area(call)):
        wins = adaptive_windows(size, wanted)
        widest = max(map(len, wins))
        places.append(torch.tensor([[*window, *[NONE] * (widest - len(window))] for window in wins]))
    return _largest(call, value, places)


def _largest(call: Call, value: Value, places: Sequence[Tensor]) -> Value:
    candidates = grid_candidates(value.shape, places[0], places[1]).to(value.bias.device)
    shape: Shape = (value.shape[0], *_area(call))
    return largest(call.graph, value, candidates, shape).reshaped(call.shape)


def interpolate(call: Call) -> Value:
    """Linear interpolation, as torch weighs it, and that by areas; interpolation by the nearest moves numbers."""
    mode = call.get(3, "mode", "nearest")
    if mode == "area":
        return adaptive_average_pool(call)
    if mode not in ("linear", "bilinear") or call.get(6, "antialias", False):
        call.refuse(
            "is supported with mode='nearest', 'nearest-exact', 'linear', 'bilinear' or 'area', not antialiased"
        )
    value, area = _image(call), _area(call)
    factors, aligned = call.get(2, "scale_factor"), bool(call.get(4, "align_corners", False))
    if factors is None or call.get(5, "recompute_scale_factor", False):
        scales: list[float | None] = [None, None]
    else:
        listed = [factors] if isinstance(factors, (int, float)) else list(factors)
        scales = [float(listed[0]), float(listed[-1])]
    sizes = value.shape[1:]
    shares = [stretched(size, count, s, aligned) for size, count, s in zip(sizes, area, scales)]
    if _is_of_signals(call):
        shares[0] = torch.ones(1, 1, dtype=torch.float64)
    return _resampled(call, value, shares)


IMAGES: dict[str, Callable[[Call], Value]] = {
    "conv1d": convolution, "conv2d": convolution, "conv_transpose1d": transposed_convolution,
    "conv_transpose2d": transposed_convolution, "avg_pool1d": average_pool, "avg_pool2d": average_pool,
    "adaptive_avg_pool1d": adaptive_average_pool, "adaptive_avg_pool2d": adaptive_average_pool,
    "max_pool1d": max_pool, "max_pool2d": max_pool, "adaptive_max_pool1d": adaptive_max_pool,
    "adaptive_max_pool2d": adaptive_max_pool, "interpolate": interpolate,
}  # fmt: skip
