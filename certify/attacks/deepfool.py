"""DeepFool: step onto the nearest decision hyperplane of the current linear piece (Moosavi-Dezfooli et al. 2016)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from certify.attacks.problem import Problem, logits_and_gradients, numpy64
from certify.records import AttackMethod
from geometry.computation.cancellation import check_cancelled
from geometry.distances.hyperplanes import steps as steps_onto
from geometry.distances.hyperplanes import steps_in_box
from geometry.distances.nearest_hyperplanes import STEPS_AT_ONCE
from geometry.norms import row_norms

OVERSHOOT = 0.02  # relative step beyond the hyperplane (Moosavi-Dezfooli et al. 2016)
LAST_RESORT = 1e6  # factor of the distance of a hyperplane outside the box: taken only if no other is left


def deepfool(problem: Problem, *, steps: int = 50) -> Tensor:
    """(n, input_units) points; where no class was reached within `steps`, the last one tried.

    Each point then moves back along the segment to x, as far as halving keeps it in its new class.
    """
    z = problem.x.clone()
    active = torch.from_numpy(np.arange(len(z)))
    for _ in range(steps):
        active = active[~problem.judged(z)[active].cpu()]
        if not len(active):
            break
        for some in active.split(max(1, STEPS_AT_ONCE // (problem.network.classes * z.shape[1]))):
            check_cancelled()
            z[some] = _step(problem, z, some)
    return problem.shortened(z)


def _step(problem: Problem, z: Tensor, active: Tensor) -> Tensor:
    """The step of each active point onto the nearest hyperplane f_s = f_label, in l_p and inside the box."""
    logits, gradients = (numpy64(t) for t in logits_and_gradients(problem.network, z[active]))
    at, labels = numpy64(z[active]), problem.labels[active].cpu().numpy()
    n, classes, d = gradients.shape
    samples = np.arange(n)
    normals = (gradients - gradients[samples, labels][:, None]).reshape(-1, d)
    heights = (logits - logits[samples, labels][:, None]).reshape(-1)
    if problem.points.boxed:
        box = (problem.points.low, problem.points.high)
        moves = steps_in_box(normals, heights, np.repeat(at, classes, axis=0), problem.p, box)
        outside = ~np.isfinite(moves).all(axis=1)  # the step is clipped to the box below
        moves[outside] = steps_onto(normals[outside], heights[outside], problem.p)
    else:
        moves, outside = steps_onto(normals, heights, problem.p), np.zeros(len(normals), bool)
    lengths = (row_norms(moves, problem.p) * np.where(outside, LAST_RESORT, 1)).reshape(n, classes)
    lengths[samples, labels] = np.inf
    nearest = lengths.argmin(axis=1)
    chosen = moves.reshape(n, classes, d)[samples, nearest]
    chosen[~np.isfinite(lengths[samples, nearest])] = 0
    moved = torch.from_numpy(at + (1 + OVERSHOOT) * chosen).to(z)
    return moved.clamp(problem.low, problem.high)


DEEPFOOL = AttackMethod(
    run=deepfool,
    title="DeepFool",
    line="Steps onto the nearest decision hyperplane of the current linear region.",
    place=80,
    cost=lambda work: 10 * (work.step + work.classes * work.forward) + 30 * (work.fixed + work.forward),
    needs_eps=False,
)
