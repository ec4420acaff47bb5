"""Deciding properties"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from torch import nn

from certify.properties import decision as module
from certify.properties.decision import Decision, decide_property
from certify.properties.property import Case, Inequality, Property
from certify.properties.rational_points import exact_outputs
from certify.properties.shaping import outer_box, rounded, shaped
from geometry.network.network import as_network
from geometry.network.rounding import doubled

UNIT = (Fraction(-1), Fraction(1))


def network(seed: int, *widths: int) -> nn.Sequential:
    """Random weights that are multiples of 1/8, so that ties occur."""
    random = np.random.default_rng(seed)
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        linear = nn.Linear(inputs, outputs, dtype=torch.float64)
        for weight in (linear.weight, linear.bias):
            weight.data = torch.from_numpy(random.integers(-16, 17, tuple(weight.shape)) / 8)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def rationals(bound: int = 30) -> st.SearchStrategy[Fraction]:
    return st.builds(Fraction, st.integers(-bound, bound), st.just(10))


@st.composite
def properties(draw: st.DrawFn, inputs: int, outputs: int) -> Property:
    """Cases on one to three boxes, with numbers that float64 does not have."""
    boxes = []
    for _ in range(draw(st.integers(1, 2))):
        ends = [sorted((draw(rationals(10)), draw(rationals(10)))) for _ in range(inputs)]
        boxes.append(tuple((low, high) for low, high in ends))
    cases = []
    for _ in range(draw(st.integers(1, 3))):
        rows = []
        for _ in range(draw(st.integers(1, 3))):
            chosen = draw(st.lists(st.integers(0, outputs - 1), min_size=1, max_size=2, unique=True))
            factors = {place: draw(rationals(20).filter(bool)) for place in chosen}
            rows.append(Inequality(factors, draw(rationals(60))))
        cases.append(Case(draw(st.sampled_from(boxes)), tuple(rows)))
    return Property(inputs, outputs, tuple(cases))


def largest_least_side(layers: nn.Sequential, case: Case) -> float:
    """max over the box of the least left side, by a linear program for every activation pattern of one hidden layer."""
    first, _, last = layers
    W, b = first.weight.detach().numpy(), first.bias.detach().numpy()
    V, c = last.weight.detach().numpy(), last.bias.detach().numpy()
    G = np.zeros((len(case.inequalities), len(c)))
    for row, inequality in enumerate(case.inequalities):
        for place, factor in inequality.coefficients.items():
            G[row, place] = float(factor)
    constants = G @ c + np.array([float(inequality.constant) for inequality in case.inequalities])
    best = -math.inf
    for pattern in itertools.product((0.0, 1.0), repeat=len(b)):
        on = np.array(pattern)
        sides, offsets = G @ V @ (on[:, None] * W), G @ V @ (on * b) + constants
        signs = 2 * on[:, None] - 1
        A = np.block([[-signs * W, np.zeros((len(b), 1))], [-sides, np.ones((len(sides), 1))]])
        limits = np.r_[signs[:, 0] * b, offsets]
        bounds = [(float(low), float(high)) for low, high in case.box]
        found = linprog(np.r_[np.zeros(W.shape[1]), -1.0], A, limits, bounds=[*bounds, (None, None)])
        if found.status == 0:
            best = max(best, -found.fun)
    return best


def checked(layers: nn.Sequential, prop: Property, decision: Decision) -> None:
    """A violation is one, by rational arithmetic of this test's own."""
    if decision.violation is None:
        return
    values = list(decision.violation.inputs)
    for layer in layers:
        if isinstance(layer, nn.Linear):
            weight, bias = layer.weight.tolist(), layer.bias.tolist()
            values = [sum((Fraction(w) * v for w, v in zip(row, values)), Fraction(b)) for row, b in zip(weight, bias)]
        else:
            values = [max(value, Fraction(0)) for value in values]
    assert tuple(values) == decision.violation.outputs
    assert prop.cases[decision.violation.case].violated_at(decision.violation.inputs, values)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.data())
