"""The best of the cheap methods: never looser than any of them, tighter on deep networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import bounds, certified_radius, margins
from tests.strategies import boxes, conv_networks, degenerate_mlps, mlp, mlps, norms, points, unit_networks

PARTS = ("interval", "fast-lin", "crown", "crown-interval")


@given(
    st.one_of(mlps(3), degenerate_mlps(), conv_networks(), unit_networks()),
    norms(),
    st.floats(0.01, 1),
    st.booleans(),
    st.data(),
)
@settings(deadline=None, max_examples=12)
def test_no_bound_and_no_margin_is_looser_than_that_of_any_of_its_parts(case, p, eps, boxed, data):
    x = data.draw(points(case.input_shape, 2))
    box = data.draw(boxes(x)) if boxed else None
    labels = case.network(torch.from_numpy(x)).argmax(1)
    best, least = (
        bounds(case.network, x, eps, p, "best-of-cheap", box),
        margins(case.network, x, labels, eps, p, "best-of-cheap", box),
    )
    for part in PARTS:
        for (lower, upper), (low, high) in zip(best, bounds(case.network, x, eps, p, part, box)):
            slack = 1e-9 * (1 + low.abs() + high.abs())
            assert (lower >= low - slack).all() and (upper <= high + slack).all()
        parts = margins(case.network, x, labels, eps, p, part, box)
        assert (least >= parts - 1e-9 * (1 + parts.abs())).all()


@pytest.mark.slow
def test_on_a_deep_network_layers_help_each_other():
    network, x = mlp([4, *[12] * 5, 3], 5), np.random.default_rng(0).uniform(-1, 1, (4, 4))
    widths = {part: _width(bounds(network, x, 0.2, 2, part)) for part in (*PARTS, "best-of-cheap")}
    assert widths["best-of-cheap"] < 0.95 * min(widths[part] for part in PARTS)
    radii = certified_radius(network, x, 2, "best-of-cheap")
    assert (radii >= certified_radius(network, x, 2, "crown") * (1 - 1e-9)).all()
    assert (radii > certified_radius(network, x, 2, "crown") * 1.01).any()


def _width(layers: list[tuple[torch.Tensor, torch.Tensor]]) -> float:
    return (layers[-1][1] - layers[-1][0]).mean().item()
