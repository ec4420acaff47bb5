"""Activations as units max(z, slope z) with slopes in [0, 1], between two affine maps.

Every piecewise-linear function of one variable is a weighted sum of such units: with r(z) = max(z, 0), a unit of slope
0, and z itself, a unit of slope 1,

    |z| = 2 r(z) - z,   clip(z, lo, hi) = lo + r(z - lo) - r(z - hi),   PReLU(z) = r(z) - a r(-z) for any slope a,
    softshrink(z) = r(z - lambda) - r(-z - lambda).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from geometry.network.absolute_value import Abs
from geometry.network.affine import Affine, Conv, Shape
from geometry.network.blocks import Taps
from geometry.norms import Array


class UnsupportedLayerError(ValueError):
    """The network holds a layer that ReLUscope cannot convert."""


@dataclass(frozen=True)
class Pair:
    """Two units of a layer, one after the other, that are one unit of the module: |z|, or a clip of z from 0 upwards.

    The first of the two has the pre-activation z of the module's unit, whose value is below * z for z <= 0, and
    min(z, top) above.
    """

    below: float
    top: float

    def columns(self, rows: Array) -> Array:
        """(m, 2n) rows on the values of n pairs -> (m, n) on the values of the module's units."""
        return rows[:, ::2] if self.below == 0 else -rows[:, 1::2]  # r(z) - r(z - top), or 2 r(z) - z


ABSOLUTE = Pair(-1.0, math.inf)


@dataclass(frozen=True, eq=False)
class Units:
    """An activation: `after` the units of `before`, each map the identity where it is None."""

    slope: float | Tensor  # in [0, 1], of all units or (units,)
    before: Affine | None = None
    after: Affine | None = None
    pair: Pair | None = None  # where every unit of the module is one


def units_of(name: str, module: nn.Module, shape: Shape, like: Tensor) -> Units | None:
    """The units of an activation for inputs of this shape; None if the module is none.

    Raises
    ------
    UnsupportedLayerError
        For bounds of a clip that are not in order.
    ValueError
        For slopes that are not finite or do not fit the shape.
    """
    match module:
        case nn.ReLU():
            return Units(0.0)
        case nn.LeakyReLU():
            return _leaky(name, module.negative_slope, shape, like)
        case nn.RReLU():  # in eval mode, without a draw
            return _leaky(name, (module.lower + module.upper) / 2, shape, like)
        case nn.PReLU():
            return _prelu(name, module, shape, like)
        case nn.Softshrink():
            return _pairs((1.0, -1.0), (-module.lambd,) * 2, (1.0, -1.0), 0.0, 0.0, shape, like)
        case Abs():
            return absolute_value(shape, like)
        case nn.Hardtanh():  # and ReLU6
            return clip(name, float(module.min_val), float(module.max_val), shape, like)
        case nn.Hardsigmoid():
            return _pairs((1.0, 1.0), (3.0, -3.0), (1 / 6, -1 / 6), 0.0, 0.0, shape, like)
    return None


def clip(name: str, low: float, high: float, shape: Shape, like: Tensor) -> Units:
    """min(max(z, low), high), with infinite bounds where there are none."""
    if not low <= high:
        raise UnsupportedLayerError(f"layer {name}: a clip needs low <= high, got {low} and {high}")
    if math.isinf(high) and math.isinf(low):
        return Units(1.0 * like.new_ones(math.prod(shape)))
    if math.isinf(high):
        return _pairs((1.0,), (-low,), (1.0,), low, 0.0, shape, like)
    if math.isinf(low):  # high - r(high - z)
        return _pairs((-1.0,), (high,), (-1.0,), high, 0.0, shape, like)
    units = _pairs((1.0, 1.0), (-low, -high), (1.0, -1.0), low, 0.0, shape, like)
    return replace(units, pair=Pair(0.0, high)) if low == 0 and len(shape) == 1 else units


def absolute_value(shape: Shape, like: Tensor) -> Units:
    """|z|: a ReLU and a unit that carries z along."""
    units = _pairs((1.0, 1.0), (0.0, 0.0), (2.0, -1.0), 0.0, (0.0, 1.0), shape, like)
    return replace(units, pair=ABSOLUTE) if len(shape) == 1 else units


