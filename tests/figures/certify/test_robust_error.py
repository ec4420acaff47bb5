"""Curves over a data set show what the results hold, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from certify import CERTIFICATES, METHODS, complete, detection, index_counts, lp_gap, robust_error, sorted_radii
from figures.certify.index_sets import index_sets_figure
from figures.certify.lp_gap import lp_gap_figure
from figures.certify.methods import method_colour, method_style
from figures.certify.robust_error import detection_figure, radii_figure, robust_error_figure, robust_verdict
from figures.certify.tables import (
    AttackOutcome,
    attack_table,
    attacks_csv,
    detection_csv,
    error_csv,
    gap_csv,
    index_sets_csv,
    radii_csv,
)
from figures.words import percent
from tests.strategies import mlp
from tests.tables import read_table

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


def drawn(line, eps):
    """What a drawn line says at radii: steps that keep a value up to the next radius, or take the next one's."""
    x, y = np.array(line.x), np.array(line.y)
    side = {"hv": "right", "vh": "left"}[line.line.shape]
    at = np.searchsorted(x, eps, side) - (line.line.shape == "hv")
    return y[np.clip(at, 0, len(x) - 1)]


def test_between_the_radii_no_line_claims_more_than_what_was_computed(error):
    eps = np.linspace(0, GRID[-1], 201)
    by_name = {line.name: line for line in robust_error_figure(error, 0.1).data if line.name}
    for method, title in (("interval", "interval"), ("crown", "CROWN")):
        (line,) = (line for name, line in by_name.items() if "at most" in name and title.lower() in name.lower())
        assert (drawn(line, eps) >= 100 * error.upper(method, eps) - 1e-9).all()
    (attacks,) = (line for name, line in by_name.items() if "at least" in name)
    assert (drawn(attacks, eps) <= 100 * error.lower(eps) + 1e-9).all()
    best = np.minimum(error.upper("interval", eps), error.upper("crown", eps))
    (green,) = (line for name, line in by_name.items() if name.startswith("?"))  # proved begins where unknown ends
    assert (drawn(green, eps) >= 100 * best - 1e-9).all()


def lines(figure):
    return {line.name: np.array(line.y) for line in figure.data if "lines" in (line.mode or "") and line.name}


def table(text):
    """The rows, by the names of their columns without units; every column has one."""
    _, rows = read_table(text)
    assert all("[" in name or name in ("attack", "method") for row in rows for name in row)
    return [{name.partition(" [")[0]: value for name, value in row.items()} for row in rows]


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


def test_no_text_lies_on_curves_and_every_level_is_in_the_legend(error, radii, flagged):
    figures = [robust_error_figure(error, 0.15), radii_figure([radii], 0.15), detection_figure(flagged, 0.15)]
    assert all(note.yref == "paper" and note.y >= 1 for figure in figures for note in figure.layout.annotations)
    levels = [[shape.name for shape in figure.layout.shapes if shape.showlegend] for figure in figures]
    wrong = sum(predicted != label for predicted, label in zip(error.predicted, Y))
    assert levels == [[f"clean error {percent(wrong, len(Y))}"], ["ε = 0.150"], []]


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
    curves = table(error_csv(error))
    assert [float(row["eps"]) for row in curves] == GRID
    assert [float(row["at most by crown"]) for row in curves] == error.upper("crown").tolist()
    assert [float(row["attacked by pgd"]) for row in table(detection_csv(flagged))] == (
        flagged.attacked.mean(axis=0).tolist()
    )
    assert [float(row["radius"]) for row in table(radii_csv([radii]))] == sorted(radii.radii.tolist())
    assert len(table(index_sets_csv(sets))) == len(X) * len(GRID) * 2
    assert [float(row["lp"]) for row in table(gap_csv(gap))] == gap.lp.ravel().tolist()


def test_attacks_are_summed_up_over_what_succeeded():
    outcome = AttackOutcome(0.1, np.array([True, False, True, True]), np.array([0.02, 9.0, 0.04, 0.08]), 0.5)
    nothing = AttackOutcome(0.1, np.zeros(4, dtype=bool), np.full(4, math.inf), 0.5)
    summed = attack_table({"pgd": outcome, "fgsm": nothing})
    assert summed["success"] == ["75.0 % (3 of 4)", "0.0 % (0 of 4)", "75.0 % (3 of 4)"]
    assert [summed[name][0] for name in ("nearest", "median", "farthest")] == ["0.0200", "0.0400", "0.0800"]
    assert summed["median"][1] == "–"
    rows = table(attacks_csv({"pgd": outcome}, 2, np.array([7, 3, 5, 0])))
    assert [int(row["point"]) for row in rows] == [7, 3, 5, 0]  # their numbers in the set


def test_attacks_together_break_what_any_of_them_breaks():
    one = AttackOutcome(0.1, np.array([True, False, False]), np.array([0.02, 9.0, 9.0]), 0.5)
    other = AttackOutcome(0.1, np.array([True, True, False]), np.array([0.01, 0.03, 9.0]), 0.25)
    summed = attack_table({"pgd": one, "fgsm": other})
    assert (summed["attack"][-1], summed["success"][-1]) == ("all together", "66.6 % (2 of 3)")
    assert (summed["nearest"][-1], summed["farthest"][-1]) == ("0.0100", "0.0300")


def test_fast_lin_and_crown_differ_in_colour_dash_symbol_and_grey(radii):
    def luminance(colour):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for theme in ("light", "dark"):
        colours = [method_colour(name, theme) for name in ("fast-lin", "crown")]
        assert luminance(colours[0]) > luminance(colours[1]) + 40
    assert method_style("fast-lin").dash != method_style("crown").dash
    symbols = [method_style(name).symbol for name in (*METHODS, *CERTIFICATES)]
    assert len(set(symbols)) == len(symbols)
    dual = complete(sorted_radii(NETWORK, X, Y, math.inf, "fast-lin"))
    lines = [line for line in radii_figure([radii, dual], 0.1).data if line.name]
    assert len({line.name for line in lines}) == 2
    assert all(max(line.marker.size) > 0 for line in lines)
