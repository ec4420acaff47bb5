"""Networks in NumPy archives: fully connected ones with usual names, convolutional ones with PyTorch's names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from models.files.archives import read_npz
from models.files.bare_weights.named_arrays import is_named, naming, oriented, pairs_by_name
from models.files.bare_weights.readings import Hints, Weights
from models.networks.architecture import MAX_NUMBERS
from models.networks.input_shapes import IMAGE_SHAPES


def is_matrices(data: bytes) -> bool:
    """Whether the bytes begin like a file of numpy.savez."""
    return data.startswith(b"PK") and b".npy" in data[:4096]


def read_matrices(data: bytes, hints: Hints, max_bytes: int) -> Weights:
    """The weights in the archive; a ValueError names an array that is no W or b, or does not fit.

    Convolutions and BatchNorms need PyTorch's names (0.weight, 1.running_mean) and its layout.
    """
    arrays = read_npz(data, max_bytes)
    check_numbers(arrays)
    if any(array.ndim == 4 or name.endswith("running_mean") for name, array in arrays.items()):
        tensors = {name: real_tensor(array) for name, array in arrays.items()}
        return Weights(tensors, format="NumPy arrays under PyTorch's names")
    return weights_of_matrices(arrays, "NumPy")


def are_matrices(names: Iterable[str]) -> bool:
    """Whether all names are those of matrices and biases that this module reads."""
    return all(map(is_named, names))


def weights_of_matrices(arrays: Mapping[str, NDArray[Any]], container: str) -> Weights:
    """The weights in torch's layout, by the rules for names and shapes in `models.files.bare_weights.named_arrays`.

    `container` is the title of the file format.

    Raises
    ------
    ValueError
        Naming the array that is no W or b, or does not fit.
    """
    pairs = pairs_by_name(arrays)
    matrices, notes = oriented(pairs)
    tensors: dict[str, Tensor] = {}
    for number, (pair, matrix) in enumerate(zip(pairs, matrices), 1):
        tensors[f"{number}.weight"] = real_tensor(matrix)
        if pair.bias is not None:
            tensors[f"{number}.bias"] = real_tensor(pair.bias.reshape(-1))
    if pairs and len(IMAGE_SHAPES.get(matrices[0].shape[1], ())) == 3 and IMAGE_SHAPES[matrices[0].shape[1]][0] > 1:
        notes += ("The numbers of an image are taken to come channel by channel; the file does not say.",)
    return Weights(tensors, notes=notes, format=f"{container} {naming(arrays)}")


def check_numbers(arrays: Mapping[str, NDArray[Any]]) -> None:
    """A ValueError if there are too many numbers: one byte in the file takes four or eight in a network."""
    numbers = sum(array.size for array in arrays.values())
    if numbers > MAX_NUMBERS:
        raise ValueError(f"the file holds {numbers:,} numbers; up to {MAX_NUMBERS:,} are read")


def real_tensor(array: NDArray[Any]) -> Tensor:
    """The array as a tensor: float64 stays float64, all other types become float32, in the machine's byte order."""
    return torch.tensor(array.astype("float64" if array.dtype.itemsize == 8 and array.dtype.kind == "f" else "float32"))
