"""ONNX files give the network that the format's own evaluator computes; what is not supported is named."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from geometry.network.network import as_network
from models.files.network_files import load_network, recognise
from tests.models.samples import evaluated, exported, graph_bytes, model_bytes, node
from tests.strategies import Case, conv_networks, degenerate_mlps, mlps, seeds


def check(data: bytes, shape: tuple[int, ...], dtype: type = np.float32, batch: int = 3) -> nn.Sequential:
    """The network loaded, after torch and the project's own form of it agree with the evaluator."""
    x = np.random.default_rng(0).uniform(-1, 1, (batch, *shape)).astype(dtype)
    expected = evaluated(data, x)
    found = load_network(data)
    tolerance = {"rtol": 1e-4, "atol": 1e-4 * (1 + abs(expected).max())}
    with torch.no_grad():
        np.testing.assert_allclose(found(torch.from_numpy(x)), expected, **tolerance)
        points = torch.from_numpy(x.astype(np.float64))
        converted = as_network(found, shape).to(torch.float64)(points)
    np.testing.assert_allclose(converted, expected.reshape(batch, -1), **tolerance)
    return found


@settings(deadline=None, max_examples=40)
@given(st.one_of(mlps(3), degenerate_mlps(), conv_networks()), st.booleans())
def test_what_torch_exports_is_read_as_evaluated(case: Case, fold: bool) -> None:
    mode = torch.onnx.TrainingMode.EVAL if fold else torch.onnx.TrainingMode.PRESERVE  # the latter keeps BatchNorms
    data = exported(case.network, case.input_shape, training=mode)
    check(data, case.input_shape, np.float64)
    assert recognise(data).input_shape == case.input_shape


def numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


@st.composite
def chains(draw: st.DrawFn) -> tuple[bytes, tuple[int, ...]]:
    """Graphs of operators in the order of a convolutional network, with the attributes that exporters use."""
    rng = np.random.default_rng(draw(seeds))
    channels, height, width = draw(st.sampled_from([1, 2])), draw(st.integers(6, 9)), draw(st.integers(6, 9))
    nodes = []
    if draw(st.booleans()):
        nodes += [node("Sub", numbers(rng, channels, 1, 1)), node("Div", abs(numbers(rng, 1, channels, 1, 1)) + 1)]
    kernel, stride = draw(st.sampled_from([(3, 3), (2, 4), (5, 3)])), draw(st.sampled_from([(1, 1), (2, 2), (2, 1)]))
    pads = draw(st.sampled_from(["SAME_UPPER", "SAME_LOWER", "VALID", (1, 2, 1, 2), (2, 0, 1, 1), (0, 1, 2, 0)]))
    padding = {"auto_pad": pads} if isinstance(pads, str) else {"pads": pads}
    weight, bias = numbers(rng, 4, 1, *kernel), numbers(rng, 4)
    constants = (weight, bias) if draw(st.booleans()) else (weight,)
    nodes.append(node("Conv", *constants, strides=stride, group=channels, kernel_shape=kernel, **padding))
    if draw(st.booleans()):
        nodes.append(node("Add", numbers(rng, 4, 1, 1)))
    if draw(st.booleans()):
        statistics = (numbers(rng, 4), numbers(rng, 4), numbers(rng, 4), abs(numbers(rng, 4)) + 0.1)
        nodes.append(node("BatchNormalization", *statistics, epsilon=1e-3))
    nodes.append(draw(st.sampled_from([node("Relu"), node("LeakyRelu", alpha=0.2), node("LeakyRelu")])))
    if draw(st.booleans()):
        counted, around = draw(st.sampled_from([(0, 0), (0, 1), (1, 1)]))
        nodes.append(
            node("AveragePool", kernel_shape=(2, 2), strides=(1, 1), pads=(around,) * 4, count_include_pad=counted)
        )
    shape = (channels, height, width)
    units = evaluated(graph_bytes(nodes, ("n", *shape)), np.zeros((1, *shape), np.float32)).size
    folds = [node("Flatten"), node("Reshape", np.array([-1, units])), node("Reshape", np.array([0, -1]))]
    nodes.append(draw(st.sampled_from(folds)))
    matrix = numbers(rng, units, 5) / np.float32(math.sqrt(units))
    linear = [
        [node("Gemm", matrix, numbers(rng, 5))],
        [node("Gemm", matrix.T.copy(), numbers(rng, 1, 5), transB=1, alpha=0.5, beta=2.0)],
        [node("Gemm", matrix)],
        [node("MatMul", matrix), node("Add", numbers(rng, 5), first=draw(st.booleans()))],
        [node("MatMul", matrix), node("Mul", numbers(rng, 5)), node("Sub", numbers(rng, 1, 5), first=False)],
        [node("Mul", numbers(rng)), node("MatMul", matrix), node("Div", numbers(rng, 5))],
    ]
    nodes += [*draw(st.sampled_from(linear)), node("Relu"), node("Dropout"), node("Identity")]
    nodes.append(node("MatMul", numbers(rng, 5, 2)))
    return graph_bytes(nodes, (draw(st.sampled_from(["n", 1])), *shape)), shape


