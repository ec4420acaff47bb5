"""Networks in MATLAB files, in the layout of Croce et al. (2019): TensorFlow's weights.

Layout: a fully connected network is U, bU, W, bW; a convolutional one weights_conv1, biases_conv1, ..., weights_fc1,
biases_fc1, ... (conv1/weight, conv1/bias, ... are read too). Matrices are (in, out), kernels (height, width, in, out),
images (height, width, channels): the rows of the first matrix come in height-width-channel order. Padding is SAME.
Other names (W1, b1, layers.0.weight, coefs_, or numbers alone) are read as from NumPy archives.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from numpy.typing import NDArray
from torch import Tensor

from geometry.network.affine import Shape
from models.files.bare_weights.readings import SAME, Hints, Weights
from models.files.bare_weights.stages import natural
from models.files.formats.mat_file import read_mat_file
from models.files.formats.npz import are_matrices, check_numbers, real_tensor, weights_of_matrices
from models.networks.input_shapes import IMAGE_SHAPES

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

MATRICES = re.compile(r"(w|weight|weights|b|bias)_?[0-9]{1,4}", re.IGNORECASE)
NAME = re.compile(r"(?P<tf>weights|biases)_(?P<tf_layer>\w+)|(?P<layer>\w+)/(?P<kind>weight|bias)")
FULLY_CONNECTED = {"U": "1/weight", "bU": "1/bias", "W": "2/weight", "bW": "2/bias"}


def read_matlab(data: bytes, hints: Hints, max_bytes: int) -> Weights:
    """The weights in torch's layout.

    Raises
    ------
    ValueError
        If the file is damaged or too large, or holds anything but arrays of numbers with the names above.
    """
    arrays = read_mat_file(data, max_bytes)
    check_numbers(arrays)
    if all(MATRICES.fullmatch(name) for name in arrays):
        return weights_of_matrices(arrays, "MATLAB")
    missing = FULLY_CONNECTED.keys() - arrays.keys()
    if arrays.keys() & FULLY_CONNECTED.keys() and missing:
        raise ValueError(f"array {min(missing)!r} is missing; the file is cut off, or not of U, bU, W, bW")
    tensorflow = all(NAME.fullmatch(FULLY_CONNECTED.get(name, name)) for name in arrays)
    if not tensorflow and are_matrices(arrays):
        return weights_of_matrices(arrays, "MATLAB")
    layers: dict[str, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        match = NAME.fullmatch(FULLY_CONNECTED.get(name, name))
        if match is None:
            raise ValueError(
                f"array {name[:60]!r} is no weight of a layer; known are U, bU, W, bW, and weights_conv1, "
                "biases_conv1, weights_fc1, biases_fc1 and so on; W1, b1, W2, b2; layers.0.weight, layers.0.bias"
            )
        kind = match["tf"] or match["kind"]
        layers.setdefault(match["tf_layer"] or match["layer"], {})[kind[0]] = array
    title = "MATLAB U, bU, W, bW" if arrays.keys() <= FULLY_CONNECTED.keys() else "MATLAB weights of TensorFlow"
    return Weights(dict(_as_torch(layers, hints.input_shape)), padding=SAME, format=title)


def _as_torch(layers: Mapping[str, Arrays], input_shape: Shape | None) -> Iterator[tuple[str, Tensor]]:
    """Kernels (out, in, height, width) and matrices (out, in), columns in channel-height-width order.

    Layers are ordered by name: conv1, conv2, fc1, and fc2, logits or softmax.
    """
    channels: int | None = None  # of the activations, while they are images
    for place, layer in enumerate(sorted(layers, key=natural)):
        weight, bias = layers[layer].get("w"), layers[layer].get("b")
        if weight is None or weight.ndim not in (2, 4):
            raise ValueError(f"layer {layer[:60]!r} has no weights of two or four dimensions")
        if weight.ndim == 4:
            channels = weight.shape[3]
            weight = weight.transpose(3, 2, 0, 1)
        else:
            if channels is not None:
                weight = _channels_first(weight, _square(len(weight), channels))
            elif place == 0:
                weight = _channels_first(weight, input_shape or IMAGE_SHAPES.get(len(weight), ()))
            channels = None
            weight = weight.T
        yield f"{layer}.weight", real_tensor(weight)
        if bias is not None:
            yield f"{layer}.bias", real_tensor(bias.reshape(-1))


def _channels_first(matrix: NDArray[Any], shape: Shape) -> NDArray[Any]:
    """A matrix whose rows run over an image in torch's order (channels, height, width), from TensorFlow's order."""
    if len(shape) != 3 or math.prod(shape) != len(matrix):
        return matrix
    channels, height, width = shape
    return matrix.reshape(height, width, channels, -1).transpose(2, 0, 1, 3).reshape(len(matrix), -1)


def _square(rows: int, channels: int) -> Shape:
    side = math.isqrt(rows // max(channels, 1))
    if side * side * channels != rows:
        raise ValueError(f"{rows} rows after a convolution with {channels} channels are no square image")
    return (channels, side, side)
