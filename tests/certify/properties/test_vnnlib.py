"""Reading properties in VNN-LIB"""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.properties import expressions, vnnlib
from certify.properties.expressions import MAX_DEPTH, MAX_LENGTH
from certify.properties.formulas import MAX_CASES
from certify.properties.property import Inequality
from certify.properties.vnnlib import read_vnnlib

DECLARED = "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)(declare-const Y_1 Real)\n"
BOX = "(assert (and (>= X_0 0) (<= X_0 1) (>= X_1 -1) (<= X_1 0.5)))\n"


def read(text: str):
    return read_vnnlib((DECLARED + BOX + text).encode())


def test_numbers_are_read_exactly():
    """0.1 is no number of float64."""
    prop = read("(assert (<= X_0 0.1)) (assert (>= Y_0 3.991125645861615)) (assert (<= Y_1 -2.5E-3))")
    (case,) = prop.cases
    assert case.box == ((Fraction(0), Fraction(1, 10)), (Fraction(-1), Fraction(1, 2)))
    assert case.inequalities == (
        Inequality({0: Fraction(1)}, -Fraction("3.991125645861615")),
        Inequality({1: Fraction(-1)}, -Fraction(1, 400)),
    )
    assert (prop.inputs, prop.outputs) == (2, 2)


def test_an_equation_is_two_inequalities():
    (case,) = read("(assert (= X_0 0.1)) (assert (= (+ Y_0 Y_1) 2))").cases
    assert case.box[0] == (Fraction(1, 10), Fraction(1, 10))
    assert set(map(str, case.inequalities)) == {
        str(Inequality({0: Fraction(sign), 1: Fraction(sign)}, Fraction(-2 * sign))) for sign in (1, -1)
    }


def test_comments_and_line_ends_do_not_matter():
    text = (DECLARED + BOX + "; (assert (false))\n(assert\t(<= Y_0 ; here\r\n 1))").encode()
    assert read_vnnlib(text) == read("(assert (<= Y_0 1))")


@st.composite
def terms(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.sampled_from(["number", "variable", "+", "-", "*"] if depth else ["number", "variable"]))
    if kind == "number":
        return str(draw(st.integers(-99, 99)) / 8)
    if kind == "variable":
        return draw(st.sampled_from(["Y_0", "Y_1"]))
    if kind == "*":
        return f"(* {draw(st.integers(-9, 9))} {draw(terms(depth - 1))} 0.5)"
    parts = draw(st.lists(terms(depth - 1), min_size=1, max_size=2))
    return f"({kind} {' '.join(parts)})"


@st.composite
def formulas(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.sampled_from(["<=", ">=", "and", "or"] if depth else ["<=", ">="]))
    if kind in ("<=", ">="):
        return f"({kind} {draw(terms())} {draw(terms())})"
    return f"({kind} {' '.join(draw(st.lists(formulas(depth - 1), min_size=1, max_size=3)))})"


def value_of(text: str, values: dict[str, Fraction]):
    """The value of a formula or a term, by Python's own arithmetic on the text turned into Python."""
    words = text.replace("(", " ( ").replace(")", " ) ").split()

    def parsed(at: int):
        if words[at] != "(":
            return (values[words[at]] if words[at] in values else Fraction(words[at])), at + 1
        operator, at, parts = words[at + 1], at + 2, []
        while words[at] != ")":
            part, at = parsed(at)
            parts.append(part)
        match operator:
            case "and":
                result = all(parts)
            case "or":
                result = any(parts)
            case "<=":
                result = parts[0] <= parts[1]
            case ">=":
                result = parts[0] >= parts[1]
            case "+":
                result = sum(parts)
            case "-":
                result = -parts[0] if len(parts) == 1 else parts[0] - sum(parts[1:])
            case _:
                result = parts[0] * parts[1] * parts[2]
        return result, at + 1

    return parsed(0)[0]


@settings(max_examples=100, deadline=None)
@given(st.lists(formulas(), min_size=1, max_size=2), st.tuples(*[st.integers(-40, 40)] * 2))
def test_a_property_is_violated_where_all_its_formulas_are_true(texts: list[str], outputs: tuple[int, int]):
    prop = read("".join(f"(assert {text})" for text in texts))
    values = tuple(Fraction(y, 8) for y in outputs)
    expected = all(value_of(text, dict(zip(("Y_0", "Y_1"), values))) for text in texts)
    assert prop.violated_at((Fraction(1, 2), Fraction(0)), values) == expected
    assert not prop.violated_at((Fraction(2), Fraction(0)), values)  # outside the box


def test_disjunctions_may_be_over_boxes():
    text = "(assert (or (and (<= X_0 0.25) (>= Y_0 1)) (and (>= X_0 0.75) (<= X_1 0) (<= Y_1 (* 2 Y_0)))))"
    first, second = read(text).cases
    assert first.box == ((0, Fraction(1, 4)), (-1, Fraction(1, 2)))
    assert second.box == ((Fraction(3, 4), 1), (-1, 0))
    assert second.inequalities == (Inequality({0: Fraction(2), 1: Fraction(-1)}, Fraction(0)),)


