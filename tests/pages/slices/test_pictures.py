"""Pictures of planes: what comes before the exact one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from figures.images.slices import COARSE_GRID, FINEST_GRID
from geometry import enumerate_regions
from geometry.network.network import as_network
from geometry.plane import Plane
from pages.region_view.coverage import is_inside, with_margin, without_margin
from pages.slices import pictures
from pages.slices.largest_window import about
from pages.slices.pictures import SlicePicture, steps
from tests.strategies import mlp

WINDOW = (-1.0, 1.0, -1.0, 1.0)


def found(grid: int) -> list[SlicePicture]:
    network = as_network(mlp([2, 12, 12, 3], 0), (2,))
    return [picture for _, picture in steps(network, Plane.identity(), WINDOW, grid=grid)(lambda: False)]


def test_where_the_picture_before_was_found_fast_no_sampled_one_comes_first():
    assert [picture.count is None for picture in found(grid=0)] == [False, False]
    assert [picture.count is None for picture in found(grid=FINEST_GRID)] == [True, False, False]


def test_a_sampled_picture_comes_first_if_it_then_takes_longer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pictures, "QUICK", -1.0)
    shown = found(grid=0)
    assert [picture.count is None for picture in shown] == [True, False, False]
    assert shown[-1].numbers is not None


def test_the_grid_of_the_sampled_picture_follows_how_long_the_one_before_took():
    sampled, exact = found(grid=FINEST_GRID)[:2]
    assert sampled.frame.grid == (FINEST_GRID, FINEST_GRID) and not sampled.last and exact.last
    grids = [replace(exact, work=seconds).grid_before_next(shown=False) for seconds in (0.1, 0.5, 10)]
    assert grids == [0, COARSE_GRID, FINEST_GRID]
    assert replace(exact, work=0.5).grid_before_next(shown=True) == 0  # the view moves: its picture stays meanwhile
    coarse = found(grid=COARSE_GRID)
    assert coarse[0].frame.grid == (COARSE_GRID, COARSE_GRID) and coarse[1].count == exact.count
    assert coarse[0].grid_before_next(shown=False) == COARSE_GRID  # a slider that moves on before the exact one stands


def test_where_there_are_too_many_regions_a_window_with_fewer_is_found(monkeypatch: pytest.MonkeyPatch):
    network = as_network(mlp([2, 12, 12, 3], 0), (2,))
    every = len(enumerate_regions(network, WINDOW))
    monkeypatch.setattr(pictures, "MOST_REGIONS", every - 1)
    monkeypatch.setattr(pictures, "FEWER", every // 2)
    sampled, crowded, with_window = found(grid=FINEST_GRID)
    assert not sampled.too_many and crowded.too_many and crowded.smaller is None
    assert with_window.smaller is not None and with_window.frame is crowded.frame
    s0, s1, t0, t1 = with_window.smaller
    assert len(enumerate_regions(network, with_window.smaller)) <= every // 2
    assert s1 - s0 == pytest.approx(t1 - t0) and (s0 + s1, t0 + t1) == pytest.approx((0, 0))


def test_the_offered_view_lies_about_the_pin_and_asks_for_no_larger_window():
    window = (1.0, 3.0, -1.0, 0.0)
    view = without_margin(window)
    assert is_inside(with_margin(view), window) and not is_inside(window, with_margin(view))
    assert about((0.0, 0.0), view, (-1, 1, -1, 1)) == pytest.approx(
        (-(view[1] - view[0]) / 2, (view[1] - view[0]) / 2, -(view[3] - view[2]) / 2, (view[3] - view[2]) / 2)
    )
    assert about((5.0, 0.0), view, (-1, 1, -1, 1)) == view


def test_areas_come_a_moment_after_the_exact_picture_and_not_where_nobody_waits_for_them():
    network = as_network(mlp([2, 12, 12, 3], 0), (2,))
    made: list[SlicePicture] = []
    for _, picture in steps(network, Plane.identity(), WINDOW, grid=0)(lambda: len(made) > 0):
        made.append(picture)
    assert [(picture.last, picture.numbers) for picture in made] == [(True, None)]
