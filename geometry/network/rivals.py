"""Where another input of a maximum overtakes the largest one: the boundaries of the regions of max-pooling.

With the largest input a_w of a window, the network is one affine map where a_w >= a_j for all others j, whatever the
others are among themselves. A tournament compares them, too. But each input except w loses exactly one comparison. So
the comparison of j and another loser, which does not matter, stands for the half-space a_w - a_j >= 0. Where the
maximum is the input of a ReLU that is off, no comparison matters, and each stands for -a_j >= 0 of its loser.

Every input is a sum of one or two units of the tournament's first round (`Tournament.summands`), so a_w - a_j is a sum
of at most four of them, with signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from geometry.network.network import Network
from geometry.network.tournament import Results, Tournament

NONE = -1


@dataclass(frozen=True, eq=False)
class Rivals:
    """m inputs that lost to another loser, or whose ReLU is off, at points or patterns.

    All tensors are (m,), but `summands` and `signs` (m, 4): the half-space is the sum of sign * pre-activation >= 0.
    """

    points: Tensor
    units: Tensor  # the comparison that each has lost, counted through all hidden layers
    layers: Tensor  # in which its tournament begins
    summands: Tensor  # units of that layer
    signs: Tensor  # 1, -1, or 0 for no summand, float64

    def chosen(self, which: Tensor) -> Rivals:
        return Rivals(*(part[which] for part in (self.points, self.units, self.layers, self.summands, self.signs)))

    def weights(self, units: int) -> Tensor:
        """(m, units) the half-spaces as functions of the pre-activations of their layer."""
        return torch.zeros(len(self.points), units, dtype=torch.float64).scatter_add_(1, self.summands, self.signs)

    def heights(self, per_layer: Sequence[Tensor]) -> Tensor:
        """(m,) from pre-activations, per layer (n, units)."""
        return (self._at(per_layer) * self.signs).sum(1)

    def totals(self, per_layer: Sequence[Tensor]) -> Tensor:
        """(m,) the sum of all summands' values, each with sign +: per layer (n or 1, units)."""
        return (self._at(per_layer) * self.signs.abs()).sum(1)

    def on_rows(self, per_layer: Sequence[Tensor], absolute: bool = False) -> Tensor:
        """(r, m) the sums on every row of values, per layer (r, units): of one pattern, at points or directions."""
        found, signs = per_layer[0].new_zeros(len(per_layer[0]), len(self.points)), self.signs
        for layer in self.layers.unique().tolist():
            own = torch.nonzero(self.layers == layer)[:, 0]
            for summand, sign in zip(self.summands[own].T, (signs.abs() if absolute else signs)[own].T):
                found[:, own] += per_layer[layer][:, summand] * sign
        return found

    def _at(self, per_layer: Sequence[Tensor]) -> Tensor:
        """(m, 4) the summands' values."""
        found = self.signs.new_zeros(self.signs.shape)
        for layer in self.layers.unique().tolist():
            own, values = self.layers == layer, per_layer[layer]
            points = self.points[own, None] if len(values) > 1 else torch.zeros(1, 1, dtype=torch.int64)
            found[own] = values[points, self.summands[own]]
        return found


@dataclass(frozen=True, eq=False)
class Compared:
    """Which units matter at n points, per hidden layer (n, units); the half-spaces of those that do not."""

    matters: list[Tensor]
    rivals: Rivals
    places: list[Tensor]  # per hidden layer (n, units) the number of a unit among the rivals, NONE if it matters


def compared(network: Network, active: Sequence[Tensor]) -> Compared | None:
    """The comparisons of max-pooling on n activation patterns, per hidden layer (n, units); None without any."""
    if not network.tournaments:
        return None
    on = torch.cat(list(active), 1)
    parts = [_rivals(network, tournament, on) for tournament in network.tournaments]
    rivals = Rivals(*(torch.cat(each) for each in zip(*parts)))
    places = torch.full(on.shape, NONE)
    places[rivals.points, rivals.units] = torch.arange(len(rivals.points))
    widths = list(network.widths)
    return Compared(list((places == NONE).split(widths, 1)), rivals, list(places.split(widths, 1)))


def _rivals(network: Network, tournament: Tournament, on: Tensor) -> tuple[Tensor, ...]:
    """The parts of `Rivals` of one tournament."""
    results = tournament.results(on)
    counts = _counts(network, tournament, results, on)
    points, places = torch.nonzero((results.won != results.winners[:, results.outputs]) | ~counts, as_tuple=True)
    outputs = results.outputs[places]
    layer = _layer_of(network, tournament)
    one, other = tournament.summands()
    number = tournament.starts[0] - sum(network.widths[:layer]) + torch.stack([one, other], 2)  # (outputs, k, 2)
    there = (torch.stack([one, other], 2) != NONE).double()
    loser, winner = results.lost[points, places], results.winners[points, outputs]
    summands = torch.cat([number[outputs, winner], number[outputs, loser]], 1)
    signs = torch.cat([there[outputs, winner] * counts[points, places][:, None], -there[outputs, loser]], 1)
    layers = torch.full_like(points, layer)
    return points, results.units[places], layers, torch.where(signs != 0, summands, 0), signs


def _counts(network: Network, tournament: Tournament, results: Results, on: Tensor) -> Tensor:
    """(n, c) whether it matters which input is the largest: not where the ReLU that it enters is off."""
    if not tournament.rectified or network.comparisons is None:
        return torch.ones(len(on), len(results.units), dtype=torch.bool)
    last = torch.zeros(len(tournament.present), dtype=torch.int64)
    last[results.outputs] = results.units  # an output's later comparisons come later
    return on[:, torch.from_numpy(network.comparisons.parent)[last][results.outputs]]


def _layer_of(network: Network, tournament: Tournament) -> int:
    """The layer in which a tournament begins."""
    ends = torch.tensor(network.widths).cumsum(0)
    return int(torch.searchsorted(ends, tournament.starts[0], right=True))
