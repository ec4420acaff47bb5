"""Windows over the edge, interpolation, signals and given output shapes, compared with torch's and the format's own."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

from models.files.network_files import load_network
from tests.models.samples import evaluated, model_bytes

RNG = np.random.default_rng(0)


def loaded(
    op: str, shape: tuple[int, ...], *constants: np.ndarray | None, **attributes: object
) -> tuple[bytes, object]:
    """The file of one operator on x and constants, flattened; and the network read from it."""
    names = ["x", *("" if value is None else f"c{k}" for k, value in enumerate(constants))]
    nodes = [helper.make_node(op, names, ["a"], **attributes), helper.make_node("Flatten", ["a"], ["y"])]
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n", *shape))]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    tensors = [numpy_helper.from_array(v, f"c{k}") for k, v in enumerate(constants) if v is not None]
    data = model_bytes(helper.make_graph(nodes, "g", ends, outputs, tensors))
    return data, load_network(data)


def compare(network: object, x: np.ndarray, expected: np.ndarray) -> None:
    with torch.no_grad():
        found = network(torch.from_numpy(x))  # type: ignore[operator]
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.numpy(), expected.reshape(len(x), -1), rtol=0, atol=1e-5)


WINDOWS = [  # size, kernel, stride, padding: the last window reaches over the end, or would begin behind it
    ((5, 6), (2, 3), (2, 2), (0, 1)), ((6, 7), (3, 3), (2, 3), (1, 0)), ((4, 5), (2, 2), (3, 3), (1, 1)),
    ((7, 7), (3, 2), (3, 2), (0, 0)), ((3, 8), (3, 4), (1, 3), (1, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("size", "kernel", "stride", "padding"), WINDOWS)
def test_windows_over_the_edge_are_those_of_torch(
    size: tuple[int, int], kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
) -> None:
    x = RNG.normal(size=(2, 3, *size)).astype(np.float32)
    given = {"kernel_shape": kernel, "strides": stride, "pads": (*padding, *padding), "ceil_mode": 1}
    own = torch.from_numpy(x), kernel, stride, padding
    _, network = loaded("MaxPool", (3, *size), **given)
    compare(network, x, F.max_pool2d(*own, ceil_mode=True).numpy())
    for counted in (False, True):
        _, network = loaded("AveragePool", (3, *size), count_include_pad=int(counted), **given)
        compare(network, x, F.avg_pool2d(*own, ceil_mode=True, count_include_pad=counted).numpy())


def test_dilated_windows_over_the_edge_are_those_of_torch() -> None:
    x = RNG.normal(size=(2, 1, 8, 9)).astype(np.float32)
    _, network = loaded("MaxPool", (1, 8, 9), kernel_shape=(2, 3), strides=(3, 2), dilations=(2, 3), ceil_mode=1)
    compare(network, x, F.max_pool2d(torch.from_numpy(x), (2, 3), (3, 2), 0, (2, 3), ceil_mode=True).numpy())


MODES = ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"]


@pytest.mark.parametrize("coordinates", MODES)
@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 7)], ids=["images", "signals"])
def test_linear_interpolation_is_the_formats_own(coordinates: str, shape: tuple[int, ...]) -> None:
    x = RNG.normal(size=(1, *shape)).astype(np.float32)
    for sizes in ([7, 9], [3, 5], [1, 4]):
        after = np.array([1, shape[0], *sizes[: len(shape) - 1]])
        data, network = loaded(
            "Resize", shape, None, None, after, mode="linear", coordinate_transformation_mode=coordinates
        )
        compare(network, x, evaluated(data, x))


def test_linear_interpolation_by_scales_is_the_formats_own() -> None:
    x = RNG.normal(size=(1, 2, 4, 5)).astype(np.float32)
    data, network = loaded("Resize", (2, 4, 5), None, np.float32([1, 1, 1.5, 2]), mode="linear")
    compare(network, x, evaluated(data, x))


def test_interpolation_of_large_images_is_a_convolution() -> None:
    x = RNG.normal(size=(1, 3, 60, 60)).astype(np.float32)
    sizes = np.array([1, 3, 90, 90])
    _, network = loaded("Resize", (3, 60, 60), None, None, sizes, mode="linear")
    compare(network, x, F.interpolate(torch.from_numpy(x).double(), (90, 90), mode="bilinear").numpy())
    assert sum(weight.numel() for weight in network.parameters()) < 20_000  # type: ignore[attr-defined]


@pytest.mark.parametrize("auto", ["NOTSET", "SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize("stride", [(2, 2), (3, 1)])
def test_transposed_convolutions_of_a_given_output_shape_are_the_formats_own(
    auto: str, stride: tuple[int, int]
) -> None:
    x, weight = (RNG.normal(size=size).astype(np.float32) for size in ((1, 2, 4, 5), (2, 3, 3, 4)))
    whole = F.conv_transpose2d(torch.from_numpy(x), torch.from_numpy(weight), stride=stride).numpy()
    for less in ((0, 0), (1, 1), (1, 2)):
        shape = [whole.shape[2] - less[0], whole.shape[3] - less[1]]
        _, network = loaded("ConvTranspose", (2, 4, 5), weight, output_shape=shape, strides=stride, auto_pad=auto)
        # the format's text: total padding / 2, rounded down, is cut off in front with SAME_UPPER, else behind
        front = [n // 2 if auto == "SAME_UPPER" else n - n // 2 for n in less]
        compare(network, x, whole[:, :, front[0] : front[0] + shape[0], front[1] : front[1] + shape[1]])
    with pytest.raises(ValueError, match="as its kernel reaches"):
        loaded("ConvTranspose", (2, 4, 5), weight, output_shape=[99, 99], strides=stride)


SIGNALS = [
    (
        "Conv",
        (np.float32(RNG.normal(size=(4, 3, 3))), np.float32(RNG.normal(size=4))),
        {"pads": (2, 1), "strides": (2,)},
    ),
    ("Conv", (np.float32(RNG.normal(size=(3, 1, 2))),), {"group": 3, "dilations": (2,)}),
    ("ConvTranspose", (np.float32(RNG.normal(size=(3, 2, 3))),), {"strides": (2,), "output_padding": (1,)}),
    ("MaxPool", (), {"kernel_shape": (3,), "strides": (2,), "pads": (1, 1)}),
    ("MaxPool", (), {"kernel_shape": (3,), "strides": (3,), "ceil_mode": 1}),
    ("AveragePool", (), {"kernel_shape": (3,), "strides": (2,), "pads": (1, 1), "count_include_pad": 1}),
    ("GlobalAveragePool", (), {}),
    ("GlobalMaxPool", (), {}),
]


@pytest.mark.parametrize(("op", "constants", "attributes"), SIGNALS)
def test_operators_on_signals_are_the_formats_own(op: str, constants: tuple[np.ndarray, ...], attributes: dict) -> None:
    x = RNG.normal(size=(1, 3, 8)).astype(np.float32)
    data, network = loaded(op, (3, 8), *constants, **attributes)
    expected = x.max(2) if op == "GlobalMaxPool" else evaluated(data, x)  # whose own takes all channels together
    compare(network, x, expected)


def test_numbers_that_no_constant_of_the_file_is_keep_the_files_precision() -> None:
    def mean(kind: int) -> bytes:
        dtype = helper.tensor_dtype_to_np_dtype(kind)
        nodes = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("ReduceMean", ["a"], ["y"], axes=[1])]
        ends = [helper.make_tensor_value_info("x", kind, ("n", 3)), helper.make_tensor_value_info("y", kind, None)]
        weight = numpy_helper.from_array(np.eye(3).astype(dtype), "w")
        return model_bytes(helper.make_graph(nodes, "g", ends[:1], ends[1:], [weight]))

    x = torch.rand(5, 3, dtype=torch.float64)
    double = load_network(mean(onnx.TensorProto.DOUBLE))
    torch.testing.assert_close(double(x), x.mean(1, keepdim=True), rtol=0, atol=1e-15)
    assert {weight.dtype for weight in load_network(mean(onnx.TensorProto.FLOAT)).parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("op", "constants", "attributes"),
    [
        ("Resize", (None, None, np.array([1, 1, 4000])), {"mode": "linear"}),
        ("AveragePool", (), {"kernel_shape": (8,), "strides": (2,), "ceil_mode": 1}),
    ],
)
def test_matrices_along_long_axes_are_refused_before_they_are_made(op: str, constants: tuple, attributes: dict) -> None:
    with pytest.raises(ValueError, match=r"from 9,000,001 to [\d,]+ numbers along an axis"):
        loaded(op, (1, 9_000_001), *constants, **attributes)
