"""Check a proof of ReLUscope in exact arithmetic, with Python's standard library alone: python check.py PROOF

A proof is a JSON file with a network f, a point x and its class, a norm p, a radius eps and a box. It claims

    robust:      f_class(x') > f_s(x') for every other class s and every x' of the box with |x' - x|_p <= eps
    vulnerable:  `witness` is such an x', and f_class(witness) <= f_s(witness) for an s

in real arithmetic, for the weights in the file. A layer is z = W a + b and a = max(z, slope z), with each unit's slope
in [0, 1]; the last layer's z are the scores of the classes.

`hidden` claims low <= z <= high for each unit. There a unit's graph is above the line through 0 of any slope between
its own and 1, and below any line above it at both ends. These lines in place of units, from layer to layer down to the
input, check the claims, and bound f_class - f_s in each leaf of the trees `cases`, which split the set by the sides of
units, on (z >= 0) and off (z <= 0). README.md has the proof.
"""

import base64
import json
import math
import struct
import sys
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from operator import mul
from pathlib import Path
from typing import Any

Numbers = list[Any]  # floats, or integers n that stand for n / 2^shift


def require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def numbers(text: str, count: int, limit: int | None = None) -> Numbers:
    """An array: its type (d float64, f float32, I the indices 0 to limit - 1), and little-endian numbers in base64."""
    kind, _, data = text.partition(":")
    require(kind == "I" if limit else kind in ("d", "f"), "an array has another type of numbers")
    values = struct.unpack(f"<{count}{kind}", base64.b64decode(data))
    require(all(v < limit if limit else v == v for v in values), "an array holds an impossible number")
    return list(values)


def exact(values: Iterable[float]) -> tuple[Numbers, int]:
    """Integers n and a shift, where the values are n / 2^shift. Every float is such a number: nothing is rounded."""
    ratios = [value.as_integer_ratio() for value in values]
    shift = max((bottom.bit_length() - 1 for _, bottom in ratios), default=0)
    return [top << (shift + 1 - bottom.bit_length()) for top, bottom in ratios], shift


class Layer:
    """W by its rows, of each the columns and the entries; b; and the units' slopes."""

    def __init__(self, data: dict[str, Any], inputs: int, last: bool) -> None:
        self.inputs, self.units, count = inputs, data["units"], data["entries"]
        entries, self.shift = exact([*numbers(data["weights"], count), *numbers(data["bias"], self.units)])
        columns = numbers(data["columns"], count, inputs) if data["columns"] else [*range(inputs)] * self.units
        ends = [0, *numbers(data["ends"], self.units, count + 1)]
        require(ends == sorted(ends) and ends[-1] == count == len(columns), "the rows of a matrix are out of order")
        self.rows, self.bias = [list(zip(columns[a:b], entries[a:b])) for a, b in pairwise(ends)], entries[count:]
        self.slopes = [1.0] * self.units if last else numbers(data["slopes"], self.units)
        require(all(0 <= slope <= 1 for slope in self.slopes), "a slope is not between 0 and 1")

    def pulled_back(self, c: Numbers) -> Numbers:
        """<c, W a> as a functional of a."""
        result = [0] * self.inputs
        for w, row in zip(c, self.rows):
            for j, entry in row if w else ():
                result[j] += w * entry
        return result


class Lines:
    """below z <= a <= above z + raised, pushes z <= 0; `given`: slope, side (1 on, -1 off), multiplier of open units"""

    def __init__(self, layer: Layer, low: Numbers, high: Numbers, given: Iterator[tuple[float, int, float]]) -> None:
        lines: list[tuple[Any, ...]] = []
        for own, least, most in zip(layer.slopes, low, high):
            slope, side, m = (0, 1, 0.0) if own == 1 or least >= 0 else (0, -1, 0.0) if most <= 0 else next(given)
            if side:
                lines.append(((own, 1.0)[side > 0], (own, 1.0)[side > 0], -side * max(m, 0.0), 0))
            else:
                chord = Fraction((most - own * least) / (most - least))
                raised = max((Fraction(own) - chord) * Fraction(least), (1 - chord) * Fraction(most))
                lines.append((min(max(slope, own), 1.0), float(chord), 0.0, raised))
        *sloped, self.raised = zip(*lines)
        n, self.shift = exact(value for values in sloped for value in values)
        self.below, self.above, self.pushes = (n[at : at + layer.units] for at in range(0, len(n), layer.units))


