"""Batched linear functionals on the activations of one layer: the rows that back-substitution pulls back.

`DenseFunctionals` name a coefficient for every unit, or for chosen columns. `PatchFunctionals` belong to units of a
convolution, which see only a patch of the image; patches grow from layer to layer and become dense where they cover the
image.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from certify.bounds.patches import grown, patch_index, transpose_patches
from certify.bounds.transposed_convolution import transpose
from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Affine, Chain, Conv, Dense, Scale, Shape


@dataclass(frozen=True, eq=False)
class DenseFunctionals:
    """`coefficients` (n or 1, m, k) on all units, or on the units `columns` (n, k) only; the others' are zero."""

    coefficients: Tensor
    columns: Tensor | None = None

    def at(self, values: Tensor) -> Tensor:
        """(n, units) -> (n, 1, k): the `values` that belong to the coefficients."""
        return values[:, None] if self.columns is None else values.gather(1, self.columns)[:, None]

    def dot(self, values: Tensor) -> Tensor:
        """(n or 1, units) -> (n, m): each functional's value."""
        if self.columns is not None:
            values = values.expand(len(self.columns), -1).gather(1, self.columns)
        if len(values) == 1:
            return self.coefficients @ values[0]
        if len(self.coefficients) == 1:
            return values @ self.coefficients[0].T
        return (self.coefficients @ values[:, :, None]).squeeze(2)

    def with_coefficients(self, coefficients: Tensor) -> DenseFunctionals:
        return replace(self, coefficients=coefficients)

    def times(self, values: Tensor) -> DenseFunctionals:
        """Each coefficient times the value (n or 1, units) of its unit."""
        return self.with_coefficients(self.coefficients * self.at(values))

    def cleaned(self) -> DenseFunctionals:
        """The rows themselves: dense rows have no coefficients outside the image."""
        return self

    def followed_by_negative(self, coefficients: Tensor) -> DenseFunctionals:
        """These rows, and after them the negatives of as many others on the same units, in one batch."""
        if self.coefficients.mT.is_contiguous():  # as chosen columns are stored
            pair = torch.cat([self.coefficients.mT, coefficients.mT], 2).mT
        else:
            pair = torch.cat([self.coefficients, coefficients], 1)
        pair[:, self.coefficients.shape[1] :].neg_()
        return replace(self, coefficients=pair)

    def first(self, count: int) -> DenseFunctionals:
        """The rows on the first `count` of the columns."""
        if self.columns is None:
            return self
        return DenseFunctionals(self.coefficients[..., :count], self.columns[:, :count])

    def through(self, affine: Affine, columns: Tensor | None = None) -> DenseFunctionals:
        """The rows in terms of the affine map's inputs, or of these columns of them: rows @ W."""
        if isinstance(affine, Dense):
            columns = columns if self.columns is None else None  # choosing among both costs more than it saves
            return DenseFunctionals(self.coefficients @ _weight(affine, self.columns, columns), columns)
        rows = self.coefficients.flatten(0, 1)
        flat = transpose(affine, rows) if isinstance(affine, Conv) else affine.transpose(rows)
        return DenseFunctionals(flat.unflatten(0, self.coefficients.shape[:2]))


