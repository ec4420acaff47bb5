"""Inputs of a max-pooling window that win nowhere: a map of regions needs no comparison with them.

On the pieces that the layers before leave, every candidate of a maximum is affine. So one that is smaller than another
at all vertices of these pieces is smaller everywhere, and one that is positive at none does not matter to a ReLU behind
the maximum. Without these, the network is the same function on the window, with the same regions. But few of its
comparisons are left, where before nearly all cut the plane, almost everywhere without effect.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Affine, Chain, Scale
from geometry.network.composition import compose
from geometry.network.network import Layer, Network
from geometry.network.sums import EPSILON
from geometry.network.tournament import Tournament
from geometry.ragged_arrays import Bools

LARGEST_WORK = 2e8  # comparisons of two candidates at a vertex, about a second: with more, none is left out


def without_losers(network: Network, layer: int, z: Tensor, error: Tensor) -> tuple[Network, Bools] | None:
    """The network without comparisons of the maxima that begin in a layer whose result is known on the whole window.

    Parameters
    ----------
    z, error : (m, units) the layer's pre-activations at all vertices of its affine pieces, and bounds on their errors

    Returns
    -------
    The network, whose settled comparisons never bend, and (hidden units,) which of them the first candidate wins
    wherever the result matters. None where nothing is settled.
    """
    first = sum(network.widths[:layer])
    won, lost = np.zeros(sum(network.widths), bool), np.zeros(sum(network.widths), bool)
    for tournament in network.tournaments:
        begin = tournament.starts[0] - first
        if not 0 <= begin < network.widths[layer]:
            continue
        own = slice(begin, begin + tournament.units)
        if len(z) * tournament.present.shape[1] * tournament.present.numel() > LARGEST_WORK:
            continue
        first_wins, first_loses = tournament.settled(possible_winners(tournament, z[:, own], error[:, own]))
        won[first_wins.numpy()], lost[first_loses.numpy()] = True, True
    if not (won | lost).any():
        return None
    ends = np.cumsum(network.widths)
    parts = zip(network.hidden, np.split(won, ends[:-1]), np.split(lost, ends[:-1]))
    hidden = tuple(_settled(one, torch.from_numpy(on), torch.from_numpy(off)) for one, on, off in parts)
    return replace(network, layers=(*hidden, network.layers[-1])), won


def possible_winners(tournament: Tournament, z: Tensor, error: Tensor) -> Tensor:
    """(outputs, k) which candidates may be the largest somewhere, at least one of each output.

    z, error : (m, units) the first round's pre-activations at all vertices, and bounds on their errors
    """
    one, other = tournament.summands()
    values, errors = pad(z, (0, 1)), pad(error + 4 * EPSILON * z.abs(), (0, 1))  # -1 reads 0; and their sum's rounding
    lower, upper = (values[:, one] + values[:, other], errors[:, one] + errors[:, other])
    lower, upper = lower - upper, lower + upper
    possible = tournament.present.clone()
    if tournament.rectified:
        possible &= (upper > 0).any(0)
    for k in range(possible.shape[1]):
        check_cancelled()
        beaten = (upper < lower[:, :, k : k + 1]).all(0) & tournament.present[:, k : k + 1]
        possible &= ~beaten
    nobody = ~possible.any(1)
    possible[nobody, tournament.present[nobody].to(torch.uint8).argmax(1)] = True
    return possible


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
