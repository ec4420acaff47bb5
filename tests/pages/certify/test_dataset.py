"""The key of a run over a data set depends on everything that its answers depend on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from geometry import as_network
from pages.certify.dataset import eps_grid, run_key
from pages.certify.runs import RunSettings
from pages.shared.network_and_data import NetworkAndData
from tests.strategies import mlp

X = np.random.default_rng(0).uniform(0, 1, (6, 2))
CHOSEN = NetworkAndData(as_network(mlp([2, 4, 3], 0), (2,)), "title", X, np.arange(6) % 3, None, {}, in_link=True)
ASKED = RunSettings(2, None, ("crown",), "pgd", 4, (0.0, 0.1))


@pytest.mark.parametrize(
    ("chosen", "asked"),
    [
        (replace(CHOSEN, x=X[::-1]), ASKED),  # other images of the same name
        (replace(CHOSEN, y=CHOSEN.y[::-1]), ASKED),
        (replace(CHOSEN, network=as_network(mlp([2, 4, 3], 1), (2,))), ASKED),
        (CHOSEN, replace(ASKED, points=5)),
        (CHOSEN, replace(ASKED, box=(0.0, 1.0))),
        (CHOSEN, replace(ASKED, grid=(0.0, 0.2))),
    ],
    ids=["points", "labels", "network", "how many", "box", "grid"],
)
def test_runs_whose_answers_differ_have_keys_that_differ(chosen, asked):
    assert run_key(chosen, asked) != run_key(CHOSEN, ASKED)


def test_points_that_are_not_used_do_not_count():
    assert run_key(replace(CHOSEN, x=np.concatenate([X[:4], 9 * X])), ASKED) == run_key(CHOSEN, ASKED)


@pytest.mark.parametrize("reach", [0.9, 0.3, 0.2, 20.0])
def test_the_radii_of_a_run_are_decimals(reach: float) -> None:
    grid = eps_grid(reach, 40)
    assert grid == tuple(float(Decimal(str(reach)) * step / 40) for step in range(41))
    assert eps_grid(0.9, 40)[3] == 0.0675