def _leaky(name: str, slope: float, shape: Shape, like: Tensor) -> Units:
    if not isinstance(slope, (int, float)) or not math.isfinite(slope):
        raise ValueError(f"layer {name}: the slope must be finite, got {slope!r}")
    return Units(float(slope)) if 0 <= slope <= 1 else _sloped(like.new_full((math.prod(shape),), slope), shape, like)


def _prelu(name: str, module: nn.PReLU, shape: Shape, like: Tensor) -> Units:
    """PReLU with one slope, or one per channel."""
    weight = module.weight.to(like)
    if not bool(torch.isfinite(weight).all()):
        raise ValueError(f"layer {name}: weight holds NaN or infinite values")
    if weight.numel() not in (1, shape[0]):
        raise ValueError(f"layer {name}: {module} does not fit activations of shape {shape}")
    return _sloped(spread(weight, shape), shape, like)


def _sloped(slopes: Tensor, shape: Shape, like: Tensor) -> Units:
    """Units z for z > 0 and slope z below, with (units,) slopes that are equal in each channel.

    Where some slope is not in [0, 1], every unit becomes a pair, of z and -z: two ReLUs with the weights 1 and -a, and
    where a is in [0, 1] the unit itself and one without bend of weight 0.
    """
    proper = (slopes >= 0) & (slopes <= 1)
    if bool(proper.all()):
        return Units(slopes)
    pair = _pairs((1.0, -1.0), (0.0, 0.0), (1.0, 1.0), 0.0, 0.0, shape, like)
    own, mirrored = torch.where(proper, slopes, 0.0), proper.to(slopes)
    per_unit = torch.stack([torch.ones_like(slopes), torch.where(proper, 0.0, -slopes)], 1)
    if isinstance(pair.after, Conv):
        first = torch.arange(shape[0], device=like.device) * math.prod(shape[1:])  # the first unit of every channel
        after: Affine = replace(pair.after, weight=per_unit[first][:, :, None, None])
        images = torch.stack([own.unflatten(0, shape), mirrored.unflatten(0, shape)], 1)
        return Units(images.flatten(), pair.before, after)
    assert isinstance(pair.after, Taps)
    return Units(torch.stack([own, mirrored], 1).flatten(), pair.before, replace(pair.after, weight=per_unit))


def _pairs(
    factors: Sequence[float],
    shifts: Sequence[float],
    shares: Sequence[float],
    level: float,
    slope: float | Sequence[float],
    shape: Shape,
    like: Tensor,
) -> Units:
    """level + sum over k of shares[k] max(y, slope[k] y), y = factors[k] z + shifts[k], for every z.

    On images the maps are convolutions of one pixel, which fold into others.
    """
    count, units = len(factors), math.prod(shape)
    each = {"factors": like.new_tensor(factors), "shifts": like.new_tensor(shifts), "shares": like.new_tensor(shares)}
    bias, levels = each["shifts"].repeat(shape[0]), like.new_full((units,), level)
    before: Affine
    after: Affine
    if len(shape) == 3:
        channels, *area = shape
        wide = (count * channels, *area)
        spread_out, joined = each["factors"].repeat(channels), each["shares"].repeat(channels, 1)
        bias = bias.repeat_interleave(math.prod(area))
        settings = ((1, 1), (0, 0, 0, 0), (1, 1), channels)
        before = Conv(spread_out[:, None, None, None], bias, shape, wide, *settings)
        after = Conv(joined[:, :, None, None], levels, wide, shape, *settings)
        per_unit = like.new_tensor([slope] if isinstance(slope, float) else list(slope)).repeat(channels)
        slopes = per_unit.repeat_interleave(math.prod(area)) if not isinstance(slope, float) else slope
        return Units(slopes, before, after)
    wide = (count * units,)
    index = torch.arange(units, device=like.device).repeat_interleave(count)[:, None]
    before = Taps(index, each["factors"].repeat(units)[:, None], each["shifts"].repeat(units), shape, wide)
    places = torch.arange(count * units, device=like.device).reshape(units, count)
    after = Taps(places, each["shares"].repeat(units, 1), levels, wide, shape)
    return Units(slope if isinstance(slope, float) else like.new_tensor(list(slope)).repeat(units), before, after)


def spread(values: Tensor, shape: Shape) -> Tensor:
    """(units,) one number, one per channel or one per unit, at every unit of activations of this shape."""
    if values.numel() == math.prod(shape):
        return values.reshape(-1)
    return values.reshape(-1).expand(shape[0]).repeat_interleave(math.prod(shape[1:]))
