"""ONNX graphs that branch give what the format's own evaluator computes, and what stops others is named."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import NodeProto, TensorProto, helper, numpy_helper

from geometry.network.network import UnsupportedLayerError, as_network
from models.files.network_files import Recognised, load_network, network_bytes, readings, recognise, save_network
from models.networks.layer_graph import LayerGraph
from models.networks.pytorch_code import as_pytorch_code
from tests.models.files.formats.onnx.branching import branching_graphs
from tests.models.samples import evaluated, model_bytes

SQUARE = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)


def inputs_for(found: Recognised, x: np.ndarray) -> torch.Tensor:
    """One input of the file's shape as the network read takes it."""
    if any("height × width × channels" in note for note in found.notes):
        x = x.reshape(x.shape[-3:]).transpose(2, 0, 1)
    return torch.from_numpy(x.reshape(1, *found.input_shape).copy())


def graph_of(nodes: list[NodeProto], shape: tuple[int | str, ...], **constants: np.ndarray) -> bytes:
    """A file with the input x and the output y."""
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    return model_bytes(helper.make_graph(nodes, "g", ends, outputs, tensors))


def node(op: str, inputs: str, output: str, **attributes: object) -> NodeProto:
    return helper.make_node(op, inputs.split(), output.split(), **attributes)


@settings(deadline=None, max_examples=150)
@given(branching_graphs())
def test_one_input_gives_what_the_formats_own_evaluator_computes(case: tuple[bytes, tuple[int, ...]]) -> None:
    data, shape = case
    found = recognise(data)
    converted = as_network(found.network, found.input_shape).to(torch.float64)
    again = load_network(network_bytes(found.network), input_shape=found.input_shape)
    for x in np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32):
        expected = evaluated(data, x).reshape(1, -1)
        tolerance = 2e-5 * (1 + abs(expected).max())
        with torch.no_grad():
            given_x = inputs_for(found, x)
            values = found.network(given_x)
            np.testing.assert_allclose(values, expected, rtol=0, atol=tolerance)
            assert torch.equal(again(given_x), values)
            scores = converted(given_x.double())[:, -expected.shape[1] :]  # of one logit z: 0 and z
            np.testing.assert_allclose(scores, expected, rtol=0, atol=tolerance)


@settings(deadline=None, max_examples=25)
@given(branching_graphs())
def test_its_code_builds_the_same_network(case: tuple[bytes, tuple[int, ...]]) -> None:
    found = recognise(case[0])
    code = as_pytorch_code(found.network, "mine.safetensors")
    weights = {"load_file": lambda name: found.network.state_dict()}  # as if saved under that name
    exec(code.replace("from safetensors.torch import load_file", ""), weights)
    x = torch.rand(5, *found.input_shape)
    with torch.no_grad():
        assert torch.equal(weights["network"](x), found.network(x))  # type: ignore[operator]


RESIDUAL = [
    node("MatMul", "x w", "a"), node("Relu", "a", "b"), node("MatMul", "b w", "c"), node("Add", "c b", "d"),
    node("Relu", "d", "e"), node("Sub", "e x", "y"),
]  # fmt: skip


def test_a_residual_network_is_saved_and_read_again(tmp_path: Path) -> None:
    network = load_network(graph_of(RESIDUAL, ("n", 4), w=SQUARE))
    save_network(network, tmp_path / "mine.safetensors")
    x = torch.randn(9, 4)
    b = torch.relu(x @ torch.from_numpy(SQUARE))
    expected = torch.relu(b @ torch.from_numpy(SQUARE) + b) - x
    torch.testing.assert_close(network(x), expected)
    assert torch.equal(load_network(tmp_path / "mine.safetensors")(x), network(x))


def test_steps_are_listed_with_what_they_take() -> None:
    (candidate,) = readings(graph_of(RESIDUAL, ("n", 4), w=SQUARE))
    listed = [(layer.kind, layer.after, layer.text) for layer in candidate.layers]
    assert [kind for kind, _, _ in listed] == ["Linear", "ReLU", "Linear", "Add", "ReLU", "Subtract"]
    assert listed[3] == ("Add", (4,), "step 4 of step 3 and step 2; read from the file")
    assert listed[5] == ("Subtract", (4,), "step 6 of step 5 and the inputs; read from the file")


