"""A network's pre-activations at points of a plane, with a bound on their rounding errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from geometry.computation.cancellation import check_cancelled
from geometry.computation.cores import by_work
from geometry.network.affine import evaluate
from geometry.network.network import Layer, Network
from geometry.plane import Plane
from geometry.ragged_arrays import Bools, Floats, Ints, Words, pack_bits
from geometry.regions import tuning
from geometry.regions.evaluation.equal_units import repeated_units
from geometry.regions.evaluation.running_errors import Errors, FirstLayer, carried, rows_with_errors, running_bounds
from geometry.regions.evaluation.signs import Signs
from geometry.regions.evaluation.tiled_signs import tiled_signs
from geometry.regions.evaluation.tiles import PlaneTiles, worth_tiling


@dataclass(frozen=True, eq=False)
class LayerBounds:
    """What holds for all pre-activations of one layer that are computed at points of the window."""

    errors: Errors  # (1, units) how far rounding takes them from those of the network at the exact point
    steepness: Errors  # (1, units) how much they change, at most, per length (l1) on the plane


@dataclass(frozen=True, eq=False)
class LayerValues:
    """One layer's pre-activations at some points."""

    values: Tensor  # (m, units)
    largest: Tensor  # (units before,) absolute values of the activations that entered, the largest at any point


@dataclass(frozen=True, eq=False)
class FirstLogits:
    """The scores at the first of some points."""

    values: Floats  # (m, classes)
    errors: Floats  # (classes,) how far these may be from the true ones at the points as they are


@dataclass(frozen=True, eq=False)
class EvaluatedLayer:
    """A layer at all vertices of a subdivision into its affine pieces."""

    signs: Signs  # `zero` where floats cannot decide
    bounds: LayerBounds
    values: Tensor  # (V, units); (0, units) where the layer was evaluated in tiles
    logits: FirstLogits | None = None  # where the last hidden layer was evaluated in tiles


