"""Interval arithmetic: every unit's own range, without the dependence between units (KW B.1, IBP)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from certify.bounds import tuning
from certify.bounds.batches import in_batches
from certify.bounds.functionals import LayerFunctionals, longest, unit_functionals
from certify.perturbation.arithmetic import Arithmetic
from certify.perturbation.perturbation import Perturbation, lengths_of, underflown_squares
from certify.perturbation.rounding import forbidden, gamma, lost_to_underflow, relative_error, unit_errors
from certify.records import Bounds
from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Affine, Chain, evaluate
from geometry.network.blocks import Blocks, Taps, entries_are_weights
from geometry.network.network import Layer
from geometry.network.unit_gradients import norms_by_columns
from geometry.network.weight_cache import cached_by_weights
from geometry.norms import Norm, dual_norm


def through(affine: Affine, lower: Tensor, upper: Tensor, arithmetic: Arithmetic | None = None) -> Bounds:
    """The range of each output while every input runs through its own interval [lower, upper], each (n, in_units).

    In a `Chain` the intervals go part by part. With an `arithmetic` they are moved outwards by rounding.
    """
    half = (upper - lower) * 0.5
    return _around(affine, lower + half, half, arithmetic)


def _around(affine: Affine, middle: Tensor, half: Tensor, arithmetic: Arithmetic | None) -> Bounds:
    """The range of each output while every input keeps within `half` of `middle`.

    The sums lose at most gamma (|W| (|middle| + half) + |b|). This needs no product of its own: |W| is applied to
    `half` in any case, and `half` is enlarged by gamma (|middle| + half) before.
    """
    for part in affine.parts if isinstance(affine, Chain) else (affine,):
        absolute = part.absolute()
        if arithmetic is None:
            middle, half = evaluate(part, middle), absolute.linear(half)
            continue
        error = relative_error(part, arithmetic, middle.dtype)
        size = middle.abs() + half
        wider = absolute.linear(half + error * size) + error * absolute.bias
        lost = lost_to_underflow(part, size, arithmetic) + forbidden(part, wider / error, arithmetic)
        middle, half = evaluate(part, middle), wider + lost
    return _ends(middle, half)


def _ends(middle: Tensor, half: Tensor) -> Bounds:
    """middle -+ half, in place of the middle: few reused arrays stay in the cache, and so do the weights."""
    lower = middle - half
    return lower, middle.add_(half)


def first_layer(affine: Affine, ball: Perturbation) -> Bounds:
    """The exact range of each output of the network's first affine map: every method starts from it."""
    if ball.arithmetic is not None:
        return _proved_first_layer(affine, ball, ball.arithmetic)
    if ball.below is None:
        eps = ball.eps[:1] if ball.eps.stride() == (0,) else ball.eps  # one for all samples: one row
        return _ends(evaluate(affine, ball.center), eps[:, None] * row_norms(affine, dual_norm(ball.p)))
    if ball.p == math.inf and entries_are_weights(affine):
        return _ends(evaluate(affine, ball.center), affine.absolute().linear(ball.reach))
    return _by_rows(affine, ball)


def _proved_first_layer(affine: Affine, ball: Perturbation, arithmetic: Arithmetic) -> Bounds:
    """`first_layer` moved outwards by gamma (|W| |x'| + |b|), which bounds the error of its values and extents."""
    if ball.below is None:
        slack = unit_errors(affine, ball.magnitudes, arithmetic)
        q, eps = dual_norm(ball.p), ball.eps[:, None]
        half = eps * row_norms(affine, q) * (1 + gamma(ball.center.shape[1] + 16, eps.dtype))
        half = half + eps * underflown_squares(ball.center) if q == 2 else half
        lower, upper = _ends(evaluate(affine, ball.center), half)
    elif ball.p == math.inf:
        return _around(affine, ball.center, ball.reach, arithmetic)
    else:
        slack = unit_errors(affine, ball.magnitudes + ball.eps[:, None], arithmetic)
        lower, upper = _by_rows(affine, ball)
    return lower - slack, upper + slack