def test_a_chain_stays_a_chain() -> None:
    nodes = [node("MatMul", "x w", "a"), node("Relu", "a", "b"), node("MatMul", "b w", "y")]
    kinds = [type(layer).__name__ for layer in load_network(graph_of(nodes, ("n", 4), w=SQUARE))]
    assert kinds == ["Linear", "ReLU", "Linear"]


def test_what_no_output_depends_on_is_left_out() -> None:
    nodes = [
        node("Relu", "x", "a"), node("MatMul", "a w", "b"), node("Shape", "b", "s"), node("Abs", "b", "c"),
        node("Shape", "c", "t"), node("Reshape", "x s", "d"), node("Abs", "d", "e"), node("Reshape", "e t", "y"),
    ]  # fmt: skip
    (graph,) = load_network(graph_of(nodes, ("n", 4), w=SQUARE))
    assert isinstance(graph, LayerGraph)
    assert [type(step).__name__ for step, _ in graph.steps] == ["Abs"]


def test_only_the_numbers_that_are_used_get_units() -> None:
    nodes = [node("Split", "x", "a b", axis=1), node("Relu", "a", "c"), node("Abs", "b", "d"), node("Add", "c d", "y")]
    network = as_network(load_network(graph_of(nodes, ("n", 4))), (4,))
    bending = sum(int(layer.bending().sum()) for layer in network.hidden)
    assert bending == 4  # two ReLUs and two absolute values


CHANNELS_LAST = [
    node("Transpose", "x", "t", perm=[0, 3, 1, 2]), node("Conv", "t k", "a", pads=[1, 1, 1, 1]),
    node("Transpose", "a", "b", perm=[0, 2, 3, 1]), node("Relu", "b", "c"),
    node("Transpose", "c", "d", perm=[0, 3, 1, 2]), node("Conv", "d l", "e", pads=[1, 1, 1, 1]),
    node("Transpose", "e", "f", perm=[0, 2, 3, 1]), node("Add", "f c", "g"), node("Concat", "g c", "h", axis=3),
    node("Relu", "h", "i"), node("Flatten", "i", "j"), node("MatMul", "j w", "y"),
]  # fmt: skip


@pytest.mark.parametrize("batch", ["n", 1, 7])
def test_residual_images_with_channels_last_are_turned_once(batch: str | int) -> None:
    rng = np.random.default_rng(0)
    kernels = (rng.normal(size=size).astype(np.float32) for size in ((4, 3, 3, 3), (4, 4, 3, 3), (200, 2)))
    data = graph_of(CHANNELS_LAST, (batch, 5, 5, 3), **dict(zip("klw", kernels)))
    found = recognise(data)
    assert found.input_shape == (3, 5, 5)
    assert any("channels × height × width" in note for note in found.notes)
    x = rng.normal(size=(7, 5, 5, 3)).astype(np.float32)
    with torch.no_grad():
        values = found.network(torch.from_numpy(x.transpose(0, 3, 1, 2).copy()))
    np.testing.assert_allclose(values, evaluated(data, x), rtol=0, atol=1e-4)
    (graph,) = found.network
    kinds = [type(step).__name__ for step, _ in graph.steps]  # type: ignore[union-attr]
    assert kinds.count("Pick") <= 1  # Flatten's own order; no Transpose between convolutions is computed


UPSAMPLED = [node("Upsample", "x s", "a", mode="nearest"), node("Flatten", "a", "b"), node("Abs", "b", "y")]


def test_upsample_of_older_files_repeats_pixels() -> None:
    x = np.random.default_rng(0).normal(size=(1, 2, 3, 4)).astype(np.float32)
    model = graph_of(UPSAMPLED, ("n", 2, 3, 4), s=np.float32([1, 1, 2, 3]))
    expected = abs(x.repeat(2, 2).repeat(3, 3)).reshape(1, -1)
    assert np.array_equal(load_network(of_opset(model, 9))(torch.from_numpy(x)).numpy(), expected)


