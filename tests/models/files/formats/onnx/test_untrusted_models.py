"""Malicious, damaged and oversized ONNX files are refused, with what is wrong with them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from models.files.network_files import load_network
from tests.models.samples import graph_bytes, node

ONES = np.ones((2, 2), np.float32)
IMAGE = np.ones((1, 1, 2, 2), np.float32)


def changed(change: object) -> bytes:
    model = onnx.load_model_from_string(graph_bytes([node("MatMul", ONES)], ("n", 2)))
    change(model)  # type: ignore[operator]
    return model.SerializeToString()


def external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret")


def larger(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[:] = [10**9, 10**9]


def negative(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[:] = [-1, 2]


def text(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].CopyFrom(helper.make_tensor("c0_0", TensorProto.STRING, [1], [b"a"]))


def old(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 6


def foreign(model: onnx.ModelProto) -> None:
    model.graph.node[0].domain = "com.example"


def wide(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 10**12


def padded(model: onnx.ModelProto) -> None:
    weight = numpy_helper.from_array(IMAGE, "w")
    conv = helper.make_node("Conv", ["x", "w"], ["y0"], pads=[0, 0, 10**9, 0])
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 1, 4, 4]) for n in ("x", "y0")]
    model.graph.CopyFrom(helper.make_graph([conv], "g", ends[:1], ends[1:], [weight]))


def repeated(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.ones((1500, 1500), np.float32), "c0_0"))
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1500
    names = ["x", *(f"h{k}" for k in range(90)), "y0"]
    del model.graph.node[:]
    model.graph.node.extend(helper.make_node("MatMul", [a, "c0_0"], [b]) for a, b in pairwise(names))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (external, "outside the file's folder.*external_data=False"), (larger, "more than 128,000,000"),
        (negative, "shape"), (text, "type 8"), (old, "operator set 6"),
        (foreign, "not supported"), (wide, "at most"), (padded, "pads"), (repeated, "weights; up to"),
    ],
)  # fmt: skip
def test_malicious_models_are_refused(change: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_network(changed(change))


def test_a_file_that_would_grow_in_memory_is_not_parsed() -> None:
    nodes = bytes([0x0A, 0]) * 500_000  # empty nodes, two bytes each
    length = b""
    rest = len(nodes)
    while rest:
        length += bytes([rest & 127 | (128 if rest > 127 else 0)])
        rest >>= 7
    with pytest.raises(ValueError, match="200,000 fields"):
        load_network(bytes([0x08, 8, 0x3A]) + length + nodes)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=60))
def test_random_bytes_behind_a_valid_beginning_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        load_network(bytes([0x08, 8, 0x3A]) + data)
