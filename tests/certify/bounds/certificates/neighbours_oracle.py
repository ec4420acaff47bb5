"""The search of Croce et al. (2019), A.2, as the paper describes it: all affine maps written out, in plain floats."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from tests.certify.exact.exact_oracle import nearest_in_polytope
from tests.oracles import box_distance


def improved_bound(
    network: nn.Sequential, x: np.ndarray, label: int, p: float, box: tuple | None, neighbours: int
) -> float:
    """The lower bound after the point's own region and `neighbours` others, those behind the nearest hyperplanes."""
    pattern = _pattern(network, x)
    lost, waiting, searched = math.inf, {pattern: 0.0}, set()
    for _ in range(1 + neighbours):
        if not waiting or lost <= min(waiting.values()):
            break
        current = min(waiting, key=waiting.get)
        key = waiting.pop(current)
        searched.add(current)
        normals, offsets, margins = _region(network, current, label)
        for unit, (w, b) in enumerate(zip(normals, offsets)):
            across = tuple(on != (i == unit) for i, on in enumerate(current))
            if across not in searched:
                waiting[across] = min(waiting.get(across, math.inf), max(key, _distance(w, b, x, p, box)))
        signs = np.where(current, -1.0, 1.0)
        faces, levels = signs[:, None] * normals, -signs * (normals @ x + offsets)
        for w, b in margins:
            a, level = np.vstack([faces, w]), np.append(levels, -(w @ x + b))
            lost = min(lost, nearest_in_polytope(a, level, p, x, box))
    return min(lost, min(waiting.values(), default=math.inf))


def _pattern(network: nn.Sequential, x: np.ndarray) -> tuple[bool, ...]:
    pattern, values = [], torch.from_numpy(x)
    for module in network:
        if isinstance(module, (nn.ReLU, nn.LeakyReLU)):
            pattern += (values > 0).tolist()
        values = module(values)
    return tuple(pattern)


def _region(network: nn.Sequential, pattern: tuple[bool, ...], label: int):
    """Normals and constants of all units on the pattern's piece, and of f_label - f_s for the other classes s."""
    d = network[0].in_features
    matrix, offset, bits, normals, offsets = np.eye(d), np.zeros(d), iter(pattern), [], []
    for module in network:
        if isinstance(module, nn.Linear):
            matrix, offset = module.weight.numpy() @ matrix, module.weight.numpy() @ offset + module.bias.numpy()
        else:
            normals.append(matrix)
            offsets.append(offset)
            factor = np.array([1.0 if next(bits) else getattr(module, "negative_slope", 0.0) for _ in offset])
            matrix, offset = factor[:, None] * matrix, factor * offset
    others = [s for s in range(len(offset)) if s != label]
    margins = [(matrix[label] - matrix[s], offset[label] - offset[s]) for s in others]
    return np.vstack(normals), np.concatenate(offsets), margins


def _distance(w: np.ndarray, b: float, x: np.ndarray, p: float, box: tuple | None) -> float:
    length = np.linalg.norm(w, {1: np.inf, 2: 2, np.inf: 1}[p])
    if length < 1e-12:
        return math.inf
    return abs(w @ x + b) / length if box is None else box_distance(w, b, x, p, *box)
