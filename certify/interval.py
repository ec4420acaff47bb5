"""Interval arithmetic: every unit's own range, without the dependence between units (KW B.1, IBP)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from certify.batches import batches
from certify.perturbation import Perturbation
from certify.rows import unit_rows
from geometry.affine import Affine, Chain, evaluate
from geometry.kept import kept
from geometry.network import Layer
from geometry.norms import Norm, dual_norm

Bounds = tuple[Tensor, Tensor]  # (lower, upper), each (n, units)


def through(affine: Affine, lower: Tensor, upper: Tensor) -> Bounds:
    """The range of each output while every input runs through its own interval [lower, upper], each (n, in_units).

    In a `Chain` the intervals go part by part.
    """
    half = (upper - lower) * 0.5
    return _around(affine, lower + half, half)


def _around(affine: Affine, middle: Tensor, half: Tensor) -> Bounds:
    """The range of each output while every input keeps within `half` of `middle`."""
    for part in affine.parts if isinstance(affine, Chain) else (affine,):
        middle, half = evaluate(part, middle), part.absolute().linear(half)
    return _ends(middle, half)


def _ends(middle: Tensor, half: Tensor) -> Bounds:
    """middle -+ half; the middle is used up. Few arrays, used again, stay in the cache, and weights with them."""
    lower = middle - half
    return lower, middle.add_(half)


def first_layer(affine: Affine, ball: Perturbation) -> Bounds:
    """The exact range of each output of the network's first affine map: every method starts from it."""
    if ball.below is None:
        eps = ball.eps[:1] if ball.eps.stride() == (0,) else ball.eps  # one for all samples: one row
        return _ends(evaluate(affine, ball.center), eps[:, None] * row_norms(affine, dual_norm(ball.p)))
    if ball.p == math.inf and not isinstance(affine, Chain):
        return _ends(evaluate(affine, ball.center), affine.absolute().linear(ball.reach))
    rows = unit_rows(affine).cleaned()
    parts = []
    for samples, _ in batches(len(ball), math.prod(affine.out_shape), rows.coefficients.shape[-1], ball.center.device):
        some = ball[samples]
        middle, (fall, rise) = rows.dot(some.center) + affine.bias, some.extent(rows)
        parts.append((middle - fall, middle + rise))
    return torch.cat([lower for lower, _ in parts]), torch.cat([upper for _, upper in parts])


def row_norms(affine: Affine, q: Norm) -> Tensor:
    """(out_units,) l_q norms of the rows of the map's matrix."""

    def norms() -> Tensor:
        if q == 1 and not isinstance(affine, Chain):
            return affine.absolute().linear(affine.bias.new_ones(1, math.prod(affine.in_shape)))[0]
        return torch.linalg.vector_norm(unit_rows(affine).cleaned().coefficients, q, dim=-1).flatten()

    return kept(affine, ("row norms", q), norms)


def interval_bounds(layers: Sequence[Layer], ball: Perturbation) -> Iterator[Bounds]:
    """Bounds of the pre-activations of these layers, the network's first ones, one after the other."""
    lower, upper = first_layer(layers[0].affine, ball)
    yield lower, upper
    for before, layer in pairwise(layers):
        lower, upper = _across(layer.affine, before.activate(lower), before.activate(upper))
        yield lower, upper


def last_activations(layers: Sequence[Layer], ball: Perturbation) -> Bounds:
    """The ranges of the activations of the last of these layers, the network's first ones; the others' are not kept."""
    lower, upper = first_layer(layers[0].affine, ball)
    for before, layer in pairwise(layers):
        lower, upper = _across(layer.affine, _activated(before, lower), _activated(before, upper))
    return _activated(layers[-1], lower), _activated(layers[-1], upper)


def _activated(layer: Layer, z: Tensor) -> Tensor:
    """The activations, where the pre-activations stood."""
    return z.clamp_(min=0) if layer.slope == 0 else layer.activate(z)


def _across(affine: Affine, lower: Tensor, upper: Tensor) -> Bounds:
    """`through`, using up its arguments."""
    half = upper.sub_(lower).mul_(0.5)
    return _around(affine, lower.add_(half), half)
