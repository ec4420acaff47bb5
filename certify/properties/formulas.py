"""Formulas of VNN-LIB: linear terms, inequalities, and their combinations by `and` and `or` as a list of cases.

Recursion is as deep as parentheses are nested, which `expressions` bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from certify.properties.expressions import Expression, Node, Symbol

MAX_CASES = 100_000  # of a formula: a limit on memory
MAX_ATOMS = 1_000_000  # inequalities in all cases together: likewise
MAX_EXPONENT = 400  # of a power of ten; float64 ends at 308
MAX_BITS = 5_000  # of a numerator or a denominator: limits the time of one operation

Variable: TypeAlias = tuple[str, int]  # "X" or "Y", and its number

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Atom:
    """sum of coefficients[v] * v + constant >= 0 over variables v, written in this line; no coefficient is 0."""

    coefficients: Mapping[Variable, Fraction]
    constant: Fraction
    line: int


Conjunction: TypeAlias = tuple[Atom, ...]


def cases(formula: Node, variables: Mapping[str, Variable]) -> list[Conjunction]:
    """Conjunctions of which one or more are true just where the formula is: its disjunctive normal form.

    Raises
    ------
    ValueError
        With the line, for anything but `and`, `or`, `<=`, `>=` and `=` of linear terms, or too many cases.
    """
    if isinstance(formula, Symbol):
        raise ValueError(f"line {formula.line}: {formula} is no formula; and, or, <=, >=, = are supported")
    parts = formula.items[1:]
    if formula.head in ("and", "or") and not parts:
        raise ValueError(f"line {formula.line}: {formula.head} takes one formula or more, got none")
    match formula.head:
        case "<=" | ">=" as relation:
            return [(_atom(formula, relation, variables),)]
        case "=":
            return [(_atom(formula, ">=", variables), _atom(formula, "<=", variables))]
        case "and":
            return conjunction((cases(part, variables) for part in parts), formula.line)
        case "or":
            return [case for part in parts for case in cases(part, variables)]
        case "<" | ">":
            raise ValueError(f"line {formula.line}: strict inequalities are not supported; use <= or >=")
    raise ValueError(f"line {formula.line}: formula {formula} is not supported; and, or, <=, >=, = are")


def conjunction(parts: Iterable[list[Conjunction]], line: int) -> list[Conjunction]:
    """The cases in which one case of every part is true.

    Raises
    ------
    ValueError
        If there are too many; `line` is where they are combined.
    """
    shared: list[Atom] = []  # of the parts with one case: added up once, at the end
    combined: list[Conjunction] = [()]
    for part in parts:
        if len(part) == 1:
            shared.extend(part[0])
            continue
        sizes = len(part) * sum(map(len, combined)) + len(combined) * sum(map(len, part))
        if len(combined) * len(part) > MAX_CASES or sizes > MAX_ATOMS:
            raise ValueError(f"line {line}: and over or gives more than {MAX_CASES:,} cases, or very long ones")
        combined = [(*before, *case) for before in combined for case in part]
    if len(combined) * len(shared) > MAX_ATOMS:
        raise ValueError(f"line {line}: {len(combined):,} cases with {len(shared):,} common inequalities are too many")
    return [(*shared, *case) for case in combined]


def _atom(formula: Expression, relation: str, variables: Mapping[str, Variable]) -> Atom:
    if len(formula.items) != 3:
        raise ValueError(f"line {formula.line}: {relation} takes two terms, got {len(formula.items) - 1}")
    sign = Fraction(1 if relation == ">=" else -1)
    total = _Sum(variables)
    total.add(formula.items[1], sign)
    total.add(formula.items[2], -sign)
    coefficients = {variable: factor for variable, factor in total.coefficients.items() if factor}
    return Atom(coefficients, total.constant, formula.line)


class _Sum:
    """A linear term that is being added up."""

    def __init__(self, variables: Mapping[str, Variable]) -> None:
        self.variables = variables
        self.coefficients: dict[Variable, Fraction] = {}
        self.constant = Fraction(0)

    def add(self, term: Node, factor: Fraction) -> None:
        """Add `factor` times a term."""
        if isinstance(term, Symbol):
            self._add_symbol(term, factor)
            return
        operator, parts = term.head, term.items[1:]
        if operator not in ("+", "-", "*") or not parts:
            raise ValueError(f"line {term.line}: term {term} is not supported; +, - and * of one or more terms are")
        if operator == "*":
            self._add_product(term, factor)
            return
        for place, part in enumerate(parts):
            negative = operator == "-" and (place > 0 or len(parts) == 1)
            self.add(part, -factor if negative else factor)

    def _add_symbol(self, symbol: Symbol, factor: Fraction) -> None:
        variable = self.variables.get(symbol.text)
        if variable is None:
            self.constant = _bounded(self.constant + factor * number(symbol), symbol.line)
        else:
            self.coefficients[variable] = _bounded(self.coefficients.get(variable, 0) + factor, symbol.line)

    def _add_product(self, term: Expression, factor: Fraction) -> None:
        varying: list[_Sum] = []
        for part in term.items[1:]:
            value = _Sum(self.variables)
            value.add(part, Fraction(1))
            if any(value.coefficients.values()):
                varying.append(value)
            else:
                factor = _bounded(factor * value.constant, term.line)
        if len(varying) > 1:
            raise ValueError(f"line {term.line}: a product of two terms with variables is not linear, not supported")
        if not varying:
            self.constant = _bounded(self.constant + factor, term.line)
            return
        self.constant = _bounded(self.constant + factor * varying[0].constant, term.line)
        for variable, own in varying[0].coefficients.items():
            self.coefficients[variable] = _bounded(self.coefficients.get(variable, 0) + factor * own, term.line)


def number(symbol: Symbol) -> Fraction:
    """The number that a symbol writes, exactly."""
    match = _NUMBER.fullmatch(symbol.text)
    if match is None:
        raise ValueError(f"line {symbol.line}: {symbol} is neither a declared variable nor a number")
    if match[3] and (len(match[3]) > 8 or abs(int(match[3][1:])) > MAX_EXPONENT):
        raise ValueError(f"line {symbol.line}: {symbol} has an exponent beyond {MAX_EXPONENT}")
    return Fraction(symbol.text)


def _bounded(value: Fraction, line: int) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise ValueError(f"line {line}: a number needs more than {MAX_BITS} bits")
    return value
