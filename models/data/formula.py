"""Points of the plane with labels by a formula, such as y > sin(x).

The formula is parsed here, by a grammar of its own, and nothing in it is executed as a program: texts come from links.

    rule        condition ; condition ; ...             class k where the k-th condition is the first that holds
    condition   chains of < <= > >= joined by "and", "or"
    sum         + and -, then * and / and factors side by side (2x), then powers (^ or **)
    factor      a number, x, y, pi, e, (sum), or a function of a factor: sin(x), sin 3x
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.data.toy import MAX_CLASSES, Array, Labels, Toy

Value: TypeAlias = Callable[[Array, Array], Array]
Truth: TypeAlias = Callable[[Array, Array], NDArray[np.bool_]]

NAME, TITLE = "formula", "labels from a formula"
EXAMPLE = "y > sin(x)"
SIDE = 3.0  # points are drawn in [-SIDE, SIDE]²
MOST_CHARACTERS = 200
MOST_DEPTH = 25  # of parentheses and powers in each other: a limit on recursion
PROBE = 20_000  # points among which each class has to occur
TOKEN = re.compile(r"\s*(?:(\d+\.?\d*|\.\d+)|([A-Za-z_][A-Za-z]*[₁₂12]?)|(<=|>=|\*\*|[-+*/^()<>≤≥;,|·−]))")
FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs,
    "sign": np.sign, "floor": np.floor,
}  # fmt: skip
VARIABLES = {"x": 0, "x1": 0, "x₁": 0, "y": 1, "x2": 1, "x₂": 1}
CONSTANTS = {"pi": np.pi, "e": np.e}
SAME = {"≤": "<=", "≥": ">=", "**": "^", "·": "*", "−": "-"}
COMPARISONS: dict[str, Callable[[Array, Array], NDArray[np.bool_]]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """Classes of points by conditions: class k where the k-th is the first that holds, class 0 where none does."""

    text: str
    conditions: tuple[Truth, ...]

    def __call__(self, x: Array) -> Labels:
        """(n, 2) points -> (n,) classes.

        A comparison with something undefined, such as log(-1), does not hold; 1/0 is infinite.
        """
        with np.errstate(all="ignore"):
            holds = [condition(x[:, 0], x[:, 1]) for condition in self.conditions]
        return np.select(holds, range(1, len(holds) + 1), 0).astype(np.int64)


def read_rule(text: str) -> Rule:
    """The rule of a text such as "y > sin(x)" or "x^2 + y^2 < 1; y > x".

    Raises
    ------
    ValueError
        If it is none, with the place and what was expected there.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"a formula has at most {MOST_CHARACTERS} characters, this one has {len(text)}")
    parser = _Parser(text)
    conditions = [parser.either()]
    while parser.takes(";", ","):
        conditions.append(parser.either())
    parser.end()
    if len(conditions) >= MAX_CLASSES:
        raise ValueError(f"a formula has at most {MAX_CLASSES - 1} conditions, one for a class; got {len(conditions)}")
    return Rule(text, tuple(conditions))


def formula_points(text: str) -> Toy:
    """Points uniform in [-3, 3]², labelled by the formula before noise moves them.

    Raises
    ------
    ValueError
        As `read_rule`, or if a class occurs nowhere in that square.
    """
    rule = read_rule(text)
    classes = len(rule.conditions) + 1
    probe = np.random.default_rng(0).uniform(-SIDE, SIDE, (PROBE, 2))
    labels = rule(probe)
    missing = sorted(set(range(classes)) - set(labels.tolist()))
    if missing:
        raise ValueError(
            f"no point of the square from {-SIDE:g} to {SIDE:g} is of class {missing[0]} by {text!r:.80}; "
            "change the formula"
        )

    def draw(random: np.random.Generator, size: int, noise: float, _: int) -> tuple[Array, Labels]:
        x = random.uniform(-SIDE, SIDE, (size, 2))
        y = rule(x)
        rare = [probe[labels == label][0] for label in range(classes) if not (y == label).any()]
        x[: len(rare)] = np.array(rare).reshape(-1, 2)
        return x + noise * random.standard_normal((size, 2)), rule(x)

    side = round(1.1 * SIDE, 6)
    return Toy(NAME, TITLE, draw, 200, 0.0, classes, classes, window=(-side, side, -side, side))


