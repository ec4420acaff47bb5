"""The key of a data set depends on everything that its pictures and its training depend on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.data.toy import Dataset

DATA = Dataset(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1]), "points.csv", (-1.0, 2.0, -1.0, 2.0))


@pytest.mark.parametrize(
    "other",
    [
        replace(DATA, x=DATA.x + 1),
        replace(DATA, y=1 - DATA.y),
        replace(DATA, window=(-9.0, 9.0, -9.0, 9.0)),
        replace(DATA, classes=3),
        replace(DATA, name="others.csv"),
    ],
    ids=["points", "labels", "window", "classes", "name"],
)
def test_data_sets_that_differ_have_keys_that_differ(other):
    assert other.key != DATA.key


def test_equal_data_sets_have_one_key():
    assert replace(DATA, x=DATA.x.copy()).key == DATA.key