@dataclass(frozen=True, eq=False)
class PatchFunctionals:
    """`coefficients` (n or 1, channels, places or 1, length), or (n, m, length), on patches of an image.

    A place is a position of the grid of outputs the rows began at. The patch at place (i, j) has its upper left
    corner at (i * stride - overlap, j * stride - overlap) of `image`. It may extend beyond the image, where its
    coefficients count for nothing. `places` (n, m) gives the place of each row; without it all channels have a row at
    every place.
    """

    coefficients: Tensor
    image: Shape
    grid: tuple[int, int]
    size: tuple[int, int]
    stride: tuple[int, int]
    overlap: tuple[int, int]  # left, top
    index: Tensor  # (places, length) position of each coefficient in the flat image, from 1; 0 is outside
    places: Tensor | None = None
    clean: bool = True  # all coefficients outside the image are zero

    def at(self, values: Tensor) -> Tensor:
        """(n, units) -> (n, 1, places, length) or (n, m, length): `values` under the patches, 0 outside."""
        local = F.pad(values, (1, 0))[:, self.index]
        if self.places is None:
            return local[:, None]
        samples = torch.arange(len(values), device=values.device)[:, None]
        return local[samples if len(values) > 1 else 0, self.places]

    def dot(self, values: Tensor) -> Tensor:
        """(n or 1, units) -> (n, m): each functional's value."""
        local = self.at(values)
        if self.places is None and self.coefficients.shape[0] == self.coefficients.shape[2] == 1:
            return (local[:, 0] @ self.coefficients[0, :, 0].T).transpose(1, 2).flatten(1)
        return (self.coefficients * local).sum(-1).flatten(1)

    def with_coefficients(self, coefficients: Tensor) -> PatchFunctionals:
        return replace(self, coefficients=coefficients)

    def times(self, values: Tensor) -> PatchFunctionals:
        """Each coefficient times the value (n or 1, units) of its unit; what lies outside the image becomes zero."""
        return replace(self, coefficients=self.coefficients * self.at(values), clean=True)

    def cleaned(self) -> PatchFunctionals:
        """The same rows, a set for every place, with zeros outside the image."""
        if self.clean:
            shape = self.coefficients.shape
            everywhere = shape if self.places is not None else (*shape[:2], len(self.index), shape[3])
            return self.with_coefficients(self.coefficients.expand(everywhere))
        inside = (self.index > 0).to(self.coefficients)
        inside = inside if self.places is None else inside[self.places]
        return replace(self, coefficients=self.coefficients * inside, clean=True)

    def first(self, count: int) -> PatchFunctionals:
        """The rows themselves: patches have no columns."""
        return self

    def followed_by_negative(self, coefficients: Tensor) -> PatchFunctionals:
        """These rows, and after them the negatives of as many others on the same patches, in one batch."""
        places = None if self.places is None else torch.cat([self.places, self.places], 1)
        pair = torch.cat([self.coefficients, coefficients], 1)
        pair[:, self.coefficients.shape[1] :].neg_()
        return replace(self, coefficients=pair, places=places)

    def dense(self) -> DenseFunctionals:
        """The same rows with a coefficient for every unit of the image."""
        rows = self.cleaned()
        index = rows.index if rows.places is None else rows.index[rows.places]
        coefficients, index = torch.broadcast_tensors(rows.coefficients, index)
        whole = coefficients.new_zeros(*coefficients.shape[:-1], math.prod(rows.image) + 1)
        whole = whole.scatter(-1, index, coefficients)[..., 1:]
        return DenseFunctionals(whole.flatten(1, -2))

    def through(self, affine: Affine) -> LayerFunctionals:
        """The rows in terms of the affine map's inputs: a transposed convolution of every patch."""
        if isinstance(affine, Scale):
            return self.times(affine.scale[None])
        if not isinstance(affine, Conv):
            return self.dense().through(affine)
        rows = self if self.clean else self.cleaned()
        size = grown(rows.size, affine)
        if size is None:
            return rows.dense().through(affine)
        stride = (rows.stride[0] * affine.stride[0], rows.stride[1] * affine.stride[1])
        left, _, top, _ = affine.padding
        overlap = (rows.overlap[0] * affine.stride[1] + left, rows.overlap[1] * affine.stride[0] + top)
        index = patch_index(affine.in_shape, rows.grid, size, stride, overlap, affine.bias.device)
        coefficients = transpose_patches(affine, rows.coefficients, rows.size, size)
        return replace(
            rows,
            coefficients=coefficients,
            image=affine.in_shape,
            size=size,
            stride=stride,
            overlap=overlap,
            index=index,
            clean=bool((index > 0).all()),
        )


LayerFunctionals: TypeAlias = DenseFunctionals | PatchFunctionals


def longest(affines: Sequence[Affine]) -> int:
    """The most coefficients a row has on its way from a unit of the last of these maps down to the input."""
    parts = [part for affine in affines for part in (affine.parts if isinstance(affine, Chain) else (affine,))]
    size: tuple[int, int] | None = (1, 1)
    length = 1
    for part in reversed(parts):
        if not isinstance(part, Conv | Scale) or len(part.in_shape) != 3:
            size = None
        elif isinstance(part, Conv) and size is not None:
            size = grown(size, part)
        covered = math.prod(part.in_shape) if size is None else part.in_shape[0] * math.prod(size)
        length = max(length, covered)
    return length