@pytest.mark.parametrize("pads", [(0, 1, 0, 1), (0, 0, 1, 0), (1, 2, 0, 0), (2, 0, 1, 1), (0, 1, 2, 2)])
@pytest.mark.parametrize("strides", [(1, 1), (2, 1), (3, 2)])
def test_max_pooling_with_unequal_padding_takes_the_largest_pixel_of_each_window(
    pads: tuple[int, ...], strides: tuple[int, int]
) -> None:
    nodes = [node("MaxPool", "x", "a", kernel_shape=[3, 3], pads=pads, strides=strides), node("Flatten", "a", "y")]
    found = load_network(graph_of(nodes, ("n", 2, 5, 6)))
    x = np.random.default_rng(0).normal(size=(1, 2, 5, 6)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (0, 0), pads[::2], pads[1::2]), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))[:, :, :: strides[0], :: strides[1]]
    assert np.array_equal(found(torch.from_numpy(x)).numpy(), windows.max((4, 5)).reshape(1, -1))


def of_opset(data: bytes, opset: int) -> bytes:
    model = onnx.load_model_from_string(data)
    model.opset_import[0].version = opset
    return model.SerializeToString()


@pytest.mark.parametrize(
    ("nodes", "named"),
    [
        ([node("Sigmoid", "x", "a"), node("Mul", "a x", "y")], r"\(Mul\).* Sigmoid"),
        ([node("Softmax", "x", "a"), node("MatMul", "a w", "b"), node("Add", "b x", "y")], r"\(MatMul\).* Softmax"),
        ([node("Tanh", "x", "a"), node("Add", "a x", "y")], r"\(Tanh\).* not piecewise linear"),
        ([node("Relu", "x", "a"), node("Mul", "a x", "y")], r"\(Mul\).* not piecewise linear"),
        ([node("Relu", "x", "a"), node("Div", "a x", "y")], r"\(Div\).* not piecewise linear"),
        ([node("Transpose", "x", "t"), node("MatMul", "x t", "y")], r"\(MatMul\).*the activations and one constant"),
        ([node("Relu", "x", "a"), node("Gemm", "a x", "y")], r"\(Gemm\).*one constant"),
        ([node("Relu", "x", "a"), node("Clip", "x a", "y")], r"\(Clip\).* input 1 is not a constant"),
        ([node("Abs", "x", "a"), node("Where", "a x a", "y")], r"\(Where\) is not supported on the network's"),
        ([node("Abs", "x", "a"), node("Add", "a v", "b"), node("Add", "b x", "y")], r"\(Add\).* does not fit"),
        ([node("Concat", "x w", "y", axis=1)], r"\(Concat\) does not fit its inputs of shapes"),
        ([node("Split", "x", "a b c", axis=1), node("Sum", "a b c", "y")], r"\(Sum\) joins \(1, 2\) and \(1, 0\)"),
        ([node("Resize", "x  s", "y", mode="cubic")], r"\(Resize\).* nearest and linear are"),
        ([node("Pad", "x p", "y", mode="wrap")], r"\(Pad\).*constant, reflect and edge are"),
        ([node("Softmax", "x", "a"), node("Concat", "a x", "y", axis=1)], r"\(Concat\).* Softmax gives and other"),
    ],
)
def test_what_stops_a_graph_is_named(nodes: list[NodeProto], named: str) -> None:
    constants = {"w": SQUARE, "v": np.ones(3, np.float32), "s": np.float32([1, 2]), "p": np.array([0, 1, 0, 1])}
    with pytest.raises(ValueError, match=named) as raised:
        load_network(graph_of(nodes, ("n", 4), **constants))
    assert isinstance(raised.value, UnsupportedLayerError) or "fit" in named or "joins" in named


def chained(op: str, steps: int, **attributes: object) -> list[NodeProto]:
    names = ["x", *(f"h{k}" for k in range(steps - 1)), "y"]
    return [node(op, f"{a} {a}", b, **attributes) for a, b in pairwise(names)]


