"""Interval arithmetic: every unit's own range, without the dependence between units (KW B.1, IBP)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from certify.batches import batches
from certify.perturbation import Perturbation
from certify.rows import unit_rows
from geometry.affine import Affine, Chain, evaluate
from geometry.network import Layer

Bounds = tuple[Tensor, Tensor]  # (lower, upper), each (n, units)


def through(affine: Affine, lower: Tensor, upper: Tensor) -> Bounds:
    """The range of each output while every input runs through its own interval [lower, upper], each (n, in_units).

    In a `Chain` the intervals go part by part.
    """
    if isinstance(affine, Chain):
        for part in affine.parts:
            lower, upper = through(part, lower, upper)
        return lower, upper
    middle = evaluate(affine, (lower + upper) / 2)
    half = affine.absolute().linear((upper - lower) / 2)
    return middle - half, middle + half


def first_layer(affine: Affine, ball: Perturbation) -> Bounds:
    """The exact range of each output of the network's first affine map: every method starts from it."""
    if ball.p == math.inf and not isinstance(affine, Chain):
        middle, absolute = evaluate(affine, ball.center), affine.absolute()
        if ball.below is None:
            half = absolute.linear(torch.ones_like(ball.center[:1])) * ball.eps[:, None]
        else:
            half = absolute.linear(ball.reach)
        return middle - half, middle + half
    rows = unit_rows(affine).cleaned()
    parts = []
    for samples, _ in batches(len(ball), math.prod(affine.out_shape), rows.coefficients.shape[-1]):
        some = ball[samples]
        middle, (fall, rise) = rows.dot(some.center) + affine.bias, some.extent(rows)
        parts.append((middle - fall, middle + rise))
    return torch.cat([lower for lower, _ in parts]), torch.cat([upper for _, upper in parts])


def interval_bounds(layers: Sequence[Layer], ball: Perturbation) -> list[Bounds]:
    """Bounds of the pre-activations of these layers, the network's first ones."""
    found = [first_layer(layers[0].affine, ball)]
    for before, layer in pairwise(layers):
        lower, upper = (before.activate(bound) for bound in found[-1])
        found.append(through(layer.affine, lower, upper))
    return found
