"""All linear regions of a network on a plane, exactly, one line arrangement per layer."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from torch import nn

from geometry.cancel import Cancelled, go_on, never
from geometry.evaluation import PlaneNetwork
from geometry.meets import TooManyRegionsError, UnresolvedError
from geometry.network import Network, as_network
from geometry.plane import Plane
from geometry.region_map import RegionMap, Window
from geometry.subdivision import Subdivision

SMALLEST_WINDOW = 1e-12  # side of a window relative to its distance from the origin, below which floats run out
OFF_CENTRE = (0.381966, 0.618034)  # where a window shrinks to when its centre has too many regions however small


def enumerate_regions(
    network: nn.Module | Network,
    window: Any,
    plane: Plane | None = None,
    *,
    max_regions: int | None = None,
    shrink: bool = True,
    cancelled: Cancelled = never,
) -> RegionMap:
    """Every linear region of a network within a window of a plane.

    What *exact* means in floats: a sign of a unit is trusted where its value exceeds a bound on its rounding error
    (`PlaneNetwork.errors`), and counts as zero, the point as lying on the unit's line, below it. So every region is
    found in which some point lies beyond that bound from all lines; what is thinner, about 1e-13 of the window in
    ordinary networks, is beyond the resolution of float64 coordinates.

    Parameters
    ----------
    network : torch module or Network
        For inputs of the plane's input shape; without a plane, for 2-D inputs.
    window : (s0, s1, t0, t1)
        The rectangle of plane coordinates, s0 < s1 and t0 < t1.
    plane : Plane, optional
        Plane.identity() if not given.
    max_regions : int, optional
        With more regions than this the map is of a smaller window, exact on it, and says so: `truncated`.
    shrink : bool
        False raises TooManyRegionsError then, at once.
    cancelled : callable
        Asked now and then whether to give up, here and whenever the map has to evaluate the network.

    Raises
    ------
    TooManyRegionsError
        Without `shrink`, if there are more than max_regions.
    CancelledError
        If `cancelled` says so.
    ValueError
        If the window has no area, max_regions is no positive number, or the network does not take the plane's inputs.
    UnsupportedLayerError
        If the network holds a layer whose geometry is unknown.
    """
    started = time.perf_counter()
    plane = Plane.identity() if plane is None else plane
    asked = _checked(window)
    if max_regions is not None and max_regions < 1:
        raise ValueError(f"max_regions must be at least 1, got {max_regions}")
    converted = as_network(network, plane.input_shape)
    shown, centre, attempts = asked, (0.5, 0.5), 0
    while True:
        try:
            evaluated = PlaneNetwork(converted, plane, shown, max_regions, cancelled)
            subdivision = _subdivide(evaluated, converted.widths, shown, max_regions)
            break
        except TooManyRegionsError as too_many:
            if not shrink:
                raise
            attempts += 1
            if attempts == 8:  # cells that meet in the centre stay as many however close one looks
                shown, centre = asked, OFF_CENTRE
            assert max_regions is not None
            shown = _shrunk(shown, centre, 0.9 * math.sqrt(max_regions / too_many.estimate))
    return RegionMap(
        network=converted,
        plane=plane,
        window=shown,
        truncated=shown != asked,
        seconds=time.perf_counter() - started,
        subdivision=subdivision,
        evaluated=evaluated,
    )


def _subdivide(evaluated: PlaneNetwork, widths: Sequence[int], window: Window, max_regions: int | None) -> Subdivision:
    subdivision, first_unit = Subdivision.of_window(window), 0
    for layer, width in enumerate(widths):
        subdivision = _cut_by_layer(subdivision, evaluated, layer, range(width), first_unit, max_regions)
        first_unit += width
    return subdivision


def _cut_by_layer(
    subdivision: Subdivision,
    evaluated: PlaneNetwork,
    layer: int,
    units: range,
    first_unit: int,
    max_regions: int | None,
) -> Subdivision:
    """Cut by all units at once; where rounding leaves open how their lines meet, by one half and then the other."""
    go_on(evaluated.cancelled)
    signs = evaluated.signs(layer, subdivision.vertices, subdivision.edges, slice(units.start, units.stop))
    try:
        return subdivision.cut(signs, first_unit + units.start, max_regions)
    except UnresolvedError:
        if len(units) == 1:
            raise
    middle = (units.start + units.stop) // 2
    for half in (range(units.start, middle), range(middle, units.stop)):
        subdivision = _cut_by_layer(subdivision, evaluated, layer, half, first_unit, max_regions)
    return subdivision


def _checked(window: Any) -> Window:
    try:
        s0, s1, t0, t1 = (float(bound) for bound in window)
    except (TypeError, ValueError):
        raise ValueError(f"window must be four numbers (s0, s1, t0, t1), got {window!r}") from None
    if not all(math.isfinite(bound) for bound in (s0, s1, t0, t1)):
        raise ValueError(f"window must be finite, got {(s0, s1, t0, t1)}")
    if s0 >= s1 or t0 >= t1:
        raise ValueError(f"window must have an area, s0 < s1 and t0 < t1, got {(s0, s1, t0, t1)}")
    distance = max(map(abs, (s0, s1, t0, t1)))
    if min(s1 - s0, t1 - t0) < SMALLEST_WINDOW * distance:
        raise ValueError(f"window {(s0, s1, t0, t1)} is too small for float64 so far from the origin; zoom out")
    return s0, s1, t0, t1


def _shrunk(window: Window, centre: tuple[float, float], factor: float) -> Window:
    """The window scaled about a point given as fractions of its sides."""
    s0, s1, t0, t1 = window
    s, t = s0 + centre[0] * (s1 - s0), t0 + centre[1] * (t1 - t0)
    smaller = s + factor * (s0 - s), s + factor * (s1 - s), t + factor * (t0 - t), t + factor * (t1 - t)
    return _checked(smaller)
