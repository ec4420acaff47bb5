"""Proofs by parts of a box, and points with large scores"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from certify.properties import splitting
from certify.properties.ascent import largest_scores, random_starts
from certify.properties.property import Case, Inequality
from certify.properties.shaping import Shaped, shaped
from certify.properties.splitting import negated_scores, splits_to_proof
from geometry.network.network import as_network
from geometry.network.rounding import doubled


def tent(limit: Fraction, low: Fraction = Fraction(-1), high: Fraction = Fraction(2)) -> Shaped:
    """Violated where min(x, 1 - x) >= limit: its largest value is 1/2, at 1/2."""
    layer = nn.Linear(1, 2, dtype=torch.float64)
    layer.weight.data, layer.bias.data = torch.tensor([[1.0], [-1.0]]).double(), torch.tensor([0.0, 1.0]).double()
    case = Case(((low, high),), tuple(Inequality({place: Fraction(1)}, -limit) for place in (0, 1)))
    return shaped(doubled(as_network(nn.Sequential(layer), (1,))), [case])


def never(point: np.ndarray) -> bool:
    return False


def test_a_proof_covers_the_whole_box(monkeypatch: pytest.MonkeyPatch):
    """The proved parts lie side by side, from one end to the other."""
    shape, parts = tent(Fraction(51, 100)), []

    def noted(of: Shaped, low: np.ndarray, high: np.ndarray) -> torch.Tensor:
        bounds = negated_scores(of, low, high)
        proved = (bounds > 0).all(1).numpy()
        parts.extend(zip(low[proved, 0].tolist(), high[proved, 0].tolist()))
        return bounds

    monkeypatch.setattr(splitting, "negated_scores", noted)
    assert splits_to_proof(shape, shape, [1], never) is True
    parts.sort()
    assert len(parts) > 1
    assert (parts[0][0], parts[-1][1]) == (shape.low[0], shape.high[0])
    assert all(before[1] == after[0] for before, after in pairwise(parts))


def test_a_point_that_is_a_violation_ends_it():
    shape, offered = tent(Fraction(1, 4)), []

    def judged(point: np.ndarray) -> bool:
        offered.append(float(point[0] * shape.scale[0]))
        return True

    assert splits_to_proof(shape, shape, [1], judged) is False
    assert 0.25 <= offered[0] <= 0.75


def test_what_cannot_be_halved_is_left_open():
    """The score is 0 at 1/2, which is no violation for this judge; the box has a few numbers only."""
    half = Fraction(1, 2)
    shape = tent(half, half, Fraction(math.nextafter(math.nextafter(0.5, 1), 1)))
    assert splits_to_proof(shape, shape, [1], never) is None


def test_too_many_open_parts_end_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(splitting, "MAX_OPEN", 3)
    shape = tent(Fraction(499, 1000))
    assert splits_to_proof(shape, shape, [1], never) is None


def test_gradient_steps_reach_the_highest_point():
    shape = tent(Fraction(49, 100))
    points = np.concatenate(list(largest_scores(shape, random_starts(shape, 5))))
    assert len(points) and (np.abs(points * shape.scale - 0.5) <= 0.010001).all()
    assert not list(largest_scores(tent(Fraction(51, 100)), random_starts(shape, 5)))


def test_starts_lie_in_the_box_and_the_first_in_its_middle():
    shape = tent(Fraction(0))
    starts = random_starts(shape, 50)
    assert starts.shape == (50, 1) and (starts[0] == (shape.low + shape.high) / 2).all()
    assert ((starts >= shape.low) & (starts <= shape.high)).all() and len(np.unique(starts)) == 50
