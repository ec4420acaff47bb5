"""PGD with restarts (Madry et al. 2018), in the ball of any of the three norms."""

from __future__ import annotations

import torch
from torch import Tensor

from certify.attacks.descent import ascend, cross_entropy, lost_margin
from certify.attacks.problem import Problem
from certify.costs import gradient_steps
from certify.records import AttackMethod


def pgd(problem: Problem, *, steps: int = 40, restarts: int = 3) -> Tensor:
    """(n, input_units) points: per point the first adversarial of `restarts` runs, else the last one tried.

    Steps of length 2 eps / steps as in Croce et al. (2019), B.1. The first run starts at the point itself, later ones
    at random in the ball; they climb the cross entropy and, in turn, the lost margin, which does not saturate.
    """
    tried = problem.x
    for run in range(restarts):
        start = problem.x
        if run:
            lost = problem.adversarial(tried)
            if bool(lost.all()):
                break
            start = problem.project(start + problem.eps[:, None] * problem.random_steps(run))
            start = torch.where(lost[:, None], tried, start)
        tried = ascend(problem, start, steps, 2 / max(steps, 1), lost_margin if run % 2 else cross_entropy)
    return tried


PGD = AttackMethod(
    run=pgd,
    title="PGD",
    line="Many gradient steps inside the ball, with the smallest ball that lets the class change.",
    place=90,
    cost=gradient_steps(40 * 3),
    needs_eps=True,
)
