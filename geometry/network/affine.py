"""Affine maps between activations: all linear layers between two ReLU layers, folded into one map.

Activations are flat here, (n, in_units), whatever their image shape: `Conv` reshapes inside. So geometry and
bounds use one interface, and only code that profits from patches uses a `Conv`'s own fields.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, Self

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.grad import conv2d_input

from geometry.computation.cancellation import check_cancelled
from geometry.computation.product_parts import in_parts
from geometry.network import tuning
from geometry.network.weight_cache import cached_by_weights

Shape = tuple[int, ...]


class Affine(Protocol):
    """x -> W x + b on flat batches. `in_shape` and `out_shape` are the image shapes of the flat vectors."""

    @property
    def in_shape(self) -> Shape: ...

    @property
    def out_shape(self) -> Shape: ...

    @property
    def bias(self) -> Tensor:
        """(out_units,) b."""
        ...

    def linear(self, x: Tensor) -> Tensor:
        """(n, in_units) -> (n, out_units): W x, without the bias."""
        ...

    def transpose(self, rows: Tensor) -> Tensor:
        """(m, out_units) -> (m, in_units): rows @ W, the step of every back-substitution."""
        ...

    def absolute(self) -> Affine:
        """The map |W| x + |b|, for interval arithmetic and rounding errors.

        A `Chain` takes it factor by factor, which is larger than the absolute value of the product: still a bound.
        """
        ...

    def weights(self) -> Iterator[Tensor]:
        """Every tensor the map is made of."""
        ...

    def to(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Self: ...

    def detached(self) -> Self:
        """The same map, through which no gradient flows to the weights."""
        ...


def evaluate(affine: Affine, x: Tensor) -> Tensor:
    """(n, in_units) -> (n, out_units): W x + b."""
    if isinstance(affine, Dense) and not _few(len(x)):
        return in_parts(lambda part: torch.addmm(affine.bias, part, affine.weight.T), x, affine.weight.numel())
    return affine.linear(x) + affine.bias


def _few(points: int) -> bool:
    """Whether W x^T is a faster product than x W^T, whose larger factor is repacked."""
    return tuning.FEW_FROM <= points <= tuning.FEW_TO


def dense_matrix(affine: Affine) -> Tensor:
    """(out_units, in_units) W itself, written out."""
    if isinstance(affine, Dense):
        return affine.weight
    outputs, inputs = math.prod(affine.out_shape), math.prod(affine.in_shape)
    basis = torch.eye(min(outputs, inputs), dtype=affine.bias.dtype, device=affine.bias.device)
    return affine.transpose(basis) if outputs <= inputs else affine.linear(basis).T.contiguous()


@dataclass(frozen=True, eq=False)
class Dense:
    """A matrix. `weight` (out_units, in_units), `bias` (out_units,)."""

    weight: Tensor
    bias: Tensor
    in_shape: Shape
    out_shape: Shape

    def linear(self, x: Tensor) -> Tensor:
        if _few(len(x)):
            check_cancelled()
            return (self.weight @ x.T).T.contiguous()
        return in_parts(lambda part: part @ self.weight.T, x, self.weight.numel())

    def transpose(self, rows: Tensor) -> Tensor:
        return in_parts(lambda part: part @ self.weight, rows, self.weight.numel())

    def absolute(self) -> Dense:
        return cached_by_weights(
            self, "absolute", lambda: replace(self, weight=self.weight.abs(), bias=self.bias.abs())
        )

    def transposed(self) -> Tensor:
        """(in_units, out_units) the matrix stored column by column, for choosing among its columns."""
        return cached_by_weights(self, "transposed", lambda: self.weight.T.contiguous())

    def weights(self) -> Iterator[Tensor]:
        yield from (self.weight, self.bias)

    def to(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Dense:
        return replace(self, weight=self.weight.to(device, dtype), bias=self.bias.to(device, dtype))

    def detached(self) -> Dense:
        return replace(self, weight=self.weight.detach(), bias=self.bias.detach())


@dataclass(frozen=True, eq=False)
class Conv:
    """A zero-padded convolution. `weight` (out, in / groups, kh, kw); `bias` per output unit, (out_units,).

    `padding` is (left, right, top, bottom) as in torch.nn.functional.pad.
    """

    weight: Tensor
    bias: Tensor
    in_shape: Shape
    out_shape: Shape
    stride: tuple[int, int]
    padding: tuple[int, int, int, int]
    dilation: tuple[int, int]
    groups: int

    def linear(self, x: Tensor) -> Tensor:
        return in_parts(self._linear, x.flatten(1), self._multiplications)

    @property
    def _multiplications(self) -> int:
        """For one image, times 4: torch's float64 convolution takes several times as long as a matrix product."""
        return 4 * len(self.bias) * math.prod(self.weight.shape[1:])

    def _linear(self, x: Tensor) -> Tensor:
        image, (left, right, top, bottom) = x.reshape(-1, *self.in_shape), self.padding
        if (left, top) != (right, bottom):
            image, left, top = F.pad(image, self.padding), 0, 0
        if self.unfolded(len(x)) <= tuning.UNFOLDED and self._plain:
            size = list(self.weight.shape[2:])
            return torch.ops.aten.thnn_conv2d(image, self.weight, size, None, self.stride, (top, left)).flatten(1)
        return F.conv2d(image, self.weight, None, self.stride, (top, left), self.dilation, self.groups).flatten(1)

    def unfolded(self, images: int) -> int:
        """How many numbers the patches under the kernel hold."""
        return images * math.prod(self.weight.shape[1:]) * math.prod(self.out_shape[1:])

    @property
    def _plain(self) -> bool:
        """Whether torch's float32 library prepares it for longer than it computes, if it is tiny."""
        ungrouped = self.groups == 1 and self.dilation == (1, 1)
        return ungrouped and self.weight.dtype == torch.float32 and self.weight.device.type == "cpu"

    def transpose(self, rows: Tensor) -> Tensor:
        return in_parts(self._transpose, rows.flatten(1), self._multiplications)

    def _transpose(self, rows: Tensor) -> Tensor:
        left, right, top, bottom = self.padding
        channels, height, width = self.in_shape
        padded = (len(rows), channels, height + top + bottom, width + left + right)
        outputs = rows.reshape(-1, *self.out_shape)
        image = conv2d_input(padded, self.weight, outputs, self.stride, 0, self.dilation, self.groups)
        return image[:, :, top : top + height, left : left + width].flatten(1)

    def absolute(self) -> Conv:
        return cached_by_weights(
            self, "absolute", lambda: replace(self, weight=self.weight.abs(), bias=self.bias.abs())
        )

    def weights(self) -> Iterator[Tensor]:
        yield from (self.weight, self.bias)

    def to(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Conv:
        return replace(self, weight=self.weight.to(device, dtype), bias=self.bias.to(device, dtype))

    def detached(self) -> Conv:
        return replace(self, weight=self.weight.detach(), bias=self.bias.detach())


@dataclass(frozen=True, eq=False)
class Scale:
    """Unit by unit: `scale` * x + `bias`, both (units,). BatchNorm, normalisation, the identity."""

    scale: Tensor
    bias: Tensor
    in_shape: Shape
    out_shape: Shape

    def linear(self, x: Tensor) -> Tensor:
        return x * self.scale

    def transpose(self, rows: Tensor) -> Tensor:
        return rows * self.scale

    def absolute(self) -> Scale:
        return cached_by_weights(self, "absolute", lambda: replace(self, scale=self.scale.abs(), bias=self.bias.abs()))

    def weights(self) -> Iterator[Tensor]:
        yield from (self.scale, self.bias)

    def to(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Scale:
        return replace(self, scale=self.scale.to(device, dtype), bias=self.bias.to(device, dtype))

    def detached(self) -> Scale:
        return replace(self, scale=self.scale.detach(), bias=self.bias.detach())


@dataclass(frozen=True, eq=False)
class Chain:
    """Maps one after the other that do not fold into one cheaply, such as average pooling and a convolution."""

    parts: tuple[Affine, ...]

    @property
    def in_shape(self) -> Shape:
        return self.parts[0].in_shape

    @property
    def out_shape(self) -> Shape:
        return self.parts[-1].out_shape

    @property
    def bias(self) -> Tensor:
        total = self.parts[0].bias[None]
        for part in self.parts[1:]:
            total = evaluate(part, total)
        return total[0]

    def linear(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part.linear(x)
        return x

    def transpose(self, rows: Tensor) -> Tensor:
        for part in reversed(self.parts):
            rows = part.transpose(rows)
        return rows

    def absolute(self) -> Chain:
        return Chain(tuple(part.absolute() for part in self.parts))

    def weights(self) -> Iterator[Tensor]:
        for part in self.parts:
            yield from part.weights()

    def to(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Chain:
        return Chain(tuple(part.to(dtype, device) for part in self.parts))

    def detached(self) -> Chain:
        return Chain(tuple(part.detached() for part in self.parts))
