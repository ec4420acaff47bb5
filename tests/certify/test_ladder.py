"""The ladder: every lower bound <= exact <= every attack, on every kind of question."""

from __future__ import annotations

import importlib
import math
import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import STEPS, affordable, applicable, ladder, minimal_perturbation
from certify.rungs import expected_seconds
from figures.certify.best_bounds import best_bounds
from geometry import as_network, distances
from tests.slow import others_slow
from tests.strategies import Case, boxes, degenerate_mlps, mlp, mlps, norms, points

ladder_module = importlib.import_module("certify.ladder")
CHEAP = ("simplex", "interval", "crown-interval", "fast-lin", "crown", "fgsm", "deepfool", "exact")
SLACK = 1 + 1e-6


@given(st.one_of(mlps(2, depth=2, width=6), degenerate_mlps(depth=2, width=5)), norms(), st.booleans(), st.data())
@settings(deadline=None, max_examples=8)
def test_every_lower_bound_is_below_the_exact_value_and_every_attack_above(case: Case, p, boxed, data):
    x = data.draw(points(case.input_shape, 1))
    box = data.draw(boxes(x)) if boxed else None
    label = case.network(torch.from_numpy(x)).argmax(1)
    rungs = list(ladder(case.network, x, p, box=box, methods=CHEAP, time_limit=5, whole=True))
    assert {rung.name for rung in rungs} == set(CHEAP)
    exact = [rung for rung in rungs if rung.name == "exact"][-1]
    assert exact.kind == "exact" and exact.final
    for rung in rungs:
        assert rung.lower <= exact.upper * SLACK and exact.lower <= rung.upper * SLACK
        if rung.kind != "exact":
            assert rung.kind == STEPS[rung.name].kind
        if rung.witness is not None:
            logits = case.network(torch.from_numpy(rung.witness[None]))[0]
            others = torch.arange(len(logits)) != label
            assert logits[label] - logits[others].max() <= 1e-9 * (1 + logits.abs().max())
            distance = np.linalg.norm((rung.witness - x[0]).ravel(), ord=p)
            np.testing.assert_allclose(rung.upper, distance, rtol=1e-12, atol=0)
        if rung.tight and exact.tight and rung.kind == "lower" and math.isfinite(exact.upper):
            assert rung.lower >= exact.lower * (1 - 1e-4)


@pytest.mark.parametrize("p", others_slow([1, 2, math.inf], quick=(2,)))
def test_all_methods_climb_if_they_are_asked_to_in_the_order_of_their_expected_time(p):
    network, x = mlp([2, 5, 3], 2), np.array([[0.3, -0.2]])
    rungs = list(ladder(network, x, p, time_limit=5, whole=True))
    names, converted = list(dict.fromkeys(rung.name for rung in rungs)), as_network(network, (2,))
    assert set(names) == set(applicable(converted, p))
    expected = [expected_seconds(converted, name, p, 5) for name in names if name != "exact"]
    assert expected == sorted(expected)
    assert ("lp" in names) == (p != 2) and ("cw" in names) == ("decision-boundary" in names) == (p == 2)
    exact = minimal_perturbation(network, x, p)[0]
    (found,) = (rung for rung in rungs if rung.name == "exact" and rung.final)
    assert exact.optimal and found.tight
    np.testing.assert_allclose(found.upper, exact.upper, rtol=1e-5)
    assert max(rung.lower for rung in rungs) <= exact.upper * SLACK
    assert min(rung.upper for rung in rungs) >= exact.lower / SLACK


def test_a_lower_bound_says_so_where_it_is_exact():
    network, rng = mlp([3, 6, 3], 8), np.random.default_rng(0)
    x = rng.uniform(-1, 1, (40, 3))
    near = distances(network, x, 2)
    inside = np.flatnonzero(near.d_D <= 0.9 * near.d_B)[:2]
    assert len(inside) == 2
    for i in inside:  # Theorem 3.1 is optimal, and Fast-Lin and CROWN prove as much
        for rung in ladder(network, x[i : i + 1], 2, methods=["simplex", "fast-lin", "crown"], whole=True):
            assert rung.tight and rung.witness is not None
            np.testing.assert_allclose(rung.lower, near.d_D[i], rtol=1e-6)


@given(mlps(2, depth=1, width=5), norms(), st.data())
@settings(deadline=None, max_examples=5)
def test_what_is_decided_stops_the_rest_and_the_verdict_is_the_exact_one(case: Case, p, data):
    x, ran = data.draw(points(case.input_shape, 1)), []
    for rung in ladder(case.network, x, p, time_limit=5):
        known = best_bounds(ran)
        assert not known.closed or ran[-1].name == rung.name  # the exact search tells its last interval once more
        ran.append(rung)
    known, exact = best_bounds(ran), minimal_perturbation(case.network, x, p)[0]
    assert known.closed and exact.optimal
    np.testing.assert_allclose(known.upper, exact.upper, rtol=2e-5)


def test_an_exact_search_of_milliseconds_comes_before_an_attack_of_seconds():
    network, x = mlp([6, 12, 3], 3), np.full((1, 6), 0.1)
    names = [rung.name for rung in ladder(network, x, 2, time_limit=20)]
    assert names[-1] == "exact" and "cw" not in names and "linear-region" not in names


