"""Hyperplanes of a point's linear region without rounding, and whether a ball reaches them: rational arithmetic."""

from __future__ import annotations

import math
from copy import deepcopy
from fractions import Fraction
from itertools import pairwise

import numpy as np
from torch import nn

Vector = list[Fraction]


def rational_pieces(network: nn.Sequential, x: np.ndarray) -> list[tuple[list[Vector], Vector]]:
    """Per Linear layer the gradients and the values of its units at x, for (leaky) ReLU networks of Linear layers."""
    rows = [[Fraction(int(i == j)) for j in range(len(x))] for i in range(len(x))]
    values = [Fraction(v) for v in x.tolist()]
    found = []
    for module in network:
        if isinstance(module, nn.Linear):
            weight = [[Fraction(w) for w in row] for row in module.weight.tolist()]
            bias = [Fraction(b) for b in module.bias.tolist()]
            values = [sum((w * v for w, v in zip(row, values)), b) for row, b in zip(weight, bias)]
            columns = list(zip(*rows))
            rows = [[sum(w * v for w, v in zip(row, column)) for column in columns] for row in weight]
            found.append((rows, values))
        else:
            slope = Fraction(getattr(module, "negative_slope", 0.0))
            factors = [Fraction(1) if v > 0 else slope for v in values]
            values = [f * v for f, v in zip(factors, values)]
            rows = [[f * g for g in row] for f, row in zip(factors, rows)]
    return found


def hyperplanes_at(network: nn.Sequential, x: np.ndarray) -> tuple[list[tuple[Vector, Fraction]], bool]:
    """(gradient, value) of every hidden unit and of f_c - f_s, c the class at x; and whether two logits tie there."""
    *hidden, (rows, logits) = rational_pieces(network, x)
    c = max(range(len(logits)), key=logits.__getitem__)
    others = [s for s in range(len(logits)) if s != c]
    found = [pair for layer in hidden for pair in zip(*layer)]
    found += [([a - b for a, b in zip(rows[c], rows[s])], logits[c] - logits[s]) for s in others]
    return found, any(logits[s] == logits[c] for s in others)


def reaches(gradient: Vector, value: Fraction, x: np.ndarray, radius: float, p: float, box=None) -> bool:
    """Whether a point nearer than the radius (inside the box) lies on {value + <gradient, y - x> = 0}.

    That is where the value sinks by more than |value| on the ball: the radius times the dual norm. With a box the most
    that it sinks is computed exactly for l1 and l-infinity. For l2 it is bounded by Hoelder's inequality at a split of
    the gradient that is optimal but for rounding, which loses less than 1e-12 of it squared.
    """
    gains, height = [abs(g) for g in gradient], abs(value)
    if not any(gains):
        return False
    if radius == math.inf and box is None:
        return True
    rooms: list[Fraction | None] = [None] * len(x)
    if box is not None:
        towards = [(-1 if value > 0 else 1) * (1 if g > 0 else -1) for g in gradient]
        ends = [
            (Fraction(float(hi)) if s > 0 else Fraction(float(lo))) for s, lo, hi in zip(towards, *map(np.ravel, box))
        ]
        rooms = [abs(end - Fraction(v)) for end, v in zip(ends, x.tolist())]
        if radius == math.inf:
            return sum(g * r for g, r in zip(gains, rooms)) >= height
    r = Fraction(radius)
    if p == math.inf:
        return sum(g * (r if room is None else min(room, r)) for g, room in zip(gains, rooms)) > height
    if p == 1:
        left, sunk = r, Fraction(0)
        for g, room in sorted(zip(gains, rooms), key=lambda pair: -pair[0]):
            step = left if room is None else min(room, left)
            left, sunk = left - step, sunk + g * step
        return sunk > height
    if box is None:
        return r * r * sum(g * g for g in gains) > height * height
    split = _l2_split(gains, rooms, radius)
    beyond = height - sum((g - v) * room for g, v, room in zip(gains, split, rooms))
    return beyond < 0 or r * r * sum(v * v for v in split) > beyond * beyond


def _l2_split(gains: Vector, rooms: list, radius: float) -> Vector:
    """Gains cut off at room / level, with the level at which min(room, level gain) has length `radius`, by halving."""
    g, room = np.array([float(v) for v in gains]), np.array([float(v) for v in rooms])
    low, high = 0.0, radius / max(g.max(), 1e-300) * 2.0**40
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.linalg.norm(np.minimum(room, middle * g)) < radius else (low, middle)
    level = Fraction(high)
    return [min(a, b / level) for a, b in zip(gains, rooms)]


def scaled_units(network: nn.Sequential, seed: int, exponent: int) -> nn.Sequential:
    """The same function: each hidden unit times a power of two up to 2^±exponent, and its outgoing weights divided."""
    scaled, rng = deepcopy(network), np.random.default_rng(seed)
    linear = [module for module in scaled if isinstance(module, nn.Linear)]
    for into, out in pairwise(linear):
        for unit in range(into.out_features):
            factor = 2.0 ** int(rng.integers(-exponent, exponent + 1))
            into.weight[unit] *= factor
            into.bias[unit] *= factor
            out.weight[:, unit] /= factor
    return scaled
