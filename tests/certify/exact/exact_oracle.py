"""The minimal perturbation of a tiny network by trying all its activation patterns, with solvers used nowhere else."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.optimize import linprog, nnls
from torch import nn


def minimal_distance(network: nn.Sequential, x: np.ndarray, label: int, p: float, box: tuple | None = None) -> float:
    """min ||x' - x||_p over x' (in the box) with f_label <= f_s for some s; infinite if there is none.

    Per pattern and class the set is a polytope A y <= b around x: its nearest point comes from a linear program (l1,
    l-infinity) or from nonnegative least squares (l2; Lawson & Hanson 1974, least distance programming).
    """
    linear = [m for m in network if isinstance(m, nn.Linear)]
    weights = [(m.weight.numpy(), m.bias.numpy()) for m in linear]
    slopes = [getattr(m, "negative_slope", 0.0) for m in network if isinstance(m, (nn.ReLU, nn.LeakyReLU))]
    widths = [len(bias) for _, bias in weights[:-1]]
    best = math.inf
    for signs in itertools.product([False, True], repeat=sum(widths)):
        rows, levels = [], []
        matrix, offset = np.eye(len(x)), x
        bits = iter(signs)
        for (weight, bias), slope in zip(weights, slopes):
            matrix, offset = weight @ matrix, weight @ offset + bias
            on = np.array([next(bits) for _ in bias])
            rows.append(np.where(on, -1, 1)[:, None] * matrix)
            levels.append(np.where(on, 1, -1) * offset)
            factor = np.where(on, 1.0, slope)
            matrix, offset = factor[:, None] * matrix, factor * offset
        matrix, offset = weights[-1][0] @ matrix, weights[-1][0] @ offset + weights[-1][1]
        for other in range(len(offset)):
            if other != label:
                margin = matrix[label] - matrix[other]
                a = np.vstack([*rows, margin[None]])
                b = np.concatenate([*levels, [offset[other] - offset[label]]])
                best = min(best, nearest_in_polytope(a, b, p, x, box))
    return best


def nearest_in_polytope(a: np.ndarray, b: np.ndarray, p: float, x: np.ndarray, box: tuple | None) -> float:
    d = len(x)
    low, high = (np.full(d, -np.inf), np.full(d, np.inf)) if box is None else (box[0] - x, box[1] - x)
    if (b >= 0).all():
        return 0.0
    if p == 2:
        walls = np.vstack([np.eye(d)[np.isfinite(high)], -np.eye(d)[np.isfinite(low)]])
        g = -np.vstack([a, walls])
        h = -np.concatenate([b, high[np.isfinite(high)], -low[np.isfinite(low)]])
        target = np.append(np.zeros(d), 1.0)
        u, residual = nnls(np.vstack([g.T, h[None]]), target, maxiter=1000)
        if residual < 1e-9:
            return math.inf
        r = np.vstack([g.T, h[None]]) @ u - target
        return float(np.linalg.norm(r[:d] / r[d]))
    if p == 1:
        solved = linprog(np.ones(2 * d), np.hstack([a, -a]), b, bounds=list(zip([0] * 2 * d, [*high, *-low])))
    else:
        t = np.ones((d, 1))
        rows = np.vstack(
            [np.hstack([a, np.zeros((len(a), 1))]), np.hstack([np.eye(d), -t]), np.hstack([-np.eye(d), -t])]
        )
        limits = [*zip(low, high), (0, None)]
        solved = linprog(np.append(np.zeros(d), 1.0), rows, np.concatenate([b, np.zeros(2 * d)]), bounds=limits)
    return float(solved.fun) if solved.status == 0 else math.inf
