"""ONNX files as people have them: weights in a second file, several outputs, probabilities, any type of weights."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from models.files.network_files import load_network, recognise
from tests.models.samples import evaluated, graph_bytes, model_bytes, node

RNG = np.random.default_rng(0)
MATRIX, LAST = (RNG.normal(size=size).astype(np.float32) for size in ((4, 6), (6, 3)))
CLASSIFIER = [node("MatMul", MATRIX), node("Relu"), node("MatMul", LAST)]


def two_files(folder: Path, **options: bool) -> Path:
    """A model with its weights in a second file beside it."""
    model = onnx.load_model_from_string(graph_bytes(CLASSIFIER, ("n", 4)))
    path = folder / "net.onnx"
    options = {"all_tensors_to_one_file": True, **options}
    location = {"location": "net.onnx.data"} if options["all_tensors_to_one_file"] else {}
    onnx.save(model, path, save_as_external_data=True, size_threshold=0, **location, **options)
    return path


def test_weights_are_read_from_the_second_file_beside_the_first_or_given(tmp_path: Path) -> None:
    path = two_files(tmp_path)
    x = RNG.normal(size=(5, 4)).astype(np.float32)
    expected = np.maximum(x @ MATRIX, 0) @ LAST
    first, second = path.read_bytes(), (tmp_path / "net.onnx.data").read_bytes()
    for network in (load_network(path), load_network(first, second=second)):
        np.testing.assert_allclose(network(torch.from_numpy(x)).detach(), expected, rtol=1e-5, atol=1e-5)


def test_a_missing_second_file_is_named_with_both_remedies(tmp_path: Path) -> None:
    path = two_files(tmp_path)
    with pytest.raises(ValueError, match=r"'net\.onnx\.data'.*give both files.*external_data=False"):
        load_network(path.read_bytes())
    (tmp_path / "net.onnx.data").unlink()
    with pytest.raises(ValueError, match=r"'net\.onnx\.data'.*external_data=False"):
        load_network(path)


def test_a_second_file_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cut off, or belongs to another model"):
        load_network(two_files(tmp_path).read_bytes(), second=b"\0" * 40)


def test_weights_in_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="several files"):
        load_network(two_files(tmp_path, all_tensors_to_one_file=False))


@pytest.mark.parametrize("location", ["../secret", "/etc/hostname", "folder/secret", "..", "", "link", ".", "a\\b"])
def test_no_file_elsewhere_is_read(location: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(1000))
    folder = tmp_path / "models"
    (folder / "folder").mkdir(parents=True)
    (folder / "folder" / "secret").write_bytes(bytes(1000))
    (folder / "link").symlink_to(tmp_path / "secret")
    model = onnx.load(two_files(folder), load_external_data=False)
    for tensor in model.graph.initializer:
        next(entry for entry in tensor.external_data if entry.key == "location").value = location
    (folder / "net.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match=r"external_data=False"):
        load_network(folder / "net.onnx")


@pytest.mark.parametrize(("key", "value"), [("offset", "-8"), ("length", "4"), ("offset", "9" * 30), ("offset", "x")])
def test_impossible_places_in_the_second_file_are_refused(key: str, value: str, tmp_path: Path) -> None:
    path = two_files(tmp_path)
    model = onnx.load(path, load_external_data=False)
    entries = model.graph.initializer[0].external_data
    next(entry for entry in entries if entry.key == key).value = value
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match="does not say where"):
        load_network(path)


@pytest.mark.parametrize("dtype", [np.float16, np.float64, "bfloat16"])
@pytest.mark.parametrize("outside", [False, True])
def test_weights_of_every_float_type_are_read_exactly(dtype: object, outside: bool, tmp_path: Path) -> None:
    matrix = RNG.normal(size=(4, 3)).astype(np.float32)
    if dtype == "bfloat16":
        matrix = (matrix.view(np.uint32) & 0xFFFF0000).view(np.float32)
        tensor = helper.make_tensor("w", TensorProto.BFLOAT16, (4, 3), matrix.view(np.uint32) >> 16, raw=False)
        tensor = helper.make_tensor(
            "w", TensorProto.BFLOAT16, (4, 3), (matrix.view("<u2")[:, 1::2]).tobytes(), raw=True
        )
    else:
        tensor = numpy_helper.from_array(matrix.astype(dtype), "w")
        matrix = matrix.astype(dtype)
    ends = [helper.make_tensor_value_info(name, tensor.data_type, ["n", k]) for name, k in (("x", 4), ("y", 3))]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", ends[:1], ends[1:], [tensor])
    path = tmp_path / "net.onnx"
    model = onnx.load_model_from_string(model_bytes(graph))
    onnx.save(model, path, save_as_external_data=outside, location="net.data", size_threshold=0)
    weight = load_network(path)[0].weight.detach()
    assert np.array_equal(weight.numpy(), matrix.T)
    assert weight.dtype == (torch.float64 if dtype is np.float64 else torch.float32)


@pytest.mark.parametrize("short", [TensorProto.FLOAT16, TensorProto.BFLOAT16])
def test_rounding_to_16_bits_is_left_off_with_a_note(short: int) -> None:
    gemm = node("MatMul", np.ones((4, 3), np.float32))
    casts = [node("Cast", to=short), node("Cast", to=TensorProto.FLOAT)]
    assert any("rounds numbers to 16 bits" in note for note in recognise(graph_bytes([*casts, gemm], ("n", 4))).notes)
    assert not recognise(graph_bytes([casts[1], gemm], ("n", 4))).notes


def softmax(z: np.ndarray) -> np.ndarray:
    return np.exp(z) / np.exp(z).sum(1, keepdims=True)


@pytest.mark.parametrize(
    "ending",
    [
        [node("Softmax", axis=1)],
        [node("Softmax")],
        [node("LogSoftmax", axis=-1), node("Identity")],
        [node("Softmax"), node("Log")],
        [node("Reshape", np.array([-1, 1, 3])), node("Softmax", axis=2), node("Squeeze", np.array([1]))],
    ],
)
@pytest.mark.parametrize("opset", [11, 17])
def test_a_final_softmax_is_left_off_and_said(ending: list[tuple], opset: int) -> None:
    if opset < 13 and any(entry[0] == "Squeeze" for entry in ending):
        ending = [*ending[:-1], node("Squeeze", axes=[1])]
    data = graph_bytes([*CLASSIFIER, *ending], ("n", 4), opset)
    found = recognise(data)
    assert any("oftmax" in note and "left off" in note for note in found.notes)
    x = RNG.normal(size=(5, 4)).astype(np.float32)
    probabilities = evaluated(data, x).reshape(5, 3)
    probabilities = np.exp(probabilities) if probabilities.min() < 0 else probabilities
    logits = found.network(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(softmax(logits), probabilities, rtol=1e-4, atol=1e-6)
    with pytest.warns(UserWarning, match="left off"):
        load_network(data)


def binary(zipped: bool = False) -> bytes:
    """As skl2onnx writes scikit-learn's networks for two classes: a label, and the probabilities 1 - p and p."""
    nodes = [
        helper.make_node("Scaler", ["x"], ["s"], domain="ai.onnx.ml", offset=[1.0, -2.0], scale=[0.5, 2.0]),
        helper.make_node("Gemm", ["s", "w"], ["z"]), helper.make_node("Sigmoid", ["z"], ["p"]),
        helper.make_node("Sub", ["one", "p"], ["q"]), helper.make_node("Concat", ["q", "p"], ["both"], axis=1),
        helper.make_node("ArgMax", ["both"], ["label"], axis=1),
    ]  # fmt: skip
    constants = {"w": np.float32([[1], [-3]]), "one": np.float32([1])}
    outputs = [helper.make_tensor_value_info("label", TensorProto.INT64, None),
               helper.make_tensor_value_info("both", TensorProto.FLOAT, None)]  # fmt: skip
    if zipped:
        nodes.append(helper.make_node("ZipMap", ["both"], ["maps"], domain="ai.onnx.ml", classlabels_int64s=[0, 1]))
        outputs[1].name = "maps"
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])], outputs,
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    return model_bytes(graph)


