"""A property of a network: sets of inputs, and what their outputs must not all satisfy at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Inequality:
    """sum of coefficients[i] * y_i + constant >= 0, over outputs y; at least one coefficient, none is 0."""

    coefficients: Mapping[int, Fraction]
    constant: Fraction

    def value(self, outputs: Sequence[Fraction]) -> Fraction:
        """The left side at these outputs."""
        return sum((factor * outputs[i] for i, factor in self.coefficients.items()), self.constant)


@dataclass(frozen=True)
class Case:
    """One way to violate a property: an input in `box` (one closed interval each) at which all `inequalities` hold."""

    box: tuple[Interval, ...]
    inequalities: tuple[Inequality, ...]

    def violated_at(self, inputs: Sequence[Fraction], outputs: Sequence[Fraction]) -> bool:
        """Whether these inputs, with the outputs that the network gives for them, are this violation."""
        inside = all(low <= value <= high for value, (low, high) in zip(inputs, self.box, strict=True))
        return inside and all(inequality.value(outputs) >= 0 for inequality in self.inequalities)


@dataclass(frozen=True)
class Property:
    """A property of networks with so many inputs and outputs: it holds if no case has an input that violates it.

    All numbers are exact. Boxes are closed and inequalities not strict, so an equality is a violation.
    """

    inputs: int
    outputs: int
    cases: tuple[Case, ...]

    def violated_at(self, inputs: Sequence[Fraction], outputs: Sequence[Fraction]) -> bool:
        """Whether some case is violated at these inputs, which have these outputs."""
        return any(case.violated_at(inputs, outputs) for case in self.cases)
