"""The largest part of a rectangle of parameters that each method of bounds proves, around the original input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from torch import nn

from certify.bounds.radius import certified_radius
from certify.parametric.composition import Coordinates, composed
from certify.parametric.family import Family
from certify.parametric.proof import class_at_original
from certify.parametric.rectangle import as_rectangle
from geometry.network.network import Network
from geometry.network.rounding import EPSILON

METHODS = ("interval", "fast-lin", "crown")  # from cheap and loose to dear and tight
TOLERANCE = 1e-6  # of the radii, relative: more digits than anybody reads


def proved_by_bounds(
    network: nn.Module | Network,
    family: Family,
    rectangle: Iterable[float],
    *,
    label: int | None = None,
    methods: Sequence[str] = METHODS,
) -> dict[str, float]:
    """By method, the `radius` of `PlaneProof` that it proves at once, without dividing the rectangle.

    No more than what the exact proof finds, but for the share TOLERANCE. The rungs below the exact one.

    Raises
    ------
    ValueError
        If the original parameters lie outside the rectangle, or for a rectangle, label or method that is none.
    """
    whole, original = as_rectangle(rectangle), np.array(family.original)
    if not whole.contains(family.original):
        raise ValueError(f"the original parameters {family.original} lie outside the rectangle {whole.window}")
    chosen = class_at_original(network, family) if label is None else label
    (s, t), (a, b) = original.tolist(), whole.halves.tolist()
    moved = composed(network, family, Coordinates((s, t), (a, b)))
    ends = [
        np.divide(np.abs(end - original), whole.halves, out=np.zeros(2), where=whole.halves > 0) * (1 + 4 * EPSILON)
        for end in (whole.low, whole.high)
    ]
    farthest = whole.farthest(original)
    radii = {}
    for method in methods:
        radius = certified_radius(moved, np.zeros((1, 2)), np.inf, method, [chosen], (-ends[0], ends[1]),
                                  tolerance=TOLERANCE)  # fmt: skip
        radii[method] = min(float(radius[0]) / farthest, 1.0) if farthest > 0 else float(radius[0] > 0)
    return radii
