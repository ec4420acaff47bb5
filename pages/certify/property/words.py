"""A property and its decision in words, as HTML that escapes all text from files."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from html import escape

from certify.properties.decision import Decision
from certify.properties.property import Case, Inequality
from certify.properties.report import REASONS
from figures.words import Verdict, counted, duration, sentence
from pages.certify.property.question import AskedProperty

MOST_CASES, MOST_LINES = 4, 40  # that are written out: a limit on the length of the page


def decision_verdict(decision: Decision, asked: AskedProperty) -> Verdict:
    """The decision in two sentences."""
    took = f" Decided in {duration(decision.seconds)}." if decision.status != "unknown" else ""
    if decision.status == "holds":
        boxes = counted(len({case.box for case in asked.prop.cases}), "box", "boxes")
        return Verdict(
            True, "The property holds.",
            f"No input of {boxes} violates it: proved for the float64 weights as real numbers.{took}",
        )  # fmt: skip
    if decision.status == "violated":
        return Verdict(
            True, "The property is violated.",
            f"At the input below all inequalities of a violation are true: checked in exact arithmetic.{took}",
        )  # fmt: skip
    more = " A longer time may settle it." if decision.reason == "time" else ""
    return Verdict(False, "Neither proved nor violated.", f"{sentence(REASONS[decision.reason])}{more}")


def cases_html(asked: AskedProperty) -> str:
    """What a violation of the property is: for each case the box of the inputs, and inequalities of the outputs."""
    blocks = [_case_html(case, asked) for case in asked.prop.cases[:MOST_CASES]]
    more = len(asked.prop.cases) - MOST_CASES
    if more > 0:
        blocks.append(f"<p>and {more} more</p>")
    return '<div style="font-size:.9rem" data-testid="cases">' + "<p>or</p>".join(blocks) + "</div>"


def violation_html(decision: Decision, asked: AskedProperty) -> str:
    """The inputs and outputs of the violation, the nearest numbers of float64."""
    found = decision.violation
    assert found is not None
    names = asked.asked
    rows = [*_values(names.inputs, found.inputs), *_values(names.outputs, found.outputs)]
    return _table(rows, "violation")


def _case_html(case: Case, asked: AskedProperty) -> str:
    names = asked.asked
    bounds = [
        (name, f"{_number(low)} … {_number(high)}" if low < high else _number(low))
        for name, (low, high) in zip(names.inputs, case.box)
    ]
    letters = [name.partition(",")[0] for name in names.outputs]
    lines = "<br>".join(escape(_inequality(one, letters)) for one in case.inequalities[:MOST_LINES])
    return f"{_table(bounds, 'box')}<p style='margin:.4rem 0'>and {lines or 'nothing more'}</p>"


def _inequality(one: Inequality, letters: Sequence[str]) -> str:
    """'Y_0 − 2 Y_1 + 3 ≥ 0', with what is taken off on the right side."""
    left = [_term(factor, letters[place]) for place, factor in one.coefficients.items() if factor > 0]
    right = [_term(-factor, letters[place]) for place, factor in one.coefficients.items() if factor < 0]
    if one.constant > 0:
        left.append(_number(one.constant))
    elif one.constant < 0:
        right.append(_number(-one.constant))
    return f"{' + '.join(left) or '0'} ≥ {' + '.join(right) or '0'}"


def _term(factor: Fraction, letter: str) -> str:
    return letter if factor == 1 else f"{_number(factor)} {letter}"


def _values(names: Sequence[str], values: Sequence[Fraction]) -> list[tuple[str, str]]:
    return [(name, repr(float(value)).replace("-", "−")) for name, value in zip(names, values)]


def _number(value: Fraction) -> str:
    """Ten digits, also of numbers beyond float64."""
    try:
        text = f"{float(value):.10g}"
    except OverflowError:
        text = f"{(Decimal(value.numerator) / Decimal(value.denominator)).normalize():.10g}"
    return text.replace("-", "−")


def _table(rows: Sequence[tuple[str, str]], name: str) -> str:
    """Names and numbers in two columns."""
    cells = "".join(
        f'<tr><td style="padding:.1rem 1rem .1rem 0">{escape(title)}</td>'
        f'<td style="text-align:right;font-variant-numeric:tabular-nums">{escape(number)}</td></tr>'
        for title, number in rows[:MOST_LINES]
    )
    more = f"<tr><td>and {len(rows) - MOST_LINES} more</td><td></td></tr>" if len(rows) > MOST_LINES else ""
    return f'<table style="border:0" data-testid="{name}">{cells}{more}</table>'
