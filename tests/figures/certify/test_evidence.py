"""Sentences about a data set state the best result on the page, and nothing false."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import attack, complete, detection, lp_gap, minimal_perturbation, robust_error, sorted_radii
from certify.attacks import ATTACKS
from figures.certify.evidence import knowledge
from figures.certify.robust_error import robust_verdict
from figures.certify.tables import AttackOutcome, attack_table
from tests.strategies import mlp

GRID = [0.0, 0.05, 0.1, 0.2, 0.4]
NETWORK = mlp([2, 6, 5, 3], seed=3)
X = np.random.default_rng(0).uniform(-1, 1, (12, 2))
Y = np.where(np.arange(12) % 4 == 0, 0, NETWORK(torch.from_numpy(X)).argmax(1).numpy())
P = math.inf


@pytest.fixture(scope="module")
def runs():
    error = complete(robust_error(NETWORK, X, Y, GRID, P, methods=("interval",), attack="fgsm"))
    radii = [complete(sorted_radii(NETWORK, X, Y, P, method)) for method in ("crown", "simplex")]
    flagged = complete(detection(NETWORK, X, GRID, P))
    return error, radii, flagged


@pytest.fixture(scope="module")
def exact():
    return np.array([each.upper for each in minimal_perturbation(NETWORK, X, P, labels=Y, time_limit=20)])


def attacked_at(eps):
    found = {}
    for name, method in ATTACKS.items():
        if P in method.norms:
            each = attack(NETWORK, X, Y, name, eps=eps, p=P)
            found[name] = AttackOutcome(eps, each.success, each.distances, 0.1)
    return found


def numbers(claim):
    return [int(part) for part in re.findall(r"\((\d+)\)", claim)]


@pytest.mark.parametrize("eps", [0.0, 0.07, 0.2, 0.31])
def test_the_headline_has_all_that_the_page_has_and_encloses_the_truth(runs, exact, eps):
    error, radii, flagged = runs
    attacks = attacked_at(eps)
    gap = complete(lp_gap(NETWORK, X, Y, eps, P)) if eps else None
    known = knowledge(error, radii=radii, detected=flagged, attacks=attacks, gap=gap and (eps, gap)).at(eps)
    in_table = max(int(text.split("(")[1].split()[0]) for text in attack_table(attacks)["success"])
    least, most = known.broken, known.unproved
    assert least >= in_table
    assert least >= 12 * error.lower(eps)[0]
    for run in radii:
        assert most <= 12 - (run.correct & (run.radii > eps)).sum()
    if gap is not None:
        assert most <= 12 - gap.proved.sum()
    assert least <= (exact <= eps + 1e-9).sum()
    assert most >= (exact <= eps - 1e-9).sum()
    said = robust_verdict(error, eps, known)
    assert numbers(said.claim) == ([least] if known.settled else [least, most])
    assert said.optimal == (least == most)


def test_each_point_has_one_verdict_and_what_no_run_has_reached_is_open(runs):
    error, _, _ = runs
    part = replace(error, **{name: getattr(error, name)[:3] for name in error.columns})
    known = knowledge(part).at(0.2)
    assert len(known) == 12
    assert (known.wrong.astype(int) + known.attacked + known.proved <= 1).all()
    assert not (known.wrong | known.attacked | known.proved | known.seen)[3:].any()
    left = int((~(known.wrong | known.attacked | known.proved)).sum())
    reason = robust_verdict(part, 0.2, known).reason
    assert f"No method has settled the other {left} points so far." in reason
    assert " wrong of the 3 points whose class is known so far. " in reason
    none = replace(error, **{name: getattr(error, name)[:0] for name in error.columns})
    assert "an unknown number of 12 points" in robust_verdict(none, 0.2).claim


def test_while_runs_go_on_each_method_counts_by_the_points_that_it_has_looked_at(runs):
    error, (crown, _), _ = runs
    part = replace(error, **{name: getattr(error, name)[:5] for name in error.columns})
    at = knowledge(part, radii=[replace(crown, **{name: getattr(crown, name)[:9] for name in crown.columns})]).at(0.05)
    reason = robust_verdict(part, 0.05, at).reason
    proved = re.findall(r"(CROWN|Interval) (\d+) of the first (\d+)", reason)
    correct = error.predicted == error.labels
    attacked = np.where(np.arange(12) < 5, error.attacked <= 0.05, False)
    by_crown = (correct & (crown.radii >= 0.05) & ~attacked)[:9].sum()
    by_interval = (correct & (error.certified[:, 0] >= 0.05) & ~attacked)[:5].sum()
    assert sorted(proved) == [("CROWN", str(by_crown), "9"), ("Interval", str(by_interval), "5")]
    assert "of the first" not in robust_verdict(error, 0.05, knowledge(error, radii=[crown]).at(0.05)).reason


def test_what_was_not_tried_is_said(runs):
    error, _, _ = runs
    bare = complete(robust_error(NETWORK, X, Y, GRID, P, methods=(), attack=""))
    reason = robust_verdict(bare, 0.1).reason
    assert "No attack has been tried" in reason
    assert "No bound is chosen" in reason
    assert "Attacks make" in robust_verdict(error, 0.1).reason
    assert re.search(r"No attack makes (a|another) point wrong", robust_verdict(error, 0.0).reason)


@given(st.integers(1, 30), st.data())
@settings(deadline=None, max_examples=40)
def test_shares_are_rounded_away_from_each_other(n, data):
    count = data.draw(st.integers(0, n))
    network = mlp([2, 4, 2], 0)
    x = np.zeros((n, 2))
    labels = np.where(np.arange(n) < count, 1 - int(network(torch.zeros(1, 2).double()).argmax()), 0)
    labels = np.where(np.arange(n) < count, labels, int(network(torch.zeros(1, 2).double()).argmax()))
    found = complete(robust_error(network, x, labels, [0.0, 1.0], P, methods=(), attack=""))
    claim = robust_verdict(found, 0.0).claim
    low = float(re.findall(r"([\d.]+) % \(", claim)[0])
    assert low <= 100 * count / n + 1e-9


def test_a_tie_is_lost_and_not_called_wrong():
    error = complete(robust_error(NETWORK, X[:1], Y[:1], GRID, P, methods=("interval",), attack=""))
    right = replace(error, predicted=error.labels, certified=np.zeros((1, 1)))
    tied = AttackOutcome(0.0, np.array([True]), np.array([0.0]), 0.1)
    known = knowledge(right, attacks={"deepfool": tied}).at(0.0)
    assert (known.wrong.sum(), known.attacked.sum(), known.proved.sum()) == (0, 1, 0)
