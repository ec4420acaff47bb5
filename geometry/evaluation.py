"""A network's pre-activations at points of a plane, with a bound on their rounding errors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from geometry.affine import evaluate
from geometry.cancel import Cancelled, check_cancelled, never
from geometry.cores import by_work
from geometry.crossings import count_crossings
from geometry.meets import TooManyRegionsError
from geometry.network import Network
from geometry.plane import Plane
from geometry.ragged import Bools, Floats, Ints, Words, offsets, pack_bits
from geometry.rounding import doubled
from geometry.running import Errors, FirstLayer, carried, rows_with_errors, running_bounds
from geometry.signs import CHUNK_VALUES, Signs
from geometry.tiles import PlaneTiles, Tile, worth_tiling

ROOM = 1 << 24  # values held of units whose sign is open, after which it is first asked whether regions are too many


class PlaneNetwork:
    """A network restricted to a window of a plane, where its first layer is affine in (s, t), in float64.

    `errors[l]` bounds, unit by unit, how far rounding takes computed pre-activations of layer l from those of the
    network at the exact point: in the first layer's coefficients on the plane, in a point rounded to floats, and in
    every sum of products since. It is known once the layer has been evaluated. `steepness(l)` bounds what a point
    farther from its place adds.
    """

    @torch.no_grad()
    def __init__(
        self,
        network: Network,
        plane: Plane,
        window: tuple[float, float, float, float],
        max_regions: int | None = None,
        cancelled: Cancelled = never,
    ) -> None:
        self.max_regions, self.cancelled = max_regions, cancelled
        self.layers = doubled(network).layers
        self.first = FirstLayer.of(self.layers[0].affine, plane, window)
        self.errors: dict[int, Tensor] = {0: self.first.error}
        self._lengths = {0: Errors.of(self.first.error[None]).together}  # of a point's errors in a layer, (1,)
        self._steepness = [Errors.of(self.first.steepness[None])]
        self._tiles = PlaneTiles(self.layers, self.first, cancelled)
        self._latest: tuple[int, Tensor] = (-1, torch.empty(0, 0))  # a layer, and its values at the first points

    @torch.no_grad()
    def steepness(self, layer: int) -> Floats:
        """(units,) how much pre-activations of a layer change, at most, per length (l1) on the plane."""
        while len(self._steepness) <= layer:
            affine = self.layers[len(self._steepness)].affine
            self._steepness.append(self._steepness[-1].through(affine))
        return self._steepness[layer].each[0].numpy()

    @torch.no_grad()
    def signs(self, layer: int, points: Floats, spread: Floats, edges: Ints) -> Signs:
        """Signs of a hidden layer at the (m, 2) vertices of a subdivision into its affine pieces, as floats know them.

        `spread` (m,) says how far (l1) each vertex may be from its float coordinates.
        """
        if worth_tiling(self.layers[: layer + 1], len(points)):
            with by_work(CHUNK_VALUES):
                return self._tiled_signs(layer, points, spread, edges)
        with by_work(CHUNK_VALUES):
            z = self._values(layer, torch.from_numpy(points))
        return Signs.of_values(z.numpy(), self.errors[layer].numpy(), self.steepness(layer), spread)

    def running(self, points: Floats, spread: Floats, depth: int) -> list[tuple[Floats, Floats]]:
        """(m, units) values and bounds on their errors up to layer `depth`: narrower than `errors`, and slower."""
        size = self._chunk(depth + 1)
        parts = [
            running_bounds(self.layers, self.first, points[i : i + size], spread[i : i + size], depth)
            for i in range(0, len(points), size)
        ]
        return [
            (np.concatenate([p[k][0] for p in parts]), np.concatenate([p[k][1] for p in parts]))
            for k in range(depth + 1)
        ]

    def rows(self, layer: int, patterns: Bools, unit: Ints) -> tuple[Floats, Floats]:
        """(m, units before) patterns, (m,) units -> (m, 3) affine functions of (s, t, 1), and errors."""
        rows, errors, size = np.empty((len(unit), 3)), np.empty((len(unit), 3)), self._chunk(layer + 1)
        with by_work(CHUNK_VALUES):
            for begin in range(0, len(unit), size):
                part = slice(begin, begin + size)
                on, chosen = torch.from_numpy(patterns[part]), torch.from_numpy(unit[part])
                some, off = rows_with_errors(self.layers, self.first, on, layer, chosen)
                rows[part], errors[part] = some.numpy(), off.numpy()
        return rows, errors

    @torch.no_grad()
    def logits(self, points: Floats) -> Floats:
        """(m, 2) plane coordinates -> (m, classes)."""
        last = len(self.layers) - 1
        if not worth_tiling(self.layers, len(points)):
            with by_work(CHUNK_VALUES):
                return self._values(last, torch.from_numpy(points)).numpy()
        found = np.empty((len(points), self.layers[-1].units))
        with by_work(CHUNK_VALUES):
            for tile in self._tiles.walk(points, np.zeros(len(points)), None, last):
                found[tile.rows] = tile.values[last]
                self._note_error(last, tile)
        return found

    @torch.no_grad()
    def patterns(self, points: Floats, spread: Floats) -> tuple[Words, Bools]:
        """(m, 2) -> (m, words) a bit per hidden unit, set where it is positive, and (m,) whether a sign is open."""
        hidden = len(self.layers) - 1
        if hidden == 0:
            return np.zeros((len(points), 0), np.uint64), np.zeros(len(points), bool)
        if worth_tiling(self.layers[:-1], len(points)):
            packed = np.zeros((len(points), -(-sum(layer.units for layer in self.layers[:-1]) // 64)), np.uint64)
            is_open = np.zeros(len(points), bool)
            with by_work(CHUNK_VALUES):
                for tile in self._tiles.walk(points, spread, None, hidden - 1):
                    packed[tile.rows] = pack_bits(np.hstack([tile.positive(layer) for layer in range(hidden)]))
                    is_open[tile.rows] = np.any([tile.open_signs(k).any(axis=1) for k in range(hidden)], axis=0)
            return packed, is_open
        words, some_open = [np.zeros((0, -(-sum(layer.units for layer in self.layers[:-1]) // 64)), np.uint64)], []
        steps, size = [self.steepness(layer) for layer in range(hidden)], self._chunk(hidden)
        with by_work(CHUNK_VALUES):
            for begin in range(0, len(points), size):
                part = slice(begin, begin + size)
                above, is_open = [], np.zeros(len(points[part]), bool)
                for layer, z in enumerate(self._forward(torch.from_numpy(points[part]), hidden)):
                    bound = self.errors[layer].numpy()
                    if spread[part].any():
                        bound = bound + spread[part][:, None] * steps[layer]
                    above.append(z.numpy() > bound)
                    is_open |= ~(above[-1] | (z.numpy() < -bound)).all(axis=1)
                words.append(pack_bits(np.hstack(above)))
                some_open.append(is_open)
        return np.concatenate(words), np.concatenate([np.zeros(0, bool), *some_open])

    @torch.no_grad()
    def pieces(self, patterns: Bools) -> Floats:
        """(m, units) activation patterns -> (m, classes, 3): scores = piece @ (s, t, 1)."""
        columns = torch.cat([self.first.gradient, self.first.offset[None]])
        widths = [layer.units for layer in self.layers[:-1]]
        found = np.empty((len(patterns), self.layers[-1].units, 3))
        size = self._chunk(len(self.layers))
        with by_work(CHUNK_VALUES):
            for begin in range(0, len(patterns), size):
                some = torch.from_numpy(patterns[begin : begin + size])
                rows = columns.expand(len(some), *columns.shape)
                for layer, after, on in zip(self.layers, self.layers[1:], some.split(widths, dim=1)):
                    slope = on.double() + (layer.slope or 0.0) * (~on).double()
                    rows = after.affine.linear((rows * slope[:, None]).flatten(0, 1)).unflatten(0, (-1, 3))
                    rows[:, 2] += after.affine.bias
                found[begin : begin + size] = rows.transpose(1, 2)
        return found

    def _tiled_signs(self, layer: int, points: Floats, spread: Floats, edges: Ints) -> Signs:
        width = self.layers[layer].units
        positive = np.zeros((len(points), -(-width // 64)), np.uint64)
        zero = np.zeros_like(positive)
        blocks: list[Floats] = []
        counts: list[tuple[int, ...]] = []
        slot: list[NDArray[np.int32]] = []
        error: list[Floats] = []
        tile_of, row_of = np.full(len(points), -1), np.empty(len(points), np.int64)

        def signs() -> Signs:
            shapes: Ints = np.array(counts)
            values, first, across = np.concatenate(blocks), offsets(shapes.prod(axis=1)), shapes[:, 1]
            places = np.stack(slot)

            def at(vertex: Ints, unit: Ints) -> Floats:
                tile = tile_of[vertex]
                found: Floats = values[first[tile] + row_of[vertex] * across[tile] + places[tile, unit]]
                return found

            errors = np.stack(error)  # the spread is in them
            return Signs(positive, zero if zero.any() else None, at, lambda vertex, unit: errors[tile_of[vertex], unit])

        held, room = 0, math.inf if self.max_regions is None else ROOM
        for index, tile in enumerate(self._tiles.walk(points, spread, edges, layer)):
            positive[tile.rows] = pack_bits(tile.positive(layer))
            is_open = tile.open_signs(layer)
            if is_open.any():
                zero[tile.rows] = pack_bits(is_open)
            tile_of[tile.rows], row_of[tile.rows] = index, np.arange(len(tile.rows))
            place = np.full(width, -1, np.int32)
            place[tile.unstable[layer]] = np.arange(len(tile.unstable[layer]))
            blocks.append(tile.values[layer].ravel())
            counts.append(tile.values[layer].shape)
            slot.append(place)
            error.append(tile.errors[layer])
            self._note_error(layer, tile)
            held += tile.values[layer].size
            if held > room:
                self._refuse_too_many(points, edges, tile_of >= 0, signs())
                room *= 2
        return signs()

    def _refuse_too_many(self, points: Floats, edges: Ints, known: Bools, signs: Signs) -> None:
        """Raises TooManyRegionsError where what is known of the signs is enough: not all would fit into memory."""
        crossings = count_crossings(edges[known[edges].all(axis=1)], signs)
        cells, more = len(edges) - len(points) + 1, crossings // 2  # two on the border split one cell
        if self.max_regions is not None and cells + more > self.max_regions:
            raise TooManyRegionsError(cells + more * len(points) // int(known.sum()))

    def _note_error(self, layer: int, tile: Tile) -> None:
        error = torch.from_numpy(tile.errors[layer])
        self.errors[layer] = torch.maximum(self.errors.get(layer, error), error)
        self._lengths[layer] = Errors.of(self.errors[layer][None]).together

    def _values(self, layer: int, points: Tensor) -> Tensor:
        """(m, units) pre-activations of a layer; bounds its error if that is still unknown.

        Vertices of a subdivision stay the first of a finer one: there the values of the layer before are remembered.
        """
        found = torch.empty(len(points), self.layers[layer].units, dtype=torch.float64)
        largest = torch.zeros(math.prod(self.layers[layer].affine.in_shape), dtype=torch.float64)
        known = self._latest[1] if self._latest[0] == layer - 1 else torch.empty(0, 0)
        size = self._chunk(layer + 1)
        steps = [*range(0, len(known), size), *range(len(known), len(points), size), len(points)]
        for begin, end in pairwise(steps):
            check_cancelled(self.cancelled)
            if begin < len(known):
                entering = self.layers[layer - 1].activate(known[begin:end])
                found[begin:end] = evaluate(self.layers[layer].affine, entering)
            else:
                *_, before, z = (None, *self._forward(points[begin:end], layer + 1))
                found[begin:end] = z
                entering = largest[None] if before is None else self.layers[layer - 1].activate(before)
            if layer not in self.errors:
                sizes = entering.abs() if self.layers[layer - 1].slope else entering  # activations of a ReLU are >= 0
                largest = torch.maximum(largest, sizes.amax(dim=0))
        if layer not in self.errors:
            incoming = Errors.of(self.errors[layer - 1][None])
            together = torch.minimum(incoming.together, self._lengths.get(layer - 1, incoming.together))
            error = carried(self.layers[layer].affine, Errors(incoming.each, together), largest[None])
            self.errors[layer], self._lengths[layer] = error.each[0], error.together
        self._latest = (layer, found)
        return found

    def _forward(self, points: Tensor, layers: int) -> Iterator[Tensor]:
        """Pre-activations of the first `layers` layers, one after the other."""
        z = torch.addmm(self.first.offset, points, self.first.gradient)
        yield z
        for layer, after in zip(self.layers[: layers - 1], self.layers[1:]):
            z = evaluate(after.affine, layer.activate(z))
            yield z

    def _chunk(self, layers: int) -> int:
        """How many points to treat at a time."""
        return max(1, CHUNK_VALUES // max((layer.units for layer in self.layers[:layers]), default=1))