def test_an_empty_box_and_a_false_constant_are_no_case():
    text = "(assert (or (and (<= X_0 -0.5) (>= Y_0 1)) (and (<= 2 1) (>= Y_0 0)) (and (<= 1 2) (>= Y_0 3))))"
    (case,) = read(text).cases
    assert case.inequalities == (Inequality({0: Fraction(1)}, Fraction(-3)),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(assert (< Y_0 1))", "line 3: strict inequalities are not supported"),
        ("(assert (distinct Y_0 1))", "line 3: formula (distinct ...) is not supported"),
        ("\n(assert (=> (<= Y_0 1) (<= Y_1 1)))", "line 4: formula (=> ...)"),
        ("(assert (not (<= Y_0 1)))", "formula (not ...)"),
        ("(assert (or))", "or takes one formula or more, got none"),
        ("(assert true)", "'true' is no formula"),
        ("(assert (<= Y_0))", "<= takes two terms, got 1"),
        ("(assert (<= Y_0 1) (<= Y_1 1))", "assert takes one formula, got 2"),
        ("(assert (<= (* Y_0 Y_1) 1))", "not linear"),
        ("(assert (<= (/ Y_0 2) 1))", "term (/ ...) is not supported"),
        ("(assert (<= (+) 1))", "term (+ ...) is not supported"),
        ("(assert (<= () 1))", "term (... ...) is not supported"),
        ("(assert (<= (ite (<= Y_0 1) Y_0 Y_1) 1))", "term (ite ...)"),
        ("(assert (<= X_0 X_1))", "over several inputs is not supported"),
        ("(assert (<= X_0 Y_1))", "over inputs and outputs is not supported"),
        ("(assert (<= Y_2 1))", "'Y_2' is neither a declared variable nor a number"),
        ("(assert (<= Y_0 nan))", "'nan' is neither"),
        ("(assert (<= Y_0 1/3))", "'1/3' is neither"),
        ("(assert (<= Y_0 1_0))", "'1_0' is neither"),
        ("(assert (<= Y_0 ١))", "is neither"),
        ("(assert (<= Y_0 1e999999999999))", "exponent beyond 400"),
        ('(assert (<= Y_0 "one"))', "quotes are not supported"),
        ("(declare-const X_0 Real)", "X_0 is declared twice"),
        ("(declare-const X_02 Real)", "variable 'X_02' is not supported"),
        ("(declare-const Z_0 Real)", "variable 'Z_0' is not supported"),
        ("(declare-const X_² Real)", "is not supported"),
        ("(declare-const X_2 Int)", "a name and the type Real"),
        ("(declare-const X_3 Real)(assert (<= Y_0 1))", "declares X_3, but not X_2"),
        ("(declare-const X_2 Real)(assert (<= Y_0 1))", "X_2 has no lower bound"),
        ("(declare-fun Y_2 () Real)", "command (declare-fun ...) is not supported"),
        ("(push)", "command (push ...)"),
        ("()", "command (... ...)"),
        ("(assert (<= Y_0 1)", "line 3: the parenthesis that opens here is never closed"),
        ("(assert (<= Y_0 1)))", "a closing parenthesis has no opening one"),
        ("assert", "'assert' stands outside parentheses"),
    ],
)
def test_what_is_not_supported_is_named_with_its_line(text: str, words: str):
    with pytest.raises(ValueError) as caught:
        read(text)
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "declares no variable X_0"),
        (DECLARED.encode(), "asserts nothing"),
        (b"\n\xff\xfe", "line 2: this is no text in UTF-8"),
        (b"(" * 10_000_000, f"nested more than {MAX_DEPTH} deep"),
        (b"x" * 1_000_000, "symbols up to 200"),
        (b"; " + b"x" * 65_000_000, "64,000,000 bytes"),
    ],
)
def test_hostile_files_are_refused_quickly(content: bytes, words: str):
    before = time.process_time()
    with pytest.raises(ValueError, match=r"line|file") as caught:
        read_vnnlib(content)
    assert words in str(caught.value) and len(str(caught.value)) < 300
    assert time.process_time() - before < 30


def test_a_formula_with_too_many_cases_is_refused():
    pair = "(or (<= Y_0 1) (>= Y_1 2))"
    with pytest.raises(ValueError, match=f"more than {MAX_CASES:,} cases"):
        read(f"(assert (and {pair * 20}))")
    with pytest.raises(ValueError, match=f"more than {MAX_CASES:,} cases"):
        read(f"(assert {pair})" * 20)


def test_a_file_with_too_many_inequalities_is_refused():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vnnlib, "MAX_ATOMS", 1000)
        with pytest.raises(ValueError, match="line 6: the file has more than 1,000 inequalities"):
            read(("(assert (and " + "(<= Y_0 1)" * 260 + "))\n") * 4)


def test_an_expression_with_too_many_symbols_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(expressions, "MAX_SYMBOLS", 1000)
    assert read("(assert (<= Y_0 1))\n" * 1000).cases  # the limit is of one expression
    for text in ("(assert " + "x " * 1000, "(assert " + "()" * 1000):
        with pytest.raises(ValueError, match="more than 1,000 symbols"):
            read(text)


def test_numbers_cannot_grow_without_end():
    huge = "9" * MAX_LENGTH
    with pytest.raises(ValueError, match="bits"):
        read(f"(assert (<= Y_0 (* {f'{huge} ' * 5_000})))")
    with pytest.raises(ValueError, match="bits"):
        read(f"(assert (<= (* {f'{huge} ' * 5_000} Y_1) Y_0))")


def test_the_deepest_formula_is_read():
    around = MAX_DEPTH - 2
    text = f"(assert {'(and ' * around}(<= Y_0 1){')' * around})"
    assert read(text) == read("(assert (<= Y_0 1))")
    with pytest.raises(ValueError, match="deep"):
        read(f"(assert (and {text[8:-1]}))")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path):
    for path in (tmp_path, tmp_path / "none.vnnlib"):
        with pytest.raises(ValueError, match="there is no file"):
            read_vnnlib(path)
