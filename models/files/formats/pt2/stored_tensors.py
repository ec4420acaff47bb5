"""The numbers in files of torch.export: bytes with a type, sizes and strides, or a pickle of torch.save."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from geometry.network.network import UnsupportedLayerError
from models.files.formats.torch_file import read_torch_file
from models.networks.architecture import MAX_NUMBERS

StoredTensors: TypeAlias = dict[str, NDArray[Any]]
MAX_DIMENSIONS = 8  # of a tensor: a limit on damaged files
MAX_TENSORS = 20_000  # a limit on time
STRIDED = 7  # torch.export's number for the usual layout
TYPES = {  # torch.export's numbers for types
    1: torch.uint8, 2: torch.int8, 3: torch.int16, 4: torch.int32, 5: torch.int64, 6: torch.float16, 7: torch.float32,
    8: torch.float64, 12: torch.bool, 13: torch.bfloat16,
}  # fmt: skip
FLOATS = {6, 7, 8, 13}
DOUBLE = 8
DAMAGED = "the list of weights in the file of torch.export is damaged; save the file again"


def tensors_of(listed: Any, stored: Callable[[str], bytes], max_bytes: int) -> StoredTensors:
    """The tensors of a list of weights, by their names.

    stored : gives the bytes of a part of the archive

    Raises
    ------
    ValueError
        If the list is damaged, a tensor claims more numbers than are stored, or all together are too many.
    """
    entries = listed.get("config") if type(listed) is dict else None
    if type(entries) is not dict or len(entries) > MAX_TENSORS:
        raise ValueError(DAMAGED)
    parts: dict[str, bytearray] = {}
    tensors: StoredTensors = {}
    numbers = 0
    for name, entry in entries.items():
        path = entry.get("path_name") if type(entry) is dict else None
        if type(path) is not str:
            raise ValueError(DAMAGED)
        if entry.get("use_pickle"):
            tensors[name] = _unpacked(name, stored(path), max_bytes)
            continue
        kind, size, stride, offset = _description(name, entry.get("tensor_meta"))
        numbers += math.prod(size)
        if numbers > MAX_NUMBERS:
            raise ValueError(f"the file of torch.export holds more than {MAX_NUMBERS:,} numbers, more than is read")
        if path not in parts:  # several tensors may be parts of one
            parts[path] = bytearray(stored(path))
        tensors[name] = _array(_strided(name, parts[path], kind, size, stride, offset))
    return tensors


def pickled_tensors(data: bytes, max_bytes: int) -> StoredTensors:
    """The tensors in a dictionary of torch.save, by their names, read without unpickling it."""
    content = read_torch_file(data, max_bytes)
    if type(content) is not dict:
        raise ValueError(DAMAGED)
    return {name: _plain(name, value) for name, value in content.items()}


def _unpacked(name: str, data: bytes, max_bytes: int) -> NDArray[Any]:
    if not data.startswith(b"PK"):
        raise UnsupportedLayerError(f"{name[:60]!r} is a pickled object, which is not opened; tensors are read")
    return _plain(name, read_torch_file(data, max_bytes))


def _plain(name: str, value: object) -> NDArray[Any]:
    if not isinstance(value, Tensor):
        raise UnsupportedLayerError(f"{name[:60]!r} is no plain tensor; save the network with usual weights")
    return _array(value)


def _array(tensor: Tensor) -> NDArray[Any]:
    """As NumPy has it, float16 and bfloat16 as float32."""
    return (tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor).numpy()


def _description(name: str, described: Any) -> tuple[int, list[int], list[int], int]:
    """The number of the type, the sizes, the strides and the place of the first number."""
    if type(described) is not dict:
        raise ValueError(DAMAGED)
    kind, layout = described.get("dtype"), described.get("layout")
    if type(kind) is not int or kind not in TYPES or layout != STRIDED:
        raise UnsupportedLayerError(f"{name[:60]!r} is of a type or layout that is not read; use float32 weights")
    (offset,) = _whole([described.get("storage_offset")])
    size, stride = _whole(described.get("sizes")), _whole(described.get("strides"))
    if len(size) != len(stride) or len(size) > MAX_DIMENSIONS:
        raise ValueError(DAMAGED)
    return kind, size, stride, offset


def _whole(described: Any) -> list[int]:
    items = described if type(described) is list else [None]
    numbers = [item.get("as_int") if type(item) is dict else None for item in items]
    if not all(type(number) is int and 0 <= number < 2**40 for number in numbers):
        raise ValueError(DAMAGED)
    return numbers  # type: ignore[return-value]


def _strided(name: str, content: bytearray, kind: int, size: list[int], stride: list[int], offset: int) -> Tensor:
    """The tensor, a view of its own stored bytes and of nothing else."""
    dtype = TYPES[kind]
    if 0 in size:
        return torch.zeros(size if max(size) <= MAX_NUMBERS else [0], dtype=dtype)
    elements = len(content) // dtype.itemsize
    last = offset + sum((n - 1) * step for n, step in zip(size, stride))
    if last >= elements:
        raise ValueError(
            f"{name[:60]!r} of shape {tuple(size)} claims more numbers than are stored ({elements:,}); "
            "the file of torch.export is damaged, or without weights"
        )
    return torch.frombuffer(content, dtype=dtype, count=elements).as_strided(size, stride, offset)


def finite(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """The values; a ValueError if some are NaN or infinite."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError(f"{name[:60]!r} holds NaN or infinite values; the training that made it has failed")
    return values