def widened(steps: int) -> list[NodeProto]:
    """Each step joins what came before to itself, and takes half of it."""
    pairs = [(f"h{k}", f"h{k + 1}") for k in range(steps)]
    nodes = [node("Abs", "x", "h0")]
    for a, b in pairs:
        nodes += [
            node("Relu", a, f"{a}r"),
            node("Concat", f"{a} {a}r", f"{a}c", axis=1),
            node("Slice", f"{a}c s e o", b),
        ]
    return [*nodes, node("Abs", pairs[-1][1], "y")]


@pytest.mark.parametrize(
    ("nodes", "named"),
    [
        (chained("Add", 2500), "more than 2,000 layers"),
        (chained("Concat", 40, axis=1), "at most 10,000,000"),
        ([*chained("Max", 30)[1:], node("Expand", "x big", "h0")], "more than 100,000,000"),
    ],
    ids=["many steps", "doubling", "large sums"],
)  # fmt: skip
def test_graphs_that_would_take_too_much_are_refused(nodes: list[NodeProto], named: str) -> None:
    start = time.thread_time()
    with pytest.raises(ValueError, match=named):
        load_network(graph_of(nodes, ("n", 4), big=np.array([2 * 10**6, 4])))
    assert time.thread_time() - start < 60


def test_sums_of_a_value_with_itself_stay_small_when_converted() -> None:
    nodes = [node("Mul", "x w", "h"), *chained("Add", 60)[1:], node("Add", "h h", "h0")]
    doubled = load_network(graph_of(nodes, ("n", 4), w=np.float32(2.0**-60)))
    x = torch.randn(5, 4)
    torch.testing.assert_close(as_network(doubled, (4,))(x), x)
    ends = {"s": np.array([1]), "e": np.array([5]), "o": np.array([1])}
    joined = load_network(graph_of(widened(40), ("n", 4), **ends))
    network = as_network(joined, (4,))
    torch.testing.assert_close(network(x), joined(x))
    assert sum(layer.units for layer in network.layers) < 5000


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_damaged_graphs_raise_value_errors_or_are_networks(data: st.DataObject) -> None:
    content = bytearray(graph_of(RESIDUAL, ("n", 4), w=SQUARE))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        network = load_network(bytes(content))
    except ValueError:
        return
    assert isinstance(network, torch.nn.Sequential)


@settings(deadline=None, max_examples=60)
@given(branching_graphs(), st.data())
def test_graphs_with_other_operators_and_attributes_raise_value_errors_or_are_networks(
    case: tuple[bytes, tuple[int, ...]], data: st.DataObject
) -> None:
    model = onnx.load_model_from_string(case[0])
    entry = data.draw(st.sampled_from(list(model.graph.node)))
    match data.draw(st.sampled_from(["operator", "input", "attribute", "output"])):
        case "operator":
            entry.op_type = data.draw(st.sampled_from([other.op_type for other in model.graph.node]))
        case "input" if entry.input:
            names = [
                "x",
                "",
                *(t.name for t in model.graph.initializer),
                *(o for n in model.graph.node for o in n.output),
            ]
            entry.input[data.draw(st.integers(0, len(entry.input) - 1))] = data.draw(st.sampled_from(names))
        case "attribute" if entry.attribute:
            attribute = data.draw(st.sampled_from(list(entry.attribute)))
            attribute.i = data.draw(st.integers(-(2**63), 2**63 - 1))
            attribute.ints[:] = data.draw(st.lists(st.sampled_from([-5, -1, 0, 1, 2, 3, 10**9, 2**62]), max_size=5))
            attribute.f = data.draw(st.sampled_from([0.0, float("nan"), float("inf"), -1e30]))
        case _:
            del entry.output[:]
            entry.output.extend(data.draw(st.lists(st.sampled_from(["", "y0", "z", "x"]), max_size=3)))
    try:
        network = load_network(model.SerializeToString())
    except ValueError:
        return
    assert isinstance(network, torch.nn.Sequential)