def _by_rows(affine: Affine, ball: Perturbation) -> Bounds:
    """`first_layer` with each row's own extent over the set."""
    lower, upper = zip(*(_of_rows(rows.cleaned(), affine.bias[part], ball) for part, rows in row_parts(affine)))
    return torch.cat(lower, 1), torch.cat(upper, 1)


def _of_rows(rows: LayerFunctionals, bias: Tensor, ball: Perturbation) -> Bounds:
    """The ranges of these functionals plus `bias` over the set, each (n, m)."""
    numbers = len(bias) * rows.coefficients.shape[-1]  # a sample's rows are not divided

    def ends(samples: slice, _: slice) -> Bounds:
        some = ball[samples]
        middle, (fall, rise) = rows.dot(some.center) + bias, some.extent(rows)
        return middle - fall, middle + rise

    lower, upper = in_batches(len(ball), 1, numbers, ball.center.device, ends)
    return lower, upper


def row_parts(affine: Affine) -> Iterator[tuple[slice, LayerFunctionals]]:
    """The rows of the map's matrix, some at a time: all where they are stored or are patches, else as many as fit."""
    units = math.prod(affine.out_shape)
    if not _is_sparse(affine):
        yield slice(0, units), unit_functionals(affine)
        return
    size = max(1, tuning.NUMBERS_AT_ONCE // longest([affine]))
    for begin in range(0, units, size):
        check_cancelled()
        part = slice(begin, min(begin + size, units))
        yield part, unit_functionals(affine, torch.arange(part.start, part.stop, device=affine.bias.device)[None])


def _is_sparse(affine: Affine) -> bool:
    """Whether a part of the map reads few inputs for each output, so that its matrix is mostly zeros."""
    return any(isinstance(part, Taps | Blocks) for part in (affine.parts if isinstance(affine, Chain) else (affine,)))


def row_norms(affine: Affine, q: Norm) -> Tensor:
    """(out_units,) l_q norms of the rows of the map's matrix."""

    units = math.prod(affine.out_shape)

    def norms() -> Tensor:
        if q == 1 and entries_are_weights(affine):
            return affine.absolute().linear(affine.bias.new_ones(1, math.prod(affine.in_shape)))[0]
        if _is_sparse(affine) and math.prod(affine.in_shape) < units and not torch.is_grad_enabled():
            return norms_by_columns(affine)[q]
        lengths = [lengths_of(rows.cleaned().coefficients, q).flatten() for _, rows in row_parts(affine)]
        return torch.cat(lengths)

    return cached_by_weights(affine, ("row norms", q), norms)


def interval_bounds(layers: Sequence[Layer], ball: Perturbation) -> Iterator[Bounds]:
    """Bounds of the pre-activations of these layers, the network's first ones, one after the other."""
    lower, upper = first_layer(layers[0].affine, ball)
    yield lower, upper
    for before, layer in pairwise(layers):
        lower, upper = _across(layer.affine, before.activate(lower), before.activate(upper), ball.arithmetic)
        yield lower, upper


def last_activations(layers: Sequence[Layer], ball: Perturbation) -> Bounds:
    """The ranges of the activations of the last of these layers, the network's first ones."""
    lower, upper = first_layer(layers[0].affine, ball)
    for before, layer in pairwise(layers):
        lower, upper = _across(layer.affine, _activated(before, lower), _activated(before, upper), ball.arithmetic)
    return _activated(layers[-1], lower), _activated(layers[-1], upper)


def _activated(layer: Layer, z: Tensor) -> Tensor:
    """The activations, in place where all units are ReLUs."""
    return z.clamp_(min=0) if layer.rectifies else layer.activate(z)


def _across(affine: Affine, lower: Tensor, upper: Tensor, arithmetic: Arithmetic | None) -> Bounds:
    """`through`, which overwrites its arguments."""
    half = upper.sub_(lower).mul_(0.5)
    return _around(affine, lower.add_(half), half, arithmetic)
