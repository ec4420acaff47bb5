"""A reader of numeric arrays in MATLAB files, versions 5 to 7.2.

scipy's reader is made for trusted files: a damaged one can crash the whole process.

Format (MathWorks, MAT-File Format): a header of 128 bytes, then elements, each a tag (kind, size) and its data, padded
to eight bytes; a tag of four bytes precedes data of up to four. An element is an array or, deflated, an element. An
array is made of elements itself: flags, dimensions, name, and numbers column by column, in the smallest type that
holds them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.files.archives import inflate

HEADER = 128  # bytes: text up to 124, the version and the byte order
ARRAY, COMPRESSED = 14, 15  # kinds of elements
TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}  # kinds of numbers
CLASSES = range(6, 16)  # of arrays of numbers: double, single, and eight of integers
OTHERS = {1: "cell array", 2: "structure", 3: "object", 4: "text", 5: "sparse matrix", 16: "function", 17: "object"}
CELLS = 1  # the class of cell arrays
COMPLEX = 0x0800  # flag
MAX_CELLS = 1000  # a limit on time
MAX_DIMENSIONS = 32  # a limit below NumPy's 64
Element: TypeAlias = tuple[int, memoryview]  # its kind and its data
DAMAGED = "the MATLAB file is damaged or cut off; save or download it again"


def is_mat_file(data: bytes) -> bool:
    """Whether the bytes begin like a MATLAB file of version 5 or later."""
    return len(data) >= HEADER and data[126:128] in (b"IM", b"MI")


def read_mat_file(data: bytes, max_bytes: int) -> dict[str, NDArray[Any]]:
    """The arrays by name, in the types in which they are stored.

    Raises
    ------
    ValueError
        If the file is damaged, unpacks to more than `max_bytes`, or holds anything but real numbers and cell arrays
        of them.
    """
    order = "<" if data[126:128] == b"IM" else ">"
    if int(np.frombuffer(data, f"{order}u2", 1, 124)[0]) != 0x0100:
        raise ValueError("the file is of MATLAB's version 7.3; save it with save(..., '-v7')")
    arrays: dict[str, NDArray[Any]] = {}
    for kind, content in _elements(memoryview(data)[HEADER:], order):
        inner = [(kind, content)]
        if kind == COMPRESSED:
            try:
                unpacked = inflate(content, max_bytes)
            except ValueError as error:
                raise ValueError(f"the MATLAB file cannot be unpacked: {error}") from error
            max_bytes -= len(unpacked)
            inner = list(_elements(memoryview(unpacked), order))
        for kind, content in inner:
            if kind != ARRAY:
                raise ValueError(DAMAGED)
            arrays |= _arrays(content, order)
    return arrays


def _elements(data: memoryview, order: str) -> Iterator[Element]:
    """The kind and the data of each element. The data is not copied, as it may be 200 MB of images."""
    at = 0
    while at < len(data):
        if len(data) - at < 8:
            raise ValueError(DAMAGED)
        kind, size = (int(word) for word in np.frombuffer(data, f"{order}u4", 2, at))
        if kind >> 16:  # a small element: size and kind share the first four bytes
            kind, size, start, following = kind & 0xFFFF, kind >> 16, at + 4, at + 8
        else:
            start = at + 8
            following = start + (size if kind == COMPRESSED else -(-size // 8) * 8)
        if start + size > min(len(data), following):
            raise ValueError(DAMAGED)
        yield kind, data[start : start + size]
        at = following


def _arrays(content: memoryview, order: str) -> dict[str, NDArray[Any]]:
    """One array by its name, or the arrays in a cell array, numbered from 0 as in coefs_{0}."""
    parts = list(_elements(content, order))
    name, flags = _head(parts, order)
    if flags & 0xFF != CELLS:
        return {name: _array(name, flags, parts, order)}
    cells: dict[str, NDArray[Any]] = {}
    for place, (kind, inner) in enumerate(parts[3:]):
        if kind != ARRAY or place >= MAX_CELLS:
            raise ValueError(DAMAGED)
        cell = list(_elements(inner, order)) if inner else []
        _, cell_flags = _head(cell, order)
        title = f"{name}{{{place}}}"
        cells[title] = _array(title, cell_flags, cell, order)
    return cells


def _head(parts: list[Element], order: str) -> tuple[str, int]:
    """The name and the flags at the beginning of an array."""
    if [kind for kind, _ in parts[:3]] != [6, 5, 1] or len(parts[0][1]) != 8:
        raise ValueError(DAMAGED)
    return bytes(parts[2][1]).decode("ascii", "replace"), int(np.frombuffer(parts[0][1], f"{order}u4", 1)[0])


def _array(name: str, flags: int, parts: list[Element], order: str) -> NDArray[Any]:
    """The numbers of one array."""
    kinds = [kind for kind, _ in parts]
    if flags & 0xFF not in CLASSES or flags & COMPLEX:
        other = "complex array" if flags & COMPLEX else OTHERS.get(flags & 0xFF, "thing of an unknown kind")
        raise ValueError(f"{name[:60]!r} is a {other}; only arrays of real numbers are read")
    if len(parts) != 4 or kinds[3] not in TYPES:
        raise ValueError(DAMAGED)
    shape = _numbers(parts[1][1], f"{order}i4").tolist()
    numbers = _numbers(parts[3][1], order + TYPES[kinds[3]])
    if not 2 <= len(shape) <= MAX_DIMENSIONS or min(shape) < 0 or math.prod(shape) != numbers.size:
        raise ValueError(f"{name[:60]!r} does not hold as many numbers as its shape {tuple(shape)[:6]} says")
    return numbers.reshape(shape, order="F")


def _numbers(data: memoryview, dtype: str) -> NDArray[Any]:
    if len(data) % np.dtype(dtype).itemsize:
        raise ValueError(DAMAGED)
    return np.frombuffer(data, dtype) if data else np.zeros(0, dtype)
