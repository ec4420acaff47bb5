"""I-FGSM: FGSM in small steps from the point itself (Kurakin et al. 2017)."""

from __future__ import annotations

from torch import Tensor

from certify.attacks.descent import ascend, cross_entropy
from certify.attacks.problem import Problem


def i_fgsm(problem: Problem, *, steps: int = 20) -> Tensor:
    """(n, input_units) points after `steps` steps of length 2 eps / steps."""
    return ascend(problem, problem.x, steps, 2 / max(steps, 1), cross_entropy)