class _Parser:
    """Recursive descent over the tokens of a formula; each method reads one rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.tokens: list[tuple[str, int]] = []
        place = 0
        while text[place:].strip():
            match = TOKEN.match(text, place)
            if match is None:
                place += len(text[place:]) - len(text[place:].lstrip())
                raise ValueError(f"{text[place]!r} at place {place + 1} of the formula means nothing")
            token = match[0].strip()
            self.tokens.append((SAME.get(token, token), match.start() + len(match[0]) - len(token)))
            place = match.end()

    def peek(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def takes(self, *wanted: str) -> str:
        """The next token if it is one of these; else nothing, and it stays."""
        token = self.peek()
        if not token or token not in wanted:
            return ""
        self.at += 1
        return token

    def fail(self, expected: str) -> ValueError:
        if self.at >= len(self.tokens):
            return ValueError(f"the formula ends where {expected} should follow, such as in y > sin(x)")
        token, place = self.tokens[self.at]
        return ValueError(
            f"{token!r} at place {place + 1} of the formula: {expected} should stand there, as in y > sin(x)"
        )

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self.fail("the end")

    def either(self) -> Truth:
        found = self.both()
        while self.takes("or"):
            found = _joined(np.logical_or, found, self.both())
        return found

    def both(self) -> Truth:
        found = self.comparison()
        while self.takes("and"):
            found = _joined(np.logical_and, found, self.comparison())
        return found

    def comparison(self) -> Truth:
        left = self.sum()
        sign = self.takes(*COMPARISONS)
        if not sign:
            raise self.fail("one of < <= > >=")
        parts: list[Truth] = []
        while sign:
            right = self.sum()
            parts.append(_compared(COMPARISONS[sign], left, right))
            left, sign = right, self.takes(*COMPARISONS)
        found = parts[0]
        for part in parts[1:]:
            found = _joined(np.logical_and, found, part)
        return found

    def sum(self) -> Value:
        found = self.product()
        while sign := self.takes("+", "-"):
            found = _computed(np.add if sign == "+" else np.subtract, found, self.product())
        return found

    def product(self) -> Value:
        found = self.signed()
        while True:
            if self.takes("*"):
                found = _computed(np.multiply, found, self.signed())
            elif self.takes("/"):
                found = _computed(np.divide, found, self.divisor())
            elif self.begins_factor():
                found = _computed(np.multiply, found, self.power())
            else:
                return found

    def divisor(self) -> Value:
        """What follows a division sign, which must not be zero everywhere."""
        place = self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text)
        found = self.signed()
        points = np.random.default_rng(0).uniform(-SIDE, SIDE, (2, 50))
        with np.errstate(all="ignore"):
            zero = bool((found(*points) == 0).all())
        if zero:
            raise ValueError(f"the formula divides by zero at place {place + 1}: {self.text[place:]!r:.40}")
        return found

    def begins_factor(self) -> bool:
        token = self.peek()
        return token == "(" or (token[:1].isalnum() and token not in ("and", "or")) or token[:1] == "."

    def signed(self) -> Value:
        minus = False
        while sign := self.takes("+", "-"):
            minus ^= sign == "-"
        found = self.power()
        return (lambda x, y: -found(x, y)) if minus else found

    def power(self) -> Value:
        found = self.factor()
        if self.takes("^"):
            self.deeper()
            found = _computed(np.float_power, found, self.signed())
            self.depth -= 1
        return found

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise ValueError(f"parentheses and powers stand in each other more than {MOST_DEPTH} deep")

    def factor(self) -> Value:
        token = self.peek()
        self.at += 1
        if token == "(":
            self.deeper()
            found = self.sum()
            self.depth -= 1
            if not self.takes(")"):
                raise self.fail("a closing parenthesis")
            return found
        if token in FUNCTIONS:
            return self.applied(FUNCTIONS[token])
        if token in VARIABLES:
            return _first if VARIABLES[token] == 0 else _second
        if token in CONSTANTS or token[:1].isdigit() or token[:1] == ".":
            number = float(CONSTANTS.get(token, 0.0) if token in CONSTANTS else token)
            return lambda x, y: np.full_like(x, number)
        self.at -= 1
        raise self.fail("a number, x, y or a function")

    def applied(self, function: Callable[[Array], Array]) -> Value:
        """A function of what follows: of a pair of parentheses, or of factors side by side, as in sin 3x."""
        self.deeper()
        if self.peek() == "(":
            argument = self.factor()
        else:
            argument = self.power()
            while self.begins_factor() and self.peek() not in FUNCTIONS:
                argument = _computed(np.multiply, argument, self.power())
        self.depth -= 1
        return lambda x, y: function(argument(x, y))


def _first(x: Array, y: Array) -> Array:
    return x


def _second(x: Array, y: Array) -> Array:
    return y


def _computed(operation: Callable[[Array, Array], Array], left: Value, right: Value) -> Value:
    return lambda x, y: operation(left(x, y), right(x, y))


def _compared(comparison: Callable[[Array, Array], NDArray[np.bool_]], left: Value, right: Value) -> Truth:
    return lambda x, y: comparison(left(x, y), right(x, y))


def _joined(operation: Callable[..., NDArray[np.bool_]], left: Truth, right: Truth) -> Truth:
    return lambda x, y: operation(left(x, y), right(x, y))
