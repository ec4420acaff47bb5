"""Parameters at which the class does not hold, judged exactly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from certify.parametric.composition import Coordinates
from certify.parametric.family import Family, Parameters
from certify.parametric.rectangle import Rectangle
from certify.properties.rational_points import exact_outputs
from certify.regions.exact_functions import LARGEST_ENTRIES, entries
from certify.regions.witnesses import Witnesses
from geometry.computation.cancellation import check_cancelled
from geometry.network.network import Network
from geometry.norms import Array
from geometry.regions.region_map import RegionMap

FLOATS_AT_ONCE = 256  # parts whose middles are judged between two checks for a result: a limit of time
SETTLED_AT_MOST = 64  # regions of one map that exact arithmetic decides: a limit of time
AS_NEAR = 1.1  # relative distance up to which the clearest of several witnesses is preferred to the nearest


@dataclass(frozen=True, eq=False)
class Counterexample:
    """Parameters whose input is another class's, or where another class has the same score."""

    parameters: tuple[float, float]
    exact_parameters: Parameters  # rational, of which `parameters` are the nearest of float64
    image: Array  # (*input_shape) the input, rounded to float64
    label: int  # another class whose score is the largest there
    margin: float  # the proved class's score less that one's: not positive
    exact: bool  # checked by a forward pass of the network itself without rounding; else in float64 with error bounds


def affordable(network: Network) -> bool:
    """Whether a forward pass without rounding takes about a second at most."""
    return sum(entries(layer.affine) for layer in network.layers) <= LARGEST_ENTRIES


def surely_lost(
    witnesses: Witnesses, label: int, parts: Array, rectangle: Rectangle, anchor: Array
) -> tuple[float, float] | None:
    """A part's middle at which float64 proves that the class is lost: a near one.

    parts : (m, k, 2) convex polygons of parameters
    """
    middles = np.clip(parts.mean(axis=1), rectangle.low, rectangle.high)
    distances = rectangle.distances(middles[:, None], anchor)
    order = np.argsort(distances, kind="stable")
    for begin in range(0, len(order), FLOATS_AT_ONCE):
        check_cancelled()
        some = order[begin : begin + FLOATS_AT_ONCE]
        sure, _ = witnesses.judged(middles[some], label)
        if sure.any():
            some = some[sure]
            some = some[distances[some] <= AS_NEAR * distances[some[0]]]
            s, t = middles[some[witnesses.margins(middles[some], label)[0].min(axis=1).argmin()]].tolist()
            return s, t
    return None


def settled(
    regions: RegionMap, owners: Iterable[int], label: int, coordinates: Coordinates, rectangle: Rectangle
) -> tuple[set[int], Parameters | None]:
    """Exact arithmetic at the corners of some regions: the regions on which the class holds, and where it is lost.

    A score's difference is affine on a region: positive everywhere if it is at all corners.
    """
    exact, held = regions.exact(), set[int]()
    for cell in owners:
        check_cancelled()
        rows = exact.logits(cell).numerators
        gaps = np.delete(rows[label] - rows, label, axis=0).tolist()
        lost = [
            corner for corner in exact.corners(cell) if any(a * corner[0] + b * corner[1] + c <= 0 for a, b, c in gaps)
        ]
        if not lost:
            held.add(cell)
        for corner in lost:
            place = _exact_parameters(coordinates, corner)
            if rectangle.contains(place):
                return held, place
    return held, None


def counterexample(network: Network, family: Family, label: int, place: Parameters) -> Counterexample | None:
    """What the float64 network says of the family's input there; None if exact arithmetic finds the class in place."""
    at = float(place[0]), float(place[1])
    image, checked = family.inputs([at])[0], affordable(network)
    if checked:
        outputs = exact_outputs(network, family.exact_input(place))
        ordered = [Fraction(0), *outputs] if network.one_logit else list(outputs)
        other = max((s for s in range(len(ordered)) if s != label), key=ordered.__getitem__)
        margin = ordered[label] - ordered[other]
        return None if margin > 0 else Counterexample(at, place, image, other, float(margin), True)
    margins, _ = Witnesses(network).margins(image.reshape(1, -1), label)
    others = np.delete(np.arange(network.classes), label)
    least = int(margins[0].argmin())
    return Counterexample(at, place, image, int(others[least]), float(min(margins[0, least], 0.0)), False)


def _exact_parameters(coordinates: Coordinates, corner: tuple[Fraction, Fraction]) -> Parameters:
    (s, t), (a, b) = coordinates.start, coordinates.scale
    return Fraction(s) + Fraction(a) * corner[0], Fraction(t) + Fraction(b) * corner[1]
