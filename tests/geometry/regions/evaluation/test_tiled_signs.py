"""The scores that tiles of the last hidden layer find: as near to the exact ones as they say."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry import enumerate_regions
from geometry.regions import tuning
from geometry.regions.evaluation import plane_network
from tests.exact_distances import exact_logits
from tests.geometry.regions.test_enumerate import WINDOW
from tests.strategies import Case, degenerate_mlps, mlp, mlps


@given(st.one_of(mlps(depth=3, width=10), degenerate_mlps(depth=3, width=8)))
@settings(max_examples=15, deadline=None)
def test_scores_at_vertices_are_no_farther_from_the_exact_ones_than_their_bound(case: Case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plane_network, "worth_tiling", lambda layers, points: len(layers) > 0 and points > 4)
        patch.setattr(tuning, "TILE", 8)
        regions = enumerate_regions(case.network, WINDOW)
        logits, errors = regions.vertex_logits, regions.logit_errors
    for vertex in range(0, len(logits), 1 + len(logits) // 40):
        exact = exact_logits(case.network, regions.vertices[vertex].tolist())
        for found, true, error in zip(logits[vertex].tolist(), exact, errors.tolist()):
            assert abs(Fraction(found) - true) <= Fraction(error)


def test_scores_before_the_last_cut_are_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plane_network, "worth_tiling", lambda layers, points: True)
    network = mlp([2, 20, 20, 3], seed=0)
    regions = enumerate_regions(network, WINDOW)
    known = regions.first_logits
    before = len(regions.levels[-2].vertices)
    assert len(known.values) == before < len(regions.vertices)
    asked: list[int] = []
    walk = plane_network.PlaneTiles.walk
    monkeypatch.setattr(
        plane_network.PlaneTiles,
        "walk",
        lambda tiles, points, *rest: asked.append(len(points)) or walk(tiles, points, *rest),
    )
    with torch.no_grad():
        expected = network(torch.from_numpy(regions.vertices)).numpy()
    np.testing.assert_allclose(regions.vertex_logits, expected, atol=1e-9)
    assert asked == [len(regions.vertices) - before]