@settings(deadline=None, max_examples=60)
@given(chains())
def test_a_chain_of_operators_is_read_as_evaluated(chain: tuple[bytes, tuple[int, ...]]) -> None:
    check(*chain)


def test_a_mean_for_every_pixel_is_subtracted_pixel_by_pixel() -> None:
    rng = np.random.default_rng(0)
    nodes = [node("Sub", numbers(rng, 1, 2, 4, 4)), node("Conv", numbers(rng, 3, 2, 3, 3)), node("Flatten")]
    check(graph_bytes(nodes, ("n", 2, 4, 4)), (2, 4, 4))


@pytest.mark.parametrize("divisor", [np.float32(0.5), np.float32([[[0.5]], [[0.25]]])])
def test_subtracting_and_dividing_is_one_normalisation(divisor: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    nodes = [node("Sub", numbers(rng, 2, 1, 1)), node("Div", np.asarray(divisor)), node("Flatten")]
    data = graph_bytes([*nodes, node("MatMul", numbers(rng, 8, 2))], ("n", 2, 2, 2))
    assert [type(layer).__name__ for layer in check(data, (2, 2, 2))] == ["Normalize", "Flatten", "Linear"]
    assert recognise(data).normalises


def test_constants_are_rearranged_before_they_are_used() -> None:
    rng = np.random.default_rng(0)
    weight = numbers(rng, 3, 2, 2)
    nodes = [
        helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(weight)),
        helper.make_node("Constant", [], ["shape"], value_ints=[3, -1]),
        helper.make_node("Reshape", ["w", "shape"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["turned"], perm=[1, 0]),
        helper.make_node("Identity", ["turned"], ["same"]),
        helper.make_node("MatMul", ["x", "same"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size]) for name, size in (("x", 4), ("y", 3))]
    check(model_bytes(helper.make_graph(nodes, "g", ends[:1], ends[1:])), (4,))


def test_the_input_shape_can_be_given_where_the_file_does_not_say() -> None:
    data = graph_bytes([node("Flatten"), node("MatMul", np.ones((12, 2), np.float32))], ("n", "c", "h", "w"))
    with pytest.raises(ValueError, match="give input_shape"):
        load_network(data)
    assert recognise(data, input_shape=(3, 2, 2)).input_shape == (3, 2, 2)
    with pytest.raises(ValueError, match="which is not input_shape"):
        load_network(graph_bytes([node("MatMul", np.ones((12, 2), np.float32))], ("n", 12)), input_shape=(3, 2, 3))


ONES = np.ones((2, 2), np.float32)
IMAGE = np.ones((1, 1, 2, 2), np.float32)


@pytest.mark.parametrize(
    ("nodes", "named"),
    [
        ([node("Tanh")], r"node 0 \(Tanh\) is not supported: .* train with ReLU"),
        ([node("Sign")], r"node 0 \(Sign\) is not supported; use Gemm"),
        ([node("Sigmoid"), node("MatMul", ONES)], "left off at a network's end alone"),
        ([node("MatMul", ONES), node("Softmax", axis=0)], "over all logits of one input"),
        ([node("MatMul", ONES[:, :1]), node("Softmax")], "over all logits of one input"),
        ([node("GlobalMaxPool")], r"\(GlobalMaxPool\).* must act on images"),
        ([node("MaxPool", kernel_shape=(1, 99))], r"\(MaxPool\)"),
        ([node("ConvTranspose", IMAGE)], "must act on images"),
        ([node("QLinearMatMul", ONES)], "export the float network"),
        ([node("Transpose", perm=(1, 0, 2))], "does not fit its input"),
        ([node("MatMul", ONES, first=False)], "takes 2 numbers"),
        ([node("Div", ONES[:1], first=False)], "dividing by the activations"),
        ([node("Div", np.zeros(2, np.float32))], "by zero"),
        ([node("Gemm", ONES, transA=1)], "takes 2 numbers"),
        ([node("Gemm", np.ones((3, 2), np.float32))], r"takes 3 numbers, activations have the shape \(1, 2\)"),
        ([node("Add", np.ones(3, np.float32))], r"shape \(3,\) does not fit activations of shape \(1, 2\)"),
        ([node("Add", np.ones((5, 2), np.float32))], r"shape \(5, 2\) does not fit"),
        ([node("Relu", speed=1.0)], "attribute 'speed'"),
        ([node("LeakyRelu", alpha=2.0)], "negative_slope"),
        ([node("Clip", np.float32(2), np.float32(1))], "bounds are 2.0 and 1.0"),
        ([node("Flatten", axis=3)], "no axis 3"),
        ([node("Reshape", np.array([1, 3]))], r"\(Reshape\) does not fit its input of shape \(1, 2\)"),
        ([node("Conv", IMAGE)], "must act on images"),
        ([node("GlobalAveragePool")], "must act on images"),
        ([node("BatchNormalization", *[np.ones(3, np.float32)] * 4)], "does not fit activations"),
        ([node("BatchNormalization", *[-np.ones(2, np.float32)] * 4)], "variance"),
        ([node("Cast", to=TensorProto.INT64)], "only casts between float types"),
        ([], "has no layers"),
    ],
)
def test_what_is_not_supported_is_named(nodes: list[tuple], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_network(graph_bytes(nodes, ("n", 2)))


@pytest.mark.parametrize(
    ("nodes", "named"),
    [
        ([node("MaxPool", kernel_shape=(2, 2), pads=(0, 0, 0, 4))], "lies outside of the image"),
        ([node("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1]), mode="wrap")], "constant, reflect and edge are"),
        ([node("Pad", np.array([0, 0, 99, 0, 0, 0, 0, 0]))], "up to 64 on a side"),
        ([node("Pad", np.array([0, 0, -5, 0, 0, 0, 0, 0]))], "leaves no numbers"),
    ],
)
def test_what_is_not_supported_of_images_is_named(nodes: list[tuple], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_network(graph_bytes([*nodes, node("Flatten")], ("n", 1, 5, 5)))


def test_an_output_that_depends_on_two_inputs_is_refused() -> None:
    two = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in "xz"]
    ends = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])]
    with pytest.raises(ValueError, match="depends on 2 inputs; one is read, of 'x', 'z'"):
        load_network(model_bytes(helper.make_graph([helper.make_node("Add", ["x", "z"], ["y"])], "g", two, ends)))


def test_stride_and_padding_are_the_files_own() -> None:
    with pytest.raises(ValueError, match="leave out stride"):
        load_network(graph_bytes([node("MatMul", ONES)], ("n", 2)), stride=1)


@pytest.mark.parametrize(
    "behind", [[node("Conv", np.ones((2, 1, 3, 3), np.float32), np.float32([3, 4]))],
               [node("Conv", np.ones((2, 1, 3, 3), np.float32))], [node("AveragePool", kernel_shape=(2, 2))]],
)  # fmt: skip
def test_what_is_added_to_padded_images_is_added_to_their_edge_too(behind: list[tuple]) -> None:
    pad = node("Pad", np.array([0, 0, 1, 2, 0, 0, 3, 0]))
    nodes = [pad, node("Add", np.float32([[[0.5]]])), *behind, node("Flatten")]
    check(graph_bytes(nodes, ("n", 1, 5, 5)), (1, 5, 5))


def test_slopes_are_the_files_own_however_small() -> None:
    nodes = [node("LeakyRelu", alpha=3e-10), node("MatMul", np.float32([[1e10]]))]
    found = load_network(graph_bytes(nodes, ("n", 1)))
    assert found[0].negative_slope == 3e-10
    assert float(found(torch.tensor([[-1.0]]))) == pytest.approx(-3)
    assert load_network(graph_bytes([node("LeakyRelu", alpha=0.01)], ("n", 1)))[0].negative_slope == 0.01


@pytest.mark.parametrize(("own", "given"), [((2, 3, 4), (4, 3, 2)), ((3, 5, 5), (5, 5, 3)), ((5, 5, 3), (5, 3, 5))])
def test_an_input_shape_in_another_order_than_the_files_is_refused(own: tuple, given: tuple) -> None:
    nodes = [node("Flatten"), node("MatMul", np.ones((math.prod(own), 2), np.float32))]
    with pytest.raises(ValueError, match="which is not input_shape"):
        load_network(graph_bytes(nodes, ("n", *own)), input_shape=given)
