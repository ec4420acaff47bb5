"""Bounds of the smallest l_2 perturbation that changes the class, point by point (MMR Section 5.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from certify import attack, certified_radius
from geometry import distances
from geometry.network.network import Network, as_network
from geometry.norms import Array
from papers.data import Labelled
from papers.job import Progress, silent

P = 2  # the norm of these tables
CHUNK = 25  # points between two reports of progress


@dataclass(frozen=True, eq=False)
class Sizes:
    """Per point (n,): `lower` and `upper` bounds of the smallest perturbation, `upper` infinite where no attack won.

    Where `optimal`, Theorem 3.1 gives the smallest perturbation itself, and both are equal to it.
    """

    lower: Array
    upper: Array
    optimal: NDArray[np.bool_]

    def means(self) -> dict[str, float]:
        """The columns of MMR Tables 2, 5 and 6; the mean of the upper bounds is that of the points attacked."""
        attacked = self.upper[np.isfinite(self.upper)]
        return {"lb": float(self.lower.mean()), "ub": float(attacked.mean()) if len(attacked) else np.nan}


def sizes(
    network: nn.Sequential, data: Labelled, progress: Progress = silent, *, searches: int = 9, steps: int = 200
) -> Sizes:
    """KW's certified radius from below, Carlini and Wagner's attack from above, of each point's predicted class.

    Where Theorem 3.1 with the box gives the smallest perturbation, both are set to it, as in MMR App. C. `searches` and
    `steps` are the attack's.
    """
    exact = network.double()
    converted = as_network(exact, data.x.shape[1:])
    lower, upper, optimal = [], [], []
    for begin in range(0, len(data), CHUNK):
        x = data.x[begin : begin + CHUNK].astype(np.float64)
        near = distances(converted, x, P, box=data.box)
        at_once = near.d_D <= near.d_B
        below = certified_radius(converted, x, P, "fast-lin").numpy()
        won = attack(converted, x, predicted(converted, x), "cw", p=P, box=data.box, searches=searches, steps=steps)
        above = np.where(won.success, won.distances, np.inf)
        lower.append(np.where(at_once, near.d_D, below))
        upper.append(np.where(at_once, near.d_D, above))
        optimal.append(at_once)
        progress("certified radii and Carlini–Wagner", min(begin + CHUNK, len(data)), len(data))
    return Sizes(np.concatenate(lower), np.concatenate(upper), np.concatenate(optimal))


def predicted(network: Network, x: NDArray[np.floating]) -> NDArray[np.int64]:
    """(n,) the classes that the network sees."""
    import torch

    with torch.no_grad():
        classes: NDArray[np.int64] = network.scores(torch.from_numpy(np.asarray(x, np.float64))).argmax(1).numpy()
    return classes
