"""Evaluating a network at many points of a plane, tile by tile.

Within a small tile most units keep their sign, so on it the network is a much smaller one: the stable units fold
into affine maps and only the unstable ones stay. Interval bounds around an affine centre show which are which; then
the pre-activations of the unstable units, the only ones whose signs are open, are exact sums over the few unstable
units before them. On 784-1024-512-10 this takes a fiftieth of the arithmetic of plain forward passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Dense, dense_matrix
from geometry.network.network import Layer
from geometry.network.weight_cache import cached_by_weights
from geometry.network.work import multiplications
from geometry.ragged_arrays import Bools, Floats, Ints, offsets
from geometry.regions import tuning
from geometry.regions.evaluation.running_errors import Errors, FirstLayer, carried

BATCH = 64  # tiles that are bounded at a time: limits memory
ROW_VALUES = 1 << 23  # entries of back-substituted rows at a time: limits memory
DENSE_VALUES = 1 << 25  # entries up to which a convolution's matrix is written out: limits memory


@dataclass(frozen=True, eq=False)
class Tile:
    """A network on the points `rows`, and on the bounding box of the points and their edges."""

    rows: Ints  # (m,) the points
    on: list[Bools]  # per layer (units,) surely positive everywhere
    unstable: list[Ints]  # per layer: the units whose sign is open; of the logits all
    values: list[Floats]  # per layer (m, unstable units) their pre-activations at the points
    errors: list[Floats]  # per layer (units,) bounds on the errors, at any place within a point's spread
    errors_there: Floats  # (units,) those of the last layer at the points as they are

    def positive(self, layer: int) -> Bools:
        """(m, units) which units are positive at which points by more than the error bound."""
        signs = np.tile(self.on[layer], (len(self.rows), 1))
        signs[:, self.unstable[layer]] = self.values[layer] > self._error(layer)
        return signs

    def open_signs(self, layer: int) -> Bools:
        """(m, units) which units are no farther from zero than the error bound."""
        signs = np.zeros((len(self.rows), len(self.on[layer])), bool)
        signs[:, self.unstable[layer]] = ~(np.abs(self.values[layer]) > self._error(layer))
        return signs

    def _error(self, layer: int) -> Floats:
        error: Floats = self.errors[layer][self.unstable[layer]]
        return error


@dataclass(frozen=True, eq=False)
class _Masks:
    """The units of one layer on a batch of tiles."""

    slope: Tensor  # (tiles, units) what a stable unit multiplies by: 1, the leaky slope, or 0; 0 if unstable
    on: Bools  # (tiles, units)
    unstable: list[Ints]  # per tile
    error: Tensor  # (tiles, units) at any place within a point's spread
    error_there: Tensor  # (tiles, units) at the points as they are; those of scores alone are smaller


@dataclass(frozen=True, eq=False)
class PlaneTiles:
    """The tiles of some points on a plane, for a network with affine first layer (s, t) @ gradient + offset."""

    layers: Sequence[Layer]
    first: FirstLayer

    def walk(self, points: Floats, spread: Floats, edges: Ints | None, depth: int) -> Iterator[Tile]:
        """The tiles one by one, evaluated up to layer `depth` (0 is the first); their errors allow for the spread.

        With `edges` the bounds of a tile hold along all edges that leave it, so that a unit that changes sign on an
        edge is unstable in the tiles of both its ends.
        """
        order, starts = _spatial_order(points)
        low, high = _boxes(points, edges, order, starts)
        for begin in range(0, len(starts) - 1, BATCH):
            batch = slice(begin, min(begin + BATCH, len(starts) - 1))
            centre, radius = (low[batch] + high[batch]) / 2, (high[batch] - low[batch]) / 2
            moved = torch.from_numpy(np.maximum.reduceat(spread[order], starts[:-1])[batch])[None]
            if self.layers[depth].slope is None and moved.any():
                moved = torch.cat([moved, torch.zeros_like(moved)])
            masks = self._bounds(torch.from_numpy(centre), torch.from_numpy(radius), moved, depth)
            rows = [order[starts[i] : starts[i + 1]] for i in range(batch.start, batch.stop)]
            yield from self._evaluate(points, rows, centre, masks, depth)

    def _bounds(self, centre: Tensor, radius: Tensor, moved: Tensor, depth: int) -> list[_Masks]:
        """Bound every unit on every tile: within `error` of middle + slope · (x - centre) for x in the tile.

        `moved` (k, tiles) are spreads of the tiles' points; rounding errors are those at the first and at the last.

        Values at the points of a tile are sums of a value at the centre and two slopes times offsets from it. Where a
        unit is surely on, each of the three is no larger than the unit's largest value on the tile.
        """
        middle = torch.addmm(self.first.offset, centre, self.first.gradient)
        slopes = self.first.gradient.expand(len(centre), *self.first.gradient.shape)  # (tiles, 2, units)
        error = torch.zeros_like(middle)
        bound = Errors.of(self.first.error + moved.reshape(-1, 1) * self.first.steepness)
        masks = []
        for index, layer in enumerate(self.layers[: depth + 1]):
            rounding, there = bound.per_unit[: len(centre)], bound.per_unit[-len(centre) :]
            spread = (slopes.abs() * radius[:, :, None]).sum(dim=1) + error
            lower, upper = middle - spread, middle + spread
            if layer.slope is None:
                every = [np.arange(layer.units)] * len(centre)
                masks.append(_Masks(torch.ones_like(middle), np.zeros(middle.shape, bool), every, rounding, there))
                break
            on, off = lower > rounding, upper < -rounding
            if layer.bends is not None:  # what is carried along is off, with slope 1
                on, off = on & layer.bends, off | ~layer.bends
            is_open = ~(on | off)
            slope = on.to(middle) + layer.slope * off.to(middle)
            unstable = [np.flatnonzero(units_open) for units_open in is_open.numpy()]
            masks.append(_Masks(slope, on.numpy(), unstable, rounding, there))
            if index == depth:
                break
            # Between the two lines of slope `chord` that enclose the (leaky) ReLU on [lower, upper]
            below, above = lower.clamp(max=0), upper.clamp(min=0)
            chord = (above - layer.slope * below) / (above - below).clamp(min=1e-300)
            gap = torch.where(is_open, (above - chord * above) / 2, 0.0)
            through = torch.where(is_open, chord, slope)
            following = self.layers[index + 1].affine
            largest = torch.maximum(upper.clamp(min=0), layer.slope * lower.abs())
            bound = carried(following, bound, largest.repeat(len(moved), 1), passes=3)
            middle = following.linear(through * middle + gap) + following.bias
            slopes = following.linear((through[:, None] * slopes).flatten(0, 1)).unflatten(0, (-1, 2))
            error = following.absolute().linear(through * error + gap)
        return masks

    def _evaluate(
        self, points: Floats, rows: list[Ints], centre: Floats, masks: list[_Masks], depth: int
    ) -> Iterator[Tile]:
        """The unstable units' pre-activations at the points of each tile."""
        widest = max(layer.units for layer in self.layers[: depth + 1])
        counts = np.array([max(len(mask.unstable[i]) for mask in masks) for i in range(len(rows))])
        first = 0
        while first < len(rows):
            check_cancelled()
            fit = np.searchsorted(np.cumsum(counts[first:]) * widest, ROW_VALUES, side="right")
            tiles = range(first, first + max(1, int(fit)))
            local = [points[rows[i]] - centre[i] for i in tiles]
            values: list[list[Floats]] = [[] for _ in tiles]
            for layer in range(depth + 1):
                layer_values = self._layer_values(layer, tiles, local, centre, masks, values)
                for of_tile, z in zip(values, layer_values):
                    of_tile.append(z)
            for i, of_tile in zip(tiles, values):
                errors = [mask.error[i].numpy() for mask in masks]
                on, unstable = [mask.on[i] for mask in masks], [mask.unstable[i] for mask in masks]
                yield Tile(rows[i], on, unstable, of_tile, errors, masks[-1].error_there[i].numpy())
            first = tiles.stop

    def _layer_values(
        self,
        layer: int,
        tiles: range,
        local: list[Floats],
        centre: Floats,
        masks: list[_Masks],
        before: list[list[Floats]],
    ) -> list[Floats]:
        """(m, unstable units) per tile: affine in the point, plus what the unstable units of earlier layers add."""
        unstable = [masks[layer].unstable[i] for i in tiles]
        batch = slice(tiles.start, tiles.stop)
        gradient = self.first.gradient
        at_centre = torch.addmm(self.first.offset, torch.from_numpy(centre[batch]), gradient)
        affine = torch.cat([at_centre[:, None], gradient.expand(len(at_centre), *gradient.shape)], dim=1)
        if layer == 0:
            return [
                _affine_values(near, coefficients[:, units_open])
                for near, coefficients, units_open in zip(local, affine.numpy(), unstable)
            ]
        affine *= masks[0].slope[batch, None]
        if layer == 1:
            affine = self.layers[1].affine.linear(affine.flatten(0, 1)).unflatten(0, (-1, 3))
            affine[:, 0] += self.layers[1].affine.bias
            per_tile = []
            for k, i in enumerate(tiles):
                values = _affine_values(local[k], affine[k].numpy()[:, unstable[k]])
                weights = self._weights(1, unstable[k], masks[0].unstable[i])
                per_tile.append(_plus_product(values, self._activated(0, before[k][0], masks[0].unstable[i]), weights))
            return per_tile
        return self._back_substituted(layer, tiles, local, affine, masks, before)

    def _back_substituted(
        self,
        layer: int,
        tiles: range,
        local: list[Floats],
        affine: Tensor,
        masks: list[_Masks],
        before: list[list[Floats]],
    ) -> list[Floats]:
        """The same for any layer: rows of its matrix, multiplied through the stable units of the layers before.

        `affine` is (tiles, 3, units): the stable units of the first layer at the centres, and their two slopes.
        """
        unstable = [masks[layer].unstable[i] for i in tiles]
        units, ends = np.concatenate(unstable), offsets(np.array([len(units_open) for units_open in unstable]))
        own_rows = [slice(ends[k], ends[k + 1]) for k in range(len(tiles))]
        rows, constant = self._picked_rows(layer, units), self.layers[layer].affine.bias[units]
        per_tile = [np.zeros((len(near), len(units_open))) for near, units_open in zip(local, unstable)]
        for below in range(layer - 1, -1, -1):
            for k, i in enumerate(tiles):
                weights = rows[own_rows[k]].numpy()[:, masks[below].unstable[i]]
                _plus_product(per_tile[k], self._activated(below, before[k][below], masks[below].unstable[i]), weights)
            if below:
                for k, i in enumerate(tiles):
                    rows[own_rows[k]] *= masks[below].slope[i]
                constant = constant + rows @ self.layers[below].affine.bias
                rows = self.layers[below].affine.transpose(rows)
        for k, near in enumerate(local):
            ahead = (affine[k] @ rows[own_rows[k]].T).numpy()
            ahead[0] += constant[own_rows[k]].numpy()
            per_tile[k] += _affine_values(near, ahead)
        return per_tile

    def _activated(self, layer: int, z: Floats, units: Ints) -> Floats:
        """(m, len(units)) pre-activations of some units -> activations."""
        slope = self.layers[layer].below
        activated: Floats = np.maximum(z, (slope.numpy()[units] if isinstance(slope, Tensor) else slope) * z)
        return activated

    def _weights(self, layer: int, units: Ints, inputs: Ints) -> Floats:
        """(len(units), len(inputs)) entries of a layer's matrix."""
        matrix = self._matrix(layer)
        if matrix is None:
            return self._picked_rows(layer, units).numpy()[:, inputs]
        entries: Floats = matrix.numpy()[units[:, None], inputs]
        return entries

    def _picked_rows(self, layer: int, units: Ints) -> Tensor:
        """(len(units), units before) rows of a layer's matrix."""
        matrix = self._matrix(layer)
        if matrix is not None:
            return matrix[units]
        picked = torch.zeros(len(units), self.layers[layer].units, dtype=torch.float64)
        picked[torch.arange(len(units)), units] = 1
        return self.layers[layer].affine.transpose(picked)

    def _matrix(self, layer: int) -> Tensor | None:
        """A layer's matrix written out, unless that takes too much memory."""
        affine = self.layers[layer].affine
        if isinstance(affine, Dense):
            return affine.weight
        if self.layers[layer].units * self.layers[layer - 1].units > DENSE_VALUES:
            return None
        return cached_by_weights(affine, "matrix", lambda: dense_matrix(affine))


