"""A network whose layers are no chain: a list of steps, each a layer or a join of values computed before it.

Value 0 is the input, value k + 1 the result of step k, and the last value the network's output. Most steps are torch's
own layers with one operand. The steps here are what torch has no layer for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor, nn

from geometry.network.affine import Shape

Operands: TypeAlias = tuple[int, ...]  # the values that a step takes


class LayerGraph(nn.Module):
    """The steps, in an order in which they can be computed.

    input_shape : of one input
    operands : of each step
    """

    def __init__(self, input_shape: Shape, steps: Sequence[tuple[nn.Module, Operands]]) -> None:
        super().__init__()
        self.input_shape = tuple(input_shape)
        self.operands = tuple(operands for _, operands in steps)
        for place, (step, _) in enumerate(steps):
            self.add_module(str(place), step)

    @property
    def steps(self) -> list[tuple[nn.Module, Operands]]:
        """Each step's module with its operands."""
        return [(step, of) for step, of in zip(self._modules.values(), self.operands) if step is not None]

    def forward(self, x: Tensor) -> Tensor:
        values: dict[int, Tensor] = {0: x}
        left = Counter(value for operands in self.operands for value in operands)
        for place, (step, operands) in enumerate(self.steps, 1):
            values[place] = step(*(values[value] for value in operands))
            left.subtract(operands)
            for value in set(operands):
                if left[value] == 0:
                    del values[value]  # its memory is of use to the steps that follow
        return values[len(self.operands)]

    def __repr__(self) -> str:
        return f"LayerGraph of {len(self.operands)} steps"


class Add(nn.Module):
    """The sum of two values of one shape."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return first + second


class Subtract(nn.Module):
    """The difference of two values of one shape."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return first - second


class Maximum(nn.Module):
    """The larger of two values of one shape, number by number."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return torch.maximum(first, second)


class Minimum(nn.Module):
    """The smaller of two values of one shape, number by number."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return torch.minimum(first, second)


class Concat(nn.Module):
    """The numbers of several values, one value after the other, as a flat vector."""

    def forward(self, *parts: Tensor) -> Tensor:
        return torch.cat([part.flatten(1) for part in parts], 1)


class Pick(nn.Module):
    """Numbers of a value by their places in it, as a flat vector: Transpose, Slice, Expand and their like.

    index : (outputs,) the places, from 0
    """

    index: Tensor

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.inputs, self.outputs = inputs, outputs
        self.register_buffer("index", torch.zeros(outputs, dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)[:, self.index]


class Constant(nn.Module):
    """The same numbers for every input; its operand gives the size of the batch.

    value : (units,)
    """

    value: Tensor

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units
        self.register_buffer("value", torch.zeros(units))

    def forward(self, x: Tensor) -> Tensor:
        return self.value.expand(x.shape[0], self.units)


class Clamp(nn.Module):
    """Every number, but not below `low` nor above `high`; None is no bound."""

    def __init__(self, low: float | None, high: float | None) -> None:
        super().__init__()
        self.low, self.high = low, high

    def forward(self, x: Tensor) -> Tensor:
        return torch.clamp(x, min=self.low, max=self.high)
