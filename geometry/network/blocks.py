"""Sparse affine maps: outputs that read few inputs, and matrices made of blocks of other maps.

With them a layer can convolve a part of its inputs and carry the others along, without a matrix of all its units.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Affine, Chain, Shape
from geometry.network.weight_cache import cached_by_weights

MOST_PADDED = 4  # limit on the entries of a transpose's taps, in those of the taps: few inputs may have many readers


@dataclass(frozen=True, eq=False)
class Taps:
    """Each output is a weighted sum of few inputs: out_i = sum over k of `weight`[i, k] x[`index`[i, k]] + `bias`[i].

    `index` and `weight` are (out_units, k). A row with fewer taps has others of weight 0; no input with another weight
    occurs twice in a row. Choosing, rearranging, padding and repeating units, and differences of pairs.
    """

    index: Tensor  # int64
    weight: Tensor
    bias: Tensor
    in_shape: Shape
    out_shape: Shape

    def linear(self, x: Tensor) -> Tensor:
        check_cancelled()
        total = x.index_select(1, self.index[:, 0]) * self.weight[:, 0]
        for k in range(1, self.index.shape[1]):
            total = total + x.index_select(1, self.index[:, k]) * self.weight[:, k]
        return total

    def transpose(self, rows: Tensor) -> Tensor:
        check_cancelled()
        if not (torch.is_grad_enabled() and any(weight.requires_grad for weight in self.weights())):
            readers = cached_by_weights(self, "readers", self._readers)
            if readers is not None:
                return readers.linear(rows)
        total = rows.new_zeros(len(rows), math.prod(self.in_shape))
        for k in range(self.index.shape[1]):
            total = total.index_add(1, self.index[:, k], rows * self.weight[:, k])
        return total

    def _readers(self) -> Taps | None:
        """The transpose as taps, which are faster than `index_add`; None if some input has many readers."""
        inputs = math.prod(self.in_shape)
        output, tap = self.weight.nonzero().T
        read = self.index[output, tap]
        counts = torch.bincount(read, minlength=inputs)
        most = max(1, int(counts.max())) if len(read) else 1
        if most * inputs > MOST_PADDED * max(self.index.numel(), inputs):
            return None
        order = read.argsort(stable=True)
        read, place = (
            read[order],
            torch.arange(len(read), device=read.device) - (counts.cumsum(0) - counts)[read[order]],
        )
        index = torch.zeros(inputs, most, dtype=torch.int64, device=read.device)
        weight = self.weight.new_zeros(inputs, most)
        index[read, place], weight[read, place] = output[order], self.weight[output, tap][order]
        return Taps(index, weight, self.bias.new_zeros(inputs), self.out_shape, self.in_shape)

    def absolute(self) -> Taps:
        return cached_by_weights(
            self, "absolute", lambda: replace(self, weight=self.weight.abs(), bias=self.bias.abs())
        )

    def weights(self) -> Iterator[Tensor]:
        yield from (self.weight, self.bias)

    def to(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Taps:
        weight, bias = self.weight.to(device, dtype), self.bias.to(device, dtype)
        return replace(self, index=self.index.to(device), weight=weight, bias=bias)

    def detached(self) -> Taps:
        return replace(self, weight=self.weight.detach(), bias=self.bias.detach())


@dataclass(frozen=True, eq=False)
class Block:
    """A map without bias from some of the inputs, from `first_input` on, to some of the outputs."""

    first_input: int
    first_output: int
    affine: Affine  # no Chain, and no Blocks

    @property
    def inputs(self) -> slice:
        return slice(self.first_input, self.first_input + math.prod(self.affine.in_shape))

    @property
    def outputs(self) -> slice:
        return slice(self.first_output, self.first_output + math.prod(self.affine.out_shape))


@dataclass(frozen=True, eq=False)
class Blocks:
    """A matrix made of blocks, which add up where they overlap, and zeros elsewhere. Inputs and outputs are flat."""

    blocks: tuple[Block, ...]
    bias: Tensor
    in_shape: Shape
    out_shape: Shape

    def linear(self, x: Tensor) -> Tensor:
        total = x.new_zeros(len(x), math.prod(self.out_shape))
        for block in self.blocks:
            total[:, block.outputs] += block.affine.linear(x[:, block.inputs])
        return total

    def transpose(self, rows: Tensor) -> Tensor:
        total = rows.new_zeros(len(rows), math.prod(self.in_shape))
        for block in self.blocks:
            total[:, block.inputs] += block.affine.transpose(rows[:, block.outputs])
        return total

    def absolute(self) -> Blocks:
        """The sum of the blocks' absolute values, which is larger than that of the sum where blocks overlap."""

        def absolute() -> Blocks:
            blocks = tuple(replace(block, affine=block.affine.absolute()) for block in self.blocks)
            return replace(self, blocks=blocks, bias=self.bias.abs())

        return cached_by_weights(self, "absolute", absolute)

    def weights(self) -> Iterator[Tensor]:
        for block in self.blocks:
            yield from block.affine.weights()
        yield self.bias

    def to(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Blocks:
        blocks = tuple(replace(block, affine=block.affine.to(dtype, device)) for block in self.blocks)
        return replace(self, blocks=blocks, bias=self.bias.to(device, dtype))

    def detached(self) -> Blocks:
        blocks = tuple(replace(block, affine=block.affine.detached()) for block in self.blocks)
        return replace(self, blocks=blocks, bias=self.bias.detach())

    def beside(self, block: Block, *, outputs: bool = True, inputs: bool = False) -> list[Affine]:
        """The maps of all blocks that share outputs, or inputs, with this one; its own is one of them."""
        return [
            other.affine
            for other in self.blocks
            if (outputs and meet(other.outputs, block.outputs)) or (inputs and meet(other.inputs, block.inputs))
        ]


def meet(one: slice, other: slice) -> bool:
    """Whether two slices have a common element."""
    return max(one.start, other.start) < min(one.stop, other.stop)


def entries_are_weights(affine: Affine) -> bool:
    """Whether every entry of W is one weight or 0: then `absolute` is the absolute value itself."""
    if isinstance(affine, Blocks):
        places = [(block.inputs, block.outputs) for block in affine.blocks]
        return not any(
            meet(inputs, other_inputs) and meet(outputs, other_outputs)
            for k, (inputs, outputs) in enumerate(places)
            for other_inputs, other_outputs in places[:k]
        )
    return not isinstance(affine, Chain)
