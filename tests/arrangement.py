"""The regions of a small network by splitting polygons in rational arithmetic: an oracle that never rounds.

It reads the weights of torch modules itself (Linear, Conv2d, ReLU, LeakyReLU, Flatten) and cuts every cell by every
unit, one after the other. Its cost grows with the number of cells times the number of units.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from torch import nn

from geometry.plane import Plane

Point = tuple[Fraction, Fraction]
Row = tuple[Fraction, Fraction, Fraction]  # a s + b t + c
Window = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cell:
    """One linear region on the window."""

    polygon: tuple[Point, ...]  # counter-clockwise, no three corners on a line
    pattern: tuple[bool, ...]  # which hidden units are positive inside, all layers in a row
    rows: tuple[Row, ...]  # the last values on the cell; of a finished cell the logits

    @property
    def area(self) -> Fraction:
        return sum((_cross(a, b) for a, b in _sides(self.polygon)), Fraction(0)) / 2

    @property
    def centroid(self) -> Point:
        weights = [(_cross(a, b), a, b) for a, b in _sides(self.polygon)]
        total = sum(w for w, _, _ in weights)
        s, t = (sum(w * (a[k] + b[k]) for w, a, b in weights) / (3 * total) for k in (0, 1))
        return s, t

    def logits(self, point: Point) -> list[Fraction]:
        return [value_at(row, point) for row in self.rows]


def value_at(row: Row, point: Point) -> Fraction:
    return row[0] * point[0] + row[1] * point[1] + row[2]


def exact_regions(network: nn.Sequential, window: Window, plane: Plane) -> list[Cell]:
    """All linear regions on the window (s0, s1, t0, t1) of a plane."""
    s0, s1, t0, t1 = map(Fraction, window)
    corners = ((s0, t0), (s1, t0), (s1, t1), (s0, t1))
    frame = zip(plane.u.ravel().tolist(), plane.v.ravel().tolist(), plane.origin.ravel().tolist())
    rows = tuple((Fraction(u), Fraction(v), Fraction(o)) for u, v, o in frame)
    cells, shape = [Cell(corners, (), rows)], plane.input_shape
    for module in network:
        if isinstance(module, (nn.ReLU, nn.LeakyReLU)):
            slope = Fraction(float(getattr(module, "negative_slope", 0.0)))
            cells = [part for cell in cells for part in _activated(cell, slope)]
        elif not isinstance(module, nn.Flatten):
            matrix, bias, shape = _affine_map(module, shape)
            cells = [Cell(cell.polygon, cell.pattern, _mapped(matrix, bias, cell.rows)) for cell in cells]
    return cells


def adjacent_pairs(cells: Sequence[Cell]) -> set[tuple[int, int]]:
    """Pairs (i < j) of cells whose boundaries share a segment of positive length."""
    on_line: dict[Row, list[tuple[Fraction, Fraction, int, bool]]] = defaultdict(list)
    for i, cell in enumerate(cells):
        for a, b in _sides(cell.polygon):
            line = _line(a, b)
            low, high = (a, b) if a < b else (b, a)
            axis = 0 if low[0] != high[0] else 1
            on_line[line].append((low[axis], high[axis], i, a < b))
    pairs = set()
    for sides in on_line.values():
        forward, backward = ([side for side in sides if side[3] is way] for way in (True, False))
        for (low, high, i, _), (other_low, other_high, j, _) in itertools.product(forward, backward):
            if max(low, other_low) < min(high, other_high):
                pairs.add((min(i, j), max(i, j)))
    return pairs


def _activated(cell: Cell, slope: Fraction) -> Iterator[Cell]:
    """A cell split where one of its rows changes sign, and max(z, slope z) of every row on the parts."""
    parts = [(cell.polygon, ())]
    for row in cell.rows:
        parts = [(half, (*bits, bit)) for polygon, bits in parts for half, bit in _split(polygon, row)]
    for polygon, bits in parts:
        rows = tuple(row if bit else _scaled(row, slope) for row, bit in zip(cell.rows, bits))
        yield Cell(polygon, cell.pattern + bits, rows)


def _split(polygon: tuple[Point, ...], row: Row) -> list[tuple[tuple[Point, ...], bool]]:
    """The parts of a polygon where a row is not negative and not positive, if it has both signs; else the whole."""
    values = [value_at(row, point) for point in polygon]
    if min(values) >= 0 or max(values) <= 0:
        return [(polygon, max(values) > 0)]
    above, below = [], []
    for (a, b), (at_a, at_b) in zip(_sides(polygon), itertools.pairwise([*values, values[0]])):
        if at_a >= 0:
            above.append(a)
        if at_a <= 0:
            below.append(a)
        if at_a * at_b < 0:
            share = at_a / (at_a - at_b)
            crossing = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
            above.append(crossing)
            below.append(crossing)
    return [(tuple(above), True), (tuple(below), False)]


def _mapped(matrix: list[dict[int, Fraction]], bias: list[Fraction], rows: tuple[Row, ...]) -> tuple[Row, ...]:
    images = []
    for weights, constant in zip(matrix, bias):
        terms = [(w, rows[k]) for k, w in weights.items() if any(rows[k])]
        a, b, c = (sum((w * row[k] for w, row in terms), Fraction(0)) for k in range(3))
        images.append((a, b, c + constant))
    return tuple(images)


def _scaled(row: Row, factor: Fraction) -> Row:
    return row[0] * factor, row[1] * factor, row[2] * factor


def _affine_map(
    module: nn.Module, shape: tuple[int, ...]
) -> tuple[list[dict[int, Fraction]], list[Fraction], tuple[int, ...]]:
    """The nonzero entries of a module's matrix, row by row, its bias, and the shape of what it returns."""
    if isinstance(module, nn.Linear):
        weight = module.weight.detach().double().tolist()
        rows = [{k: Fraction(w) for k, w in enumerate(row) if w} for row in weight]
        shape = (module.out_features,)
    elif isinstance(module, nn.Conv2d):
        rows, shape = _convolution(module, shape)
    else:
        raise TypeError(f"the oracle knows no {type(module).__name__}")
    repeats = len(rows) // (module.out_features if isinstance(module, nn.Linear) else module.out_channels)
    if module.bias is None:
        return rows, [Fraction(0)] * len(rows), shape
    bias = np.repeat(module.bias.detach().double().numpy(), repeats).tolist()
    return rows, [Fraction(b) for b in bias], shape


