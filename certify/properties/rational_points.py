"""A network's outputs at a point of rational numbers, exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from geometry.network.network import Network
from geometry.network.rational import Dyadic, activated, exact_maps


def exact_outputs(network: Network, inputs: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """The outputs of a float64 network at inputs in a row, as the module gives them.

    With the common denominator D of the inputs x = n / D, values are affine functions p t + q of t at t = 1 / D, with
    dyadic p and q: no operation rounds.
    """
    denominator = math.lcm(1, *(value.denominator for value in inputs))
    numerators = np.empty((len(inputs), 2), object)
    numerators[:, 0] = [int(value * denominator) for value in inputs]
    numerators[:, 1] = 0
    values = Dyadic(numerators, 0)
    for layer in network.layers:
        for step in exact_maps(layer.affine):
            values = step(values)
        if layer.slope is not None:
            signs = values.numerators[:, 0] + denominator * values.numerators[:, 1]
            values = activated(values, np.asarray(signs > 0, bool), layer.slopes())
    last = values[network.classes - network.outputs :]
    power = 1 << last.exponent
    return tuple(Fraction(int(p + denominator * q), denominator * power) for p, q in last.numerators)
