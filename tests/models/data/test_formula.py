"""Labels by a formula, against Python's own arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.formula import MOST_CHARACTERS, SIDE, formula_points, read_rule

X = np.random.default_rng(0).uniform(-SIDE, SIDE, (300, 2))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("y > sin(x)", lambda x, y: y > math.sin(x)),
        ("y > sin x", lambda x, y: y > math.sin(x)),
        ("x₂ ≥ sin 3x₁ + 1/2", lambda x, y: y >= math.sin(3 * x) + 0.5),
        ("x^2 + y**2 < 4", lambda x, y: x * x + y * y < 4),
        ("-x^2 < y and y < 2x(1 + y)", lambda x, y: -x * x < y and y < 2 * x * (1 + y)),
        ("0 < x < 1 or y > 2", lambda x, y: 0 < x < 1 or y > 2),
        ("log x1 > y", lambda x, y: x > 0 and math.log(x) > y),
        ("2^-x < y", lambda x, y: 2.0**-x < y),
        ("sin x cos y > 0", lambda x, y: math.sin(x) * math.cos(y) > 0),
        ("abs(x) - floor(y) pi >= e - sqrt y",
         lambda x, y: y >= 0 and abs(x) - math.floor(y) * math.pi >= math.e - y**0.5),
        ("x > y and x > 0 or y > 1", lambda x, y: (x > y and x > 0) or y > 1),
        ("2^3^x > y", lambda x, y: 2.0 ** (3.0**x) > y),
        ("1 - 2 - x > y / 2 / 2", lambda x, y: 1 - 2 - x > y / 2 / 2),
    ],
)  # fmt: skip
def test_a_formula_means_what_mathematics_says(text, rule):
    assert read_rule(text)(X).tolist() == [int(rule(x, y)) for x, y in X]


def test_the_first_condition_that_holds_is_the_class():
    found = read_rule("x > 1; x > 0, y > 0")(X)
    assert found.tolist() == [1 if x > 1 else 2 if x > 0 else 3 if y > 0 else 0 for x, y in X]


numbers = st.sampled_from(["x", "y", "2", "0.5", "pi"])
terms = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
        st.builds("{}({})".format, st.sampled_from(["sin", "cos", "abs"]), inner),
        st.builds("-{}".format, inner),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(terms, terms)
def test_formulas_drawn_at_random_are_those_of_python(left, right):
    names = {"sin": math.sin, "cos": math.cos, "abs": abs, "pi": math.pi}
    gaps = [eval(f"({left}) - ({right})", {**names, "x": x, "y": y}) for x, y in X[:40]]
    found = read_rule(f"{left} > {right}")(X[:40])
    assert all(bool(label) == (gap > 0) for label, gap in zip(found, gaps) if abs(gap) > 1e-9)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("y > x/0", "divides by zero at place 7: '0'"), ("y > 1/(x - x)", "divides by zero at place 7"),
        ("", "the formula ends where"), ("y", "one of < <= > >="), ("y > sin", "should follow"),
        ("y >> x", "'>' at place 4"), ("import os", "'import' at place 1"), ("__import__('os') > 1", "means nothing"),
        ("y > z", "'z' at place 5"), ("(" * 150 + "x", "deep"), ("2^" * 90 + "x < 1", "deep"),
        ("x" * (MOST_CHARACTERS + 1), "at most 200 characters"), ("y > 100", "is of class 1"),
        ("0 < 1", "is of class 0"), ("y > (x", "a closing parenthesis"), ("y > x y > 1 )", "')' at place 13"),
        (";".join(["x > 0"] * 30), "conditions"),
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_with_the_place(text, says):
    with pytest.raises(ValueError) as error:
        formula_points(text)
    assert says in str(error.value)


def test_rare_classes_are_drawn_too_and_the_seed_decides_all():
    toy = formula_points("x^2 + y^2 < 0.01; y > 2.9")
    points = toy(20, 0.0, 5)
    assert set(points.y.tolist()) == {0, 1, 2} and len(points.x) == 20 and points.classes == 3
    assert (read_rule("x^2 + y^2 < 0.01; y > 2.9")(np.array(points.x)) == points.y).all()
    again, other = toy(20, 0.0, 5), toy(20, 0.0, 6)
    assert np.array_equal(points.x, again.x) and not np.array_equal(points.x, other.x)
