"""What ONNX graphs do between layers (Transpose, Reshape, Slice, ...) goes into the weights, and changes nothing."""

from __future__ import annotations

import numpy as np
import onnx
import onnx.reference
import pytest
import torch
from hypothesis import given, settings
from onnx import TensorProto, helper, numpy_helper

from geometry.network.network import as_network
from models.files.network_files import Recognised, load_network, recognise
from tests.models.files.formats.onnx.graphs import rearranging_graphs
from tests.models.samples import evaluated, graph_bytes, model_bytes, node


def sorted_for_the_evaluator(data: bytes) -> onnx.ModelProto:
    """The model with its nodes in the order of `onnx_graphs`, which may be the other way round in the file."""
    model = onnx.load_model_from_string(data)
    nodes = sorted(model.graph.node, key=lambda entry: int(entry.output[0].removeprefix("y")))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def inputs_for(found: Recognised, x: np.ndarray) -> torch.Tensor:
    """One input of the file's shape as the network read takes it."""
    if any("height × width × channels" in note for note in found.notes):
        x = x.reshape(x.shape[-3:]).transpose(2, 0, 1)
    return torch.from_numpy(x.reshape(1, *found.input_shape).copy())


@settings(deadline=None, max_examples=50)
@given(rearranging_graphs())
def test_one_input_gives_what_the_formats_own_evaluator_computes(case: tuple[bytes, tuple[int, ...]]) -> None:
    data, shape = case
    found = recognise(data)
    evaluator = onnx.reference.ReferenceEvaluator(sorted_for_the_evaluator(data))
    converted = as_network(found.network, found.input_shape).to(torch.float64)
    for x in np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32):
        expected = evaluator.run(None, {"x": x})[0].reshape(1, -1)
        tolerance = 2e-5 * (1 + abs(expected).max())
        with torch.no_grad():
            np.testing.assert_allclose(found.network(inputs_for(found, x)), expected, rtol=0, atol=tolerance)
            np.testing.assert_allclose(converted(inputs_for(found, x).double()), expected, rtol=0, atol=tolerance)


def numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def channels_last(colours: int, normalised: bool = False) -> bytes:
    """As tf2onnx writes a Keras network: images turned for the convolutions, and back before Flatten."""
    rng = np.random.default_rng(colours)
    nodes = [node("Sub", numbers(rng, colours)), node("Div", abs(numbers(rng, colours)) + 1)] if normalised else []
    nodes += [
        node("Transpose", perm=(0, 3, 1, 2)), node("Conv", numbers(rng, 4, colours, 3, 3)),
        node("Transpose", perm=(0, 2, 3, 1)), node("Add", numbers(rng, 4)), node("Relu"),
        node("Transpose", perm=(0, 3, 1, 2)), node("Conv", numbers(rng, 2, 4, 2, 2), strides=(2, 2)),
        node("Transpose", perm=(0, 2, 3, 1)), node("Reshape", np.array([-1, 12])), node("MatMul", numbers(rng, 12, 3)),
    ]  # fmt: skip
    return graph_bytes(nodes, ("n", 6, 8, colours))


@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("normalised", [False, True])
def test_images_with_channels_last_are_taken_channels_first_without_a_trace_of_the_turning(
    colours: int, normalised: bool
) -> None:
    data = channels_last(colours, normalised)
    found = recognise(data)
    assert found.input_shape == (colours, 6, 8) and found.normalises == normalised
    kinds = [type(layer).__name__ for layer in found.network]
    assert kinds == ["Normalize"] * normalised + ["Conv2d", "ReLU", "Conv2d", "Flatten", "Linear"]
    assert any(f"height × width × channels, 6×8×{colours}" in note for note in found.notes)
    x = np.random.default_rng(0).normal(size=(4, 6, 8, colours)).astype(np.float32)
    logits = found.network(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).detach()
    np.testing.assert_allclose(logits, evaluated(data, x), rtol=1e-4, atol=1e-4)


