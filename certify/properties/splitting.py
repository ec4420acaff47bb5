"""Proof by splitting the box, for networks with few inputs: CROWN on each part, and halves of those that are open.

Splitting inputs helps more than splitting units where inputs are few: every unit's bounds get tighter with the box. A
box is halved where the score changes most over it, by gradients at some points. Halves meet in one number, so the
parts cover the whole box.

Source: Wang, Pei, Whitehouse, Yang and Jana, *Formal security analysis of neural networks using symbolic intervals*
(2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from certify.bounds.methods import METHODS
from certify.bounds.proof import proved_margins
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import proves_positive
from certify.properties.shaping import Shaped
from geometry.computation.cancellation import check_cancelled
from geometry.norms import Array

PARTS_AT_ONCE = 128  # parts that are bounded in one batch: with the next, limits how late a search ends
SAMPLES = 3  # points of a part at which gradients are taken, the middle one of them
FLAT = 0.05  # share of the largest gradient that every input gets: samples may have missed where it matters
MAX_OPEN = 1 << 20  # parts at once: a limit on memory


def splits_to_proof(shape: Shaped, sides: Shaped, sizes: Sequence[int], judged: Callable[[Array], bool]) -> bool | None:
    """True if no case has a violation on the box, proved; False once `judged` takes a point as one.

    On a part of the box a case is proved by any of its inequalities alone: where that left side is negative everywhere.

    Parameters
    ----------
    shape : the network of the cases
    sides : the network of their inequalities, each as a case of its own; of the cases in order, `sizes` of each
    judged : is given points (inputs,) whose scores are not negative in float64

    Returns
    -------
    None if there are too many open parts, or one that cannot be halved any more
    """
    low, high = shape.low[None], shape.high[None]
    random = np.random.default_rng(0)
    while len(low):
        check_cancelled()
        now_low, now_high = low[-PARTS_AT_ONCE:], high[-PARTS_AT_ONCE:]
        low, high = low[:-PARTS_AT_ONCE], high[:-PARTS_AT_ONCE]
        rows = negated_scores(sides, now_low, now_high).split(list(sizes), dim=1)
        bounds = torch.stack([own.amax(1) for own in rows], 1)  # of each case by its best inequality
        left = ~proves_positive(bounds).all(1).numpy()
        if not left.any():
            continue
        now_low, now_high, worst = now_low[left], now_high[left], bounds[left].argmin(1)
        points, scores, gradients = _sampled(shape, now_low, now_high, worst, random)
        if scores.max() >= 0 and judged(points[scores.argmax()]):
            return False
        halves = _halved(now_low, now_high, gradients)
        if halves is None or len(low) + len(halves[0]) > MAX_OPEN:
            return None
        low, high = np.concatenate([low, halves[0]]), np.concatenate([high, halves[1]])
    return True


@torch.no_grad()
def negated_scores(shape: Shaped, low: Array, high: Array) -> Tensor:
    """(n, scores) proved lower bounds of all scores but the first, negated, on boxes low, high (n, inputs)."""
    center, half = torch.from_numpy(low / 2 + high / 2), torch.from_numpy(high / 2 - low / 2)
    boxes = Perturbation(center, half.amax(1), math.inf, half, half)
    labels = torch.zeros(len(low), dtype=torch.int64)
    return proved_margins(shape.network, boxes, labels, METHODS["crown"].run)


def _sampled(
    shape: Shaped, low: Array, high: Array, scores: Tensor, random: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Points in the boxes, the worst score of each, and per box the mean size of the gradients (n, inputs)."""
    shares = random.random((SAMPLES, *low.shape))
    shares[0] = 0.5
    points = np.clip(low + shares * (high - low), low, high).reshape(-1, low.shape[1])
    with torch.enable_grad():
        z = torch.from_numpy(points).requires_grad_()
        values = shape.network.scores(z)[:, 1:]
        chosen = values.gather(1, scores.repeat(SAMPLES)[:, None])
        (gradient,) = torch.autograd.grad(chosen.sum(), z)
    sizes = gradient.abs().unflatten(0, (SAMPLES, len(low))).mean(0).numpy()
    return points, values.detach().amax(1).numpy(), sizes


def _halved(low: Array, high: Array, gradients: Array) -> tuple[Array, Array] | None:
    """Both halves of every box; None if one has no number between its ends."""
    middle = low / 2 + high / 2
    can = (low < middle) & (middle < high)
    widths = np.where(can, (high - low) * (gradients + FLAT * gradients.max(1, keepdims=True)), -1.0)
    place = widths.argmax(1)
    rows = np.arange(len(low))
    if not can[rows, place].all():
        return None
    cut = middle[rows, place]
    ends, starts = high.copy(), low.copy()
    ends[rows, place], starts[rows, place] = cut, cut
    return np.concatenate([low, starts]), np.concatenate([ends, high])
