"""Random ONNX graphs that branch: residual sums, maxima, pooling, clips, splits and concatenations, for one input."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from onnx import TensorProto, helper

from tests.models.files.formats.onnx.graphs import STEPS, Graph
from tests.models.samples import model_bytes
from tests.strategies import seeds

BRANCHING = (
    "Sum of two", "Sum of two", "Extreme of two", "Extreme of two", "Extreme of numbers", "Sum of three", "Residual",
    "Residual", "Concat of two", "Concat of numbers", "Split", "Abs", "One bound", "HardSigmoid", "MaxPool",
    "GlobalMaxPool", "ReduceMax", "Resize", "ConvTranspose", "Any pad",
)  # fmt: skip


@dataclass
class Branching(Graph):
    """A graph whose next operator acts on any of its results."""

    made: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    def add(self, op: str, *inputs: np.ndarray | str | None, shape: tuple[int, ...], **attributes: Any) -> None:
        super().add(op, *inputs, shape=shape, **attributes)
        self.made.append((self.current, self.shape))

    def turn_to_any(self) -> None:
        """Go on from any result, the last one being the likeliest."""
        self.current, self.shape = self.draw(st.sampled_from([*self.made, *self.made[-1:] * 3]))

    def _other(self, same: bool = True) -> str:
        """Another result of the same shape, or of one that broadcasts to it."""

        def fits(shape: tuple[int, ...]) -> bool:
            if same:
                return shape == self.shape
            return len(shape) <= len(self.shape) and all(a in (1, b) for a, b in zip(shape[::-1], self.shape[::-1]))

        return self.draw(st.sampled_from([name for name, shape in self.made if fits(shape)]))

    def _sum_of_two(self) -> None:
        operands = ["", self._other(same=False)]
        if self.draw(st.booleans()):
            operands.reverse()
        self.add(self.draw(st.sampled_from(["Add", "Sub"])), *operands, shape=self.shape)

    def _extreme_of_two(self) -> None:
        self.add(self.draw(st.sampled_from(["Max", "Min"])), "", self._other(same=False), shape=self.shape)

    def _extreme_of_numbers(self) -> None:
        numbers = self.draw(st.sampled_from([np.float32(0.5), np.float32(0), self.normal(*self.shape[-1:])]))
        self.add(self.draw(st.sampled_from(["Max", "Min"])), np.asarray(numbers), "", self._other(), shape=self.shape)

    def _sum_of_three(self) -> None:
        self.add("Sum", "", self._other(), self.normal(1), self._other(), shape=self.shape)

    def _residual(self) -> None:
        before, shape = self.current, self.shape
        outputs = shape[-1]
        self.add("MatMul", "", self.normal(outputs, outputs), shape=shape)
        self.add("Relu", "", shape=shape)
        self.add("Add", "", before, shape=shape)

    def _concat_of_two(self) -> None:
        axis = self.draw(st.integers(0, len(self.shape) - 1))
        other = self._other()
        if math.prod(self.shape) <= 100:
            shape = (*self.shape[:axis], 2 * self.shape[axis], *self.shape[axis + 1 :])
            self.add("Concat", "", other, axis=axis, shape=shape)

    def _concat_of_numbers(self) -> None:
        shape = (*self.shape[:-1], self.shape[-1] + 2)
        self.add("Concat", self.normal(*self.shape[:-1], 2), "", axis=-1, shape=shape)

    def _split(self) -> None:
        axis = self.draw(st.integers(0, len(self.shape) - 1))
        if self.shape[axis] < 2:
            return
        first = self.draw(st.integers(1, self.shape[axis] - 1))
        sizes = [first, self.shape[axis] - first]
        shapes = [(*self.shape[:axis], size, *self.shape[axis + 1 :]) for size in sizes]
        self.add("Split", "", np.array(sizes), shape=shapes[0], axis=axis)
        self.nodes[-1].output.append(f"{self.current}b")
        self.made.append((f"{self.current}b", shapes[1]))

    def _abs(self) -> None:
        self.add("Abs", "", shape=self.shape)

    def _one_bound(self) -> None:
        end = np.asarray(self.draw(st.sampled_from([-0.5, 0.0, 0.25])), np.float32)
        ends = self.draw(st.sampled_from([(end,), (None, end), (end, np.float32(end + 1))]))
        self.add("Clip", "", *(None if e is None else np.asarray(e) for e in ends), shape=self.shape)

    def _hardsigmoid(self) -> None:
        self.add("HardSigmoid", "", shape=self.shape, alpha=self.draw(st.sampled_from([0.2, 0.5])))

    def _maxpool(self) -> None:
        if not self._is_image or min(self.shape[2:]) < 2:
            return
        pads = 4 * [self.draw(st.integers(0, 1))]  # of unequal ones, the evaluator takes columns for rows
        strides = self.draw(st.sampled_from([(1, 1), (2, 1)]))
        size = [(n + pads[k] + pads[k + 2] - 2) // strides[k] + 1 for k, n in enumerate(self.shape[2:])]
        self.add("MaxPool", "", shape=(1, self.shape[1], *size), kernel_shape=(2, 2), pads=pads, strides=strides)
        self.add("Cast", "", shape=self.shape, to=TensorProto.FLOAT)  # the evaluator's MaxPool may give float64,
        del self.made[-2]  # which it adds to nothing

    def _globalmaxpool(self) -> None:
        if self._is_image:
            self.add("GlobalMaxPool", "", shape=(1, self.shape[1], 1, 1))

    def _reducemax(self) -> None:
        axis = self.draw(st.integers(0, len(self.shape) - 1))
        shape = (*self.shape[:axis], 1, *self.shape[axis + 1 :])
        self.add(self.draw(st.sampled_from(["ReduceMax", "ReduceMin"])), "", shape=shape, axes=[axis], keepdims=1)

    def _resize(self) -> None:
        axis, factor = self.draw(st.integers(0, len(self.shape) - 1)), self.draw(st.integers(2, 3))
        if math.prod(self.shape) > 100:
            return
        shape = (*self.shape[:axis], factor * self.shape[axis], *self.shape[axis + 1 :])
        mode = self.draw(st.sampled_from(["half_pixel", "asymmetric", "align_corners"]))
        rounding = self.draw(st.sampled_from(["round_prefer_floor", "floor"]))
        scales = np.float32([factor if place == axis else 1 for place in range(len(self.shape))])
        self.add("Resize", "", None, scales, shape=shape, mode="nearest", coordinate_transformation_mode=mode,
                 nearest_mode=rounding)  # fmt: skip

    def _convtranspose(self) -> None:
        if not self._is_image or math.prod(self.shape) > 100:
            return
        stride, dilation = self.draw(st.integers(1, 2)), self.draw(st.integers(1, 2))
        pads = [self.draw(st.integers(0, 1)) for _ in range(4)]
        more = (self.draw(st.integers(0, stride - 1)), 0)
        size = [stride * (n - 1) + more[k] + dilation + 1 - pads[k] - pads[k + 2] for k, n in enumerate(self.shape[2:])]
        if min(size) > 0:
            weight, bias = self.normal(self.shape[1], 2, 2, 2), self.normal(2)
            self.add("ConvTranspose", "", weight, bias, shape=(1, 2, *size), strides=(stride, stride), pads=pads,
                     dilations=(dilation, dilation), output_padding=more)  # fmt: skip

    def _any_pad(self) -> None:
        axis = self.draw(st.integers(0, len(self.shape) - 1))
        before, behind = self.draw(st.integers(0, 2)), self.draw(st.integers(0, 2))
        mode = self.draw(st.sampled_from(["constant", "edge", "reflect"]))
        if mode == "reflect" and self.shape[axis] <= 2:
            return
        pads = np.zeros((2, len(self.shape)), np.int64)
        pads[:, axis] = before, behind
        shape = (*self.shape[:axis], self.shape[axis] + before + behind, *self.shape[axis + 1 :])
        self.add("Pad", "", pads.reshape(-1), np.asarray(0.5, np.float32), shape=shape, mode=mode)


@st.composite
def branching_graphs(draw: st.DrawFn) -> tuple[bytes, tuple[int, ...]]:
    """A file, and the shape of its input, batch included."""
    shape = draw(st.sampled_from([(1, 6), (1, 2, 4, 4), (1, 4, 4, 3), (1, 3, 4)]))
    graph = Branching(draw, np.random.default_rng(draw(seeds)), shape)
    graph.made.append(("x", shape))
    for kind in draw(st.lists(st.sampled_from((*BRANCHING, *STEPS)), min_size=2, max_size=8)):
        if math.prod(graph.shape) <= 300:
            graph.step(kind)
        graph.turn_to_any()
    graph.step("MatMul")
    graph.step("Flatten")
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info(graph.current, TensorProto.FLOAT, None)]
    return model_bytes(helper.make_graph(graph.nodes, "g", ends, outputs, graph.constants)), shape
