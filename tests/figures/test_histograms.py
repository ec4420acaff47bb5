"""Every region and every point is counted once."""

from __future__ import annotations

import math

import numpy as np

from figures.histograms import area_histogram, distance_histogram


def test_every_area_is_counted_once():
    areas = np.random.default_rng(0).lognormal(-5, 4, 1000)
    assert sum(area_histogram(areas).data[0].y) == 1000


def test_infinite_distances_are_left_out():
    both = distance_histogram(np.array([0.1, 0.2, math.inf]), np.array([0.3, math.inf, math.inf]))
    assert [sum(bars.y) for bars in both.data] == [2, 1]


def test_equal_and_missing_values_still_make_a_picture():
    assert sum(area_histogram(np.full(3, 0.25)).data[0].y) == 3
    assert sum(distance_histogram(np.array([math.inf]), np.array([0.0])).data[0].y) == 0