@dataclass(frozen=True, eq=False)
class PlaneNetwork:
    """A network restricted to a window of a plane, where its first layer is affine in (s, t), in float64.

    `bounds` are those of the first layers: an enumeration adds them layer by layer. Errors count rounding in
    the first layer's coefficients on the plane, in a point rounded to floats, and in every sum of products since; the
    steepness bounds what a point farther from its place adds.
    """

    network: Network  # in float64, detached (`geometry.network.rounding.doubled`)
    first: FirstLayer
    repeated: tuple[Bools | None, ...]  # per layer (units,) which equal an earlier one: they cut nothing
    bounds: tuple[LayerBounds, ...] = ()

    @classmethod
    @torch.no_grad()
    def of(cls, network: Network, plane: Plane, window: tuple[float, float, float, float]) -> PlaneNetwork:
        """The network on a window of a plane, without bounds."""
        first = FirstLayer.of(network.layers[0].affine, plane, window)
        return cls(network, first, repeated_units(network.hidden, plane))

    @property
    def layers(self) -> Sequence[Layer]:
        return self.network.layers

    @property
    def _tiles(self) -> PlaneTiles:
        return PlaneTiles(self.layers, self.first)

    def with_bounds(self, bounds: LayerBounds) -> PlaneNetwork:
        """The same network with the bounds of one more layer."""
        return replace(self, bounds=(*self.bounds, bounds))

    @torch.no_grad()
    def changed_from(
        self, layer: int, network: Network, plane: Plane, window: tuple[float, float, float, float]
    ) -> PlaneNetwork:
        """Another network with the same layers before this one, which has no bounds yet."""
        if layer == 0:
            return PlaneNetwork.of(network, plane, window)
        return replace(self, network=network, repeated=repeated_units(network.hidden, plane))

    @torch.no_grad()
    def evaluate_next(
        self, points: Floats, spread: Floats, edges: Ints, before: Tensor, max_regions: int | None = None
    ) -> EvaluatedLayer:
        """The first layer without bounds, at the (m, 2) vertices of a subdivision into its affine pieces.

        Parameters
        ----------
        spread : (m,) how far (l1) each vertex may be from its float coordinates
        before : (k, units) pre-activations of the layer before at the first k vertices, where they are known: the
            vertices of a subdivision stay the first of a finer one
        max_regions : as soon as there are surely more, TooManyRegionsError is raised
        """
        layer = len(self.bounds)
        with by_work(tuning.CHUNK_VALUES):
            if worth_tiling(self.layers[: layer + 1], len(points)):
                tiled = tiled_signs(self._tiles, points, spread, edges, layer, max_regions, self._cutting(layer))
                bounds = LayerBounds(Errors.of(torch.from_numpy(tiled.errors)[None]), self._steepness(layer))
                logits = FirstLogits(tiled.logits, tiled.logit_errors) if len(tiled.logits) else None
                return EvaluatedLayer(tiled.signs, bounds, torch.empty(0, self.layers[layer].units), logits)
            computed = self._values(layer, torch.from_numpy(points), before)
        bounds = LayerBounds(self._errors(layer, computed.largest), self._steepness(layer))
        return self._with_signs(layer, computed.values, bounds, spread)

    def sharpened(self, evaluated: EvaluatedLayer, steepness: Tensor, spread: Floats) -> EvaluatedLayer:
        """What `evaluate_next` returned at all vertices, with a sharper bound on the (units,) steepness."""
        bounds = evaluated.bounds
        per_unit = torch.minimum(bounds.steepness.per_unit, steepness)
        length = torch.minimum(bounds.steepness.length, Errors.of(per_unit).length)
        sharper = replace(bounds, steepness=Errors(per_unit, length))
        return self._with_signs(len(self.bounds), evaluated.values, sharper, spread)

    def _with_signs(self, layer: int, values: Tensor, bounds: LayerBounds, spread: Floats) -> EvaluatedLayer:
        error, steepness = bounds.errors.per_unit[0].numpy(), bounds.steepness.per_unit[0].numpy()
        signs = Signs.of_values(values.numpy(), error, steepness, spread, self._cutting(layer))
        return EvaluatedLayer(signs, bounds, values)

    def _bending(self, layer: int) -> Bools | None:
        """(units,) which units of a layer have a bend, None for all."""
        return None if self.layers[layer].bends is None else self.layers[layer].bending()

    def _cutting(self, layer: int) -> Bools | None:
        """(units,) which units of a layer may cut cells, None for all."""
        bending, repeated = self._bending(layer), self.repeated[layer]
        if repeated is None:
            return bending
        return ~repeated if bending is None else bending & ~repeated

    @torch.no_grad()
    def first_logits(self, points: Floats, before: Tensor) -> FirstLogits:
        """At the first k of the (m, 2) vertices, where the last hidden layer's `before` (k, units) are known."""
        with by_work(tuning.CHUNK_VALUES):
            computed = self._values(len(self.layers) - 1, torch.from_numpy(points[: len(before)]), before)
        return self._logits(computed)

    @torch.no_grad()
    def logits(self, points: Floats, first: FirstLogits | None = None) -> tuple[Floats, Floats]:
        """(m, 2) plane coordinates -> (m, classes) scores, and (classes,) how far these may be from the true ones.

        `first` are those of the first points, where they are known.
        """
        given = 0 if first is None else len(first.values)
        with by_work(tuning.CHUNK_VALUES):
            rest = self._rest_of_logits(points[given:])
        if first is None or given == 0:
            return rest.values, rest.errors
        return np.concatenate([first.values, rest.values]), np.maximum(first.errors, rest.errors)

    def _rest_of_logits(self, points: Floats) -> FirstLogits:
        last = len(self.layers) - 1
        if not worth_tiling(self.layers, len(points)):
            return self._logits(self._values(last, torch.from_numpy(points)))
        values, errors = np.empty((len(points), self.layers[-1].units)), np.zeros(self.layers[-1].units)
        for tile in self._tiles.walk(points, np.zeros(len(points)), None, last):
            values[tile.rows] = tile.values[last]
            errors = np.maximum(errors, tile.errors[last])
        return FirstLogits(values, errors)

    def _logits(self, computed: LayerValues) -> FirstLogits:
        errors = self._errors(len(self.layers) - 1, computed.largest).per_unit[0]
        return FirstLogits(computed.values.numpy(), errors.numpy())

    @torch.no_grad()
    def logit_steepness(self) -> Floats:
        """(classes,) how much scores change, at most, per length (l1) on the plane."""
        steepness: Floats = self._steepness(len(self.layers) - 1).per_unit[0].numpy()
        return steepness

    def running(self, points: Floats, spread: Floats, depth: int) -> list[tuple[Floats, Floats]]:
        """(m, units) values and bounds on their errors up to layer `depth`: narrower than `bounds`, and slower."""
        size = self._chunk(depth + 1)
        parts = [
            running_bounds(self.layers, self.first, points[i : i + size], spread[i : i + size], depth)
            for i in range(0, len(points), size)
        ]
        return [
            (np.concatenate([p[k][0] for p in parts]), np.concatenate([p[k][1] for p in parts]))
            for k in range(depth + 1)
        ]

    def rows(self, layer: int, patterns: Bools, which: Ints, unit: Ints) -> tuple[Floats, Floats]:
        """(c, units before) patterns, (m,) places of them, (m,) units -> (m, 3) functions of (s, t, 1), and errors."""
        rows, errors, size = np.empty((len(unit), 3)), np.empty((len(unit), 3)), self._chunk(layer + 1)
        order = np.argsort(which, kind="stable")
        ends = np.searchsorted(which[order], np.arange(0, len(patterns) + size, size))
        with by_work(tuning.CHUNK_VALUES):
            for begin, (first, last) in zip(range(0, len(patterns), size), pairwise(ends.tolist())):
                own = order[first:last]
                on, chosen = torch.from_numpy(patterns[begin : begin + size]), torch.from_numpy(unit[own])
                place = torch.from_numpy(which[own] - begin)
                chosen_rows, off = rows_with_errors(self.layers, self.first, on, layer, place, chosen)
                rows[own], errors[own] = chosen_rows.numpy(), off.numpy()
        return rows, errors

    @torch.no_grad()
    def patterns(self, points: Floats, spread: Floats) -> tuple[Words, Bools]:
        """(m, 2) -> (m, words) a bit per hidden unit, set where it is positive, and (m,) whether a sign is open."""
        hidden = len(self.layers) - 1
        if hidden == 0:
            return np.zeros((len(points), 0), np.uint64), np.zeros(len(points), bool)
        with by_work(tuning.CHUNK_VALUES):
            if worth_tiling(self.layers[:-1], len(points)):
                return self._tiled_patterns(points, spread)
            return self._patterns(points, spread)

    def _tiled_patterns(self, points: Floats, spread: Floats) -> tuple[Words, Bools]:
        hidden = len(self.layers) - 1
        words = np.zeros((len(points), self._words), np.uint64)
        is_open = np.zeros(len(points), bool)
        for tile in self._tiles.walk(points, spread, None, hidden - 1):
            words[tile.rows] = pack_bits(np.hstack([tile.positive(layer) for layer in range(hidden)]))
            is_open[tile.rows] = np.any([tile.open_signs(k).any(axis=1) for k in range(hidden)], axis=0)
        return words, is_open

    def _patterns(self, points: Floats, spread: Floats) -> tuple[Words, Bools]:
        hidden = len(self.layers) - 1
        words, open_parts, size = [np.zeros((0, self._words), np.uint64)], [np.zeros(0, bool)], self._chunk(hidden)
        for begin in range(0, len(points), size):
            part = slice(begin, begin + size)
            above, is_open = [], np.zeros(len(points[part]), bool)
            forward = self._forward(torch.from_numpy(points[part]), hidden)
            for k, (layer_bounds, z) in enumerate(zip(self.bounds, forward)):
                bound = layer_bounds.errors.per_unit[0].numpy()
                if spread[part].any():
                    bound = bound + spread[part][:, None] * layer_bounds.steepness.per_unit[0].numpy()
                on, off, bending = z.numpy() > bound, z.numpy() < -bound, self._bending(k)
                if bending is not None:
                    on, off = on & bending, off | ~bending
                above.append(on)
                is_open |= ~(on | off).all(axis=1)
            words.append(pack_bits(np.hstack(above)))
            open_parts.append(is_open)
        return np.concatenate(words), np.concatenate(open_parts)

    @property
    def _words(self) -> int:
        """Of 64 bits, that hold one for each hidden unit."""
        return -(-sum(self.network.widths) // 64)

    @torch.no_grad()
    def pieces(self, patterns: Bools) -> Floats:
        """(m, units) activation patterns -> (m, classes, 3): scores = piece @ (s, t, 1)."""
        columns = torch.cat([self.first.gradient, self.first.offset[None]])
        pieces = np.empty((len(patterns), self.layers[-1].units, 3))
        size = self._chunk(len(self.layers))
        with by_work(tuning.CHUNK_VALUES):
            for begin in range(0, len(patterns), size):
                part = torch.from_numpy(patterns[begin : begin + size])
                rows = columns.expand(len(part), *columns.shape)
                for layer, after, on in zip(self.layers, self.layers[1:], part.split(self.network.widths, dim=1)):
                    slope = on.double() + layer.below * (~on).double()
                    rows = after.affine.linear((rows * slope[:, None]).flatten(0, 1)).unflatten(0, (-1, 3))
                    rows[:, 2] += after.affine.bias
                pieces[begin : begin + size] = rows.transpose(1, 2)
        return pieces

    def _values(self, layer: int, points: Tensor, before: Tensor | None = None) -> LayerValues:
        """Pre-activations of a layer at (m, 2) points; `before` as in `evaluate_next`."""
        values = torch.empty(len(points), self.layers[layer].units, dtype=torch.float64)
        largest = torch.zeros(math.prod(self.layers[layer].affine.in_shape), dtype=torch.float64)
        given = 0 if before is None else len(before)
        size = self._chunk(layer + 1)
        for begin, end in pairwise([*range(0, given, size), *range(given, len(points), size), len(points)]):
            check_cancelled()
            entering = None
            if before is not None and begin < given:
                entering = self.layers[layer - 1].activate(before[begin:end])
                values[begin:end] = evaluate(self.layers[layer].affine, entering)
            else:
                *_, last, z = (None, *self._forward(points[begin:end], layer + 1))
                values[begin:end] = z
                entering = None if last is None else self.layers[layer - 1].activate(last)
            if entering is not None:
                sizes = entering if self.layers[layer - 1].rectifies else entering.abs()
                largest = torch.maximum(largest, sizes.amax(dim=0))
        return LayerValues(values, largest)

    def _errors(self, layer: int, largest: Tensor) -> Errors:
        """(1, units) of a layer's pre-activations, where the activations that enter it are no larger than that."""
        if layer == 0:
            return Errors.of(self.first.error[None])
        errors = carried(self.layers[layer].affine, self.bounds[layer - 1].errors, largest[None])
        return Errors(errors.per_unit, torch.minimum(errors.length, Errors.of(errors.per_unit).length))

    def _steepness(self, layer: int) -> Errors:
        if layer == 0:
            return Errors.of(self.first.steepness[None])
        return self.bounds[layer - 1].steepness.through(self.layers[layer].affine)

    def _forward(self, points: Tensor, layers: int) -> Iterator[Tensor]:
        """Pre-activations of the first `layers` layers, one after the other."""
        z = torch.addmm(self.first.offset, points, self.first.gradient)
        yield z
        for layer, after in zip(self.layers[: layers - 1], self.layers[1:]):
            z = evaluate(after.affine, layer.activate(z))
            yield z

    def _chunk(self, layers: int) -> int:
        """How many points to treat at a time."""
        return max(1, tuning.CHUNK_VALUES // max((layer.units for layer in self.layers[:layers]), default=1))
