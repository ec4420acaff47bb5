"""Robust error over a data set: attacks below certificates, curves that never fall, runs that stop and go on."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import CERTIFICATES, certified_radius, complete, margins, robust_error, sorted_radii
from certify.dataset.robust_error import RobustError
from tests.strategies import boxes, degenerate_mlps, mlp, mlps, norms, points

GRID = np.array([0.0, 0.02, 0.1, 0.3, 1.0])
CHEAP_METHODS = ("simplex", "interval", "fast-lin", "crown", "crown-interval")


def some_labels(network, x, seed):
    """The predicted classes, with about every third one changed."""
    rng = np.random.default_rng(seed)
    predicted = network(torch.from_numpy(x)).argmax(1).numpy()
    classes = network[-1].out_features
    return np.where(rng.random(len(x)) < 0.3, (predicted + 1) % classes, predicted)


@given(st.one_of(mlps(3), degenerate_mlps()), norms(), st.booleans(), st.data())
@settings(deadline=None, max_examples=8)
def test_attacks_break_no_more_than_certificates_leave_open_and_no_curve_falls(case, p, boxed, data):
    x = data.draw(points(case.input_shape, 4))
    box = data.draw(boxes(x)) if boxed else None
    labels = some_labels(case.network, x, 0)
    found = complete(
        robust_error(case.network, x, labels, GRID, p, methods=CHEAP_METHODS, attack="i-fgsm", box=box, chunk=3)
    )
    lower = found.lower()
    assert found.complete and (np.diff(lower) >= 0).all()
    for method in CHEAP_METHODS:
        upper = found.upper(method)
        assert (lower <= upper).all() and (np.diff(upper) >= 0).all()
        assert lower[0] == upper[0] == found.clean
    wrong = case.network(torch.from_numpy(x)).argmax(1).numpy() != labels
    assert found.clean == wrong.mean()


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_the_curve_of_a_method_is_its_own_margins_signs_where_those_are_monotone(p):
    network, x = mlp([3, 10, 10, 3], 4), np.random.default_rng(1).uniform(-1, 1, (10, 3))
    labels = some_labels(network, x, 1)
    found = complete(robust_error(network, x, labels, GRID, p, methods=["fast-lin"], attack=""))
    for eps, error in zip(GRID, found.upper("fast-lin")):
        least = margins(network, x, labels, eps, p, "fast-lin").numpy()
        least[np.arange(len(x)), labels] = np.inf
        assert error == (least.min(axis=1) <= 0).mean()
    assert np.isinf(found.attacked[found.predicted == found.labels]).all()


def test_a_certificates_curve_counts_its_radii():
    network, x = mlp([3, 10, 10, 3], 4), np.random.default_rng(1).uniform(-1, 1, (10, 3))
    labels = some_labels(network, x, 1)
    found = complete(robust_error(network, x, labels, GRID, 2, methods=["simplex"], attack=""))
    radii = certified_radius(network, x, 2, "simplex", labels).numpy()
    wrong = found.predicted != labels
    np.testing.assert_array_equal(found.upper("simplex"), [(wrong | ((radii <= e) & (e > 0))).mean() for e in GRID])


def test_a_run_that_was_stopped_saved_and_resumed_equals_an_uninterrupted_one():
    network, x = mlp([2, 8, 8, 3], 5), np.random.default_rng(2).uniform(-1, 1, (9, 2))
    labels = some_labels(network, x, 2)
    question = (network, x, labels, GRID, math.inf)
    chosen = {"methods": ["crown"], "attack": "i-fgsm", "chunk": 2}
    whole = complete(robust_error(*question, **chosen))
    seen = []
    partial = complete(robust_error(*question, **chosen, cancelled=lambda: len(seen) == 3), seen.append)
    assert [known.done for known in seen] == [0, 2, 4] and not partial.complete
    file = io.BytesIO()
    partial.save(file)
    file.seek(0)
    resumed = complete(robust_error(*question, **chosen, resume=RobustError.load(file)))
    assert (resumed.methods, resumed.attack, resumed.p) == (("crown",), "i-fgsm", math.inf)
    for name in ("eps", *RobustError.columns):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(whole, name))
    with pytest.raises(ValueError, match="another network"):
        robust_error(mlp([2, 8, 8, 3], 6), *question[1:], **chosen, resume=partial)


def test_a_file_of_something_else_is_refused():
    file = io.BytesIO()
    np.savez(file, eps=np.zeros(3))
    for content in (file.getvalue(), b"", b"no archive at all"):
        with pytest.raises(ValueError):
            RobustError.load(io.BytesIO(content))


def test_no_points_have_no_error():
    found = complete(robust_error(mlp([2, 4, 2], 0), np.zeros((0, 2)), np.zeros(0, int), GRID, 2))
    assert found.complete and np.isnan(found.clean) and np.isnan(found.lower()).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"eps": [0.2, 0.1]},
        {"eps": [-0.1]},
        {"eps": math.nan},
        {"eps": []},
        {"methods": ["best"]},
        {"attack": "guess"},
        {"attack": "cw", "p": 1},
        {"methods": ["lp"], "p": 2},
        {"labels": [0, 9]},
        {"chunk": 0},
    ],
)
def test_a_question_that_makes_no_sense_is_refused_at_once(wrong):
    question = {"labels": [0, 1], "eps": 0.1, "p": 2} | wrong
    with pytest.raises(ValueError):
        robust_error(mlp([2, 4, 2], 0), np.zeros((2, 2)), **question)


@pytest.mark.parametrize("method", ["fast-lin", "simplex"])
def test_sorted_radii_are_the_certified_radii_of_the_predicted_classes(method):
    network, x = mlp([2, 8, 8, 3], 5), np.random.default_rng(3).uniform(-1, 1, (7, 2))
    labels = some_labels(network, x, 3)
    found = complete(sorted_radii(network, x, labels, 2, method, chunk=3))
    np.testing.assert_allclose(found.radii, certified_radius(network, x, 2, method).numpy(), rtol=1e-9)
    np.testing.assert_array_equal(found.correct, network(torch.from_numpy(x)).argmax(1).numpy() == labels)
    assert (np.diff(found.radii[found.order]) >= 0).all()
    assert method in CERTIFICATES or found.radii.all()
