"""Bounds of hidden layers: each sample's own, whatever else is in its batch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from certify import METHODS
from certify.bounds.proof import proved_margins
from certify.perturbation.arithmetic import FLOAT32, REAL
from certify.perturbation.points import checked_points
from tests.strategies import mlp


def leaky(widths: list[int], seed: int) -> nn.Sequential:
    return nn.Sequential(*(nn.LeakyReLU(0.2) if isinstance(part, nn.ReLU) else part for part in mlp(widths, seed)))


@pytest.mark.parametrize("covered", [REAL, FLOAT32], ids=["real", "float32"])
@pytest.mark.parametrize("network", [mlp([3, 20, 20, 20, 3], 1), leaky([3, 20, 20, 20, 3], 2)], ids=["relu", "leaky"])
@pytest.mark.parametrize("method", METHODS)
def test_a_proved_margin_does_not_depend_on_the_other_points_of_its_batch(method, network, covered):
    """A point with few open units beside one with many; only the order of sums may differ."""
    n = 6 if method in ("lp", "alpha-crown", "sdp-crown") else 20
    p = math.inf if method == "lp" else 2
    rng = np.random.default_rng(0)
    points, eps = checked_points(network, rng.uniform(-1, 1, (n, 3)), None, p, None), 10 ** rng.uniform(-4, 0, n)
    labels, run = torch.from_numpy(points.labels), METHODS[method].run
    whole = proved_margins(points.exact, points.ball(eps), labels, run, covered)
    for i in range(n):
        part = slice(i, i + 1)
        alone = proved_margins(points.exact, points[part].ball(eps[part]), labels[part], run, covered)
        torch.testing.assert_close(whole[part], alone, rtol=1e-11, atol=1e-11 if method != "lp" else 1e-7)
