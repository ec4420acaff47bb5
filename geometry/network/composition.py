"""Affine maps one after the other as one map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from geometry.network.affine import Affine, Chain, Conv, Dense, Scale, Shape, evaluate
from geometry.network.blocks import Taps


def identity(shape: Shape, like: Tensor) -> Scale:
    """The identity on activations of this shape, with the dtype and device of `like`."""
    units = math.prod(shape)
    return Scale(like.new_ones(units), like.new_zeros(units), shape, shape)


def compose(maps: Sequence[Affine]) -> Affine:
    """One map doing `maps` in order, folded unless folding costs more arithmetic than it saves."""
    folded: list[Affine] = [maps[0]]
    for following in maps[1:]:
        both = _fold(folded[-1], following)
        folded[-1:] = [folded[-1], following] if both is None else [both]
    return folded[0] if len(folded) == 1 else Chain(tuple(folded))


def _fold(first: Affine, then: Affine) -> Affine | None:
    """`then` after `first` as a single map, or None if that takes more arithmetic than the two."""
    bias = evaluate(then, first.bias[None])[0]
    if isinstance(then, Dense):  # rows @ W: as many rows as `then` has units
        return Dense(first.transpose(then.weight), bias, first.in_shape, then.out_shape)
    if isinstance(then, Scale):
        if isinstance(first, Dense):
            return replace(first, weight=then.scale[:, None] * first.weight, bias=bias, out_shape=then.out_shape)
        if isinstance(first, Scale):
            return replace(first, scale=then.scale * first.scale, bias=bias, out_shape=then.out_shape)
        if isinstance(first, Taps):
            return replace(first, weight=then.scale[:, None] * first.weight, bias=bias, out_shape=then.out_shape)
        if isinstance(first, Conv):
            per_channel = _per_channel(then.scale, first.out_shape)
            if per_channel is not None:
                return replace(first, weight=per_channel[:, None, None, None] * first.weight, bias=bias)
    if isinstance(then, Taps):
        return _fold_taps(first, then, bias)
    if isinstance(then, Conv) and isinstance(first, Conv) and first.groups == 1 and _is_pointwise(then):
        weight = torch.einsum("oi,ihjk->ohjk", _channel_matrix(then), first.weight)
        return replace(first, weight=weight, bias=bias, out_shape=then.out_shape)
    if isinstance(then, Conv) and isinstance(first, Scale):
        per_channel = _per_channel(first.scale, then.in_shape)
        if per_channel is not None:
            factors = per_channel.reshape(then.groups, -1).repeat_interleave(len(then.weight) // then.groups, 0)
            return replace(then, weight=then.weight * factors[:, :, None, None], bias=bias)
    return None


def _per_channel(scale: Tensor, shape: Shape) -> Tensor | None:
    """(channels,) factors when all units of a channel share theirs, else None."""
    channels = scale.reshape(shape[0], -1)
    return channels[:, 0] if bool((channels == channels[:, :1]).all()) else None


def _fold_taps(first: Affine, then: Taps, bias: Tensor) -> Affine | None:
    if isinstance(first, Dense):
        weight = (then.weight[:, :, None] * first.weight[then.index]).sum(1)
        return Dense(weight, bias, first.in_shape, then.out_shape)
    if isinstance(first, Scale):
        return replace(then, weight=then.weight * first.scale[then.index], bias=bias, in_shape=first.in_shape)
    if isinstance(first, Taps) and then.index.shape[1] == 1:  # of more taps, two may read the same input
        chosen = then.index[:, 0]
        index, weight = first.index[chosen], then.weight * first.weight[chosen]
        return Taps(index, weight, bias, first.in_shape, then.out_shape)
    return None


def _is_pointwise(conv: Conv) -> bool:
    """Whether each output pixel is a sum over the channels of one input pixel."""
    return conv.weight.shape[2:] == (1, 1) and conv.stride == (1, 1) and conv.padding == (0, 0, 0, 0)


def _channel_matrix(conv: Conv) -> Tensor:
    """(out, in) channels of a pointwise convolution, its groups written out."""
    return torch.block_diag(*conv.weight.flatten(1).chunk(conv.groups))
