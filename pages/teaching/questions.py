"""Questions of an exercise, and whether an answer is right: computed from what the page shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np

from certify import minimal_perturbation
from figures.regions.overlays import Point
from figures.words import three_digits
from geometry import Network, distances, region_at
from geometry.norms import Norm, row_norms
from pages.shared.measures import MEASURES, PageMeasures

Relation = Literal["<=", ">=", "="]
RELATIONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": lambda value, bound: value <= bound,
    ">=": lambda value, bound: value >= bound,
    "=": lambda value, bound: value == bound,
}
RELATION_WORDS = {"<=": "at most", ">=": "at least", "=": "exactly"}
NEAR = 1.15  # a click counts if it is at most this much farther than the nearest such point: a hand is not exact
SECONDS = 10.0  # limit of the search for the nearest point of another class


@dataclass(frozen=True)
class Choice:
    """One of several answers is right."""

    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Quantity:
    """A number: given, or one that the page shows."""

    value: float | str  # a str names a measure
    tolerance: float = 0.0

    def true_value(self, shown: PageMeasures | None) -> float | None:
        """The right number; None while the page does not show it."""
        if not isinstance(self.value, str):
            return self.value
        return None if shown is None else shown.numbers[0].get(self.value)

    def accepts(self, answer: float, true: float) -> bool:
        return abs(answer - true) <= self.tolerance


@dataclass(frozen=True)
class Nearest:
    """A click as near as possible to a point of the plane, but in another linear region or another class."""

    other: Literal["region", "class"]
    of: Point


@dataclass(frozen=True)
class Condition:
    """A number of the page, compared with a given one or with another number of the page."""

    measure: str
    relation: Relation
    bound: float | str

    def words(self, numbers: Mapping[str, float]) -> str:
        """Such as "linear regions: 1,305, wanted at most 20"; — where the page does not show a number."""
        measure = MEASURES[self.measure]
        bound, named = number_words(self._bound(numbers), measure.unit), ""
        if isinstance(self.bound, str):
            words = MEASURES[self.bound].words
            bound, named = (words, "") if self._bound(numbers) is None else (bound, f" ({words})")
        value = number_words(numbers.get(self.measure), measure.unit)
        wanted = f"{RELATION_WORDS[self.relation]} {bound}{named}"
        return f"{measure.words}: {value}, wanted: {wanted}"

    def holds(self, numbers: Mapping[str, float]) -> bool:
        """False also where the page does not show one of the numbers."""
        value, bound = numbers.get(self.measure), self._bound(numbers)
        return value is not None and bound is not None and RELATIONS[self.relation](value, bound)

    def _bound(self, numbers: Mapping[str, float]) -> float | None:
        return numbers.get(self.bound) if isinstance(self.bound, str) else self.bound


def number_words(value: float | None, unit: str = "") -> str:
    """A number as the page shows it, with its unit; — for one that it does not show."""
    if value is None:
        return "—"
    return (f"{value:,.0f}" if value % 1 == 0 else three_digits(value, down=True)) + unit


@dataclass(frozen=True)
class Goal:
    """A state of the page in which one of its networks meets all conditions."""

    conditions: tuple[Condition, ...]

    def best(self, shown: PageMeasures | None) -> Mapping[str, float]:
        """The numbers of the network that meets most conditions."""
        candidates = () if shown is None else shown.numbers
        return max(candidates, key=lambda numbers: sum(each.holds(numbers) for each in self.conditions), default={})

    def reached(self, shown: PageMeasures | None) -> bool:
        return all(condition.holds(self.best(shown)) for condition in self.conditions)


Answer: TypeAlias = Choice | Quantity | Nearest | Goal


@dataclass(frozen=True)
class Question:
    """What an exercise asks.

    answer : the kind of answer, and which one is right
    hint : shown on request
    praise : shown with the right answer
    cover : hide the picture until something was answered, so that one predicts first
    """

    answer: Answer
    hint: str = ""
    praise: str = ""
    cover: bool = False


@dataclass(frozen=True)
class Found:
    """What is said of a click: whether it is right, and why."""

    right: bool
    words: str


def judge_click(question: Nearest, shown: PageMeasures | None) -> Found | None:
    """Whether the pin is in another region (or class) and about as near as one can come; None before a click.

    The nearest other region is d_B away (Croce et al. 2019, Lemma 3.1), the nearest other class as far as the smallest
    adversarial perturbation, which the exact search gives.
    """
    if shown is None or shown.pin is None or shown.network is None:
        return None
    return _judged(question, shown.network, shown.pin, shown.p)


@lru_cache(maxsize=64)
def _judged(question: Nearest, network: Network, pin: Point, p: Norm) -> Found:
    here, there = region_at(network, np.array(question.of)), region_at(network, np.array(pin))
    if question.other == "region" and (here.pattern == there.pattern).all():
        return Found(False, "Your point is in the same linear region as x: no unit has switched on the way.")
    if question.other == "class" and here.predicted == there.predicted:
        return Found(False, "The network puts your point in the same class as x.")
    reached = float(row_norms(np.subtract([pin], question.of), p)[0])
    nearest = _nearest(question, network, p)
    said = f"Your point is {three_digits(reached)} away, the nearest such point {three_digits(nearest, down=True)}"
    if reached <= NEAR * nearest:
        return Found(True, f"{said}.")
    return Found(
        False,
        f"Your point is in another {question.other}, but {three_digits(reached)} away from x. A point nearer to x is "
        f"in another {question.other} too.",
    )


@lru_cache(maxsize=64)
def _nearest(question: Nearest, network: Network, p: Norm) -> float:
    """The distance in l_p from the point to the nearest other region or class."""
    x = np.array([question.of])
    if question.other == "region":
        return float(distances(network, x, p).d_B[0])
    result = minimal_perturbation(network, x, p, time_limit=SECONDS)[0]
    return result.lower if math.isfinite(result.lower) else math.inf
