"""The ladder's picture and sentence claim no more than the rungs do."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import STEPS, Rung
from figures.certify.best_bounds import best_bounds
from figures.certify.ladder import ladder_csv, ladder_figure
from figures.certify.ladder_words import ladder_verdict, remedy
from figures.words import three_digits
from tests.tables import read_table

WITNESS = np.array([0.1, 0.2])
NORMS = st.sampled_from([1, 2, math.inf])
distances = st.floats(1e-3, 1e3)


def lower(name: str, value: float, tight: bool = False) -> Rung:
    return Rung(name, "lower", value, math.inf, 0.01, STEPS[name].line, WITNESS if tight else None, tight)


def upper(name: str, value: float) -> Rung:
    return Rung(name, "upper", 0.0, value, 0.02, STEPS[name].line, WITNESS if value < math.inf else None)


def exact(low: float, high: float, tight: bool = False) -> Rung:
    return Rung("exact", "exact", low, high, 0.5, STEPS["exact"].line, WITNESS, tight)


RUNGS = [lower("simplex", 0.1), lower("crown", 0.3), upper("fgsm", 0.9), upper("deepfool", 0.5), upper("pgd", math.inf)]


def test_the_best_bounds_count():
    known = best_bounds(RUNGS)
    assert (known.lower, known.upper, known.by, known.found_by) == (0.3, 0.5, "crown", "deepfool")
    assert not known.closed


@pytest.mark.parametrize(("gap", "closed"), [(0.0, True), (9e-10, True), (9e-6, True), (2e-5, False)])
def test_bounds_are_said_to_meet_where_the_ladder_stops_for_them(gap, closed):
    known = best_bounds([lower("interval", 0.5 * (1 - gap)), upper("deepfool", 0.5)])
    assert known.closed is closed
    assert ("≈" in ladder_verdict(known, 2).claim) is closed
    said = re.search(r"Before rounding, the two differ by at most ([\d.e-]+) %", ladder_verdict(known, 2).reason)
    assert (said is not None) is closed
    if said is not None:
        assert gap <= float(said[1]) / 100 < 2e-5


def test_nothing_is_known_of_nothing():
    assert best_bounds([]).upper == math.inf
    assert "Nothing is proved" in ladder_verdict(best_bounds([]), 2).claim


def test_a_tight_lower_bound_is_the_distance_itself():
    known = best_bounds([lower("crown", 0.3, tight=True), upper("fgsm", 0.9)])
    assert known.closed
    assert known.upper == 0.3


@given(distances, distances, NORMS)
@settings(deadline=None)
def test_what_is_said_is_true(one, other, p):
    low, high = sorted((one, other))
    claim = ladder_verdict(best_bounds([lower("crown", low), upper("pgd", high)]), p).claim
    if low < high:
        below = float(claim.split("<\u00a0")[1].split(" changes")[0].replace("\u2009", ""))
        above = float(claim.rsplit(" ", 1)[1].rstrip(".").replace("\u2009", ""))
        assert below <= low
        assert above >= high


@given(distances)
@settings(deadline=None)
def test_an_upper_bound_is_rounded_up_by_less_than_a_percent(value):
    shown = float(three_digits(value, up=True).replace("\u2009", ""))
    assert value <= shown <= 1.01 * value


@pytest.mark.parametrize(
    ("rungs", "said"),
    [
        ([exact(0.2, 0.2, tight=True)], "smallest perturbation"),
        ([lower("crown", math.inf)], "No legal perturbation"),
        ([upper("fgsm", 0.0)], "already has another class"),
        ([lower("crown", 0.2), upper("pgd", math.inf)], "no attack has found one"),
    ],
)
def test_each_outcome_has_its_sentence(rungs, said):
    assert said in ladder_verdict(best_bounds(rungs), math.inf).claim


def bars(figure):
    return [(bar.base[0], bar.base[0] + bar.x[0], -round(bar.y[0])) for bar in figure.data if bar.type == "bar"]


def test_bars_end_where_the_bounds_are():
    names = ["simplex", "crown", "fgsm", "deepfool", "pgd", "exact"]
    figure = ladder_figure([*RUNGS, exact(0.35, 0.45)], names, 2)
    edge = figure.layout.xaxis.range[1]
    found = bars(figure)
    assert (0, 0.1, 0) in found
    assert (0, 0.3, 1) in found
    assert any(start == 0.5 and math.isclose(end, edge) and row == 3 for start, end, row in found)
    assert [(start, end) for start, end, row in found if row == 5][:2] == [(0, 0.35), (0.35, 0.45)]
    assert all(0 <= start <= end <= edge * (1 + 1e-9) for start, end, _ in found)


def test_methods_on_their_way_keep_their_place():
    names = ["simplex", "crown", "fgsm", "exact"]
    first, last = ladder_figure([], names, 2, busy=True), ladder_figure(RUNGS[:3], names, 2)
    assert first.layout.height == last.layout.height
    assert "running" in " ".join(note.text for note in first.layout.annotations)
    assert "not run" in " ".join(note.text for note in last.layout.annotations)


@pytest.mark.parametrize(
    "rungs", [[], [lower("crown", 0.0)], [lower("crown", math.inf)], [upper("pgd", math.inf)], [upper("pgd", 0.0)]]
)
def test_there_is_a_picture_of_every_extreme(rungs):
    figure = ladder_figure(rungs, ["crown", "pgd"], 1)
    assert 0 < figure.layout.xaxis.range[1] < math.inf


def test_the_table_gives_back_every_number():
    about, rows = read_table(ladder_csv(RUNGS, 2, {"network": "mine"}))
    assert about == {"network": "mine"}
    lower, upper = "lower [input units in l2]", "upper [input units in l2]"
    assert [(row["method"], float(row[lower]), float(row[upper])) for row in rows] == [
        (rung.name, rung.lower, rung.upper) for rung in RUNGS
    ]
    assert rows[2]["witness [input units]"].split() == ["0.1", "0.2"]


@pytest.mark.parametrize(
    ("asked", "rungs", "seconds", "stopped", "said"),
    [
        (("crown",), [], 20.0, False, "not among the methods"),
        (("crown",), [], 0.0, False, "time limit of 0 s"),
        (("crown", "exact"), [exact(0.2, 0.4)], 20.0, False, "raise its time limit"),
        (("crown", "exact"), [lower("crown", 0.2)], 20.0, True, "was stopped"),
    ],
)
def test_the_advice_fits_what_was_asked(asked, rungs, seconds, stopped, said):
    advice = remedy(asked, rungs, seconds, stopped=stopped)
    assert said in advice
    assert ("raise its time limit" in advice) == (said == "raise its time limit")
    bounds = [*rungs, upper("pgd", 0.5)] if rungs else [lower("crown", 0.2), upper("pgd", 0.5)]
    assert advice in ladder_verdict(best_bounds(bounds), 2, more=advice).reason


def test_nobody_is_said_to_have_failed_who_was_not_asked():
    assert "no attack was asked for" in ladder_verdict(best_bounds([lower("crown", 0.2)]), 2).claim
    assert "the exact minimum is not known" in ladder_verdict(best_bounds([lower("crown", 0.2)]), 2).reason
    assert "No method was asked to prove" in ladder_verdict(best_bounds([upper("pgd", 0.2)]), 2).claim
    assert "Nothing is proved" in ladder_verdict(best_bounds([lower("crown", 0.0), upper("pgd", 0.2)]), 2).claim


def test_lines_of_the_best_bounds_do_not_cross_the_words():
    names = ["simplex", "crown", "fgsm", "deepfool", "pgd"]
    figure = ladder_figure(RUNGS, names, 2)
    words = [note.y for note in figure.layout.annotations if note.yref != "paper"]
    lines = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert len(lines) == 2 * len(names)
    for line in lines:  # a row is 40 pixels, a word at most 16 high
        assert all(not line.y0 - 0.19 < y < line.y1 + 0.19 for y in words)
