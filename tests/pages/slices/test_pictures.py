"""Pictures of planes: what comes before the exact one."""

from __future__ import annotations

import pytest

from geometry.network.network import as_network
from geometry.plane import Plane
from pages.slices import pictures
from pages.slices.pictures import SlicePicture, steps
from tests.strategies import mlp

WINDOW = (-1.0, 1.0, -1.0, 1.0)


def found(quick: bool) -> list[SlicePicture]:
    network = as_network(mlp([2, 12, 12, 3], 0), (2,))
    return [picture for _, picture in steps(network, Plane.identity(), WINDOW, quick=quick)(lambda: False)]


def test_where_the_picture_before_was_found_fast_no_sampled_one_comes_first():
    assert [picture.count is None for picture in found(quick=True)] == [False, False]
    assert [picture.count is None for picture in found(quick=False)] == [True, False, False]


def test_a_sampled_picture_comes_first_if_it_then_takes_longer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pictures, "QUICK", -1.0)
    shown = found(quick=True)
    assert [picture.count is None for picture in shown] == [True, False, False]
    assert shown[-1].numbers is not None
    assert not shown[-1].quick
