"""Signs of a layer at the vertices of a subdivision, and the scores there, evaluated tile by tile."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geometry.ragged_arrays import Bools, Floats, Ints, Words, offsets, pack_bits
from geometry.regions.evaluation.sign_changes import count_crossings
from geometry.regions.evaluation.signs import Signs
from geometry.regions.evaluation.tiles import PlaneTiles, Tile
from geometry.regions.subdivision import TooManyRegionsError

FIRST_CHECK = 1 << 24  # stored values before the first check for too many regions: limits memory


@dataclass(frozen=True, eq=False)
class TiledLayer:
    """A layer at (V, 2) points, and the scores there if it is the last hidden one."""

    signs: Signs
    errors: Floats  # (units,) how far its values at any of the points may be from the exact
    logits: Floats  # (V, classes); (0, classes) if another hidden layer follows
    logit_errors: Floats  # (classes,) how far scores may be from the exact at the points as they are


def tiled_signs(
    tiles: PlaneTiles,
    points: Floats,
    spread: Floats,
    edges: Ints,
    layer: int,
    max_regions: int | None,
    cutting: Bools | None = None,
) -> TiledLayer:
    """A layer at the (V, 2) vertices.

    After the last hidden layer the scores cost little more: everything before them is the same.

    Units that are not `cutting` count as negative. Only values of units whose sign is open on a tile are stored. Raises
    TooManyRegionsError as soon as these values show that there are more than `max_regions`.
    """
    units = tiles.layers[layer].units
    collected = _Tiles(len(points), units, pack_bits(np.ones((1, units), bool) if cutting is None else cutting[None]))
    next_check = math.inf if max_regions is None else FIRST_CHECK
    last = len(tiles.layers) - 1
    scored = layer == last - 1
    logits = np.empty((len(points) if scored else 0, tiles.layers[last].units))
    logit_errors = np.zeros(tiles.layers[last].units)
    for tile in tiles.walk(points, spread, edges, last if scored else layer):
        collected.add(tile, layer)
        if scored:
            logits[tile.rows] = tile.values[last]
            logit_errors = np.maximum(logit_errors, tile.errors_there)
        if max_regions is not None and collected.stored > next_check:
            _refuse_too_many(points, edges, collected.tile_of >= 0, collected.signs(), max_regions)
            next_check *= 2
    return TiledLayer(collected.signs(), np.max(collected.errors, axis=0), logits, logit_errors)


@dataclass(eq=False)
class _Tiles:
    """The signs of the tiles so far."""

    points: int
    units: int
    cutting: Words  # (1, words) a bit per unit
    stored: int = 0  # values
    values: list[Floats] = field(default_factory=list)  # flat, per tile
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    columns: list[NDArray[np.int32]] = field(default_factory=list)  # per tile (units,) of its values; -1 for none
    errors: list[Floats] = field(default_factory=list)  # per tile (units,)

    def __post_init__(self) -> None:
        self.positive = np.zeros((self.points, -(-self.units // 64)), np.uint64)
        self.zero = np.zeros_like(self.positive)
        self.tile_of, self.row_of = np.full(self.points, -1), np.empty(self.points, np.int64)

    def add(self, tile: Tile, layer: int) -> None:
        self.positive[tile.rows] = pack_bits(tile.positive(layer)) & self.cutting
        is_open = tile.open_signs(layer)
        if is_open.any():
            self.zero[tile.rows] = pack_bits(is_open) & self.cutting
        self.tile_of[tile.rows], self.row_of[tile.rows] = len(self.values), np.arange(len(tile.rows))
        column = np.full(self.units, -1, np.int32)
        column[tile.unstable[layer]] = np.arange(len(tile.unstable[layer]))
        self.values.append(tile.values[layer].ravel())
        self.shapes.append(tile.values[layer].shape)
        self.columns.append(column)
        self.errors.append(tile.errors[layer])
        self.stored += tile.values[layer].size

    def signs(self) -> Signs:
        shapes: Ints = np.array(self.shapes)
        values, first, across = np.concatenate(self.values), offsets(shapes.prod(axis=1)), shapes[:, 1]
        columns, errors = np.stack(self.columns), np.stack(self.errors)  # the spread is in them
        tile_of, row_of = self.tile_of, self.row_of

        def at(vertex: Ints, unit: Ints) -> Floats:
            tile = tile_of[vertex]
            values_there: Floats = values[first[tile] + row_of[vertex] * across[tile] + columns[tile, unit]]
            return values_there

        zero = self.zero if self.zero.any() else None
        return Signs(self.positive, zero, at, lambda vertex, unit: errors[tile_of[vertex], unit])


def _refuse_too_many(points: Floats, edges: Ints, evaluated: Bools, signs: Signs, max_regions: int) -> None:
    """Raise TooManyRegionsError if the signs so far show too many regions: the rest might not fit into memory."""
    crossings = count_crossings(edges[evaluated[edges].all(axis=1)], signs)
    cells, more = len(edges) - len(points) + 1, crossings // 2  # two on the border split one cell
    if cells + more > max_regions:
        raise TooManyRegionsError(cells + more * len(points) // int(evaluated.sum()))
