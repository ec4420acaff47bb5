"""A network's pre-activations at points of a plane, with a bound on their rounding errors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from geometry.affine import evaluate
from geometry.cancel import Cancelled, go_on, never
from geometry.cores import cores
from geometry.crossings import find_crossings
from geometry.meets import TooManyRegionsError
from geometry.network import Network
from geometry.plane import Plane
from geometry.ragged import Bools, Floats, Ints, Words, offsets, pack_bits
from geometry.rounding import EPSILON, accumulated, doubled
from geometry.signs import CHUNK_VALUES, ZERO_MARGIN, Signs
from geometry.tiles import PlaneTiles, Tile, worth_tiling

MANY = 1 << 22  # values of a layer that are computed in many chunks
ROOM = 1 << 24  # values held of units whose sign is open, after which it is first asked whether regions are too many


class PlaneNetwork:
    """A network restricted to a window of a plane, where its first layer is affine in (s, t), in float64.

    `errors[l]` bounds, unit by unit, how far rounding takes computed pre-activations of layer l from those of the
    network at the exact point: in the first layer's coefficients on the plane, in the place of a vertex, and in
    every sum of products since (n u sum |w x|, the classical bound; u the unit roundoff). It is known once the layer
    has been evaluated.
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
        first = self.layers[0].affine
        frame = torch.from_numpy(np.stack([plane.u.ravel(), plane.v.ravel(), plane.origin.ravel()]))
        along_s, along_t = max(abs(window[0]), abs(window[1])), max(abs(window[2]), abs(window[3]))
        farthest = np.abs(plane.origin) + along_s * np.abs(plane.u) + along_t * np.abs(plane.v)
        pushed = first.linear(frame)
        self.gradient, self.offset = pushed[:2], pushed[2] + first.bias
        size = evaluate(first.absolute(), torch.from_numpy(farthest.reshape(1, -1)))[0]
        moved = 4 * max(along_s, along_t) * self.gradient.abs().sum(dim=0)
        first_error = EPSILON / 2 * ((plane.origin.size + 4) * size + moved)
        self.errors: dict[int, Tensor] = {0: first_error}
        self._tiles = PlaneTiles(self.layers, self.gradient, self.offset, first_error, cancelled)
        self._latest: tuple[int, Tensor] = (-1, torch.empty(0, 0))  # a layer, and its values at the first points

    @torch.no_grad()
    def signs(self, layer: int, points: Floats, edges: Ints, units: slice) -> Signs:
        """Signs of some units of a hidden layer at the (m, 2) vertices of a subdivision into its affine pieces."""
        if worth_tiling(self.layers[: layer + 1], len(points)):
            with cores(1):
                return self._tiled_signs(layer, points, edges, units)
        with self._few_cores(len(points)):
            z = self._values(layer, torch.from_numpy(points))
        return Signs.of_values(z[:, units].numpy(), self.errors[layer][units].numpy())

    @torch.no_grad()
    def logits(self, points: Floats) -> Floats:
        """(m, 2) plane coordinates -> (m, classes)."""
        last = len(self.layers) - 1
        if not worth_tiling(self.layers, len(points)):
            with self._few_cores(len(points)):
                return self._values(last, torch.from_numpy(points)).numpy()
        found = np.empty((len(points), self.layers[-1].units))
        with cores(1):
            for tile in self._tiles.walk(points, None, last):
                found[tile.rows] = tile.values[last]
                self._note_error(last, tile)
        return found

    @torch.no_grad()
    def patterns(self, points: Floats) -> Words:
        """(m, 2) -> (m, words): a bit per hidden unit, all layers in a row, set where it is surely positive."""
        hidden = len(self.layers) - 1
        if hidden == 0:
            return np.zeros((len(points), 0), np.uint64)
        if worth_tiling(self.layers[:-1], len(points)):
            packed = np.zeros((len(points), -(-sum(layer.units for layer in self.layers[:-1]) // 64)), np.uint64)
            with cores(1):
                for tile in self._tiles.walk(points, None, hidden - 1):
                    packed[tile.rows] = pack_bits(np.hstack([tile.positive(layer, 1) for layer in range(hidden)]))
            return packed
        words = []
        with self._few_cores(len(points)):
            for some in torch.from_numpy(points).split(self._chunk(hidden)):
                surely = [z > self.errors[layer] for layer, z in enumerate(self._forward(some, hidden))]
                words.append(pack_bits(torch.cat(surely, dim=1).numpy()))
        return np.concatenate(words)

    @torch.no_grad()
    def pieces(self, patterns: Bools) -> Floats:
        """(m, units) activation patterns -> (m, classes, 3): logits = piece @ (s, t, 1)."""
        columns = torch.cat([self.gradient, self.offset[None]])
        widths = [layer.units for layer in self.layers[:-1]]
        found = np.empty((len(patterns), self.layers[-1].units, 3))
        size = self._chunk(len(self.layers))
        with self._few_cores(len(patterns)):
            for begin in range(0, len(patterns), size):
                some = torch.from_numpy(patterns[begin : begin + size])
                rows = columns.expand(len(some), *columns.shape)
                for layer, after, on in zip(self.layers, self.layers[1:], some.split(widths, dim=1)):
                    slope = on.double() + (layer.slope or 0.0) * (~on).double()
                    rows = after.affine.linear((rows * slope[:, None]).flatten(0, 1)).unflatten(0, (-1, 3))
                    rows[:, 2] += after.affine.bias
                found[begin : begin + size] = rows.transpose(1, 2)
        return found

    def _tiled_signs(self, layer: int, points: Floats, edges: Ints, units: slice) -> Signs:
        width = self.layers[layer].units
        positive = np.zeros((len(points), -(-len(range(width)[units]) // 64)), np.uint64)
        zero = np.zeros_like(positive)
        blocks: list[Floats] = []
        counts: list[tuple[int, ...]] = []
        slot: list[NDArray[np.int32]] = []
        tile_of, row_of = np.full(len(points), -1), np.empty(len(points), np.int64)

        def signs() -> Signs:
            shapes: Ints = np.array(counts)
            values, first, across = np.concatenate(blocks), offsets(shapes.prod(axis=1)), shapes[:, 1]
            places, begin = np.stack(slot), units.indices(width)[0]

            def at(vertex: Ints, unit: Ints) -> Floats:
                tile = tile_of[vertex]
                found: Floats = values[first[tile] + row_of[vertex] * across[tile] + places[tile, unit + begin]]
                return found

            return Signs(positive, zero if zero.any() else None, self.errors[layer].numpy()[units], at)

        held, room = 0, math.inf if self.max_regions is None else ROOM
        for index, tile in enumerate(self._tiles.walk(points, edges, layer)):
            positive[tile.rows] = pack_bits(tile.positive(layer, ZERO_MARGIN)[:, units])
            near = tile.near_zero(layer, ZERO_MARGIN)
            if near.any():
                zero[tile.rows] = pack_bits(near[:, units])
            tile_of[tile.rows], row_of[tile.rows] = index, np.arange(len(tile.rows))
            place = np.full(width, -1, np.int32)
            place[tile.unstable[layer]] = np.arange(len(tile.unstable[layer]))
            blocks.append(tile.values[layer].ravel())
            counts.append(tile.values[layer].shape)
            slot.append(place)
            self._note_error(layer, tile)
            held += tile.values[layer].size
            if held > room:
                self._refuse_too_many(points, edges, tile_of >= 0, signs())
                room *= 2
        return signs()

    def _refuse_too_many(self, points: Floats, edges: Ints, known: Bools, signs: Signs) -> None:
        """Raises TooManyRegionsError where what is known of the signs is enough: not all would fit into memory."""
        crossings = find_crossings(points, edges[known[edges].all(axis=1)], signs)
        cells, more = len(edges) - len(points) + 1, len(crossings.points) // 2  # two on the border split one cell
        if self.max_regions is not None and cells + more > self.max_regions:
            raise TooManyRegionsError(cells + more * len(points) // int(known.sum()))

    def _note_error(self, layer: int, tile: Tile) -> None:
        error = torch.from_numpy(tile.errors[layer])
        self.errors[layer] = torch.maximum(self.errors.get(layer, error), error)

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
            go_on(self.cancelled)
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
            self.errors[layer] = accumulated(self.layers[layer].affine, self.errors[layer - 1], largest)
        self._latest = (layer, found)
        return found

    def _forward(self, points: Tensor, layers: int) -> Iterator[Tensor]:
        """Pre-activations of the first `layers` layers, one after the other."""
        z = torch.addmm(self.offset, points, self.gradient)
        yield z
        for layer, after in zip(self.layers[: layers - 1], self.layers[1:]):
            z = evaluate(after.affine, layer.activate(z))
            yield z

    def _few_cores(self, points: int) -> AbstractContextManager[None]:
        """One core for many chunks, whose products are small; for few, changing that would take longer than they do."""
        return cores(1) if points * max(layer.units for layer in self.layers) > MANY else nullcontext()

    def _chunk(self, layers: int) -> int:
        """How many points to treat at a time."""
        return max(1, CHUNK_VALUES // max((layer.units for layer in self.layers[:layers]), default=1))
