"""Without the inputs of a pooling window that win nowhere, the map of regions is the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from geometry.network.network import as_network
from geometry.plane import Plane
from geometry.regions import losers
from geometry.regions.enumerate import enumerate_regions
from geometry.regions.evaluation.exact_plane import ExactPlane
from geometry.regions.losers import possible_winners
from tests.geometry.regions.test_merging import Pooled, plane_of, pooled
from tests.strategies import Case, seeds

SMALL = (-0.2, 0.3, -0.1, 0.3)  # on which many inputs win nowhere


@given(st.booleans().flatmap(lambda integers: st.tuples(pooled(integers), st.just(integers))), seeds)
@settings(max_examples=25, deadline=None)
def test_the_map_is_that_with_all_comparisons(drawn: tuple[Case, bool], seed: int) -> None:
    """With integers, most pixels are 0 on the whole plane, so that many inputs of a window are equal."""
    case, integers = drawn
    plane = plane_of(case, seed, integers)
    regions = enumerate_regions(case.network, SMALL, plane)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(losers, "LARGEST_WORK", -1)
        every = enumerate_regions(case.network, SMALL, plane)
    assert len(regions) == len(every)
    same = every.locate(regions.centroids())
    assert (np.sort(same) == np.arange(len(every))).all()
    np.testing.assert_allclose(regions.areas(), every.areas()[same], rtol=1e-9)
    assert (regions.patterns(np.arange(len(regions))) == every.patterns(same)).all()
    np.testing.assert_allclose(regions.pieces, every.pieces[same], atol=1e-9)


@given(pooled(), seeds)
@settings(max_examples=15, deadline=None)
def test_who_wins_at_a_sample_is_possible(case: Case, seed: int) -> None:
    network, plane = as_network(case.network, case.input_shape), plane_of(case, seed)
    s0, s1, t0, t1 = SMALL
    corners = np.array([(s0, t0), (s1, t0), (s1, t1), (s0, t1)])
    (tournament,) = network.tournaments
    own = slice(0, tournament.units)
    z = network.preactivations(torch.from_numpy(plane.embed(corners)))[0][:, own]
    possible = possible_winners(tournament, z, torch.full_like(z, 1e-12))
    samples = np.random.default_rng(seed).uniform((s0, t0), (s1, t1), (2000, 2))
    inside = nn.functional.pad(network.preactivations(torch.from_numpy(plane.embed(samples)))[0][:, own], (0, 1))
    one, other = tournament.summands()
    values = torch.where(tournament.present, inside[:, one] + inside[:, other], -torch.inf)
    winner = values.argmax(2)
    counts = values.amax(2) > 1e-9 if tournament.rectified else torch.ones_like(winner, dtype=torch.bool)
    assert possible.expand(len(values), -1, -1).gather(2, winner[:, :, None])[:, :, 0][counts].all()


def test_on_a_small_window_few_comparisons_cut_the_plane() -> None:
    """Cells before merging, of a network of 32 windows with 16 inputs each, where nearly all inputs are losers."""
    torch.manual_seed(0)
    network = Pooled(nn.MaxPool2d(4), 18, 2, True).double().eval().requires_grad_(False)
    plane = Plane.through(*np.random.default_rng(0).uniform(0, 1, (3, 1, 18, 18)))
    regions = enumerate_regions(network, (0, 0.5, 0, 0.5), plane)
    cells = len(enumerate_regions(network, (0, 0.5, 0, 0.5), plane, merge=False))
    assert len(regions.levels[-2]) <= 4 * len(regions) < cells / 4


def test_equal_inputs_of_a_window_leave_no_signs_open(monkeypatch) -> None:
    """On an image that is black but for one corner, nearly all comparisons are between equal inputs."""
    torch.manual_seed(0)
    network = Pooled(nn.MaxPool2d(4), 18, 2, True).double().eval().requires_grad_(False)
    images = np.zeros((3, 1, 18, 18))
    images[:, :, :6, :6] = np.random.default_rng(0).uniform(0, 1, (3, 1, 6, 6))
    decided = []
    by_rows = ExactPlane.float_rows
    monkeypatch.setattr(ExactPlane, "float_rows", lambda *a: decided.append(len(a[1])) or by_rows(*a))
    regions = enumerate_regions(network, (-2, 2, -2, 2), Plane.through(*images))
    assert len(regions) > 10 and sum(decided) < 100  # 94,121 with all comparisons