def unit_functionals(affine: Affine, units: Tensor | None = None, columns: Tensor | None = None) -> LayerFunctionals:
    """The rows of the affine map's matrix: of all its units, or of `units` (n, m) per sample.

    `columns` (n, k) are the inputs whose coefficients will be needed; only dense rows make use of them.
    """
    if isinstance(affine, Dense):
        weight = _weight(affine, units, columns)
        return DenseFunctionals(weight if weight.dim() == 3 else weight[None], columns)
    if isinstance(affine, Chain):
        return _through_all(unit_functionals(affine.parts[-1], units), affine.parts[:-1])
    if isinstance(affine, Conv | Scale) and len(affine.out_shape) == 3:
        return _channel_rows(affine, units).through(affine)
    length, bias = math.prod(affine.out_shape), affine.bias
    if units is None:
        return DenseFunctionals(torch.eye(length, dtype=bias.dtype, device=bias.device)[None]).through(affine)
    return DenseFunctionals(bias.new_zeros(*units.shape, length).scatter_(2, units[:, :, None], 1)).through(affine)


def _channel_rows(affine: Affine, units: Tensor | None) -> PatchFunctionals:
    """The functionals that read one output unit of the map each, as patches of one pixel."""
    channels, height, width = affine.out_shape
    bias = affine.bias
    eye = torch.eye(channels, dtype=bias.dtype, device=bias.device)
    index = patch_index(affine.out_shape, (height, width), (1, 1), (1, 1), (0, 0), bias.device)
    rows = PatchFunctionals(eye[None, :, None], affine.out_shape, (height, width), (1, 1), (1, 1), (0, 0), index)
    if units is None:
        return rows
    area = height * width
    return replace(rows, coefficients=eye[units // area], places=units % area)


def _through_all(rows: LayerFunctionals, parts: tuple[Affine, ...]) -> LayerFunctionals:
    for part in reversed(parts):
        rows = rows.through(part)
    return rows


def substitute(rows: LayerFunctionals, affine: Affine, columns: Tensor | None = None) -> LayerFunctionals:
    """The rows on the affine map's outputs in terms of its inputs; `columns` are those that will be needed."""
    check_cancelled()
    if isinstance(rows, DenseFunctionals) and not isinstance(affine, Chain):
        return rows.through(affine, columns)
    return _through_all(rows, affine.parts) if isinstance(affine, Chain) else rows.through(affine)


def substitute_both(
    rows: LayerFunctionals, others: LayerFunctionals, affine: Affine, columns: Tensor | None = None
) -> tuple[LayerFunctionals, LayerFunctionals]:
    """`substitute` for two sets of rows; `others` may cover only the first of the columns of `rows`."""
    if (
        not isinstance(rows, DenseFunctionals)
        or not isinstance(others, DenseFunctionals)
        or not isinstance(affine, Dense)
    ):
        return substitute(rows, affine, columns), substitute(others, affine, columns)
    check_cancelled()
    columns = columns if rows.columns is None else None
    weight = _weight(affine, rows.columns, columns)
    fewer = weight[..., : others.coefficients.shape[2], :]
    return DenseFunctionals(rows.coefficients @ weight, columns), DenseFunctionals(others.coefficients @ fewer, columns)


def _weight(affine: Dense, rows: Tensor | None, columns: Tensor | None) -> Tensor:
    """(units, in_units) W, or per sample (n, k, in_units) some rows of it, or (n, units, k) some columns, or both."""
    if rows is None:
        return affine.weight if columns is None else _chosen(affine.transposed(), columns).mT
    chosen = _chosen(affine.weight, rows)
    return chosen if columns is None else chosen.gather(2, columns[:, None].expand(-1, rows.shape[1], -1))


def _chosen(matrix: Tensor, rows: Tensor) -> Tensor:
    """(n, k) indices -> (n, k, length) those rows of the matrix."""
    return matrix.index_select(0, rows.flatten()).unflatten(0, rows.shape)
