"""The shipped properties say of ACAS Xu's network what the published tools say of the original's."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from certify.properties.decision import decide_property
from certify.properties.vnnlib import read_vnnlib
from models.vectors.properties import SHIPPED_PROPERTIES
from models.vectors.shipped import load_vector_network

EXPECTED = {"1": "holds", "3": "holds", "plane": "holds", "wide": "violated"}  # 1 and 3: Katz et al. (2017), table 2


@pytest.mark.parametrize("name", SHIPPED_PROPERTIES)
def test_the_search_decides_as_is_published_and_as_samples_say(name: str) -> None:
    one = SHIPPED_PROPERTIES[name]
    shipped, prop = load_vector_network(one.network), read_vnnlib(one.file)
    decision = decide_property(shipped.network.double(), prop, shipped.input_shape, time_limit=120)
    assert decision.status == EXPECTED[name]
    (case,) = prop.cases
    low, high = (np.array([float(bound[end]) for bound in case.box]) for end in (0, 1))
    x = np.random.default_rng(0).uniform(low, high, (20_000, len(low)))
    with torch.no_grad():
        outputs = shipped.network.double()(torch.from_numpy(x.reshape(-1, *shipped.input_shape))).numpy()
    sides = [
        sum(float(factor) * outputs[:, place] for place, factor in side.coefficients.items()) + float(side.constant)
        for side in case.inequalities
    ]
    assert bool((np.min(sides, axis=0) > 0).any()) == (EXPECTED[name] == "violated")


def test_property_1_is_about_the_original_score() -> None:
    """The shipped network's outputs are the negated scores: a score above 1500 is an output below -1500."""
    (case,) = read_vnnlib(SHIPPED_PROPERTIES["1"].file).cases
    (side,) = case.inequalities
    assert side.coefficients == {0: Fraction(-1)} and side.constant == -1500
