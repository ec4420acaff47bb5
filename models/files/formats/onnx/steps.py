"""ONNX graphs that branch: segments, which are chains of layers, and the steps that join them.

A segment ends at a value that several nodes read. Each of them begins a segment of its own there, unless it only
rearranges numbers: then its result is one more view of the segment before. So the readers of single nodes are those of
chains; what takes several results (Add, Max, Concat) is in `models.files.formats.onnx.joins`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from geometry.network.affine import Shape
from models.files.formats.npz import real_tensor
from models.files.formats.onnx.chain import Array, Chain, Indices, Node, View, has_each_once, in_order
from models.files.formats.onnx.endings import with_complement
from models.networks.architecture import MAX_NUMBERS, MAX_STEPS, Spec

MAX_VALUES = 10**8  # numbers in all values of the graph together: a limit on memory


@dataclass
class Segment(Chain):
    """A chain of layers within a graph.

    source : the value that it begins with, as in `models.networks.layer_graph`
    value : the value that it gives, once it has ended
    """

    source: int = 0
    value: int | None = None

    def pick(self, flat: Indices) -> None:
        """Add a layer that picks outputs by their places."""
        index = torch.from_numpy(np.array(flat, np.int64))
        self.add("Pick", (len(flat),), {"index": index}, inputs=self.units, outputs=len(flat))


class Steps:
    """The steps of a graph of layers so far, and its segments.

    first : the segment that begins with the input
    shared : whether several nodes read the input
    """

    def __init__(self, first: Segment, shared: bool) -> None:
        self.notes = first.notes
        self._input_shape = first.shape
        self._segments = [first]
        self._steps: list[Spec] = []
        self._weights: list[dict[str, Tensor]] = []  # of each step
        self._made = self._stored = 0  # numbers in values and in weights
        if shared:
            self.ended(first)

    @property
    def channels_first(self) -> bool:
        return any(segment.channels_first for segment in self._segments)

    def own(self, chain: Chain) -> Segment:
        """The chain itself to add layers to, or if it has ended a segment that begins where it ends."""
        assert isinstance(chain, Segment)
        return chain if chain.value is None else self._begin(chain.shape, chain.value, chain.turned)

    def ended(self, chain: Chain) -> int:
        """End a segment if it has not ended; the value that it gives."""
        assert isinstance(chain, Segment)
        if chain.value is None:
            chain.value = chain.source
            for place, spec in enumerate(chain.specs):
                begin = f"{place}."
                weights = {k.removeprefix(begin): w for k, w in chain.weights.items() if k.startswith(begin)}
                chain.value = self._add(spec, [chain.value], weights)
        return chain.value

    def join(self, layer: str, values: Sequence[int], shape: Shape) -> Segment:
        """A segment that begins with a join of several values."""
        self.count(int(np.prod(shape)))
        return self._begin(shape, self._add({"layer": layer}, list(values), {}), None)

    def constant(self, numbers: Array) -> Segment:
        """A segment that begins with numbers that do not depend on the input, as a flat vector."""
        self.count(numbers.size)
        weights = {"value": real_tensor(np.array(numbers).reshape(-1))}
        value = self._add({"layer": "Constant", "units": numbers.size}, [0], weights)
        return self._begin((numbers.size,), value, None)

    def count(self, numbers: int) -> None:
        """Count numbers that the network computes; a ValueError if they are too many together."""
        self._made += numbers
        if self._made > MAX_VALUES:
            raise ValueError(f"the network computes more than {MAX_VALUES:,} numbers, which is more than is read")

    def last(self) -> Segment:
        """The segment that was begun last."""
        return self._segments[-1]

    def layers(self, last: View) -> tuple[list[Spec], dict[str, Tensor]]:
        """The description of the graph and its weights, for an output of the graph."""
        chain = self.own(last.chain)
        chain.settle(with_complement(chain, last.order))
        chain.fold((chain.units,))
        kept = self._needed(self.ended(chain))
        if not kept:
            raise ValueError("the graph has no layers: its output is its input, in another order at most")
        numbers = {0: 0} | {place + 1: k for k, place in enumerate(kept, 1)}
        steps = [{**self._steps[place], "of": [numbers[v] for v in self._steps[place]["of"]]} for place in kept]
        weights = {f"0.{k}.{name}": w for k, place in enumerate(kept) for name, w in self._weights[place].items()}
        return [{"layer": "LayerGraph", "input_shape": list(self._input_shape), "steps": steps}], weights

    def _begin(self, shape: Shape, value: int, turned: Indices | None) -> Segment:
        segment = Segment(shape, notes=self.notes, turned=turned, source=value)
        self._segments.append(segment)
        return segment

    def _add(self, spec: Spec, operands: list[int], weights: dict[str, Tensor]) -> int:
        if len(self._steps) >= MAX_STEPS:
            raise ValueError(f"the network has more than {MAX_STEPS:,} layers, which is more than is read")
        self._stored += sum(weight.numel() for weight in weights.values())
        if self._stored > MAX_NUMBERS:
            raise ValueError(f"the network has more than {MAX_NUMBERS:,} weights, which is more than is read")
        self._steps.append({**spec, "of": operands})
        self._weights.append(weights)
        return len(self._steps)

    def _needed(self, value: int) -> list[int]:
        """The places of the steps that a value depends on, in order."""
        needed, pending = set[int](), [value]
        while pending:
            value = pending.pop()
            if value and value - 1 not in needed:
                needed.add(value - 1)
                pending += self._steps[value - 1]["of"]
        return sorted(needed)


def one_to_one(node: Node, segment: Segment) -> Node:
    """The node on a segment whose outputs are exactly the numbers of its view, so that no others get units."""
    place = node.views()[0]
    order = node.view(place)
    if has_each_once(order, segment.units):
        return node
    segment.settle(order)
    inputs = list(node.inputs)
    inputs[place] = View(in_order(order.shape), segment.age, segment)
    return replace(node, inputs=inputs)