def test_the_files_own_order_can_be_asked_for() -> None:
    data = channels_last(3)
    x = np.random.default_rng(0).normal(size=(4, 6, 8, 3)).astype(np.float32)
    for shape in ((6, 8, 3), (144,)):
        found = recognise(data, input_shape=shape)
        assert found.input_shape == shape and not found.notes
        logits = found.network(torch.from_numpy(x.reshape(4, *shape))).detach()
        np.testing.assert_allclose(logits, evaluated(data, x), rtol=1e-4, atol=1e-4)


def test_a_fully_connected_network_on_images_with_channels_last_takes_them_channels_first() -> None:
    rng = np.random.default_rng(0)
    data = graph_bytes([node("Flatten"), node("MatMul", numbers(rng, 96, 4))], ("n", 8, 4, 3))
    found = recognise(data)
    assert found.input_shape == (3, 8, 4) and found.notes
    x = numbers(rng, 5, 8, 4, 3)
    logits = found.network(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).detach()
    np.testing.assert_allclose(logits, evaluated(data, x), rtol=1e-4, atol=1e-4)


def test_convolutions_on_the_inputs_as_they_are_leave_them_so() -> None:
    rng = np.random.default_rng(0)
    data = graph_bytes([node("Conv", numbers(rng, 2, 8, 2, 2)), node("Flatten")], ("n", 8, 4, 3))
    assert recognise(data).input_shape == (8, 4, 3)


@pytest.mark.parametrize(
    ("stated", "read"),
    [([5], (5,)), ([1, 5], (5,)), ([1, 1, 1, 5], (5,)), ([1, 5, 1], (5,)), (["n", 5], (5,)), ([7, 5], (5,))],
)
def test_inputs_that_are_vectors_are_read_as_vectors(stated: list[int | str], read: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    fold = [node("Reshape", np.array([1, 5]))] if stated != [7, 5] else []
    found = recognise(graph_bytes([*fold, node("MatMul", numbers(rng, 5, 3))], stated))
    assert found.input_shape == read
    assert any("batch of 7" in note for note in found.notes) == (stated == [7, 5])


def test_two_inputs_without_a_batch_are_points_of_the_plane() -> None:
    rng = np.random.default_rng(0)
    first, second = numbers(rng, 8, 2), numbers(rng, 3, 8)
    data = graph_bytes([node("MatMul", first, first=False), node("Relu"), node("MatMul", second, first=False)], [2])
    found = recognise(data)
    x = numbers(rng, 6, 2)
    assert found.input_shape == (2,)
    expected = np.maximum(x @ first.T, 0) @ second.T
    np.testing.assert_allclose(found.network(torch.from_numpy(x)).detach(), expected, rtol=1e-5, atol=1e-5)


def test_the_batch_may_be_computed_from_the_shape_of_the_input() -> None:
    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["batch"]),
        helper.make_node("Unsqueeze", ["batch", "zeros"], ["listed"]),
        helper.make_node("Concat", ["listed", "minus"], ["target"], axis=0),
        helper.make_node("Reshape", ["x", "target"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
        helper.make_node("Relu", ["unused"], ["nothing"]),
        helper.make_node("Sigmoid", ["y"], ["unused"]),
    ]
    constants = {"zero": np.array(0), "zeros": np.array([0]), "minus": np.array([-1]), "w": numbers(rng, 12, 3)}
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in
            (("x", ["n", 2, 6]), ("y", ["n", 3]))]  # fmt: skip
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    data = model_bytes(helper.make_graph(nodes, "g", ends[:1], ends[1:], tensors))
    x = numbers(rng, 3, 2, 6)
    logits = load_network(data)(torch.from_numpy(x)).detach()
    np.testing.assert_allclose(logits, x.reshape(3, 12) @ constants["w"], rtol=1e-5, atol=1e-5)


