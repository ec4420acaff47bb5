"""Bounds of hidden layers by back-substitution, each from the lines of the layers before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from certify.bounds import tuning
from certify.bounds.backward import both_bounds, chosen_columns, lower_bound
from certify.bounds.batches import in_batches
from certify.bounds.functionals import DenseFunctionals, longest, unit_functionals
from certify.bounds.interval import Bounds, first_layer, through
from certify.bounds.relaxations import Lines, Relaxation
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import Sums, functional_errors, step_errors, unit_errors
from geometry.network.affine import Affine
from geometry.network.network import Layer, Network


def layerwise_bounds(
    network: Network, ball: Perturbation, relaxation: Relaxation, every_unit: bool
) -> tuple[list[Bounds], list[Lines]]:
    """Bounds of every hidden layer by back-substitution, and the lines drawn from them.

    Without `every_unit` only units that may be unstable are substituted back; of the others just the sign is
    certain, and only it counts: their lines are the same. The sign comes from one step of interval arithmetic on
    the *lines* of the layer before. Back-substitution is never worse than that: as a function of the coefficients
    its lower bound LB is superadditive (by induction over the layers: where coefficients of two functionals cancel,
    a lower and an upper line of the same unit are exchanged, which loses at most (upper - lower line) >= 0 on the
    method's own bounds), so LB(w) >= sum LB(w_i e_i). Interval arithmetic on the units themselves would not do:
    on some networks it calls a unit stable which the method does not.
    """
    hidden_bounds = [first_layer(network.layers[0].affine, ball)]
    lines = [drawn(relaxation, hidden_bounds[0], network.layers[0], None, ball)]
    for k, layer in enumerate(network.hidden[1:], start=1):
        if every_unit:
            hidden_bounds.append(unit_bounds(network, k, None, lines, ball))
        else:
            loose = through(layer.affine, lines[-1].least, lines[-1].greatest, ball.arithmetic)
            hidden_bounds.append(
                where_undecided(loose, layer, partial(unit_bounds, network, k, lines=lines, ball=ball))
            )
        lines.append(drawn(relaxation, hidden_bounds[-1], layer, lines[-1], ball))
    return hidden_bounds, lines


def drawn(relaxation: Relaxation, bounds: Bounds, layer: Layer, below: Lines | None, ball: Perturbation) -> Lines:
    """The lines of one layer from the bounds of its units and, for a proof, what a step through them costs.

    `below` are the lines of the layer before, None for the first one. Errors are those for a slope of 1 on unstable
    units, since lower slopes may be chosen anew between the activation's own and 1.
    """
    lines = relaxation(*bounds, layer.below)
    if ball.arithmetic is None:
        return lines
    errors = step_errors(
        layer.affine,
        largest_before(below, ball),
        torch.maximum(lines.least.abs(), lines.greatest.abs()),
        torch.where(lines.unstable, 1.0, lines.upper),
        lines.intercept,
        lines.unstable if layer.rectifies else torch.ones_like(lines.unstable),
        ball.arithmetic,
    )
    return replace(lines, errors=errors)


def largest_before(below: Lines | None, ball: Perturbation) -> Tensor:
    """(n, units) bounds of the magnitudes that enter a layer: of the input, or of the activations `below`."""
    return ball.magnitudes if below is None or below.errors is None else below.errors.largest


def where_undecided(loose: Bounds, layer: Layer, tighter: Callable[[Tensor | None], Bounds]) -> Bounds:
    """The bounds of one layer's units, `tighter` where the `loose` ones leave a bending unit's sign open or are NaN.

    `tighter` gives those of the units (n, m) per sample, or of all for None. Samples with fewer open units are padded
    with others; these keep their loose bounds, so that no sample's bounds depend on the other samples.
    """
    lower, upper = loose
    unknown = layer.where_bending(~((lower >= 0) | (upper <= 0)))
    most = int(unknown.sum(1).max())
    if most == 0:
        return loose
    if most > tuning.NEARLY_ALL * layer.units:
        low, high = tighter(None)
    else:
        units = unknown.to(torch.uint8).argsort(dim=1, descending=True)[:, :most]
        low, high = (side.scatter(1, units, some) for side, some in zip(loose, tighter(units)))
    return torch.where(unknown, low, lower), torch.where(unknown, high, upper)


def unit_bounds(network: Network, k: int, units: Tensor | None, lines: Sequence[Lines], ball: Perturbation) -> Bounds:
    """Lower and upper bounds of units of layer k: of all, or of `units` (n, m) per sample."""
    affine, below = network.layers[k].affine, [layer.affine for layer in network.layers[:k]]
    length = longest([*below, affine])
    count = network.layers[k].units if units is None else units.shape[1]

    def ends(samples: slice, part: slice) -> Bounds:
        if units is not None:
            chosen: Tensor | None = units[samples, part]
        elif part == slice(0, count):
            chosen = None
        else:
            chosen = torch.arange(count, device=ball.center.device)[part].expand(samples.stop - samples.start, -1)
        cut = [line[samples] for line in lines]
        rows = unit_functionals(affine, chosen, chosen_columns(affine, cut, below, part.stop - part.start))
        offset = affine.bias[None] if chosen is None else affine.bias[chosen]
        return both_bounds(rows, offset, below, cut, ball[samples])

    lower, upper = in_batches(len(ball), count, length, ball.center.device, ends)
    return proved_units((lower, upper), affine, units, lines, ball)


def proved_units(
    bounds: Bounds, affine: Affine, units: Tensor | None, lines: Sequence[Lines], ball: Perturbation
) -> Bounds:
    """Bounds of all units of the affine map, or of `units` (n, m), moved outwards by its rounding, if they are proofs.

    `lines` are those of the layers before it.
    """
    if ball.arithmetic is None:
        return bounds
    slack = unit_errors(affine, largest_before(lines[-1] if lines else None, ball), ball.arithmetic)
    slack = slack if units is None else slack.gather(1, units)
    return bounds[0] - slack, bounds[1] + slack


def functional_bounds(
    network: Network,
    weights: Tensor,
    offset: Tensor,
    lines: Sequence[Lines],
    ball: Perturbation,
    sums: Sums | None = None,
) -> Tensor:
    """(n, m) lower bounds of <weights, a> + offset of the last hidden activations a; `weights` (n or 1, m, units)."""
    affines = [layer.affine for layer in network.hidden]
    length = max([network.input_units, *network.widths])

    def least(samples: slice, part: slice) -> tuple[Tensor]:
        own = slice(None) if len(weights) == 1 else samples
        cut, rows = [line[samples] for line in lines], DenseFunctionals(weights[own, part])
        return (lower_bound(rows, offset[own, part], affines, cut, ball[samples]),)

    (lower,) = in_batches(len(ball), weights.shape[1], length, ball.center.device, least)
    below = largest_before(lines[-1] if lines else None, ball)
    return proved_functionals(lower, weights, offset, below, ball, sums)


def proved_functionals(
    lower: Tensor, weights: Tensor, offset: Tensor, largest: Tensor, ball: Perturbation, sums: Sums | None
) -> Tensor:
    """Lower bounds of <weights, a> + offset, less the rounding of the functionals themselves, if they are proofs."""
    if ball.arithmetic is None:
        return lower
    return lower - functional_errors(weights, offset, largest, ball.arithmetic, sums)
