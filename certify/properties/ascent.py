"""Points of a box at which a score is large, by projected gradient steps from many starts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from certify.properties.shaping import Shaped
from geometry.computation.cancellation import check_cancelled
from geometry.norms import Array

STEPS = 40  # from each start: a limit of time
FIRST_STEP = 0.25  # of the box's width; the last one is 0.2 % of it
STEP_DECAY = 0.88


def largest_scores(shape: Shaped, starts: Array) -> Iterator[Array]:
    """Points (m, inputs) whose scores are not all negative in float64, while steps go on from starts (n, inputs).

    Steps go along the sign of the gradient of the largest score, as far as the box is wide, then less and less.
    """
    low, high = torch.from_numpy(shape.low), torch.from_numpy(shape.high)
    z = torch.from_numpy(np.clip(starts, shape.low, shape.high))
    for step in range(STEPS + 1):
        check_cancelled()
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            largest = shape.network.scores(z)[:, 1:].amax(1)
            (gradient,) = torch.autograd.grad(largest.sum(), z)
        reached = (largest >= 0).numpy()
        if reached.any():
            order = np.argsort(-largest.detach().numpy()[reached])
            yield z.detach().numpy()[reached][order]
        size = FIRST_STEP * STEP_DECAY**step
        z = (z.detach() + size * (high - low) * gradient.sign()).clamp(low, high)


def random_starts(shape: Shaped, count: int) -> Array:
    """(count, inputs) points of the box: its middle, then random ones."""
    shares = np.random.default_rng(0).random((count, len(shape.low)))
    shares[0] = 0.5
    return shape.low + shares * (shape.high - shape.low)
