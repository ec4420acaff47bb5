"""LP against dual on the same bounds: never below it, and equal where no unit is unstable."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import LpGap, complete, lp_gap, margins
from geometry import distances
from tests.strategies import boxes, mlp, mlps, points

LP_NORMS = st.sampled_from([1, math.inf])


@given(mlps(3, depth=2, width=6), LP_NORMS, st.booleans(), st.sampled_from(["fast-lin", "crown"]), st.data())
@settings(deadline=None, max_examples=10)
def test_the_lp_is_never_below_the_dual_nor_above_what_the_network_reaches(case, p, boxed, method, data):
    x = data.draw(points(case.input_shape, 2))
    box = data.draw(boxes(x)) if boxed else None
    labels = case.network(torch.from_numpy(x)).argmax(1)
    found = complete(lp_gap(case.network, x, labels, 0.3, p, method=method, box=box))
    scale = 1e-6 * (1 + np.abs(found.reached))
    assert (found.lp >= found.dual - scale).all() and (found.gap >= 0).all()
    assert (found.lp <= found.reached + scale).all()
    assert (np.abs(found.gap[found.exact]) <= scale[found.exact]).all()
    np.testing.assert_allclose(found.dual, margins(case.network, x, labels, 0.3, p, method, box), atol=1e-9)


@given(mlps(3, depth=2, width=6), LP_NORMS, st.data())
@settings(deadline=None, max_examples=10)
def test_no_gap_while_no_unit_can_switch(case, p, data):
    x = data.draw(points(case.input_shape, 1))
    eps = min(float(distances(case.network, x, p).d_B[0]), 10.0) * (1 - 1e-9)
    labels = case.network(torch.from_numpy(x)).argmax(1)
    found = complete(lp_gap(case.network, x, labels, eps, p))
    np.testing.assert_allclose(found.lp, found.dual, atol=1e-6 * (1 + np.abs(found.dual).max()))
    assert found.exact.all()


def test_a_run_can_be_saved_and_resumed():
    network, x = mlp([3, 6, 6, 3], 1), np.random.default_rng(0).uniform(-1, 1, (3, 3))
    question = (network, x, network(torch.from_numpy(x)).argmax(1), 0.3, math.inf)
    steps = list(lp_gap(*question))
    file = io.BytesIO()
    steps[1].save(file)
    file.seek(0)
    resumed = complete(lp_gap(*question, resume=LpGap.load(file)))
    np.testing.assert_array_equal(resumed.lp, steps[-1].lp)
    assert (resumed.lp - resumed.dual).max() > 1e-3  # the network is one on which the two differ


def test_there_is_no_linear_program_for_l2():
    with pytest.raises(ValueError, match="lp knows the norms"):
        lp_gap(mlp([2, 4, 2], 0), np.zeros((1, 2)), [0], 0.1, 2)
