"""Boxes: what is accepted, and what is refused with which words."""

import math

import numpy as np
import pytest
import torch

from geometry.box import as_box


def test_numbers_and_arrays_spread_to_the_input_shape():
    box = as_box((0, torch.ones(2, 2)), (3, 2, 2))
    assert box.lo.shape == box.hi.shape == (3, 2, 2)
    assert as_box(box, (12,)).lo.shape == (12,)


def test_infinite_bounds_are_none():
    assert as_box((-math.inf, math.inf), (2,)).contains(np.array([[1e300, -1e300]])).all()


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((1, 0), "lo 1 > hi 0"),
        (([0, 0.5], [1, 0.25]), "coordinate 1"),
        ((0, math.nan), "NaN"),
        ((0, np.ones(3)), "shape"),
        ((0, 1, 2), r"\(lo, hi\)"),
        (1, r"\(lo, hi\)"),
    ],
)
def test_a_box_that_is_none_is_refused(box, message):
    with pytest.raises(ValueError, match=message):
        as_box(box, (2,))


def test_a_point_outside_is_named():
    with pytest.raises(ValueError, match=r"1 of 2 points.*point 1.*1\.5 at coordinate 0"):
        as_box((0, 1), (2,)).require(np.array([[0, 1], [1.5, 0.5]]))
