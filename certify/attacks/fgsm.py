"""FGSM: one step of length eps along the steepest direction of the cross entropy (Goodfellow et al. 2015)."""

from __future__ import annotations

from torch import Tensor

from certify.attacks.descent import ascend, cross_entropy
from certify.attacks.problem import Problem
from certify.costs import gradient_steps
from certify.records import AttackMethod


def fgsm(problem: Problem) -> Tensor:
    """(n, input_units) points; for l1 and l2 the fast gradient method in that norm."""
    return ascend(problem, problem.x, 1, 1.0, cross_entropy)


FGSM = AttackMethod(
    run=fgsm,
    title="FGSM",
    line="One step along the gradient's signs, with the smallest step that changes the class.",
    place=70,
    cost=gradient_steps(1),
    needs_eps=True,
)
