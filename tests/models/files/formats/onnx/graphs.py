"""Random ONNX graphs of operators that move numbers around between layers, for one input each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from tests.models.samples import model_bytes
from tests.strategies import seeds

STEPS = (
    "Transpose", "Reshape", "Flatten", "Unsqueeze", "Squeeze", "Slice", "Gather", "Concat", "arithmetic", "activation",
    "MatMul", "left MatMul", "Gemm", "BatchNormalization", "Reduce", "Conv", "AveragePool", "GlobalAveragePool", "Pad",
)  # fmt: skip


@dataclass
class Graph:
    """A graph that grows, and the shape of its last result."""

    draw: st.DrawFn
    rng: np.random.Generator
    shape: tuple[int, ...]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    current: str = "x"

    def add(self, op: str, *inputs: np.ndarray | str | None, shape: tuple[int, ...], **attributes: Any) -> None:
        """An operator, "" among its inputs standing for the last result."""
        names = []
        for value in inputs:
            if isinstance(value, np.ndarray):
                self.constants.append(numpy_helper.from_array(value, f"c{len(self.constants)}"))
                names.append(self.constants[-1].name)
            else:
                names.append(self.current if value == "" else value or "")
        made = f"y{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, names, [made], **attributes))
        self.current, self.shape = made, tuple(shape)

    def normal(self, *shape: int) -> np.ndarray:
        return self.rng.normal(size=shape).astype(np.float32)

    def step(self, kind: str) -> None:
        """One more operator of a kind, if it fits the last result."""
        getattr(self, "_" + kind.replace(" ", "_").lower())()

    def _transpose(self) -> None:
        perm = self.draw(st.permutations(range(len(self.shape))))
        self.add("Transpose", "", shape=tuple(self.shape[axis] for axis in perm), perm=perm)

    def _reshape(self) -> None:
        size = math.prod(self.shape)
        divisors = [k for k in range(1, size + 1) if size % k == 0]
        first = self.draw(st.sampled_from(divisors))
        second = self.draw(st.sampled_from([k for k in divisors if (size // first) % k == 0]))
        shape = self.draw(st.permutations([1, first, second, size // first // second]))
        stated = [-1 if place == self.draw(st.integers(0, 4)) else k for place, k in enumerate(shape)]
        if stated.count(-1) > 1:
            stated = list(shape)
        self.add("Reshape", "", np.array(stated), shape=shape)

    def _flatten(self) -> None:
        axis = self.draw(st.integers(0, len(self.shape)))
        shape = (math.prod(self.shape[:axis]), math.prod(self.shape[axis:]))
        self.add("Flatten", "", shape=shape, axis=axis)

    def _unsqueeze(self) -> None:
        if len(self.shape) < 5:
            axis = self.draw(st.integers(0, len(self.shape)))
            self.add("Unsqueeze", "", np.array([axis]), shape=(*self.shape[:axis], 1, *self.shape[axis:]))

    def _squeeze(self) -> None:
        ones = [axis for axis, size in enumerate(self.shape) if size == 1]
        if ones and len(self.shape) > 1:
            axis = self.draw(st.sampled_from(ones))
            self.add("Squeeze", "", np.array([axis]), shape=(*self.shape[:axis], *self.shape[axis + 1 :]))

    def _slice(self) -> None:
        axis = self.draw(st.integers(0, len(self.shape) - 1))
        step = self.draw(st.sampled_from([1, 2, -1]))
        start, end = (0, 2**62) if step > 0 else (-1, -(2**62))
        size = len(range(self.shape[axis])[start:end:step])
        shape = (*self.shape[:axis], size, *self.shape[axis + 1 :])
        self.add("Slice", "", *(np.array([value]) for value in (start, end, axis, step)), shape=shape)

    def _gather(self) -> None:
        axis = self.draw(st.integers(0, len(self.shape) - 1))
        places = self.rng.integers(0, self.shape[axis], self.draw(st.integers(1, self.shape[axis])))
        shape = (*self.shape[:axis], len(places), *self.shape[axis + 1 :])
        self.add("Gather", "", places, shape=shape, axis=axis)

    def _concat(self) -> None:
        before, shape = self.current, self.shape
        if math.prod(shape) > 100:
            return
        self._slice()
        same = [
            axis
            for axis in range(len(shape))
            if np.delete(shape, axis).tolist() == np.delete(self.shape, axis).tolist()
        ]
        axis = same[0] if same else 0
        self.add(
            "Concat", "", before, axis=axis,
            shape=(*shape[:axis], shape[axis] + self.shape[axis], *shape[axis + 1 :]),
        )  # fmt: skip

    def _arithmetic(self) -> None:
        kept = [self.draw(st.booleans()) for _ in self.shape]
        constant = self.normal(*(size if keep else 1 for size, keep in zip(self.shape, kept)))
        while constant.ndim and constant.shape[0] == 1 and self.draw(st.booleans()):
            constant = constant[0]
        op = self.draw(st.sampled_from(["Add", "Sub", "Mul", "Div"]))
        first = op != "Div" and self.draw(st.booleans())
        constant = np.sign(constant) * (0.5 + abs(constant)) if op == "Div" else constant
        constant = np.asarray(constant, np.float32)
        self.add(op, *((constant, "") if first else ("", constant)), shape=self.shape)

    def _activation(self) -> None:
        zero = np.zeros((), np.float32)
        which = self.draw(st.sampled_from(["Relu", "LeakyRelu", "PRelu", "Clip", "Max", "Max of 0", "Identity"]))
        match which:
            case "LeakyRelu":
                self.add(which, "", shape=self.shape, alpha=0.25)
            case "PRelu":
                self.add(which, "", np.full(self.shape[-1:], 0.5, np.float32), shape=self.shape)
            case "Clip":
                self.add(which, "", zero, self.draw(st.sampled_from([None, np.array(np.inf, np.float32)])),
                         shape=self.shape)  # fmt: skip
            case "Max":
                self.add(which, "", zero, shape=self.shape)
            case "Max of 0":
                self.add("Max", np.zeros(self.shape[-1:], np.float32), "", shape=self.shape)
            case _:
                self.add(which, "", shape=self.shape)

    def _matmul(self) -> None:
        outputs = self.draw(st.integers(1, 4))
        self.add("MatMul", "", self.normal(self.shape[-1], outputs), shape=(*self.shape[:-1], outputs))

    def _left_matmul(self) -> None:
        outputs = self.draw(st.integers(1, 4))
        if len(self.shape) == 1:
            self.add("MatMul", self.normal(outputs, self.shape[0]), "", shape=(outputs,))
        else:
            shape = (*self.shape[:-2], outputs, self.shape[-1])
            self.add("MatMul", self.normal(outputs, self.shape[-2]), "", shape=shape)

    def _gemm(self) -> None:
        if len(self.shape) != 2:
            return
        outputs, (flip_a, flip_b) = self.draw(st.integers(1, 4)), (self.draw(st.integers(0, 1)) for _ in range(2))
        rows, columns = self.shape[::-1] if flip_a else self.shape
        matrix = self.normal(outputs, columns) if flip_b else self.normal(columns, outputs)
        bias = self.draw(st.sampled_from([(), (outputs,), (rows, 1), (1, outputs)]))
        factors = {"alpha": self.draw(st.sampled_from([1.0, 0.5])), "beta": self.draw(st.sampled_from([1.0, 0.0, 2.0]))}
        shape = (rows, outputs)
        self.add("Gemm", "", matrix, self.normal(*bias), shape=shape, transA=flip_a, transB=flip_b, **factors)

    def _batchnormalization(self) -> None:
        if len(self.shape) < 2:
            return
        values = [self.normal(self.shape[1]) for _ in range(3)]
        self.add("BatchNormalization", "", *values, abs(self.normal(self.shape[1])) + 0.5, shape=self.shape)

    def _reduce(self) -> None:
        axes = self.draw(st.sets(st.integers(0, len(self.shape) - 1), min_size=1, max_size=2))
        keep = self.draw(st.integers(0, 1))
        kept = tuple(1 if axis in axes else size for axis, size in enumerate(self.shape))
        left = tuple(size for axis, size in enumerate(self.shape) if axis not in axes)
        if not left and not keep:
            return
        shape = kept if keep else left
        if self.draw(st.booleans()):
            self.add("ReduceMean", "", shape=shape, axes=sorted(axes), keepdims=keep)
        else:
            self.add("ReduceSum", "", np.array(sorted(axes)), shape=shape, keepdims=keep)

    @property
    def _is_image(self) -> bool:
        return len(self.shape) == 4 and self.shape[0] == 1

    def _conv(self) -> None:
        if not self._is_image:
            return
        channels, height, width = self.shape[1:]
        kernel = (self.draw(st.integers(1, min(3, height))), self.draw(st.integers(1, min(3, width))))
        pads = [self.draw(st.integers(0, 2)) for _ in range(4)]
        shape = (1, 3, height + pads[0] + pads[2] - kernel[0] + 1, width + pads[1] + pads[3] - kernel[1] + 1)
        self.add("Conv", "", self.normal(3, channels, *kernel), shape=shape, pads=pads)

    def _averagepool(self) -> None:
        if not self._is_image or min(self.shape[2:]) < 2:
            return
        pads = [self.draw(st.integers(0, 1)) for _ in range(4)]
        size = [n + pads[k] + pads[k + 2] - 1 for k, n in enumerate(self.shape[2:])]
        self.add("AveragePool", "", shape=(1, self.shape[1], *size), kernel_shape=(2, 2), pads=pads,
                 count_include_pad=self.draw(st.integers(0, 1)))  # fmt: skip

    def _globalaveragepool(self) -> None:
        if self._is_image:
            self.add("GlobalAveragePool", "", shape=(1, self.shape[1], 1, 1))

    def _pad(self) -> None:
        if self._is_image:
            pads = [0, 0, *self.rng.integers(0, 3, 2), 0, 0, *self.rng.integers(0, 3, 2)]
            size = [n + pads[k + 2] + pads[k + 6] for k, n in enumerate(self.shape[2:])]
            self.add("Pad", "", np.array(pads), shape=(1, self.shape[1], *size))


@st.composite
def rearranging_graphs(draw: st.DrawFn) -> tuple[bytes, tuple[int, ...]]:
    """A file, and the shape of its input, batch included if there is one."""
    shape = draw(
        st.sampled_from([(5,), (1, 6), (1, 3, 4, 4), (1, 4, 4, 3), (1, 2, 3, 5), (1, 5, 3, 2), (1, 1, 1, 4), (1, 3, 4)])
    )
    graph = Graph(draw, np.random.default_rng(draw(seeds)), shape)
    if len(shape) == 4 and draw(st.booleans()):
        graph.add("Transpose", "", shape=(shape[0], shape[3], *shape[1:3]), perm=(0, 3, 1, 2))
        graph.step("Conv")
    for kind in draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=7)):
        if math.prod(graph.shape) <= 400:
            graph.step(kind)
    graph.step("MatMul")
    graph.step("Flatten")
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info(graph.current, TensorProto.FLOAT, None)]
    nodes = graph.nodes if draw(st.booleans()) else graph.nodes[::-1]
    return model_bytes(helper.make_graph(nodes, "g", ends, outputs, graph.constants)), shape
