"""NumPy archives of fully connected networks: W1, b1, W2, b2, ..."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from models.architecture import MAX_NUMBERS
from models.archives import read_npz
from models.formats.readings import Hints, Weights

NAME = re.compile(r"(w|weight|weights|b|bias)_?([0-9]{1,4})", re.IGNORECASE)


def is_matrices(data: bytes) -> bool:
    """Whether the bytes begin like a file of numpy.savez."""
    return data.startswith(b"PK") and b".npy" in data[:4096]


def read_matrices(data: bytes, hints: Hints, max_bytes: int) -> Weights:
    """The weights of the archive; a ValueError names the array that is no W or b, or does not fit."""
    arrays = read_npz(data, max_bytes)
    check_numbers(arrays)
    return weights_of_matrices(arrays)


def are_matrices(names: Iterable[str]) -> bool:
    """Whether these are the names of matrices and biases that this module reads."""
    return all(NAME.fullmatch(name) for name in names)


def weights_of_matrices(arrays: Mapping[str, NDArray[Any]]) -> Weights:
    """The weights in torch's layout. Matrices may be (out, in) or (in, out): the bias tells; (out, in) where both fit.

    Raises
    ------
    ValueError
        Naming the array that is no W or b, or does not fit.
    """
    pairs: dict[int, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        match = NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"array {name[:60]!r} is neither W nor b; name them W1, b1, W2, b2 and so on")
        pairs.setdefault(int(match[2]), {})[match[1][0].lower()] = array
    tensors: dict[str, Tensor] = {}
    for number in sorted(pairs):
        pair = pairs[number]
        if "w" not in pair or pair["w"].ndim != 2:
            raise ValueError(f"layer {number} has no matrix W{number} of two dimensions")
        matrix, bias = pair["w"], pair.get("b")
        if bias is not None and matrix.shape[0] != bias.size and matrix.shape[1] == bias.size:
            matrix = matrix.T
        tensors[f"{number}.weight"] = real_tensor(matrix)
        if bias is not None:
            tensors[f"{number}.bias"] = real_tensor(bias.reshape(-1))
    return Weights(tensors)


def check_numbers(arrays: Mapping[str, NDArray[Any]]) -> None:
    """A ValueError if there are too many numbers: a byte in the file takes four or eight in a network."""
    numbers = sum(array.size for array in arrays.values())
    if numbers > MAX_NUMBERS:
        raise ValueError(f"the file holds {numbers:,} numbers; up to {MAX_NUMBERS:,} are read")


def real_tensor(array: NDArray[Any]) -> Tensor:
    """Float32 and float64 as they are, integers as float32, in the machine's byte order."""
    return torch.tensor(array.astype("float64" if array.dtype.itemsize == 8 and array.dtype.kind == "f" else "float32"))
