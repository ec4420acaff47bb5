"""Bounds layer by layer: each layer's from the lines that the bounds of the layers before it allow."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from certify.backward import both_bounds, chosen_columns, lower_bound
from certify.batches import batches
from certify.interval import Bounds, first_layer, through
from certify.perturbation import Perturbation
from certify.relaxations import Lines, Relaxation
from certify.rows import DenseRows, longest, unit_rows
from geometry.network import Network

NEARLY_ALL = 0.8  # above this share of unstable units, take all: choosing costs more


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
    found = [first_layer(network.layers[0].affine, ball)]
    lines = [relaxation(*found[0], network.layers[0].slope or 0.0)]
    for k, layer in enumerate(network.hidden[1:], start=1):
        lower, upper = through(layer.affine, lines[-1].least, lines[-1].greatest)
        units = None if every_unit else undecided(lower, upper)
        if units is None or units.shape[1] > NEARLY_ALL * layer.units:
            lower, upper = unit_bounds(network, k, None, lines, ball)
        elif units.shape[1] > 0:
            tighter = unit_bounds(network, k, units, lines, ball)
            lower, upper = (loose.scatter(1, units, tight) for loose, tight in zip((lower, upper), tighter))
        found.append((lower, upper))
        lines.append(relaxation(lower, upper, layer.slope or 0.0))
    return found, lines


def undecided(lower: Tensor, upper: Tensor) -> Tensor:
    """(n, m) units per sample whose sign the bounds leave open (or are NaN), filled up with others."""
    unknown = ~((lower >= 0) | (upper <= 0))
    return unknown.to(torch.uint8).argsort(dim=1, descending=True)[:, : int(unknown.sum(1).max())]


def unit_bounds(network: Network, k: int, units: Tensor | None, lines: Sequence[Lines], ball: Perturbation) -> Bounds:
    """Lower and upper bounds of units of layer k: of all, or of `units` (n, m) per sample."""
    affine, below = network.layers[k].affine, [layer.affine for layer in network.layers[:k]]
    length = longest([*below, affine])
    parts: list[list[Bounds]] = []
    count = network.layers[k].units if units is None else units.shape[1]
    for samples, some in batches(len(ball), count, length, ball.center.device):
        if units is not None:
            chosen: Tensor | None = units[samples, some]
        elif some == slice(0, count):
            chosen = None
        else:
            chosen = torch.arange(count, device=ball.center.device)[some].expand(samples.stop - samples.start, -1)
        cut = [line[samples] for line in lines]
        columns = chosen_columns(affine, cut, below, some.stop - some.start)
        rows = unit_rows(affine, chosen, columns)
        offset = affine.bias[None] if chosen is None else affine.bias[chosen]
        if some.start == 0:
            parts.append([])
        parts[-1].append(both_bounds(rows, offset, below, cut, ball[samples]))
    lower, upper = (torch.cat([torch.cat([piece[side] for piece in row], 1) for row in parts]) for side in (0, 1))
    return lower, upper


def functional_bounds(
    network: Network, weights: Tensor, offset: Tensor, lines: Sequence[Lines], ball: Perturbation
) -> Tensor:
    """(n, m) lower bounds of <weights, a> + offset of the last hidden activations a; `weights` (n or 1, m, units)."""
    affines = [layer.affine for layer in network.hidden]
    length = max([network.input_units, *network.widths])
    found = []
    for samples, _ in batches(len(ball), weights.shape[1], length, ball.center.device):
        some = slice(None) if len(weights) == 1 else samples
        cut = [line[samples] for line in lines]
        found.append(lower_bound(DenseRows(weights[some]), offset[some], affines, cut, ball[samples]))
    return torch.cat(found)