def _affine_values(near: Floats, coefficients: Floats) -> Floats:
    """(m, 2) offsets from the centre and (3, units) values there with their slopes -> (m, units)."""
    slopes = torch.from_numpy(coefficients)
    values: Floats = torch.addmm(slopes[0], torch.from_numpy(near), slopes[1:]).numpy()
    return values


def _plus_product(values: Floats, activated: Floats, weights: Floats) -> Floats:
    """`values` plus activated @ weights.T, in place; by torch, which keeps to the cores that this thread may use."""
    torch.from_numpy(values).addmm_(torch.from_numpy(activated), torch.from_numpy(weights).T)
    return values


def worth_tiling(layers: Sequence[Layer], points: int) -> bool:
    """Whether tiles are faster than forward passes through these layers."""
    work = sum(multiplications(layer.affine) for layer in layers[1:])
    return work > tuning.TILED_WORK * (len(layers) - 1) ** 2 and points * work > tuning.TILED_TOTAL


def _spatial_order(points: Floats) -> tuple[Ints, Ints]:
    """Points ordered into compact tiles: (order, where each tile starts, and the end)."""
    strips = max(1, round((len(points) / tuning.TILE) ** 0.5))
    by_s = np.argsort(points[:, 0], kind="stable")
    strip = np.empty(len(points), np.int64)
    strip[by_s] = np.arange(len(points)) * strips // len(points)
    return np.lexsort((points[:, 1], strip)), np.append(np.arange(0, len(points), tuning.TILE), len(points))


def _boxes(points: Floats, edges: Ints | None, order: Ints, starts: Ints) -> tuple[Floats, Floats]:
    """(tiles, 2) lower and upper corners of what the tiles reach."""
    low = np.minimum.reduceat(points[order], starts[:-1])
    high = np.maximum.reduceat(points[order], starts[:-1])
    if edges is not None:
        tile = np.empty(len(points), np.int64)
        tile[order] = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        leaving = edges[tile[edges[:, 0]] != tile[edges[:, 1]]]
        for start, end in (leaving.T, leaving.T[::-1]):
            np.minimum.at(low, tile[start], points[end])
            np.maximum.at(high, tile[start], points[end])
    return low, high