def test_the_decision_is_that_of_all_activation_patterns(seed: int, inputs: int, data: st.DataObject):
    layers = network(seed, inputs, 4, 2)
    prop = data.draw(properties(inputs, 2))
    decision = decide_property(layers, prop, (inputs,), time_limit=60)
    checked(layers, prop, decision)
    largest = max(largest_least_side(layers, case) for case in prop.cases)
    if abs(largest) > 1e-6:
        assert decision.status == ("violated" if largest > 0 else "holds")
    elif decision.status == "holds":
        assert largest < 1e-9


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_without_splitting_the_decision_is_the_same(seed: int, data: st.DataObject):
    """As for many inputs."""
    layers, prop = network(seed, 2, 4, 2), data.draw(properties(2, 2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FEW_INPUTS", -1)
        decision = decide_property(layers, prop, (2,), time_limit=60)
    checked(layers, prop, decision)
    largest = max(largest_least_side(layers, case) for case in prop.cases)
    if abs(largest) > 1e-6:
        assert decision.status == ("violated" if largest > 0 else "holds")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_scores_of_the_shaped_network_are_least_left_sides(seed: int, data: st.DataObject):
    """Up to a positive factor of every inequality, so compared by sign; and never below."""
    original = doubled(as_network(network(seed, 3, 5, 2), (3,)))
    prop = data.draw(properties(3, 2))
    cases = [case for case in prop.cases if case.box == prop.cases[0].box]
    shape = shaped(original, cases)
    low, high = outer_box(cases[0].box)
    for share in np.random.default_rng(seed).random((5, 3)):
        x = low + share * (high - low)
        outputs = exact_outputs(original, [Fraction(value) for value in x.tolist()])
        scores = exact_outputs(shape.network, [Fraction(value) for value in (x / shape.scale).tolist()])
        assert scores[0] == 0
        for case, score in zip(cases, scores[1:]):
            least = min(inequality.value(outputs) for inequality in case.inequalities)
            assert least < 0 or score >= 0
            assert abs(least) < 1e-9 or (score > 0) == (least > 0)


def bounded_by(limit: str, high: str = "1", constant: str = "0") -> Property:
    """Violated where y_0 >= limit for an input from 0 to high."""
    return Property(1, 1, (Case(((Fraction(0), Fraction(high)),), (Inequality({0: Fraction(1)}, -Fraction(limit)),)),))


@pytest.mark.parametrize("hidden", [False, True])
def test_an_equality_is_a_violation(hidden: bool):
    """y = x, at the end of a box that float64 does not have: 0.1 is 0.1000000000000000055... there."""
    one = nn.Linear(1, 1, dtype=torch.float64)
    one.weight.data, one.bias.data = torch.ones(1, 1).double(), torch.zeros(1).double()
    layers = nn.Sequential(one, nn.ReLU(), one) if hidden else nn.Sequential(one)
    decision = decide_property(layers, bounded_by("0.1", "0.1"), (1,))
    assert decision.status == "violated" and decision.violation is not None
    assert decision.violation.inputs == decision.violation.outputs == (Fraction(1, 10),)
    assert decide_property(layers, bounded_by("0.10000001", "0.1"), (1,)).status == "holds"


def test_what_rounding_leaves_open_is_unknown_and_never_holds():
    """The limit exceeds the largest output by 1e-30."""
    one = nn.Linear(1, 1, dtype=torch.float64)
    one.weight.data, one.bias.data = torch.ones(1, 1).double(), torch.zeros(1).double()
    limit = str(Fraction("0.1") + Fraction(1, 10**30))
    decision = decide_property(nn.Sequential(one), bounded_by(limit, "0.1"), (1,), time_limit=20)
    assert (decision.status, decision.reason) == ("unknown", "rounding")


def test_inputs_may_be_fixed():
    layers = network(3, 3, 4, 2)
    x = (Fraction(1, 10), Fraction(-1, 5), Fraction(1, 3))
    outputs = exact_outputs(doubled(as_network(layers, (3,))), x)
    box = tuple((value, value) for value in x)
    for shift, status in ((0, "violated"), (Fraction(-1, 10**6), "violated"), (Fraction(1, 10**6), "holds")):
        prop = Property(3, 2, (Case(box, (Inequality({1: Fraction(1)}, -outputs[1] - shift),)),))
        assert decide_property(layers, prop, (3,)).status == status


def test_a_case_without_inequalities_is_violated_everywhere_and_no_case_nowhere():
    layers = network(0, 2, 3, 2)
    prop = Property(2, 2, (Case((UNIT, UNIT), (Inequality({0: Fraction(1)}, Fraction(-100)),)), Case((UNIT, UNIT), ())))
    decision = decide_property(layers, prop, (2,), time_limit=0)
    checked(layers, prop, decision)
    assert decision.status == "violated" and decision.violation is not None and decision.violation.case == 1
    assert decide_property(layers, Property(2, 2, ()), (2,)).status == "holds"


def test_boxes_of_very_different_widths():
    """Feet and radians: only the narrow input matters."""
    layers = network(5, 2, 3, 1)
    layers[0].weight.data[:, 0] *= 1e-6
    layers[0].weight.data[:, 1] *= 1e6
    box = ((Fraction(0), Fraction(60_000)), (Fraction(0), Fraction(1, 10**6)))
    case = Case(box, (Inequality({0: Fraction(1)}, Fraction(0)),))
    largest = largest_least_side(layers, case)
    for shift, status in ((-0.01, "violated"), (0.01, "holds")):
        limit = Case(box, (Inequality({0: Fraction(1)}, -Fraction(largest + shift)),))
        decision = decide_property(layers, Property(2, 1, (limit,)), (2,))
        assert decision.status == status
        checked(layers, Property(2, 1, (limit,)), decision)


def test_a_bound_that_underflows_is_rounded_outwards():
    """The smallest number above 0, on a box that is 2**100 wide."""
    tiny, wide = Fraction(5e-324), Fraction(2) ** 100
    case = Case(((tiny, wide), (-wide, -tiny)), (Inequality({0: Fraction(1)}, Fraction(0)),))
    shape = shaped(doubled(as_network(network(0, 2, 2), (2,))), [case])
    for place, (low, high) in enumerate(case.box):
        scale = Fraction(float(shape.scale[place]))
        assert Fraction(float(shape.low[place])) * scale <= low and Fraction(float(shape.high[place])) * scale >= high


def test_the_time_limit_ends_it():
    layers = network(1, 4, 30, 30, 2)
    prop = Property(4, 2, (Case((UNIT,) * 4, (Inequality({0: Fraction(1)}, Fraction(-(10**6))),)),))
    decision = decide_property(layers, prop, (4,), time_limit=0)
    assert (decision.status, decision.reason) == ("unknown", "time")
    decision = decide_property(layers, prop, (4,), time_limit=60, cancelled=lambda: True)
    assert decision.status == "unknown"


def test_arguments_that_do_not_fit_are_refused():
    layers, prop = network(1, 2, 3, 2), Property(3, 2, (Case((UNIT,) * 3, ()),))
    with pytest.raises(ValueError, match="the network has 2 inputs, and the property is for 3"):
        decide_property(layers, prop, (2,))
    with pytest.raises(ValueError, match="the network has 2 outputs, and the property is for 4"):
        decide_property(layers, Property(2, 4, ()), (2,))
    with pytest.raises(ValueError, match="time_limit"):
        decide_property(layers, Property(2, 2, ()), (2,), time_limit=math.nan)
    digits = Inequality({0: Fraction(1, 3**40), 1: Fraction(1, 2)}, Fraction(0))
    with pytest.raises(ValueError, match="too many digits"):
        decide_property(layers, Property(2, 2, (Case((UNIT,) * 2, (digits,)),)), (2,))
    beyond = Case(((Fraction(0), Fraction(10) ** 309), UNIT), (Inequality({0: Fraction(1)}, Fraction(0)),))
    with pytest.raises(ValueError, match="beyond the range of float64"):
        decide_property(layers, Property(2, 2, (beyond,)), (2,))


@settings(max_examples=50)
@given(st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**6))
def test_rounding_goes_outwards_by_less_than_one_number(value: Fraction):
    low, high = rounded(value, -1), rounded(value, 1)
    assert Fraction(low) <= value <= Fraction(high) and high <= math.nextafter(low, math.inf)