def _convolution(module: nn.Conv2d, shape: tuple[int, ...]) -> tuple[list[dict[int, Fraction]], tuple[int, ...]]:
    """Entry by entry, from the definition of an ungrouped, undilated convolution with zero padding."""
    channels, height, width = shape
    weight = module.weight.detach().double().tolist()
    (kh, kw), (sh, sw), (ph, pw) = module.kernel_size, module.stride, module.padding  # type: ignore[misc]
    out_height, out_width = (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1
    rows = []
    for o, y, x in itertools.product(range(module.out_channels), range(out_height), range(out_width)):
        entries = {}
        for c, i, j in itertools.product(range(channels), range(kh), range(kw)):
            row, column = y * sh - ph + i, x * sw - pw + j
            if 0 <= row < height and 0 <= column < width and weight[o][c][i][j]:
                entries[(c * height + row) * width + column] = Fraction(weight[o][c][i][j])
        rows.append(entries)
    return rows, (module.out_channels, out_height, out_width)


def _sides(polygon: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return itertools.pairwise([*polygon, polygon[0]])


def _cross(a: Point, b: Point) -> Fraction:
    return a[0] * b[1] - a[1] * b[0]


def _line(a: Point, b: Point) -> Row:
    """The line through two points, the same for every pair of its points."""
    normal = (b[1] - a[1], a[0] - b[0])
    scale = normal[0] if normal[0] != 0 else normal[1]
    normal = (normal[0] / scale, normal[1] / scale)
    return (*normal, -normal[0] * a[0] - normal[1] * a[1])