def test_the_exact_search_is_tried_before_what_takes_longer_whatever_its_own_expected_time(monkeypatch):
    slow = {"exact": 19.0, "cw": 6.0, "alpha-crown": 3.0}
    monkeypatch.setattr(ladder_module, "expected_seconds", lambda network, name, p, limit: slow.get(name, 0.001))
    network, x = mlp([6, 12, 3], 3), np.full((1, 6), 0.1)
    rungs = list(ladder(network, x, 2, methods=["simplex", "alpha-crown", "cw", "exact"], time_limit=20))
    assert {rung.name for rung in rungs} == {"simplex", "exact"} and rungs[-1].tight and rungs[-1].final


def test_the_exact_search_has_its_own_turn_after_it_was_tried_in_vain(monkeypatch):
    limits: list[float] = []
    real = ladder_module._exact

    def counted(question, seconds, cancelled):
        limits.append(seconds)
        return real(question, 0.0 if seconds < 20 else seconds, cancelled)

    monkeypatch.setattr(ladder_module, "_exact", counted)
    slow = {"exact": 19.0, "cw": 6.0, "alpha-crown": 3.0, "deepfool": 4.0}
    monkeypatch.setattr(ladder_module, "expected_seconds", lambda network, name, p, limit: slow.get(name, 0.001))
    network, x = mlp([6, 12, 3], 3), np.full((1, 6), 0.1)
    rungs = list(ladder(network, x, 2, methods=list(slow), time_limit=20))
    assert limits == [3.0, 6.0, 20]  # not for 4 s, when 3 were not enough
    assert [rung.name for rung in rungs if rung.final] == ["alpha-crown", "deepfool", "cw", "exact"]


def test_a_stopped_exact_search_leaves_the_nearest_witness_it_has_found():
    network, x = mlp([8, 40, 40, 3], 3), np.zeros((1, 8))
    label, stop = network(torch.from_numpy(x)).argmax(1), threading.Event()
    rungs = []
    for rung in ladder(network, x, 2, methods=["exact"], time_limit=600, cancelled=stop.is_set):
        rungs.append(rung)
        if math.isfinite(rung.upper):
            stop.set()
    assert stop.is_set() and not any(rung.final for rung in rungs)
    for rung in rungs:
        assert (rung.witness is None) == math.isinf(rung.upper)
        if rung.witness is not None:
            assert network(torch.from_numpy(rung.witness[None])).argmax(1) != label
            np.testing.assert_allclose(rung.upper, np.linalg.norm(rung.witness - x[0]), rtol=1e-12)


def test_a_misclassified_point_needs_no_perturbation():
    network, x = mlp([2, 6, 3], 1), np.array([[0.2, 0.1]])
    label = (network(torch.from_numpy(x)).argmax(1) + 1) % 3
    for rung in ladder(network, x, 2, labels=label, time_limit=1):
        assert rung.lower == 0 and (rung.kind == "lower" or rung.upper == 0)


def test_cancelling_and_closing_stop_the_ladder():
    network, x = mlp([8, 40, 40, 3], 3), np.zeros((1, 8))
    assert list(ladder(network, x, math.inf, cancelled=lambda: True)) == []
    climbing = ladder(network, x, 2, methods=["simplex", "exact"], time_limit=60)
    assert next(climbing).name == "simplex"
    assert next(climbing).name == "exact"
    climbing.close()
    until = time.monotonic() + 60
    while any(thread.name.startswith("minimal-perturbation") for thread in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize(
    "wrong",
    [{"methods": ["cw"], "p": 1}, {"methods": ["lp"], "p": 2}, {"methods": ["best"]}, {"time_limit": -1}],
)
def test_a_question_that_makes_no_sense_is_refused_at_once(wrong):
    with pytest.raises(ValueError):
        ladder(mlp([2, 4, 4, 2], 0), np.zeros((1, 2)), **({"p": 2} | wrong))


def test_on_a_large_network_what_takes_minutes_is_left_out_unless_asked_for():
    network = as_network(mlp([300, 1000, 2], 0), (300,))
    assert set(applicable(network, 1)) - set(affordable(network, 1)) == {"linear-region", "lp"}
    assert affordable(as_network(mlp([2, 9, 2], 0), (2,)), 1) == applicable(as_network(mlp([2, 9, 2], 0), (2,)), 1)


def test_one_point_at_a_time():
    with pytest.raises(ValueError, match="one point"):
        ladder(mlp([2, 4, 2], 0), np.zeros((2, 2)), 2)


@pytest.mark.parametrize(("name", "p"), [("alpha-crown", math.inf), ("lp", math.inf), ("cw", 2), ("crown", 1)])
def test_a_rung_can_be_left_while_it_is_computed(name, p):
    network, x, calls = mlp([12, 40, 40, 3], 3), np.zeros((1, 12)), []

    def cancelled():
        calls.append(name)
        return len(calls) > 3  # once before the rung, then within it

    assert list(ladder(network, x, p, methods=[name], cancelled=cancelled)) == []
    assert len(calls) == 4
