"""Maxima as units: max(a, b) = b + r(a - b), and the largest of several by a tournament of such pairs.

A (leaky) ReLU is monotone, so the largest of some of its units is the unit of the largest pre-activation. Computed so,
pairs of units that are both off need no comparison: r(a) - r(b) is 0 wherever both are, and has no sign there.
"""

from __future__ import annotations

import torch
from torch import Tensor

from geometry.network.affine import Shape
from geometry.network.blocks import Taps
from geometry.network.graph import Graph, Value
from geometry.network.tournament import Pairing
from geometry.network.units import Units

NONE = -1  # in place of a candidate


def largest(graph: Graph, value: Value, candidates: Tensor, shape: Shape) -> Value:
    """The largest of some units of a value, for every output: `candidates` (outputs, k), NONE where there are fewer."""
    activation = graph.activation_of(value)
    if activation is None:
        return _tournament(graph, value, candidates, shape, rectified=False)[0]
    before, slope = activation
    winner, deciders = _tournament(graph, before, candidates, shape, rectified=slope == 0)
    pooled = graph.activated(winner, Units(slope))
    if slope == 0:  # where the unit of the largest is off, it does not matter which is the largest
        numbers = torch.arange(len(winner.bias), device=deciders.device)
        own = torch.stack([torch.full_like(numbers, len(graph.groups) - 1), numbers], 1)
        compared = deciders[:, 0] != NONE
        graph.compared(deciders[compared], own[compared], torch.ones_like(own[compared, 0], dtype=torch.bool))
    return pooled


def _tournament(graph: Graph, value: Value, candidates: Tensor, shape: Shape, rectified: bool) -> tuple[Value, Tensor]:
    """The largest, and (outputs, 2) the group and unit of the last comparison of each, NONE where there was none.

    Every round compares the candidates in pairs, and leaves half of them. A candidate without a partner, and the second
    of each pair, is carried along.
    """
    deciders = torch.full((*candidates.shape, 2), NONE, device=candidates.device)
    present, first_group = candidates != NONE, len(graph.groups)
    while candidates.shape[1] > 1:
        value, candidates, deciders = _round(graph, value, candidates, deciders)
    graph.tournament(present, range(first_group, len(graph.groups)), rectified)
    chosen = candidates[:, 0]
    if value.shape == shape and torch.equal(chosen, torch.arange(len(value.bias), device=chosen.device)):
        return value, deciders[:, 0]
    ones, zeros = graph.like.new_ones(len(chosen), 1), graph.like.new_zeros(len(chosen))
    return value.mapped(Taps(chosen[:, None], ones, zeros, value.shape, shape)), deciders[:, 0]


def _round(graph: Graph, value: Value, candidates: Tensor, deciders: Tensor) -> tuple[Value, Tensor, Tensor]:
    """The value of all winners, and which of its units are the candidates left.

    `deciders` (outputs, k, 2) are the group and unit of the comparison that a candidate has won last.
    """
    if candidates.shape[1] % 2:
        candidates = torch.cat([candidates, torch.full_like(candidates[:, :1], NONE)], 1)
        deciders = torch.cat([deciders, torch.full_like(deciders[:, :1], NONE)], 1)
    first, second = candidates[:, 0::2].flatten(), candidates[:, 1::2].flatten()
    alone, pairing = torch.where(first == NONE, second, first), Pairing.of(candidates != NONE)
    paired, left = pairing.paired.flatten(), pairing.taken.flatten()
    pairs, winners = int(paired.sum()), int(left.sum())
    carried = torch.where(paired, second, alone)[left]
    units, like = pairs + winners, graph.like
    index, weight = carried.new_zeros(units, 2), like.new_zeros(units, 2)
    index[:pairs, 0], index[:pairs, 1] = first[paired], second[paired]
    weight[:pairs, 0], weight[:pairs, 1] = 1, -1
    index[pairs:, 0], weight[pairs:, 0] = carried, 1
    index[pairs:, 1] = index[pairs:, 0]
    before = Taps(index, weight, like.new_zeros(units), value.shape, (units,))
    slopes = torch.cat([like.new_zeros(pairs), like.new_ones(winners)])
    joined, share = carried.new_zeros(winners, 2), like.new_zeros(winners, 2)
    joined[:, 0], share[:, 0] = torch.arange(pairs, units, device=joined.device), 1
    compared = paired[left]
    joined[compared, 1], share[compared, 1] = torch.arange(pairs, device=joined.device), 1
    joined[~compared, 1] = joined[~compared, 0]
    after = Taps(joined, share, like.new_zeros(winners), (units,), (winners,))
    numbers = torch.full_like(first, NONE)
    numbers[left] = torch.arange(winners, device=numbers.device)
    won = graph.activated(value, Units(slopes, before, after))
    of_first, of_second = (deciders[:, k::2].flatten(0, 1) for k in (0, 1))
    decided = torch.where((first == NONE)[:, None], of_second, of_first)
    numbered = torch.arange(pairs, device=first.device)
    own = torch.stack([torch.full_like(numbered, len(graph.groups) - 1), numbered], 1)
    for before_it, side in ((of_first, True), (of_second, False)):
        earlier = before_it[paired]
        real = earlier[:, 0] != NONE
        graph.compared(earlier[real], own[real], torch.full_like(real[real], side))
    decided[paired] = own
    rows = len(candidates)
    return won, numbers.unflatten(0, (rows, -1)), decided.unflatten(0, (rows, -1))


def pool_places(size: int, kernel: int, stride: int, padding: int, dilation: int, count: int) -> Tensor:
    """(count, kernel) the places under a kernel along an axis, NONE outside."""
    place = torch.arange(count)[:, None] * stride - padding + dilation * torch.arange(kernel)
    return torch.where((place >= 0) & (place < size), place, NONE)


def grid_candidates(shape: Shape, rows: Tensor, columns: Tensor) -> Tensor:
    """(outputs, k) the units of an image at these places of every window (windows, k), NONE where one is NONE."""
    channels, height, width = shape
    row, column = rows[:, None, :, None], columns[None, :, None, :]
    flat = torch.where((row == NONE) | (column == NONE), NONE, row * width + column).flatten(2).flatten(0, 1)
    offsets = height * width * torch.arange(channels)[:, None, None]
    return torch.where(flat == NONE, NONE, flat + offsets).flatten(0, 1)
