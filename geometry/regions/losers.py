"""Inputs of a max-pooling window that win nowhere: a map of regions needs no comparison with them.

On the pieces that the layers before leave, every candidate of a maximum is affine. So one that is smaller than another
at all vertices of these pieces is smaller everywhere, and one that is positive at none does not matter to a ReLU behind
the maximum. Without these, the network is the same function on the window, with the same regions. But few of its
comparisons are left, where before nearly all cut the plane, almost everywhere without effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Affine, Chain, Scale
from geometry.network.composition import compose
from geometry.network.network import Layer, Network
from geometry.network.rational import Dyadic
from geometry.network.sums import EPSILON
from geometry.network.tournament import Tournament
from geometry.ragged_arrays import Bools

LARGEST_WORK = 2e8  # comparisons of two candidates at a vertex, about a second: with more, none is left out


def without_losers(
    network: Network, layer: int, z: Tensor, error: Tensor, exact_rows: Callable[[], Dyadic] | None = None
) -> tuple[Network, Bools] | None:
    """The network without comparisons of the maxima that begin in a layer whose result is known on the whole window.

    Parameters
    ----------
    z, error : (m, units) the layer's pre-activations at all vertices of its affine pieces, and bounds on their errors
    exact_rows : gives (units, 3) the layer as functions of (s, t, 1), if it is affine on the whole window. Then equal
        candidates are known, such as those of an image's black margin; called only where floats leave a pair open

    Returns
    -------
    The network, whose settled comparisons never bend, and (hidden units,) which of them the first candidate wins
    wherever the result matters. None where nothing is settled.
    """
    won, lost = np.zeros(sum(network.widths), bool), np.zeros(sum(network.widths), bool)
    for tournament in beginning_in(network, layer):
        begin = tournament.starts[0] - sum(network.widths[:layer])
        own = slice(begin, begin + tournament.units)
        if len(z) * tournament.present.shape[1] * tournament.present.numel() > LARGEST_WORK:
            continue
        possible = possible_winners(tournament, z[:, own], error[:, own])
        if exact_rows is not None and bool((z[:, own].abs() <= error[:, own]).all(0).any()):
            possible &= ~again_later(tournament, exact_rows()[own])
        first_wins, first_loses = tournament.settled(possible)
        won[first_wins.numpy()], lost[first_loses.numpy()] = True, True
    if not (won | lost).any():
        return None
    ends = np.cumsum(network.widths)
    parts = zip(network.hidden, np.split(won, ends[:-1]), np.split(lost, ends[:-1]))
    hidden = tuple(_settled(one, torch.from_numpy(on), torch.from_numpy(off)) for one, on, off in parts)
    return replace(network, layers=(*hidden, network.layers[-1])), won


def beginning_in(network: Network, layer: int) -> list[Tournament]:
    """The maxima whose first round is in a layer."""
    first = sum(network.widths[:layer])
    units = range(first, first + network.widths[layer])
    return [tournament for tournament in network.tournaments if tournament.starts[0] in units]


def possible_winners(tournament: Tournament, z: Tensor, error: Tensor) -> Tensor:
    """(outputs, k) which candidates may be the largest somewhere, at least one of each output.

    z, error : (m, units) the first round's pre-activations at all vertices, and bounds on their errors
    """
    one, other = tournament.summands()
    values, errors = pad(z, (0, 1)), pad(error + 4 * EPSILON * z.abs(), (0, 1))  # -1 reads 0; and their sum's rounding
    middle, off = values[:, one] + values[:, other], errors[:, one] + errors[:, other]
    lower, upper = middle - off, middle + off
    possible = tournament.present.clone()
    if tournament.rectified:
        possible &= (upper > 0).any(0)
    for k in range(possible.shape[1]):
        check_cancelled()
        beaten = (upper < lower[:, :, k : k + 1]).all(0) & tournament.present[:, k : k + 1]
        possible &= ~beaten
    nobody = ~possible.any(1)  # then all are 0 behind the ReLU
    possible[nobody, tournament.present[nobody].to(torch.uint8).argmax(1)] = True
    return possible


def again_later(tournament: Tournament, rows: Dyadic) -> Tensor:
    """(outputs, k) which candidates are equal to a later one: of two equal ones the second wins, as r(0) is off.

    rows : (m, 3) the first round's units as functions of (s, t, 1)
    """
    one, other = tournament.summands().numpy()
    padded = np.concatenate([rows.numerators, np.zeros((1, 3), object)])  # -1 reads 0
    number: dict[tuple[int, ...], int] = {}
    keys = map(tuple, (padded[one] + padded[other]).reshape(-1, 3).tolist())
    ids = torch.tensor([number.setdefault(key, len(number)) for key in keys]).reshape(tournament.present.shape)
    again = torch.zeros_like(tournament.present)
    for k in range(1, ids.shape[1]):
        again[:, :k] |= (ids[:, :k] == ids[:, k : k + 1]) & tournament.present[:, k : k + 1]
    return again & tournament.present


def _settled(layer: Layer, won: Tensor, lost: Tensor) -> Layer:
    """The layer whose units that are won carry their value, and whose units that are lost are 0."""
    if not bool((won | lost).any()):
        return layer
    slope = torch.as_tensor(layer.below).to(layer.affine.bias).expand(layer.units)
    return Layer(_without_rows(layer.affine, lost), torch.where(won | lost, 1.0, slope))


def _without_rows(affine: Affine, dropped: Tensor) -> Affine:
    """The map whose `dropped` (units,) outputs are 0."""
    if not bool(dropped.any()):
        return affine
    parts = affine.parts if isinstance(affine, Chain) else (affine,)
    kept = (~dropped).to(affine.bias)
    zeros = Scale(kept, torch.zeros_like(kept), affine.out_shape, affine.out_shape)
    last = compose([parts[-1], zeros])
    every = (*parts[:-1], *(last.parts if isinstance(last, Chain) else (last,)))
    return Chain(every) if len(every) > 1 else every[0]
