"""KW's four errors: clean, by FGSM, by PGD, and the bound of the robust error (KW Table 1)."""

from __future__ import annotations

import math

import numpy as np
from torch import nn

from certify import attack, complete, robust_error
from geometry.network.network import as_network
from papers.data import Labelled
from papers.job import Progress, silent

ATTACKS = ("fgsm", "pgd")


def kw_errors(network: nn.Sequential, data: Labelled, eps: float, progress: Progress = silent) -> dict[str, float]:
    """te, fgsm, pgd and bound in percent, in l_inf without a box, as KW measure them.

    What the bound proves no attack can break, so attacks run on the other points.
    """
    exact = as_network(network.double(), data.x.shape[1:])
    run = complete(
        robust_error(exact, data.x, data.y, eps, math.inf, methods=("fast-lin",), attack=""),
        lambda part: progress("KW's bound", part.done, part.total),
    )
    right, proved = run.predicted == run.labels, run.certified[:, 0] >= eps
    left = np.flatnonzero(right & ~proved)
    broken = {}
    for number, name in enumerate(ATTACKS):
        attacked = attack(exact, data.x[left], data.y[left], name, eps=eps, p=math.inf)
        broken[name] = int(attacked.success.sum())
        progress("attacks", number + 1, len(ATTACKS))
    wrong, count = int((~right).sum()), len(data)
    errors = {"te": wrong, **{name: wrong + more for name, more in broken.items()}, "bound": int((~proved).sum())}
    return {name: 100 * number / count for name, number in errors.items()}