def test_zeros_around_images_join_the_convolution_behind_them() -> None:
    rng = np.random.default_rng(0)
    pads = np.array([0, 0, 1, 2, 0, 0, 1, 2])
    nodes = [node("Pad", pads), node("Conv", numbers(rng, 2, 1, 3, 3)), node("GlobalAveragePool"), node("Flatten")]
    data = graph_bytes(nodes, ("n", 1, 5, 5))
    found = load_network(data)
    assert [type(layer).__name__ for layer in found] == ["Conv2d", "AvgPool2d", "Flatten"]
    x = numbers(rng, 3, 1, 5, 5)
    np.testing.assert_allclose(found(torch.from_numpy(x)).detach(), evaluated(data, x), rtol=1e-5, atol=1e-5)


RNG = np.random.default_rng(3)
REARRANGED = [
    ((8, 3, 2), node("DepthToSpace", blocksize=2)),
    ((8, 3, 2), node("DepthToSpace", blocksize=2, mode="CRD")),
    ((2, 4, 6), node("SpaceToDepth", blocksize=2)),
    ((2, 3, 2), node("Tile", np.array([1, 2, 1, 3]))),
    ((3, 4), node("GatherND", np.array([[[0, 1], [2, 3], [2, 0]]]), batch_dims=1)),
    ((3, 4), node("GatherND", np.array([[[2], [0]]]), batch_dims=1)),
    ((5,), node("Einsum", numbers(RNG, 4, 5), equation="bi,ji->bj")),
    ((5,), node("Einsum", numbers(RNG, 4, 5), first=False, equation="ji, bi -> bj")),
    ((5,), node("Einsum", numbers(RNG, 5, 4), equation="bi,ij")),
    ((3, 5), node("Einsum", numbers(RNG, 4, 5), equation="bij,kj->bki")),
    ((3, 5), node("Einsum", numbers(RNG, 3, 5), equation="bij,ij->bj")),
    ((3, 5), node("Einsum", numbers(RNG, 3, 5), equation="bij,ij->bij")),
    ((3, 5), node("Einsum", numbers(RNG, 2, 5), equation="bij,kj->bi")),
]


@pytest.mark.parametrize(("shape", "changed"), REARRANGED)
def test_operators_that_rearrange_or_multiply_by_letters_give_what_the_evaluator_computes(shape, changed) -> None:
    before = node("Mul", numbers(np.random.default_rng(0), *shape))
    data = graph_bytes([before, changed, node("Relu"), node("Flatten")], (1, *shape))
    found = recognise(data)
    converted = as_network(found.network, found.input_shape).to(torch.float64)
    for x in np.random.default_rng(1).normal(size=(3, 1, *shape)).astype(np.float32):
        with torch.no_grad():
            np.testing.assert_allclose(converted(torch.from_numpy(x).double()), evaluated(data, x), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "wrong", "says"),
    [
        ((8, 3, 2), node("DepthToSpace", blocksize=3), "does not fit its input of shape"),
        ((2, 4, 6), node("SpaceToDepth", blocksize=0), "does not fit its input of shape"),
        ((2, 3), node("Tile", np.array([1, 2])), r"repeats \[1, 2\] times"),
        ((2, 3), node("Tile", np.array([1, 10**6, 10**6])), "at most"),
        ((3, 4), node("GatherND", np.array([[[9]]]), batch_dims=1), "does not fit its input of shape"),
        ((3, 4), node("GatherND", np.array([[[1.0]]]), batch_dims=1), "not by rows of whole numbers"),
        ((5,), node("Einsum", np.ones((4, 5), np.float32), equation="...i,ji->...j"), "without an ellipsis"),
        ((5,), node("Einsum", np.ones((5, 5), np.float32), equation="bi,jj->bi"), "an axis twice"),
        ((5,), node("Einsum", np.ones((4, 6), np.float32), equation="bi,ji->bj"), "an axis of two sizes"),
        ((5,), node("Einsum", np.ones((4, 5), np.float32), equation="bi,ji->bk"), "that no operand has"),
        ((5,), node("Einsum", np.ones((4, 5), np.float32), equation="bic,ji->bj"), "other axes than its inputs"),
    ],
)
def test_wrong_rearrangements_and_letters_are_named(shape, wrong, says) -> None:
    with pytest.raises(ValueError, match=says):
        load_network(graph_bytes([wrong, node("Flatten")], (1, *shape)))
