"""Curves of a training: every point is drawn, colours belong to objectives, the CSV reads back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from figures.style.palette import PALETTES, SLOTS, contrast
from figures.training.curves import CHARTS, LOSS, MOST_POINTS, TERM, curves_csv, curves_figure, shown_names
from models import Curve
from tests.tables import read_table


def curve(steps, values) -> Curve:
    return Curve(np.array(steps, np.int64), np.array(values, np.float64))


CURVES = {
    "Plain": {LOSS: curve([0, 1, 5], [3.0, 1.0, 0.1]), "clean_error": curve([0, 5], [0.5, 0.0])},
    "MMR": {
        LOSS: curve([0, 5], [4.0, 2.0]),
        f"{TERM}cross entropy": curve([0, 5], [3.0, 1.5]),
        f"{TERM}regions": curve([0, 5], [1.0, 0.5]),
        "clean_error": curve([0, 5], [0.5, 0.25]),
        "certified_error": curve([5], [0.75]),
        "regions": curve([0, 5], [2000, 1000]),
        "mean_d_B": curve([0, 5], [0.1, math.inf]),
    },
}


def lines(figure) -> list:
    """Without the entries that are there for the legend alone."""
    return [trace for trace in figure.data if not trace.showlegend and trace.showlegend is not None]


def test_shares_are_in_percent_and_nothing_is_left_out():
    figure = curves_figure("error", CURVES)
    drawn = {(trace.name, trace.line.color): list(trace.y) for trace in lines(figure)}
    plain, mmr, _ = SLOTS["light"]
    assert drawn == {("clean", plain): [50, 0], ("clean", mmr): [50, 25], ("not proved", mmr): [75]}


def test_the_loss_chart_has_the_loss_and_its_terms_and_no_measure():
    assert shown_names("loss", CURVES, {"regions": "d_B"}) == {
        LOSS: "loss",
        f"{TERM}cross entropy": "cross entropy",
        f"{TERM}regions": "d_B",
    }


def test_an_objective_has_one_colour_and_a_quantity_one_dash():
    figure = curves_figure("loss", CURVES)
    dashes = {trace.name: trace.line.dash for trace in lines(figure)}
    assert len(set(dashes.values())) == len(dashes)
    assert {trace.line.color for trace in lines(figure)} == set(SLOTS["light"][:2])


def test_hover_names_objective_quantity_value_and_step():
    (trace,) = lines(curves_figure("regions", CURVES))
    assert list(trace.customdata) == ["0", "5"]
    for part in ("MMR", "regions", "%{y", "step %{customdata}"):
        assert part in trace.hovertemplate


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("curves", [CURVES, {"Plain": {}}, {"Plain": {LOSS: curve([0], [math.nan])}}, {}])
def test_every_chart_draws_whatever_there_is(chart, curves):
    assert curves_figure(chart, curves, at=3, theme="dark").to_json()


def test_the_step_on_screen_is_marked():
    assert curves_figure("loss", CURVES, at=3).layout.shapes[0].x0 == 3
    assert not curves_figure("loss", CURVES).layout.shapes


def test_a_long_curve_keeps_its_ends_and_enough_between():
    long = {"Plain": {LOSS: curve(range(5000), np.linspace(3, 1, 5000))}}
    (trace,) = lines(curves_figure("loss", long))
    assert (trace.x[0], trace.x[-1]) == (0, 4999)
    assert 100 <= len(trace.x) == len(trace.customdata) <= MOST_POINTS


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_objectives_stand_out_from_the_ground(theme):
    assert all(contrast(colour, PALETTES[theme].ground) >= 4 for colour in SLOTS[theme])


def test_the_csv_holds_every_number():
    about, rows = read_table(curves_csv(CURVES, {"norm": "l2"}))
    assert about == {"norm": "l2"}
    back = {(row["objective"], row["quantity"], int(row["step"])): float(row["value"]) for row in rows}
    expected = {
        (objective, name, int(step)): value
        for objective, found in CURVES.items()
        for name, each in found.items()
        for step, value in zip(each.steps, each.values)
    }
    assert back == expected