class Ball:
    """The points x' of the box with |x' - x|_p <= eps; `down` and `up` limit how far each input moves."""

    def __init__(self, claim: dict[str, Any], inputs: int) -> None:
        self.p, x = claim["norm"], numbers(claim["x"], inputs)
        low, high = (numbers(side, inputs) for side in claim["box"] or (claim["x"], claim["x"]))
        (self.eps, *rest), self.shift = exact([float(claim["eps"]), *x, *low, *high])
        self.x, low, high = (rest[at : at + inputs] for at in range(0, 3 * inputs, inputs))
        inside = all(a <= b <= c for a, b, c in zip(low, self.x, high))
        require(inside and self.eps >= 0 and self.p in (1, 2, "inf"), "this is no ball around a point of the box")
        self.down = [min(b - a, self.eps) if claim["box"] else self.eps for a, b in zip(low, self.x)]
        self.up = [min(b - a, self.eps) if claim["box"] else self.eps for a, b in zip(self.x, high)]

    def least(self, g: Numbers, shift: int) -> Fraction:
        """At most <g, x'>, g in units of 1 / 2^shift: <g, x> less the largest sum of v t, 0 <= t <= r, |t|_p <= eps."""
        terms = [(abs(v), down if v > 0 else up) for v, down, up in zip(g, self.down, self.up) if v]
        best, every = Fraction(sum(v * r for v, r in terms)), sum(v * v for v, _ in terms)
        if self.p == 1:  # the largest v first, until eps is used up
            best, left = Fraction(0), self.eps
            for v, r in sorted(terms, reverse=True):
                best, left = best + v * min(r, left), left - min(r, left)
        free, left, last = every, self.eps**2, math.inf if self.p == 2 else 0
        while free > 0 and left > 0 and last:  # v t is at most v t - m t^2, and m eps^2 in all, for every m > 0
            m = math.isqrt((free << 512) // left) // 2 + 1  # in units of 1 / 2^256; the best t is min(v / 2m, r)
            rim = [(v, r) for v, r in terms if v << 256 >= 2 * m * r]
            free, left = every - sum(v * v for v, _ in rim), self.eps**2 - sum(r * r for _, r in rim)
            value = Fraction(free << 256, 4 * m) + sum(v * r for v, r in rim) + Fraction(m * left, 1 << 256)
            best, last = min(best, value), value if value < last else 0
        return (sum(map(mul, g, self.x)) - best) / (1 << (shift + self.shift))


def least(layers: list[Layer], ball: Ball, c: Numbers, lines: list[Lines]) -> Fraction:
    """A lower bound of <c, z>, z of the layer after the `lines`."""
    total, shift = Fraction(0), 0
    for k in range(len(lines), -1, -1):
        total += Fraction(sum(map(mul, c, layers[k].bias)), 1 << (shift + layers[k].shift))
        c, shift = layers[k].pulled_back(c), shift + layers[k].shift
        if k > 0:
            line = lines[k - 1]
            total += sum(w * raised for w, raised in zip(c, line.raised) if w < 0) / Fraction(1 << shift)
            sides = zip(c, line.below, line.above, line.pushes)
            c, shift = [w * (b if w > 0 else a) + (m << shift) for w, b, a, m in sides], shift + line.shift
    return total + ball.least(c, shift)


def check(data: dict[str, Any]) -> str:
    """What the proof proves, in words. Any exception means that it proves nothing."""
    require(data["format"] == "ReLUscope proof 1", "this is no proof of the known format")
    claim, network = data["claim"], data["network"]
    sizes = [claim["inputs"], *(layer["units"] for layer in network)]
    layers = [Layer(layer, inputs, layer is network[-1]) for layer, inputs in zip(network, sizes)]
    ball, classes, label = Ball(claim, sizes[0]), range(sizes[-1]), range(sizes[-1])[claim["class"]]
    where = f"within {claim['eps']!r} in l{claim['norm']}" + (", in the box," if claim["box"] else "")
    if "witness" in data:
        check_witness(layers, ball, label, [Fraction(v) for v in numbers(data["witness"], sizes[0])])
        return f"vulnerable: the witness {where} does not have class {label}"
    bounds = checked_bounds(layers, ball, data["hidden"])
    for other in (s for s in classes if s != label):
        check_tree(layers, ball, bounds, [(i == label) - (i == other) for i in classes], data["cases"][str(other)])
    return f"robust: every point {where} has class {label}"


def check_witness(layers: list[Layer], ball: Ball, label: int, a: Numbers) -> None:
    moved = [v * (1 << ball.shift) - x for v, x in zip(a, ball.x)]
    require(all(-down <= t <= up for t, down, up in zip(moved, ball.down, ball.up)), "the witness is not in the set")
    require(ball.p == "inf" or sum(abs(t) ** ball.p for t in moved) <= ball.eps**ball.p, "the witness is too far away")
    for layer in layers:
        z = [(sum(a[j] * entry for j, entry in row) + b) / (1 << layer.shift) for row, b in zip(layer.rows, layer.bias)]
        a = [max(v, Fraction(slope) * v) for v, slope in zip(z, layer.slopes)]
    require(max(v for s, v in enumerate(a) if s != label) >= a[label], "the witness has the same class")


def checked_bounds(layers: list[Layer], ball: Ball, hidden: list[dict[str, Any]]) -> Numbers:
    """The claimed bounds of every hidden layer, after all have been checked."""
    bounds, lines = list[Any](), list[Lines]()
    for layer, data in zip(layers[:-1], hidden, strict=True):
        low, high = numbers(data["low"], layer.units), numbers(data["high"], layer.units)
        for sign, claims in ((1, low), (-1, [-bound for bound in high])):
            for unit, claim in enumerate(claims):
                row = [sign * (i == unit) for i in range(layer.units)]
                proved = claim == -math.inf or least(layers, ball, row, lines) >= Fraction(claim)
                require(proved, f"a bound of unit {unit} in hidden layer {len(bounds) + 1} is not proved")
        bounds.append((low, high))
        slopes = numbers(data["slopes"], data["open"])
        lines.append(Lines(layer, low, high, ((slope, 0, 0.0) for slope in slopes)))
    return bounds


def check_tree(layers: list[Layer], ball: Ball, bounds: Numbers, row: Numbers, tree: dict[str, Any]) -> None:
    """Each leaf has to prove that <row, scores> is positive in its part."""
    waiting = [("0", dict[int, int]())]
    while waiting:
        at, sides = waiting.pop()
        if "unit" in (node := tree.pop(at)):  # no node is used twice
            waiting += [(node[name], {**sides, node["unit"]: side}) for name, side in (("on", 1), ("off", -1))]
            continue
        slopes, multipliers = (numbers(node[name], node["open"]) for name in ("slopes", "multipliers"))
        given = ((slope, sides.get(i, 0), m) for i, (slope, m) in enumerate(zip(slopes, multipliers)))
        lines = [Lines(layer, low, high, given) for layer, (low, high) in zip(layers, bounds)]
        require(least(layers, ball, row, lines) > 0, f"case {at} does not prove that its margin is positive")


if __name__ == "__main__":
    try:
        print(check(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
    except Exception as error:
        sys.exit(f"refused: {type(error).__name__}: {error}")
