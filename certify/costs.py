"""About how long each method takes for one point: from the network's size and the norm, by one model.

A method is so many passes: evaluations of the network, or back-substitutions from all its units. A pass costs its
multiplications, and a fixed time for every layer, which is what counts in small networks. Both rates are of one core;
`benchmarks.ladder` prints what the model says beside what it took. Only the order of methods rests on it.
"""

from __future__ import annotations

import math

from geometry.network import Network
from geometry.norms import Norm
from geometry.tiles import multiplications

PER_SECOND = 4e9  # multiplications in a product (`benchmarks.ladder`)
PER_LAYER = 6e-5  # seconds for the small operations around each product (`benchmarks.ladder`)
BISECTIONS = 25  # margins that a certified radius evaluates (`benchmarks.ladder`)
BALLS = 3 * 12  # radii at which an attack is tried, a dozen at a time (`certify.bisection.smallest_ball`)
PER_NUMBER = 2.5e-5  # seconds of exact search for each input of each unit (`benchmarks.ladder`)
PER_PROGRAM = 4e-8  # seconds of a linear program for each entry, by its rows (`benchmarks.ladder`)


def expected_seconds(network: Network, name: str, p: Norm, time_limit: float = math.inf) -> float:
    """About how many seconds the method `name`, of `certify.STEPS`, takes for one point of this network.

    `time_limit` is that of the exact search and the linear-region attack.
    """
    layers, units, inputs = len(network.layers), sum(network.widths), network.input_units
    each = [multiplications(layer.affine) for layer in network.layers]
    fixed, forward = PER_LAYER * layers, sum(each) / PER_SECOND
    backward = _substituted(network, each) / PER_SECOND
    radius, steps = BISECTIONS * layers * fixed, 3 * fixed
    match name:
        case "simplex" | "decision-boundary":
            return 10 * fixed + inputs * forward / 100
        case "interval":
            return BISECTIONS * (4 * fixed + 4 * forward)
        case "crown-interval":
            return radius + BISECTIONS * (4 + network.classes) * forward
        case "fast-lin":
            return 1.5 * radius + BISECTIONS * backward
        case "crown":
            return 2 * radius + 2 * BISECTIONS * backward
        case "alpha-crown":
            return 10 * (2 * radius + 2 * BISECTIONS * backward)
        case "lp":
            program = PER_PROGRAM * units * (inputs + units) * (units + 1) * network.classes
            return expected_seconds(network, "alpha-crown", p) + BISECTIONS * program
        case "fgsm" | "i-fgsm" | "pgd":
            passes = {"fgsm": 1, "i-fgsm": 20, "pgd": 40 * 3}[name]
            return passes * (3 * steps + 3 * BALLS * forward)
        case "deepfool":
            return 10 * (steps + network.classes * forward) + 30 * (fixed + forward)
        case "cw":
            return 9 * 200 * (3 * steps + 3 * forward)
        case "linear-region":
            return min(time_limit, 3 * (100 * fixed + inputs * forward) + PER_NUMBER / 10 * inputs * units)
        case "exact":
            return min(time_limit, 0.02 + PER_NUMBER * inputs * units)
    raise ValueError(f"no method is called {name!r}")


def _substituted(network: Network, each: list[int]) -> float:
    """Multiplications of a back-substitution from all units, layer by layer."""
    rows = [*network.widths[1:], network.classes]
    return float(sum(count * sum(each[: k + 1]) for k, count in enumerate(rows)))
