"""What is computed at one ε: the attacks of the norm and the gap, those that take long last, or not at all."""

from __future__ import annotations

import math

import numpy as np
import pytest

from certify.attacks import ATTACKS
from certify.bounds.methods import METHODS
from geometry import as_network
from pages.certify.runs import RunSettings, affordable_attacks, at_eps
from pages.shared.network_and_data import NetworkAndData
from tests.strategies import mlp

X = np.random.default_rng(0).uniform(0, 1, (6, 2))
CHOSEN = NetworkAndData(as_network(mlp([2, 4, 3], 0), (2,)), "title", X, np.arange(6) % 3, None, {}, in_link=True)


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_attacks_that_may_take_minutes_come_after_the_linear_programs(p):
    parts = at_eps(CHOSEN, RunSettings(p, None, ("crown",), "pgd", 4, (0.0, 0.1)), 0.05, {})(lambda: False)
    names = list(dict.fromkeys(name for name, _ in parts))
    of_norm = [name for name, method in ATTACKS.items() if p in method.norms]
    linear_programs = ["gap"] if p in METHODS["lp"].norms else []
    assert names == [
        *(name for name in of_norm if not ATTACKS[name].timed),
        *linear_programs,
        *(name for name in of_norm if ATTACKS[name].timed),
    ]


def test_an_attack_that_takes_minutes_for_an_image_of_a_network_is_not_tried():
    wide = as_network(mlp([784, 300, 10], 0), (784,))
    assert "linear-region" not in affordable_attacks(wide, math.inf)
    assert "pgd" in affordable_attacks(wide, math.inf)
