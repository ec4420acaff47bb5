"""Runs of radii, of detection and of tightness agree with the functions that compute them at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from certify import (
    all_answers,
    certified_radius,
    complete,
    detection,
    detection_run,
    radius_run,
    tightness,
    tightness_run,
)
from tests.strategies import mlp, mlps, norms, points


@given(mlps(2), norms())
@settings(deadline=None, max_examples=5)
def test_radii_are_those_of_the_methods(case, p):
    x = np.random.default_rng(0).uniform(-1, 1, (5, 2))
    run = radius_run(case.network, x, p, methods=["crown", "simplex"])
    found = all_answers(run)
    for method in ("crown", "simplex"):
        np.testing.assert_array_equal(found[f"radius {method}"], certified_radius(case.network, x, p, method).numpy())
    np.testing.assert_array_equal(found["predicted"], case.network(torch.from_numpy(x)).argmax(1).numpy())
    assert run.summary(found)["mean radius crown"] == pytest.approx(found["radius crown"].mean())


def test_detection_is_that_of_the_grid_at_one_eps():
    network, x = mlp([2, 12, 12, 2], 3), np.random.default_rng(0).uniform(-1, 1, (20, 2))
    run = detection_run(network, x, 0.5, 2)
    found, grid = all_answers(run), complete(detection(network, x, [0.5], 2))
    np.testing.assert_array_equal(found["flagged"], grid.flagged[:, 0])
    np.testing.assert_array_equal(found["attacked"], grid.attacked[:, 0])
    np.testing.assert_array_equal(found["caught"], grid.attacked[:, 0] & grid.caught[:, 0])
    summary = run.summary(found)
    assert summary["flagged"] == grid.flagged.mean() and summary["flagged of these"] == 1.0


def test_tightness_is_that_of_the_class_with_the_least_bound():
    network, x = mlp([2, 12, 12, 4], 3), np.random.default_rng(0).uniform(-1, 1, (20, 2))
    classes = network(torch.from_numpy(x)).argmax(1).numpy()
    found = all_answers(tightness_run(network, x, 0.2, math.inf, method="crown"))
    measured = tightness(network, x, classes, 0.2, math.inf, "crown")
    for i, label in enumerate(classes):
        bounds = np.delete(measured.bound[i], label)
        assert found["bound"][i] == bounds.min()
        assert found["gap"][i] == measured.gap[i, found["other"][i]]
        assert found["tight"][i] == measured.exact[i, found["other"][i]]
    assert (found["other"] != classes).all() and 0 < found["tight"].sum() < len(x)


@given(mlps(2), points((2,), 3))
@settings(deadline=None, max_examples=5)
def test_no_bound_is_above_what_the_network_reaches(case, x):
    found = all_answers(tightness_run(case.network, x, 0.2, math.inf))
    assert (found["gap"] >= -1e-9).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda network, x: radius_run(network, x, 2, methods=["lp"]), "lp knows the norms"),
        (lambda network, x: radius_run(network, x, 1, methods=["decision-boundary"]), "p = 2"),
        (lambda network, x: detection_run(network, x, 0.1, 1, attack="cw"), "measures in l1"),
        (lambda network, x: detection_run(network, x, 0.1, 2, method="best"), "method must be one of"),
        (lambda network, x: tightness_run(network, x, 0.1, 2, method="interval"), "tightness is tested for"),
        (lambda network, x: tightness_run(network, x[:, :1], 0.1, 2), "shape"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(mlp([2, 8, 2], 5), np.zeros((2, 2)))
