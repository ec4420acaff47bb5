"""Tight's regularizers are what the certifier says of each point and class, and lie where the paper puts them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import tightness
from models.networks.builders import tight_network
from models.objectives import Progress, make_objective
from tests.strategies import networks, norms, points

END = Progress(1.0, 1.0)


@settings(deadline=None, max_examples=30)
@given(networks(), norms(), st.floats(0.01, 0.5), st.sampled_from(["fast-lin", "crown-ibp"]), st.booleans(), st.data())
def test_d_and_r_are_the_certifiers_gap_and_distance(case, p, eps, bound, boxed, data):
    x = torch.from_numpy(data.draw(points(case.input_shape, 2)))
    box = (float(x.min()) - 0.1, float(x.max()) + 0.1) if boxed else None
    y = case.network(x).argmax(1)
    method = {"fast-lin": "fast-lin", "crown-ibp": "crown-interval"}[bound]
    expected = tightness(case.network, x, y, eps, p, method, box)
    objective = make_objective("tight-d", eps=eps, p=p, box=box, bound=bound, lam=2.0, gamma=3.0)
    found = objective(case.network, x, y, END, torch.Generator())
    scale = 1 + np.abs(expected.bound).max() + expected.distance.max()
    for name, weight, values in (("d", 2, expected.gap), ("r", 3, expected.distance)):
        np.testing.assert_allclose(
            float(found[name].detach()), weight * values.sum(1).mean(), rtol=1e-9, atol=1e-9 * scale
        )


def test_both_are_zero_on_the_papers_network_though_two_units_are_unstable():
    x, y = torch.tensor([[0.1, 0.42]]), torch.tensor([1])
    for name in ("tight-d", "tight-r"):
        terms = make_objective(name, eps=0.2, p=math.inf)(tight_network(), x, y, END, torch.Generator())
        assert float(terms["d"].detach()) == pytest.approx(0, abs=1e-7)
        assert float(terms["r"].detach()) == pytest.approx(0, abs=1e-7)


def test_each_has_the_papers_weight_on_its_own_term():
    d, r = make_objective("tight-d"), make_objective("tight-r")
    assert (d.lam > 0, d.gamma, r.lam, r.gamma > 0) == (True, 0, 0, True)
