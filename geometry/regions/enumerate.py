"""All linear regions of a network on a plane, exactly, one line arrangement per layer."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from geometry.computation.cancellation import Cancelled, CancelScope, check_cancelled
from geometry.computation.cores import by_work
from geometry.network.graph import Comparisons
from geometry.network.network import Network, as_network
from geometry.network.rounding import doubled
from geometry.plane import Plane
from geometry.ragged_arrays import Bools, Floats, Ints
from geometry.regions import tuning
from geometry.regions.cutting.cut import cut
from geometry.regions.cutting.exact_order import ExactLayer
from geometry.regions.evaluation.exact_plane import ExactPlane, ExactValues
from geometry.regions.evaluation.plane_network import EvaluatedLayer, FirstLogits, PlaneNetwork
from geometry.regions.losers import beginning_in, without_losers
from geometry.regions.merging import merged, relevant_words
from geometry.regions.region_map import RegionMap, Window
from geometry.regions.subdivision import Subdivision, TooManyRegionsError

FLOATS_ACROSS = 1024  # floats that a window must span: rounding then moves corners by less than a pixel of a picture
CENTRED_ATTEMPTS = 8  # after so many a window shrinks about another point: its centre has too many regions at any size
OFF_CENTRE = (0.381966, 0.618034)  # that other point, in shares of the window's sides


def enumerate_regions(
    network: nn.Module | Network,
    window: Iterable[float],
    plane: Plane | None = None,
    *,
    max_regions: int | None = None,
    shrink: bool = True,
    merge: bool = True,
    cancelled: Cancelled | None = None,
) -> RegionMap:
    """Every linear region of a network within a window of a plane.

    Exact, for the float64 network on the plane origin + s u + t v of the float64 vectors given, in real arithmetic: a
    sign of a unit, or the order of two points on a line, is taken from floats where it exceeds a bound on its rounding
    error, and from integers where it does not (`ExactPlane`). So the map has every region, once, however thin, with its
    pattern and its neighbours; zero means exactly zero. Only coordinates are rounded: corners of a region thinner than
    floats can show may coincide.

    Parameters
    ----------
    network : torch module or Network
        For inputs of the plane's input shape; without a plane, for 2-D inputs.
    window : (s0, s1, t0, t1)
        The rectangle of plane coordinates, s0 < s1 and t0 < t1.
    plane : Plane, optional
        Plane.identity() if not given.
    max_regions : int, optional
        With more regions than this the map covers a smaller window, exactly, and is `truncated`.
    shrink : bool
        If False, more regions than `max_regions` raise TooManyRegionsError instead.
    merge : bool
        The regions of max-pooling are where another input wins. If False, they are the smaller ones on which all its
        comparisons keep their sign, those without effect too.
    cancelled : callable, optional
        Called now and then; True stops the enumeration. The map keeps no reference to it.

    Raises
    ------
    TooManyRegionsError
        Without `shrink`, if there are more than max_regions.
    CancelledError
        If `cancelled` returns True.
    ValueError
        If the window has no area, max_regions is no positive number, or the network does not take the plane's inputs.
    UnsupportedLayerError
        If the network holds a layer whose geometry is unknown.
    """
    started = time.perf_counter()
    plane = Plane.identity() if plane is None else plane
    requested = _checked(window)
    if max_regions is not None and max_regions < 1:
        raise ValueError(f"max_regions must be at least 1, got {max_regions}")
    converted = as_network(network, plane.input_shape)
    double = doubled(converted)
    shown, centre, attempts = requested, (0.5, 0.5), 0
    while True:
        try:
            with CancelScope(cancelled), by_work(tuning.CHUNK_VALUES):
                evaluated = PlaneNetwork.of(double, plane, shown)
                subdivided = _subdivided(evaluated, plane, shown, max_regions, merge)
            break
        except TooManyRegionsError as too_many:
            if not shrink:
                raise
            attempts += 1
            if attempts == CENTRED_ATTEMPTS:
                shown, centre = requested, OFF_CENTRE
            assert max_regions is not None
            shown = _shrunk(shown, centre, 0.9 * math.sqrt(max_regions / too_many.estimate))  # 0.9: estimates are rough
    return RegionMap(
        network=converted,
        plane=plane,
        window=shown,
        truncated=shown != requested,
        seconds=time.perf_counter() - started,
        levels=subdivided.levels,
        evaluated=subdivided.evaluated,
        exact_values=subdivided.exact_values,
        first_logits=subdivided.first_logits,
        comparisons=subdivided.comparisons,
    )


@dataclass(frozen=True, eq=False)
class _Subdivided:
    levels: tuple[Subdivision, ...]
    evaluated: PlaneNetwork
    exact_values: ExactValues
    first_logits: FirstLogits
    comparisons: Comparisons | None


def _subdivided(
    network: PlaneNetwork, plane: Plane, window: Window, max_regions: int | None, merge: bool
) -> _Subdivided:
    """The window cut layer after layer."""
    exact, subdivision, first_unit = ExactPlane(network, plane, window), Subdivision.of_window(window), 0
    before, logits = torch.empty(0, 0), None
    comparisons = network.network.comparisons if merge else None
    for layer, width in enumerate(network.network.widths):
        check_cancelled()
        exact.levels.append(subdivision)
        vertices, spread, edges = subdivision.vertices, subdivision.spread, subdivision.edges
        evaluated = network.evaluate_next(vertices, spread, edges, before, max_regions)
        if (
            comparisons is not None
            and (fewer := _fewer_comparisons(network, layer, evaluated, spread, exact)) is not None
        ):
            reduced, won = fewer
            comparisons = replace(comparisons, won=won if comparisons.won is None else won | comparisons.won)
            network = network.changed_from(layer, reduced, plane, window)
            exact = ExactPlane(network, plane, window, exact.levels, exact.values() if layer else None)
            evaluated = network.evaluate_next(vertices, spread, edges, before, max_regions)
        steepness = exact.steepness(layer, evaluated.signs) if len(evaluated.values) == len(vertices) else None
        if steepness is not None:
            evaluated = network.sharpened(evaluated, steepness, spread)
        network, before, logits = network.with_bounds(evaluated.bounds), evaluated.values, evaluated.logits
        decided = exact.decided(evaluated.signs, layer)
        subdivision = cut(subdivision, decided, first_unit, ExactLayer(exact, layer), max_regions)
        exact.extend(None)
        first_unit += width
    exact.levels.append(subdivision)
    values = exact.values()
    if comparisons is not None:
        labels = _labels(exact, network, subdivision, comparisons)
        subdivision, kept = merged(subdivision, labels)
        before = before[torch.from_numpy(kept[kept < len(before)])]
        logits = None if logits is None else replace(logits, values=logits.values[kept[kept < len(logits.values)]])
        earlier = {
            place: pattern for place, pattern in exact.values().patterns.items() if place[0] < len(exact.levels) - 1
        }
        values = replace(exact.values(), patterns=earlier)  # without those of cells with their old numbers
    levels = (*exact.levels[:-1], subdivision)
    if logits is None:
        logits = network.first_logits(subdivision.vertices, before)
    return _Subdivided(levels, network, values, logits, comparisons)


def _fewer_comparisons(
    network: PlaneNetwork, layer: int, evaluated: EvaluatedLayer, spread: Floats, exact: ExactPlane
) -> tuple[Network, Bools] | None:
    """`without_losers`, where maxima begin in the layer, and it is evaluated at all vertices at once."""
    if not beginning_in(network.network, layer) or len(evaluated.values) < len(spread):
        return None
    bounds = evaluated.bounds
    error = bounds.errors.per_unit + torch.from_numpy(spread)[:, None] * bounds.steepness.per_unit
    exact_rows = exact.first_layer if layer == 0 else None
    return without_losers(network.network, layer, evaluated.values, error, exact_rows)


def _labels(exact: ExactPlane, network: PlaneNetwork, subdivision: Subdivision, comparisons: Comparisons) -> Ints:
    """(n,) cells with the same label differ only in comparisons that do not matter."""
    every = np.arange(len(subdivision))
    words, is_open = network.patterns(*subdivision.middles(every))
    if is_open.any():
        words[is_open] = exact.pattern_words(every[is_open])
    words = relevant_words(comparisons, words, sum(network.network.widths))
    whole = np.ascontiguousarray(words).view(np.dtype((np.void, 8 * words.shape[1])))[:, 0]  # rows as single values
    labels: Ints = np.unique(whole, return_inverse=True)[1]
    return labels


def _checked(window: Iterable[float]) -> Window:
    try:
        s0, s1, t0, t1 = (float(bound) for bound in window)
    except (TypeError, ValueError):
        raise ValueError(f"window must be four numbers (s0, s1, t0, t1), got {window!r}") from None
    if not all(math.isfinite(bound) for bound in (s0, s1, t0, t1)):
        raise ValueError(f"window must be finite, got {(s0, s1, t0, t1)}")
    if s0 >= s1 or t0 >= t1:
        raise ValueError(f"window must have an area, s0 < s1 and t0 < t1, got {(s0, s1, t0, t1)}")
    distance = max(map(abs, (s0, s1, t0, t1)))
    if min(s1 - s0, t1 - t0) < FLOATS_ACROSS * float(np.spacing(distance)):
        raise ValueError(f"window {(s0, s1, t0, t1)} is too small for float64 so far from the origin; zoom out")
    return s0, s1, t0, t1


def _shrunk(window: Window, centre: tuple[float, float], factor: float) -> Window:
    """The window scaled about a point given as fractions of its sides."""
    s0, s1, t0, t1 = window
    s, t = s0 + centre[0] * (s1 - s0), t0 + centre[1] * (t1 - t0)
    smaller = s + factor * (s0 - s), s + factor * (s1 - s), t + factor * (t0 - t), t + factor * (t1 - t)
    return _checked(smaller)
