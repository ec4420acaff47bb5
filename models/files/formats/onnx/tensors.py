"""The numbers of ONNX tensors, in the file or in a second file in the same folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from models.networks.architecture import MAX_NUMBERS

SecondFile: TypeAlias = Callable[[str], bytes | None]
REALS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)
WHOLES = (TensorProto.INT32, TensorProto.INT64, TensorProto.BOOL)
ITEMS: dict[int, str] = {
    TensorProto.FLOAT: "<f4", TensorProto.DOUBLE: "<f8", TensorProto.FLOAT16: "<f2", TensorProto.BFLOAT16: "<u2",
    TensorProto.INT32: "<i4", TensorProto.INT64: "<i8", TensorProto.BOOL: "?",
}  # fmt: skip
MAX_DIMENSIONS = 8  # of a tensor or an input: a limit on damaged files
ONE_FILE = "save the model in one file: torch.onnx.export(..., external_data=False), or onnx.save(model, path)"


class Tensors:
    """A reader of TensorProtos, with a limit on the numbers in all of them."""

    def __init__(self, second_file: SecondFile) -> None:
        self._second_file = second_file
        self._second: tuple[str, bytes] | None = None
        self._numbers = 0

    def check_sizes(self, tensors: Iterable[TensorProto]) -> None:
        """A ValueError if shapes are impossible or too large together; nothing is unpacked."""
        for tensor in tensors:
            self._numbers += _size(tensor)
            if self._numbers > MAX_NUMBERS:
                raise ValueError(f"the ONNX file holds more than {MAX_NUMBERS:,} numbers, which is more than is read")

    def read(self, tensor: TensorProto) -> NDArray[Any]:
        """The numbers of a TensorProto, float16 and bfloat16 as float32.

        Raises
        ------
        ValueError
            If they are no numbers, do not fit the shape, or are in a file that is missing.
        """
        name, size = _name(tensor), _size(tensor)
        if tensor.data_type not in REALS + WHOLES or tensor.HasField("segment"):
            raise ValueError(_of_other_type(tensor))
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            return self._outside(tensor)
        try:
            values = np.asarray(numpy_helper.to_array(tensor))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{name!r} does not hold as many numbers as its shape {_shape(tensor)} says") from error
        if values.shape != tuple(tensor.dims) or values.size != size:
            raise ValueError(f"{name!r} does not hold as many numbers as its shape {_shape(tensor)} says")
        return values.astype(np.float32) if values.dtype.itemsize == 2 else values

    def _outside(self, tensor: TensorProto) -> NDArray[Any]:
        """Numbers in the second file."""
        name, entries = _name(tensor), {entry.key: entry.value for entry in tensor.external_data}
        location = entries.get("location", "")
        content = self._content(location, name)
        dtype = np.dtype(ITEMS[tensor.data_type])
        length = _size(tensor) * dtype.itemsize
        start, said = (entries.get(key, default) for key, default in (("offset", "0"), ("length", str(length))))
        if not (_is_whole(start) and _is_whole(said) and int(said) == length):
            raise ValueError(f"{name!r} does not say where in {location[:60]!r} it lies; save the model again")
        if int(start) + length > len(content):
            raise ValueError(
                f"{location[:60]!r} is shorter than {name!r} needs: it is cut off, or belongs to another model"
            )
        values = np.frombuffer(content, dtype, _size(tensor), int(start)).reshape(tuple(tensor.dims))
        if tensor.data_type == TensorProto.BFLOAT16:
            return (values.astype(np.uint32) << 16).view(np.float32)
        return values.astype(np.float32) if values.dtype.itemsize == 2 else values

    def _content(self, location: str, name: str) -> bytes:
        if self._second is None:
            bare = bool(location) and not any(character in location for character in "/\\:\0") and location != ".."
            content = self._second_file(location) if bare else None
            if content is None:
                where = f"a second file, {location[:60]!r}" if bare else f"{location[:60]!r}, outside the file's folder"
                upload = "give both files, or " if bare else ""
                raise ValueError(f"the numbers of {name!r} lie in {where}, which was not given; {upload}{ONE_FILE}")
            self._second = (location, content)
        if location != self._second[0]:
            raise ValueError(
                f"the weights lie in several files, {self._second[0][:60]!r} and {location[:60]!r}; {ONE_FILE}"
            )
        return self._second[1]


def _size(tensor: TensorProto) -> int:
    if len(tensor.dims) > MAX_DIMENSIONS or any(size < 0 for size in tensor.dims):
        raise ValueError(f"{_name(tensor)!r} has the shape {_shape(tensor)}, which no weights have")
    return math.prod(tensor.dims)


def _name(tensor: TensorProto) -> str:
    return str(tensor.name[:60]) or "a constant"


def _shape(tensor: TensorProto) -> tuple[int, ...]:
    return tuple(tensor.dims[:MAX_DIMENSIONS])


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _of_other_type(tensor: TensorProto) -> str:
    try:
        kind = TensorProto.DataType.Name(tensor.data_type)
    except ValueError:
        kind = "unknown"
    if kind in ("INT8", "UINT8", "INT4", "UINT4", "INT16", "UINT16") or kind.startswith("FLOAT8"):
        return f"{_name(tensor)!r} is of type {kind}: quantised networks are not read; export the float network"
    return f"{_name(tensor)!r} is of type {kind}, ONNX type {tensor.data_type}, which is not read; use float32 weights"
