"""Robust error at one eps: states agree with exact distances, cheap methods come first, a search ends in four ways."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import (
    CERTIFICATES,
    METHODS,
    Answers,
    all_answers,
    carried_out,
    margins,
    minimal_perturbation,
    robust_error_run,
)
from certify.exact.verify import verify
from certify.staged_runs import robust_error
from certify.staged_runs.robust_error import STATES
from tests.strategies import boxes, degenerate_mlps, mlp, mlps, norms, points


def some_labels(network: torch.nn.Module, x: np.ndarray) -> np.ndarray:
    """The predicted classes, every third one changed."""
    predicted = network(torch.from_numpy(x)).argmax(1).numpy()
    changed = np.arange(len(x)) % 3 == 2
    return np.where(changed, (predicted + 1) % network[-1].out_features, predicted)


@given(
    st.one_of(mlps(2, depth=2, width=5), degenerate_mlps(depth=2, width=4)),
    norms(),
    st.booleans(),
    st.sampled_from([0.0, 0.05, 0.3]),
    st.data(),
)
@settings(deadline=None, max_examples=10)
def test_every_state_is_true_of_the_exact_distance(case, p, boxed, eps, data):
    x = data.draw(points(case.input_shape, 4))
    box = data.draw(boxes(x)) if boxed else None
    labels = some_labels(case.network, x)
    found = all_answers(robust_error_run(case.network, x, labels, eps, p, box=box, exact=1.0))
    predicted = case.network(torch.from_numpy(x)).argmax(1).numpy()
    exact = minimal_perturbation(case.network, x, p, labels=labels, box=box, time_limit=1.0)
    for i, state in enumerate(found["state"]):
        assert (state == "wrong") == (predicted[i] != labels[i])
        if state == "proved":
            assert exact[i].upper > eps
        if state == "attacked":
            assert exact[i].lower <= eps
    assert set(found["state"]) <= set(STATES)


def test_a_point_is_proved_where_the_margins_of_one_of_the_methods_are_positive():
    network, x = mlp([3, 10, 10, 3], 4), np.random.default_rng(1).uniform(-1, 1, (30, 3))
    labels = some_labels(network, x)
    for methods in (["interval"], ["fast-lin", "crown"], []):
        found = all_answers(robust_error_run(network, x, labels, 0.1, math.inf, methods=methods, attack=""))
        positive = np.zeros(len(x), dtype=bool)
        for method in methods:
            least = margins(network, x, labels, 0.1, math.inf, method).numpy()
            least[np.arange(len(x)), labels] = np.inf
            positive |= least.min(axis=1) > 0
        right = network(torch.from_numpy(x)).argmax(1).numpy() == labels
        np.testing.assert_array_equal(found["state"] == "proved", positive & right)
        assert set(found["by"][found["state"] == "proved"]) <= set(methods)


def test_methods_run_from_cheap_to_dear_on_what_is_still_open():
    network, x = mlp([3, 30, 30, 3], 4), np.random.default_rng(1).uniform(-1, 1, (40, 3))
    run = robust_error_run(
        network, x, some_labels(network, x), 0.1, math.inf, methods=["alpha-crown", "crown", "interval"], exact=5.0
    )
    assert [stage.name for stage in run.stages] == ["prediction", "interval", "crown", "pgd", "alpha-crown", "exact"]
    seen = dict(carried_out(run))  # the answers at the end of each stage
    for number in range(1, len(run.stages)):
        np.testing.assert_array_equal(seen[number].done[:, number], seen[number - 1]["state"] == "open")


def test_the_summary_counts_the_points():
    network, x = mlp([3, 10, 10, 3], 4), np.random.default_rng(1).uniform(-1, 1, (30, 3))
    run = robust_error_run(network, x, some_labels(network, x), 0.2, math.inf)
    found = all_answers(run)
    summary, states = run.summary(found), found["state"]
    wrong, attacked, open_ = ((states == state).mean() for state in ("wrong", "attacked", "open"))
    assert summary["clean error"] == pytest.approx(wrong)
    assert summary["robust error, at least"] == pytest.approx(wrong + attacked)
    assert summary["robust error, at most"] == pytest.approx(wrong + attacked + open_)


def test_a_certificate_proves_nothing_at_its_own_radius():
    network, x = mlp([2, 8, 2], 5), np.array([[0.3, -0.2]])
    labels = network(torch.from_numpy(x)).argmax(1).numpy()
    radius = float(CERTIFICATES["simplex"].run(robust_error_run(network, x, labels, 0.0, 2).points)[0])
    for eps, state in ((radius, "open"), (np.nextafter(radius, 0), "proved")):
        found = all_answers(robust_error_run(network, x, labels, eps, 2, methods=["simplex"], attack=""))
        assert found["state"].tolist() == [state]


# How a search ends


def searched(seconds: float = 5.0) -> Answers:
    """Two points of which no method but the exact search is asked."""
    network, x = mlp([2, 8, 2], 5), np.array([[0.3, -0.2], [0.1, 0.1]])
    labels = network(torch.from_numpy(x)).argmax(1).numpy()
    return all_answers(robust_error_run(network, x, labels, 0.05, 2, methods=[], attack="", exact=seconds))


def test_a_search_that_decides_names_its_method():
    found = searched()
    assert set(found["state"]) <= {"proved", "attacked"} and set(found["search"]) == {"decided"}
    assert all(found["by"])


def test_a_search_that_runs_out_of_time_is_a_timeout():
    found = searched(1e-9)
    assert found["search"].tolist() == ["timeout"] * 2 and found["state"].tolist() == ["open"] * 2


def test_a_search_with_nothing_left_to_try_is_unknown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("certify.exact.verify._Climb._rungs", lambda climb: iter(()))
    found = searched()
    assert found["search"].tolist() == ["unknown"] * 2 and found["state"].tolist() == ["open"] * 2


def test_a_search_that_fails_is_an_error_of_its_point_alone(monkeypatch: pytest.MonkeyPatch):
    def failing(network, x, *args, **options):
        if x[0, 0] > 0.2:
            raise MemoryError("no room for the solver")
        return verify(network, x, *args, **options)

    monkeypatch.setattr(robust_error, "verify", failing)
    found = searched()
    assert found["search"].tolist() == ["error", "decided"] and found["state"][0] == "open"
    assert found["note"].tolist() == ["MemoryError: no room for the solver", ""]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"methods": ["best"]}, "method must be one of"),
        ({"methods": ["lp"], "p": 2}, "lp knows the norms"),
        ({"methods": ["decision-boundary"]}, "two layers and p = 2"),
        ({"methods": ["simplex"], "covers": "float32"}, "speaks of real arithmetic"),
        ({"attack": "cw"}, "that measures in linf"),
        ({"exact": -1.0}, "at least 0 seconds"),
        ({"eps": math.inf}, "finite"),
        ({"labels": [0, 3]}, r"labels must lie in 0\.\.1, got 3"),
        ({"box": (0, 0.2)}, "outside"),
    ],
)
def test_what_does_not_fit_is_refused(options, message):
    question = {"labels": [0, 1], "eps": 0.1, "p": math.inf} | options
    x = np.array([[0.3, 0.1], [0.1, 0.1]])
    with pytest.raises(ValueError, match=message):
        robust_error_run(mlp([2, 8, 8, 2], 5), x, **question)


def test_every_bound_can_be_asked_for():
    network, x = mlp([2, 4, 2], 5), np.array([[0.3, -0.2]])
    for method in METHODS:
        all_answers(robust_error_run(network, x, [0], 0.05, METHODS[method].norms[-1], methods=[method], attack=""))
