"""A cost model: expected seconds of a method for one point, from the network's size.

A method is a number of passes: evaluations of the network, or back-substitutions from all its units. A pass costs its
multiplications and a fixed time for every layer, which dominates in small networks. Both rates are of one core;
`benchmarks.ladder` prints expected and measured times. Only the order of methods rests on the model. Each method's
record states its cost in these terms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from geometry.network.network import Network
from geometry.network.work import multiplications

PER_SECOND = 4e9  # multiplications in a product (`benchmarks.ladder`)
PER_LAYER = 6e-5  # seconds for the small operations around each product (`benchmarks.ladder`)
MARGINS = 7  # margins that a certified radius evaluates (`benchmarks.radius`)
BALLS = 3 * 12  # radii at which an attack is tried, a dozen at a time (`certify.exact.bisection.smallest_ball`)
PER_NUMBER = 2.5e-5  # seconds of exact search for each input of each unit (`benchmarks.ladder`)
PER_PROGRAM = 4e-8  # seconds of a linear program for each entry, by its rows (`benchmarks.ladder`)


@dataclass(frozen=True)
class Work:
    """The sizes and times of one point of a network from which a method's cost is computed.

    layers, inputs, units, classes : how many the network has
    fixed, forward, backward : seconds of a pass: its small operations; the multiplications of an evaluation; those of a
        back-substitution from all units
    time_limit : seconds given to the exact search and to timed attacks
    """

    layers: int
    inputs: int
    units: int
    classes: int
    fixed: float
    forward: float
    backward: float
    time_limit: float

    @property
    def radius(self) -> float:
        """Seconds for the small operations of a certified radius, if each layer is one pass."""
        return MARGINS * self.layers * self.fixed

    @property
    def step(self) -> float:
        """Seconds for the small operations of a gradient step."""
        return 3 * self.fixed


Cost = Callable[[Work], float]  # seconds


def work(network: Network, time_limit: float = math.inf) -> Work:
    """The `Work` of one point of this network."""
    per_layer = [multiplications(layer.affine) for layer in network.layers]
    return Work(
        layers=len(network.layers),
        inputs=network.input_units,
        units=sum(network.widths),
        classes=network.classes,
        fixed=PER_LAYER * len(network.layers),
        forward=sum(per_layer) / PER_SECOND,
        backward=_substituted(network, per_layer) / PER_SECOND,
        time_limit=time_limit,
    )


def back_substitution(passes: float, small: float) -> Cost:
    """The cost of a certified radius: `passes` back-substitutions at each ε, `small` times the small operations."""
    return lambda work: small * work.radius + passes * MARGINS * work.backward


def gradient_steps(steps: int) -> Cost:
    """The cost of an attack with `steps` steps in each of BALLS balls."""
    return lambda work: steps * (3 * work.step + 3 * BALLS * work.forward)


def _substituted(network: Network, per_layer: list[int]) -> float:
    """Multiplications of a back-substitution from all units, layer by layer."""
    counts = [*network.widths[1:], network.classes]
    return float(sum(count * sum(per_layer[: k + 1]) for k, count in enumerate(counts)))
