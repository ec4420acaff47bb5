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


def _numbered(marked: Tensor) -> Tensor:
    """The number of each marked place among the marked ones, in order."""
    return (marked.flatten().cumsum(0) - 1).reshape(marked.shape)
