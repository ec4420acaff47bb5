"""Curves over a data set show what the results hold, and nothing else."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest

from certify import complete, detection, index_counts, lp_gap, robust_error, sorted_radii
from figures.certify_tables import (
    AttackOutcome,
    attack_table,
    attacks_csv,
    curves_csv,
    gap_csv,
    index_sets_csv,
    radii_csv,
)
from figures.index_sets import index_sets_figure
from figures.lp_gap import lp_gap_figure
from figures.robust_error import detection_figure, radii_figure, robust_error_figure, robust_verdict
from tests.strategies import mlp

GRID = [0.0, 0.1, 0.2, 0.4]
NETWORK = mlp([2, 6, 5, 3], seed=3)
X = np.random.default_rng(0).uniform(-1, 1, (9, 2))
Y = np.arange(9) % 3


@pytest.fixture(scope="module")
def error():
    return complete(robust_error(NETWORK, X, Y, GRID, math.inf, methods=("interval", "crown")))


@pytest.fixture(scope="module")
def radii():
    return complete(sorted_radii(NETWORK, X, Y, math.inf, "crown"))


@pytest.fixture(scope="module")
def flagged():
    return complete(detection(NETWORK, X, GRID, math.inf))


@pytest.fixture(scope="module")
def sets():
    return complete(index_counts(NETWORK, X, GRID, math.inf))


@pytest.fixture(scope="module")
def gap():
    return complete(lp_gap(NETWORK, X, Y, 0.2, math.inf))


def lines(figure):
    return {line.name: np.array(line.y) for line in figure.data if line.mode == "lines" and line.name}


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_curves_are_shares_in_percent(error):
    drawn = lines(robust_error_figure(error, 0.2))
    assert np.allclose(drawn["at least, by PGD"], 100 * error.lower())
    assert np.allclose(drawn["at most, by CROWN"], 100 * error.upper("crown"))


def test_the_sentence_is_about_the_chosen_eps(error):
    wrong = sum(predicted != label for predicted, label in zip(error.predicted, Y)) / len(Y)
    said = robust_verdict(error, 0.0)
    assert said.optimal
    assert f"exactly {100 * wrong:.1f} %" in said.claim
    assert "between" in robust_verdict(error, 0.1).claim or robust_verdict(error, 0.1).optimal


def test_radii_ascend_and_wrong_points_are_crossed(radii):
    figure = radii_figure([radii], 0.1)
    curve, crosses = figure.data
    assert (np.diff(curve.y) >= 0).all()
    assert len(crosses.x) == (~radii.correct).sum()


def test_one_eps_goes_through_every_picture(error, radii, flagged, sets):
    upright = [robust_error_figure(error, 0.15), detection_figure(flagged, 0.15), index_sets_figure(sets, 0.15)]
    assert all(any(shape.x0 == shape.x1 == 0.15 for shape in figure.layout.shapes) for figure in upright)
    assert any(shape.y0 == shape.y1 == 0.15 for shape in radii_figure([radii], 0.15).layout.shapes)


def test_every_attacked_input_is_flagged(flagged):
    drawn = {line.name: np.array(line.y) for line in detection_figure(flagged, 0.1).data}
    assert (drawn["✓ attacked and flagged"] == drawn["✕ attacked with success, by PGD"]).all()


def test_the_three_sets_make_a_layer(sets):
    figure = index_sets_figure(sets, 0.2)
    areas = [np.array(area.y) for area in figure.data if area.type == "scatter"]
    assert len(areas) == 6
    assert np.allclose(sum(areas[:3]), 100)
    assert np.allclose(sum(areas[3:]), 100)
    assert all(sum(bar.y) == len(X) for bar in figure.data if bar.type == "bar")


def test_the_lp_is_never_below_the_dual(gap):
    dual, lp, _ = lp_gap_figure(gap, Y).data
    assert len(lp.y) == len(X) * 2
    assert (np.array(lp.y) >= np.array(dual.y) - 1e-7).all()
    assert (np.diff(lp.y) >= 0).all()


def test_tables_give_back_every_number(error, radii, flagged, sets, gap):
    curves = table(curves_csv(error, flagged))
    assert [float(row["eps"]) for row in curves] == GRID
    assert [float(row["at most (crown)"]) for row in curves] == error.upper("crown").tolist()
    assert [float(row["radius"]) for row in table(radii_csv([radii]))] == sorted(radii.radii.tolist())
    assert len(table(index_sets_csv(sets))) == len(X) * len(GRID) * 2
    assert [float(row["lp"]) for row in table(gap_csv(gap))] == gap.lp.ravel().tolist()


def test_attacks_are_summed_up_over_what_succeeded():
    outcome = AttackOutcome(0.1, np.array([True, False, True, True]), np.array([0.02, 9.0, 0.04, 0.08]), 0.5)
    nothing = AttackOutcome(0.1, np.zeros(4, dtype=bool), np.full(4, math.inf), 0.5)
    summed = attack_table({"pgd": outcome, "fgsm": nothing})
    assert summed["success"] == ["75.0 %", "0.0 %"]
    assert [summed[name][0] for name in ("nearest", "median", "farthest")] == ["0.0200", "0.0400", "0.0800"]
    assert summed["median"][1] == "–"
    assert len(table(attacks_csv({"pgd": outcome}))) == 4
