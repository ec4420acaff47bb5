"""A property as a network: it is violated where one of the network's scores is not below the first, which is 0.

Inputs are divided by powers of two, so that a box is about as wide in every input: this is exact. A score is the least
left side of a case's inequalities, by min(a, b) = b - r(b - a), r(z) = max(z, 0); see `geometry/network/README.md`.
Nothing is folded, so no weight is rounded. Boxes and constants are rounded, outwards: the network has every violation
of the property, and maybe some more within rounding. So where no score reaches the first, the property holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray

from certify.properties.property import Case, Inequality, Interval
from geometry.network.affine import Affine, Chain, Dense, Scale
from geometry.network.network import Layer, Network
from geometry.norms import Array

NARROWEST = 20  # powers of two between the widest and the narrowest input after scaling: narrower ones stay so
LARGEST_POWER = 200  # of two, by which an input is divided at most: products with float32 weights do not underflow
Places = NDArray[np.int64]
EXACT_BITS = 53  # of a float64 number


@dataclass(frozen=True, eq=False)
class Shaped:
    """A network of x / `scale` with the score 0, and then a score for each case; all cases are on one box.

    `low` and `high` (inputs,) bound x / `scale`, and hold the exact box.
    """

    network: Network
    scale: Array
    low: Array
    high: Array


def shaped(network: Network, cases: Sequence[Case]) -> Shaped:
    """The network of some cases that have the same box, and one inequality or more each.

    Raises
    ------
    ValueError
        If a bound is beyond float64, or a coefficient is no number of float64, not even after scaling its inequality.
    """
    low, high = outer_box(cases[0].box)
    scale = _powers(low, high)
    first, *others = network.layers
    shape = first.affine.in_shape
    divided = Scale(torch.from_numpy(scale), torch.zeros(len(scale), dtype=torch.float64), shape, shape)
    layers = [Layer(_chain(divided, first.affine), first.slope), *others]
    sides = _left_sides([inequality for case in cases for inequality in case.inequalities], network)
    affine = _chain(layers.pop().affine, sides)
    ends = np.cumsum([len(case.inequalities) for case in cases])
    groups: list[Places] = np.split(np.arange(len(sides.bias)), ends[:-1])
    while max(map(len, groups)) > 1:
        before, slopes, after, groups = _paired(groups)
        layers.append(Layer(_chain(affine, _linear(before)), torch.from_numpy(slopes)))
        affine = _linear(after)
    scores = np.eye(len(groups) + 1)[:, 1:]  # after a row for the score 0
    layers.append(Layer(_chain(affine, _linear(scores)), None))
    return Shaped(Network(network.input_shape, tuple(layers)), scale, *_divided(low, high, scale))


def outer_box(box: Sequence[Interval]) -> tuple[Array, Array]:
    """The least box of float64 numbers that holds an exact one: (inputs,) each.

    Raises
    ------
    ValueError
        For a bound beyond float64.
    """
    low = np.array([rounded(bound, -1) for bound, _ in box])
    high = np.array([rounded(bound, 1) for _, bound in box])
    return low, high


def rounded(value: Fraction, direction: int) -> float:
    """The nearest float64 number that is not above the value (direction -1), or not below it (1).

    Raises
    ------
    ValueError
        If it is not finite.
    """
    try:
        nearest = float(value)  # rounded once
    except OverflowError:
        nearest = math.inf
    if math.isfinite(nearest) and (Fraction(nearest) - value) * direction < 0:
        nearest = math.nextafter(nearest, direction * math.inf)
    if not math.isfinite(nearest):
        raise ValueError(f"a number of the property is beyond the range of float64, {np.finfo(np.float64).max:.2g}")
    return nearest


def _powers(low: Array, high: Array) -> Array:
    """(inputs,) powers of two near half the width of each input's interval; not much below the widest's."""
    half = high / 2 - low / 2
    powers = np.frexp(half)[1]
    widest = powers.max(initial=-LARGEST_POWER, where=half > 0)
    powers = np.where(half > 0, np.maximum(powers, widest - NARROWEST), widest)
    return np.ldexp(1.0, powers.clip(-LARGEST_POWER, LARGEST_POWER))


def _divided(low: Array, high: Array, scale: Array) -> tuple[Array, Array]:
    """A box that holds low / scale and high / scale: these are exact, unless they underflow."""
    below, above = low / scale, high / scale
    below = np.where(below * scale > low, np.nextafter(below, -np.inf), below)
    return below, np.where(above * scale < high, np.nextafter(above, np.inf), above)


def _left_sides(inequalities: Sequence[Inequality], network: Network) -> Dense:
    """The left sides of inequalities as a map of the network's scores, each times a positive number.

    The coefficients are exact, and the constants rounded up.
    """
    first = network.classes - network.outputs  # a network with one logit f has the scores 0 and f
    weight = np.zeros((len(inequalities), network.classes))
    bias = np.zeros(len(inequalities))
    for row, inequality in enumerate(inequalities):
        factor = _scaling(inequality)
        for place, coefficient in inequality.coefficients.items():
            weight[row, first + place] = float(coefficient * factor)
        bias[row] = rounded(inequality.constant * factor, 1)
    shape = network.layers[-1].affine.out_shape
    return Dense(torch.from_numpy(weight), torch.from_numpy(bias), shape, (len(inequalities),))


def _scaling(inequality: Inequality) -> Fraction:
    """A positive number that makes every coefficient one of float64, the largest between 1 and 2."""
    coefficients = inequality.coefficients.values()
    whole = Fraction(
        math.lcm(*(c.denominator for c in coefficients)),
        math.gcd(*(c.numerator for c in coefficients)),
    )
    integers = [abs(int(c * whole)) for c in coefficients]
    if max((number >> ((number & -number).bit_length() - 1)).bit_length() for number in integers) > EXACT_BITS:
        raise ValueError(
            "the coefficients of an inequality over the outputs have too many digits: their ratios need integers of "
            f"more than {EXACT_BITS} bits"
        )
    if max(integers).bit_length() > 900:
        raise ValueError("the coefficients of an inequality over the outputs differ by more than float64's range")
    return whole / (1 << (max(integers).bit_length() - 1))


def _paired(groups: list[Places]) -> tuple[Array, Array, Array, list[Places]]:
    """One round of minima of pairs within groups of values.

    Returns
    -------
    the units' weights (units, values) and slopes (units,), the winners' weights (winners, units), and the new groups
    """
    values = sum(map(len, groups))
    rows: list[Array] = []
    slopes: list[float] = []
    winners: list[dict[int, float]] = []
    unit = np.eye(values)
    left: list[Places] = []
    for group in groups:
        start = len(winners)
        for a, b in zip(group[::2], group[1::2]):
            winners.append({len(rows) + 1: 1.0, len(rows): -1.0})
            rows += [unit[b] - unit[a], unit[b]]
            slopes += [0.0, 1.0]
        if len(group) % 2:
            winners.append({len(rows): 1.0})
            rows.append(unit[group[-1]])
            slopes.append(1.0)
        left.append(np.arange(start, len(winners)))
    after = np.zeros((len(winners), len(rows)))
    for row, weights in enumerate(winners):
        after[row, list(weights)] = list(weights.values())
    return np.stack(rows), np.array(slopes), after, left


def _linear(matrix: Array) -> Dense:
    """A matrix as an affine map."""
    weight = torch.from_numpy(matrix)
    return Dense(weight, weight.new_zeros(len(weight)), (weight.shape[1],), (len(weight),))


def _chain(*maps: Affine) -> Affine:
    """Maps one after the other, unfolded: folding would round."""
    parts: list[Affine] = []
    for affine in maps:
        parts += affine.parts if isinstance(affine, Chain) else [affine]
    return Chain(tuple(parts))