@pytest.mark.parametrize("zipped", [False, True])
def test_scikit_learns_two_classes_are_two_logits(zipped: bool) -> None:
    found = recognise(binary(zipped))
    x = RNG.normal(size=(50, 2)).astype(np.float32)
    z = (x - [1, -2]) * [0.5, 2] @ np.array([[1.0], [-3.0]])
    logits = found.network(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(softmax(logits)[:, 1:], 1 / (1 + np.exp(-z)), rtol=1e-4, atol=1e-6)
    assert any("2 outputs" in note and "'label' left out" in note for note in found.notes)


def test_a_long_chain_is_refused_at_once() -> None:
    names = [f"h{k}" for k in range(200_001)]
    entries = [helper.make_node("Relu", [a], [b]) for a, b in pairwise(names[:6000])]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in (names[0], names[5999])]
    start = time.thread_time()  # what else the machine does takes none of it
    with pytest.raises(ValueError, match="5,999 nodes; up to 5,000 are read"):
        load_network(model_bytes(helper.make_graph(entries, "g", ends[:1], ends[1:])))
    entry = bytes(helper.make_node("Relu", ["a"], ["b"]).SerializeToString())
    nodes = (bytes([0x0A, len(entry)]) + entry) * 200_000
    length, rest = b"", len(nodes)
    while rest:
        length += bytes([rest & 127 | (128 if rest > 127 else 0)])
        rest >>= 7
    with pytest.raises(ValueError, match="200,000 fields"):
        load_network(bytes([0x08, 8, 0x3A]) + length + nodes)
    assert time.thread_time() - start < 5


def looped() -> list[onnx.NodeProto]:
    return [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]


def twice() -> list[onnx.NodeProto]:
    return [helper.make_node("Relu", ["x"], ["b"]), helper.make_node("Relu", ["x"], ["b"])]


def growing() -> list[onnx.NodeProto]:
    names = ["x", *(f"h{k}" for k in range(40)), "b"]
    return [helper.make_node("Concat", [a, a], [b], axis=1) for a, b in pairwise(names)]


def missing() -> list[onnx.NodeProto]:
    return [helper.make_node("Add", ["x", "nowhere"], ["b"])]


def filled() -> list[onnx.NodeProto]:
    return [
        helper.make_node("Constant", [], ["size"], value_ints=[10**9, 10**9]),
        helper.make_node("ConstantOfShape", ["size"], ["ones"]),
        helper.make_node("Add", ["x", "ones"], ["b"]),
    ]


@pytest.mark.parametrize(
    ("nodes", "named"),
    [
        (looped(), "runs in a circle"),
        (twice(), "makes 'b' twice"),
        (growing(), "at most 10,000,000"),
        (missing(), "'nowhere', which nothing in the file makes"),
        (filled(), "at most 10,000,000"),
    ],
    ids=["looped", "twice", "growing", "missing", "filled"],
)
def test_graphs_that_no_exporter_writes_are_refused(nodes: list[onnx.NodeProto], named: str) -> None:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in "xb"]
    with pytest.raises(ValueError, match=named):
        load_network(model_bytes(helper.make_graph(nodes, "g", ends[:1], ends[1:])))
