"""The largest of several values by rounds of pairs, and which of its comparisons are settled once some cannot win."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad


@dataclass(frozen=True, eq=False)
class Pairing:
    """One round: which places (outputs, k / 2) hold a pair, and which hold one candidate or two. k is made even."""

    paired: Tensor
    taken: Tensor

    @classmethod
    def of(cls, present: Tensor) -> Pairing:
        """That of candidates (outputs, k), some of them not there."""
        first, second = halves(present)
        return cls(first & second, first | second)


def halves(candidates: Tensor) -> tuple[Tensor, Tensor]:
    """(outputs, k) booleans of candidates -> those of the first and of the second of each pair."""
    even = pad(candidates, (0, candidates.shape[1] % 2))
    return even[:, 0::2], even[:, 1::2]


@dataclass(frozen=True, eq=False)
class Tournament:
    """The largest of the candidates of each output, as units of hidden layers that follow one another.

    Round r is a group of units from `starts`[r] on, counted through all hidden layers: first max(a - b, 0) of every
    pair, then the second of each pair, or a candidate without partner, carried along; both in the order of the places.
    """

    present: Tensor  # (outputs, k) whether there is a candidate
    starts: Sequence[int]
    rectified: bool  # only what exceeds 0 counts: the largest is the input of a ReLU

    @property
    def units(self) -> int:
        """Of the first round."""
        pairing = Pairing.of(self.present)
        return int(pairing.paired.sum() + pairing.taken.sum())

    def summands(self) -> Tensor:
        """(2, outputs, k) the one or two units of the first round whose pre-activations add up to each candidate.

        Numbers in the round's group, -1 for none. The second of a pair, or a candidate without partner, is carried
        along itself; the first of a pair is that and the difference.
        """
        pairing, (first, second) = Pairing.of(self.present), halves(self.present)
        pair = torch.where(pairing.paired, _numbered(pairing.paired), -1)
        carried = torch.where(pairing.taken, _numbered(pairing.taken) + pairing.paired.sum(), -1)
        none = torch.full_like(pair, -1)
        places = torch.stack(
            [
                torch.stack([torch.where(first, carried, -1), torch.where(second, carried, -1)], 2),
                torch.stack([pair, none], 2),
            ]
        )
        return places.flatten(2)[:, :, : self.present.shape[1]]

    def results(self, on: Tensor) -> Results:
        """Who wins, and which comparison every other candidate loses. `on` (n, hidden units) are patterns."""
        present, outputs = self.present, len(self.present)
        candidates = torch.arange(present.shape[1]).expand(len(on), outputs, -1)
        units, own, won, lost = [], [], [], []
        for start in self.starts:
            pairing = Pairing.of(present)
            even = pad(candidates, (0, candidates.shape[2] % 2))
            first, second = even[:, :, 0::2], even[:, :, 1::2]
            numbers = (start + _numbered(pairing.paired))[pairing.paired]
            one, other = first[:, pairing.paired], second[:, pairing.paired]
            won.append(torch.where(on[:, numbers], one, other))
            lost.append(torch.where(on[:, numbers], other, one))
            units.append(numbers)
            own.append(torch.nonzero(pairing.paired)[:, 0])
            candidates = torch.where(halves(present)[0], first, second)
            candidates[:, pairing.paired] = won[-1]
            present = pairing.taken
        return Results(candidates[:, :, 0], torch.cat(units), torch.cat(own), torch.cat(won, 1), torch.cat(lost, 1))

    def settled(self, alive: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers of the units of pairs of which only the first can win, and of those of which the first cannot.

        `alive` (outputs, k) are the candidates that may win. Others are smaller than one of these.
        """
        present, alive = self.present, alive & self.present
        won, lost = [alive.new_zeros(0, dtype=torch.int64)], [alive.new_zeros(0, dtype=torch.int64)]
        for start in self.starts:
            pairing, (first, second) = Pairing.of(present), halves(alive)
            number = start + _numbered(pairing.paired)
            won.append(number[pairing.paired & first & ~second])
            lost.append(number[pairing.paired & ~first])
            present, alive = pairing.taken, first | second
        return torch.cat(won), torch.cat(lost)


@dataclass(frozen=True, eq=False)
class Results:
    """Of a tournament with n patterns and c comparisons. Candidates are numbered from 0 in each output."""

    winners: Tensor  # (n, outputs)
    units: Tensor  # (c,) the comparisons, counted through all hidden layers; those of an output in their order
    outputs: Tensor  # (c,) of which output they are
    won: Tensor  # (n, c)
    lost: Tensor  # (n, c)


def _numbered(marked: Tensor) -> Tensor:
    """The number of each marked place among the marked ones, in order."""
    return (marked.flatten().cumsum(0) - 1).reshape(marked.shape)
