"""Answers are judged by what the page shows, and by the network itself."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from geometry import as_network
from pages.shared.measures import PageMeasures
from pages.teaching.questions import NEAR, Condition, Goal, Nearest, Quantity, judge_click

X = (0.4, 0.3)


def one_unit() -> nn.Sequential:
    """Logits 0 and relu(x1 - 1) - 1: the unit switches at x1 = 1, the class changes at x1 = 2."""
    network = nn.Sequential(nn.Linear(2, 1), nn.ReLU(), nn.Linear(1, 2))
    values = ([[1.0, 0.0]], [-1.0], [[0.0], [1.0]], [0.0, -1.0])
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), values):
            parameter.copy_(torch.tensor(value))
    return network


def shown(*numbers: dict[str, float]) -> PageMeasures:
    return PageMeasures("train", numbers)


def test_a_goal_is_reached_by_one_network_that_meets_all_conditions():
    goal = Goal((Condition("regions", "<=", 20.0), Condition("error", "=", 0.0)))
    assert goal.reached(shown({"regions": 20, "error": 0}))
    assert goal.reached(shown({"regions": 99, "error": 0}, {"regions": 5, "error": 0}))
    assert not goal.reached(shown({"regions": 99, "error": 0}, {"regions": 5, "error": 1}))


@pytest.mark.parametrize("page", [None, PageMeasures("train", ()), shown({}), shown({"error": 0})])
def test_a_number_that_the_page_does_not_show_reaches_no_goal(page: PageMeasures | None):
    assert not Goal((Condition("error", "=", 0.0), Condition("regions", "<=", 20.0))).reached(page)
    assert not Goal((Condition("error", ">=", "regions"),)).reached(page)


@pytest.mark.parametrize(("relation", "values"), [("<=", (1, 2)), (">=", (2, 3)), ("=", (2,))])
def test_a_condition_compares_with_a_number_or_another_measure(relation, values):
    for value in (1, 2, 3):
        assert Condition("proved", relation, 2.0).holds({"proved": value}) == (value in values)
        assert Condition("proved", relation, "points").holds({"proved": value, "points": 2}) == (value in values)


def test_a_condition_says_what_is_and_what_is_wanted():
    assert Condition("regions", "<=", 20.0).words({"regions": 1305}) == "linear regions: 1,305, wanted: at most 20"
    said = Condition("proved", "=", "points").words({"proved": 6, "points": 12})
    assert said == "points proved within ε: 6, wanted: exactly 12 (data points)"
    said = Condition("error", "=", 0.0).words({"error": 51.0})
    assert said == "points in the wrong class: 51\u202f%, wanted: exactly 0\u202f%"


def test_a_quantity_is_given_or_measured():
    assert Quantity(7.0).true_value(None) == 7
    assert Quantity("regions").true_value(shown({"regions": 13})) == 13
    assert Quantity("regions").true_value(None) is None
    assert Quantity(7.0, 0.5).accepts(7.5, 7.0)
    assert not Quantity(7.0, 0.5).accepts(7.6, 7.0)


@pytest.mark.parametrize("p", [1, 2, math.inf])
@pytest.mark.parametrize(("question", "line"), [(Nearest("region", X), 1.0), (Nearest("class", X), 2.0)])
def test_a_click_counts_just_beyond_the_nearest_line_and_nowhere_else(question: Nearest, line: float, p):
    """The lines are at a right angle to x1, so the distance is the same in every norm."""
    network = as_network(one_unit(), (2,)).to(torch.float64)
    far = NEAR * (line - X[0])
    for s, right in (
        (line + 1e-6, True),
        (X[0] + 0.999 * far, True),
        (line - 1e-6, False),  # the same region, or the same class
        (X[0] + 1.001 * far, False),  # another one, but a nearer one is there
    ):
        found = judge_click(question, PageMeasures("explore", ({},), network, (s, X[1]), p))
        assert found is not None
        assert found.right is right


def test_without_a_pin_nothing_is_judged():
    network = as_network(one_unit(), (2,))
    assert judge_click(Nearest("region", X), None) is None
    assert judge_click(Nearest("region", X), PageMeasures("explore", ({},), network, None)) is None
