"""The toy data sets are what their names promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.toy import DATASETS, KW_DISTANCE, TIGHT_GAP, Dataset, check_learnable, window_around

names = st.sampled_from(sorted(DATASETS))
seeds = st.integers(0, 2**32)


@st.composite
def drawn(draw: st.DrawFn) -> Dataset:
    toy = DATASETS[draw(names)]
    classes = draw(st.integers(2, toy.many))
    return toy(draw(st.integers(classes, min(toy.max_size, 300))), seed=draw(seeds), classes=classes)


@settings(deadline=None)
@given(drawn())
def test_every_class_appears_and_every_point_lies_in_the_window(data: Dataset) -> None:
    s0, s1, t0, t1 = data.window
    assert np.array_equal(np.unique(data.y), np.arange(data.classes))
    assert ((data.x > [s0, t0]) & (data.x < [s1, t1])).all()


@pytest.mark.parametrize("name", DATASETS)
def test_the_size_asked_for_is_the_size_given(name: str) -> None:
    assert len(DATASETS[name](17)) == 17


@settings(deadline=None)
@given(names, seeds)
def test_a_seed_repeats_its_points_and_another_gives_others(name: str, seed: int) -> None:
    first, again = DATASETS[name](seed=seed), DATASETS[name](seed=seed)
    assert np.array_equal(first.x, again.x)
    assert np.array_equal(first.y, again.y)
    if name not in ("moons", "circles", "blobs", "spirals"):  # those differ in their noise only
        assert not np.array_equal(first.x, DATASETS[name](seed=seed + 1).x)


@pytest.mark.parametrize("name", ["moons", "circles", "blobs", "spirals", "xor", "mmr"])
@pytest.mark.parametrize("size", [60, 61])
def test_classes_are_balanced_to_one_point(name: str, size: int) -> None:
    counts = np.bincount(DATASETS[name](size).y)
    assert counts.max() - counts.min() <= 1


@settings(deadline=None)
@given(st.integers(2, 20), seeds)
def test_kw_points_are_far_apart(size: int, seed: int) -> None:
    x = DATASETS["kw"](size, seed=seed).x
    apart = np.abs(x[:, None] - x[None]).max(axis=2)[~np.eye(size, dtype=bool)]
    assert apart.min() >= KW_DISTANCE
    assert ((x >= 0) & (x <= 1)).all()


@settings(deadline=None)
@given(seeds)
def test_tight_points_keep_the_gap_to_the_v(seed: int) -> None:
    data = DATASETS["tight"](seed=seed)
    height = data.x[:, 1] - np.abs(data.x[:, 0])
    assert (np.where(data.y == 1, height, -height) >= TIGHT_GAP).all()
    assert (np.abs(data.x) <= 1).all()


def test_without_noise_moons_are_two_half_circles() -> None:
    data = DATASETS["moons"](noise=0.0)
    upper, lower = data.x[data.y == 0], data.x[data.y == 1]
    np.testing.assert_allclose(np.hypot(*(upper - upper[[0, -1]].mean(axis=0)).T), 2 / 3)
    np.testing.assert_allclose(np.hypot(*(lower - lower[[0, -1]].mean(axis=0)).T), 2 / 3)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_without_noise_circles_have_one_radius_for_each_class(classes: int) -> None:
    data = DATASETS["circles"](noise=0.0, classes=classes)
    np.testing.assert_allclose(np.hypot(*data.x.T), (data.y + 1) / classes)


@pytest.mark.parametrize("arms", [2, 3, 6])
def test_without_noise_spirals_differ_by_a_turn_only(arms: int) -> None:
    data = DATASETS["spirals"](30 * arms, noise=0.0, classes=arms)
    as_complex = data.x[:, 0] + 1j * data.x[:, 1]
    for arm in range(arms):
        turned = as_complex[data.y == 0] * np.exp(2j * np.pi * arm / arms)
        np.testing.assert_allclose(as_complex[data.y == arm], turned)


def test_without_noise_xor_is_the_sign_of_the_product() -> None:
    data = DATASETS["xor"](noise=0.0)
    assert np.array_equal(data.y == 1, data.x.prod(axis=1) < 0)


def test_without_noise_each_blob_is_one_point() -> None:
    data = DATASETS["blobs"](noise=0.0, classes=4)
    assert len(np.unique(data.x.round(9), axis=0)) == 4


@pytest.mark.parametrize(
    ("name", "parameters", "named"),
    [
        ("moons", {"size": 1}, "got 1"),
        ("moons", {"size": 10**7}, "10000"),
        ("moons", {"noise": -0.1}, "got -0.1"),
        ("moons", {"noise": float("nan")}, "got nan"),
        ("moons", {"classes": 3}, "got 3"),
        ("blobs", {"classes": 9}, "2..8"),
        ("kw", {"size": 21}, "20"),
        ("kw", {"noise": 0.1}, "no noise"),
        ("xor", {"seed": -1}, "got -1"),
    ],
)
def test_parameters_out_of_range_are_named(name: str, parameters: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        DATASETS[name](**parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "x", [np.zeros((0, 2)), np.zeros((1, 2)), np.full((3, 2), 1e6), np.array([[0, 0], [0, 1e-12]])]
)
def test_a_window_has_area_whatever_the_points(x: np.ndarray) -> None:
    s0, s1, t0, t1 = window_around(x)
    assert s0 < s1
    assert t0 < t1


def test_points_cannot_be_changed_behind_the_sets_back() -> None:
    x = np.zeros((2, 2))
    data = Dataset(x, np.array([0, 1]), "two", (-1, 1, -1, 1))
    x[:] = 5
    assert (data.x == 0).all()
    with pytest.raises(ValueError, match="read-only"):
        data.x[0, 0] = 1


@pytest.mark.parametrize(("count", "named"), [(0, "0 point"), (1, "1 point"), (3, "class 0")])
def test_nothing_to_learn_is_said(count: int, named: str) -> None:
    data = Dataset(np.zeros((count, 2)), np.zeros(count, dtype=int), "mine", (-1, 1, -1, 1))
    with pytest.raises(ValueError, match=named):
        check_learnable(data)
