"""I-FGSM: FGSM in small steps from the point itself (Kurakin et al. 2017)."""

from __future__ import annotations

from torch import Tensor

from certify.attacks.descent import ascend, cross_entropy
from certify.attacks.problem import Problem
from certify.costs import gradient_steps
from certify.records import AttackMethod


def i_fgsm(problem: Problem, *, steps: int = 20) -> Tensor:
    """(n, input_units) points after `steps` steps of length 2 eps / steps."""
    return ascend(problem, problem.x, steps, 2 / max(steps, 1), cross_entropy)


I_FGSM = AttackMethod(
    run=i_fgsm,
    title="I-FGSM",
    line="Small steps along the gradient's signs, from the point itself.",
    place=75,
    cost=gradient_steps(20),
    needs_eps=True,
    on_ladder=False,
)
