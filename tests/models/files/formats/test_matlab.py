"""MATLAB files in TensorFlow's layout give the network TensorFlow would compute."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import scipy.io
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.files.formats.mat_file import read_mat_file
from models.files.network_files import load_network, recognise
from tests.models.samples import SMALL, VALID, mat_bytes, matrices
from tests.strategies import seeds


def same_convolution(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """(height, width, in) * (kh, kw, in, out) by its definition: TensorFlow's SAME padding, the odd zero behind."""
    height, width, _ = image.shape
    kh, kw, _, channels = kernel.shape
    rows, columns = -(-height // stride), -(-width // stride)
    top = max(0, (rows - 1) * stride + kh - height) // 2
    left = max(0, (columns - 1) * stride + kw - width) // 2
    found = np.zeros((rows, columns, channels))
    for i in range(rows):
        for j in range(columns):
            for a in range(kh):
                for b in range(kw):
                    y, x = i * stride + a - top, j * stride + b - left
                    if 0 <= y < height and 0 <= x < width:
                        found[i, j] += image[y, x] @ kernel[a, b]
    return found


def tensorflow(weights: dict[str, np.ndarray], image: np.ndarray, stride: int) -> np.ndarray:
    """The logits of one image (height, width, channels)."""
    layers = sorted(name.removeprefix("weights_") for name in weights if name.startswith("weights_"))
    activations = image
    for layer in layers:
        weight, bias = weights[f"weights_{layer}"], weights[f"biases_{layer}"].ravel()
        if layer.startswith("conv"):
            activations = same_convolution(activations, weight, stride) + bias
        else:
            activations = activations.reshape(-1) @ weight + bias
        if layer != layers[-1]:
            activations = np.maximum(activations, 0)
    return activations


def convolutional(seed: int, channels: int, size: int, kernel: int, stride: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    side = -(-size // stride)
    side = -(-side // stride)
    shapes = {
        "conv1": (kernel, kernel, channels, 3), "conv2": (kernel, kernel, 3, 2),
        "fc1": (side * side * 2, 5), "fc2": (5, 4),
    }  # fmt: skip
    found = {f"weights_{name}": rng.normal(size=shape) for name, shape in shapes.items()}
    return found | {f"biases_{name}": rng.normal(size=shape[-1]) for name, shape in shapes.items()}


@settings(deadline=None, max_examples=20)
@given(
    seeds, st.sampled_from([1, 3]), st.integers(5, 9), st.sampled_from([(4, 2), (5, 2), (3, 1), (2, 2)]), st.booleans()
)
def test_convolutions_are_tensorflows(seed: int, channels: int, size: int, way: tuple[int, int], zipped: bool) -> None:
    weights = convolutional(seed, channels, size, *way)
    found = load_network(mat_bytes(zipped, **weights), input_shape=(channels, size, size), stride=way[1])
    image = np.random.default_rng(seed).normal(size=(size, size, channels))
    with torch.no_grad():
        logits = found(torch.from_numpy(image.transpose(2, 0, 1).copy())[None])[0]
    np.testing.assert_allclose(logits, tensorflow(weights, image, way[1]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("channels", "size"), [(1, 28), (3, 32)])
def test_the_published_convolutional_networks_are_recognised(channels: int, size: int) -> None:
    found = recognise(mat_bytes(**convolutional(0, channels, size, 4, 2)))
    assert found.input_shape == (channels, size, size)
    assert found.readings[0].stride == (2, 2) and found.readings[0].padding == ("same", "same")


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)])
def test_fully_connected_ones_take_images_channels_last(shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    U, bU, W, bW = (rng.normal(size=size) for size in ((int(np.prod(shape)), 6), (1, 6), (6, 10), (1, 10)))
    image = rng.normal(size=shape)
    found = recognise(mat_bytes(U=U, bU=bU, W=W, bW=bW))
    assert found.input_shape == (shape[2], shape[0], shape[1])
    with torch.no_grad():
        logits = found.network(torch.from_numpy(image.transpose(2, 0, 1).copy())[None])
    np.testing.assert_allclose(logits, np.maximum(image.reshape(1, -1) @ U + bU, 0) @ W + bW, rtol=1e-9)


def test_the_names_of_other_exporters_are_read() -> None:
    weights = convolutional(0, 1, 8, 4, 2)
    renamed = {
        {"fc2": "logits"}.get(name.split("_")[1], name.split("_")[1])
        + ("/weight" if name.startswith("weights") else "/bias"): value
        for name, value in weights.items()
    }
    x = torch.rand(2, 1, 8, 8, dtype=torch.float64)
    shape = {"input_shape": (1, 8, 8)}
    assert torch.equal(load_network(mat_bytes(**renamed), **shape)(x), load_network(mat_bytes(**weights), **shape)(x))


@settings(deadline=None)
@given(
    hnp.arrays(
        hnp.scalar_dtypes().filter(lambda d: d.kind in "fiub" and d.itemsize in (1, 4, 8)), hnp.array_shapes(min_dims=2)
    ),
    st.booleans(),
    st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
)
def test_arrays_come_back_as_scipy_writes_them(array: np.ndarray, zipped: bool, name: str) -> None:
    found = read_mat_file(mat_bytes(zipped, **{name: array, "other": np.eye(2)}), 10**6)
    assert np.array_equal(found[name], array, equal_nan=array.dtype.kind == "f")
    assert np.array_equal(found["other"], np.eye(2))


def test_numbers_may_be_stored_in_a_smaller_type_and_the_other_byte_order() -> None:
    def element(kind: int, data: bytes) -> bytes:
        return struct.pack(">II", kind, len(data)) + data.ljust(-(-len(data) // 8) * 8, b"\0")

    parts = [(6, struct.pack(">II", 6, 0)), (5, struct.pack(">ii", 2, 3)), (1, b"W1"), (2, bytes([1, 2, 3, 4, 5, 6]))]
    array = element(14, b"".join(element(*part) for part in parts))
    found = read_mat_file(b"MATLAB 5.0".ljust(124) + b"\x01\x00MI" + array, 10**6)
    assert found["W1"].tolist() == [[1, 3, 5], [2, 4, 6]]


def test_numbered_matrices_are_read_as_from_numpy() -> None:
    found = load_network(mat_bytes(**matrices(SMALL)))
    assert torch.equal(found(torch.ones(1, 2)), SMALL(torch.ones(1, 2)))


def bomb() -> bytes:
    """Some hundred kilobytes that would be 300 MB."""
    head = VALID["MATLAB, compressed"][:128]
    packed = zlib.compress(bytes(300_000_000), 1)
    return head + (15).to_bytes(4, "little") + len(packed).to_bytes(4, "little") + packed


def test_what_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(ValueError, match="unpacks to more than"):
        load_network(bomb())


def version_4() -> bytes:
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"W1": np.ones((2, 2))}, format="4")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (mat_bytes(U=np.array(["text"])), "is a text"),
        (mat_bytes(U=np.array([{"a": 1}], dtype=object)), r"'U\{0\}' is a structure"),
        (mat_bytes(U={"a": 1}), "is a structure"),
        (mat_bytes(U=scipy.sparse.eye(3)), "is a sparse matrix"),
        (mat_bytes(U=np.ones((2, 2)) * 1j), "is a complex array"),
        (mat_bytes(lambda_=np.ones(3)), "'lambda_' is no weight of a layer"),
        (mat_bytes(bU=np.ones(3)), "'U' is missing"),
        (mat_bytes(biases_fc1=np.ones(3)), "no weights of two or four dimensions"),
        (mat_bytes(weights_conv1=np.ones((4, 4, 1, 2)), weights_fc1=np.ones((13, 2))), "no square image"),
        (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM", "-v7"),
        (version_4(), "no file of a trained network"),
        (mat_bytes(), "0 layers|no weights"),
    ],
)
def test_what_is_no_network_is_named(data: bytes, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_network(data)
