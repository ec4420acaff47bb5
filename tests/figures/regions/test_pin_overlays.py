"""The drawn certificate is that of the theorem: balls touch their hyperplanes, outlines contain the pin."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.regions.pin_overlays import certificate_overlays
from geometry import Plane, region_at, theorem_3_1
from tests.strategies import mlp, norms

WINDOW = (-1.0, 1.0, -1.0, 1.0)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), norms())
def test_each_ball_touches_its_hyperplane(seed, p):
    network, x = mlp([2, 8, 5, 3], seed), np.random.default_rng(seed).uniform(-1, 1, 2)
    found = theorem_3_1(network, x, p)
    overlays = certificate_overlays(region_at(network, x), found, p, Plane.identity(), WINDOW)
    lines = {line.role: np.array([line.a, line.b, line.c]) for line in overlays.hyperplanes}
    for ball in overlays.balls:
        heights = np.column_stack([ball.outline, np.ones(len(ball.outline))]) @ lines[ball.role]
        own = np.array([*x, 1.0]) @ lines[ball.role]
        reached = (np.sign(own) * heights).min() / abs(own)  # 0 where the ball just touches
        assert abs(reached) < 1e-4


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_outlines_hold_exactly_the_points_of_their_pattern_and_class(seed):
    network, random = mlp([2, 8, 3], seed), np.random.default_rng(seed)
    x = random.uniform(-1, 1, 2)
    overlays = certificate_overlays(region_at(network, x), theorem_3_1(network, x, 2), 2, Plane.identity(), WINDOW)
    z = np.concatenate([random.uniform(-1, 1, (300, 2)), x + random.normal(0, 0.05, (300, 2))])
    with torch.no_grad():
        on, own = (network[0](torch.from_numpy(points)) > 0 for points in (z, x[None]))
        classes, label = (network(torch.from_numpy(points)).argmax(1) for points in (z, x[None]))
    same = (on == own).all(1).numpy()
    drawn, drawn_class = (
        shapely.contains_xy(shapely.Polygon(outline), z) if len(outline) else np.zeros(len(z), bool)
        for outline in (overlays.region, overlays.class_region)
    )
    assert (drawn == same).all()
    assert (drawn_class == (same & (classes == label).numpy())).all()


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_a_disc_goes_to_the_browser_as_three_numbers_and_other_balls_as_their_corners(p):
    network, x = mlp([2, 8, 3], 0), np.array([0.1, 0.2])
    found = theorem_3_1(network, x, p)
    overlays = certificate_overlays(region_at(network, x), found, p, Plane.identity(), WINDOW)
    sent = {ball["role"]: ball for ball in overlays.as_json()["balls"]}
    for role, radius in (("d_B", found.d_B), ("d_D", found.d_D)):
        if p == 2:
            assert sent[role]["disc"] == pytest.approx([*x, radius]) and sent[role]["outline"] is None
        else:
            assert sent[role]["disc"] is None
            lengths = np.linalg.norm(np.array(sent[role]["outline"]) - x, ord=p, axis=1)
            assert lengths == pytest.approx(radius)


def test_what_is_infinite_is_not_drawn():
    network = torch.nn.Sequential(torch.nn.Linear(2, 2))
    found = theorem_3_1(network, np.zeros(2), math.inf)
    overlays = certificate_overlays(region_at(network, np.zeros(2)), found, math.inf, Plane.identity(), WINDOW)
    assert [ball.role for ball in overlays.balls] == ["d_D"]
    assert overlays.witness == pytest.approx(tuple(found.witness))
