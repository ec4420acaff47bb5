"""Files of torch.save, in both of torch's formats, read without torch.load: no tensor exceeds its stored bytes.

torch.load trusts the sizes that a file states: if they exceed the stored bytes, tensors expose other memory. Here the
pickle is read as plain values (`models.files.formats.pickled`) without a call, and each tensor is a view of its own
bytes after its size, offset and strides have been checked against them.

Zip format: data.pkl and, per storage, data/KEY. Old format (before torch 1.6): a magic number, a version and the sizes
of types as pickles, the pickle itself, a list of keys as a pickle, then per storage the number of its elements in
eight bytes and their bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from models.files.archives import open_zip, read_member
from models.files.formats.pickled import DAMAGED, Call, Name, Persistent, described

Stored: TypeAlias = Callable[[str], memoryview]  # the bytes of a storage

REMEDY = "save network.state_dict() with torch.save, or export the network with torch.onnx.export"
MAX_DEPTH = 12  # of containers in a file: a limit on recursion
MAX_VALUES = 2_000_000  # in all containers together: a limit on time
LITTLE_ENDIAN = b"little"
TYPES = {
    "FloatStorage": torch.float32, "DoubleStorage": torch.float64, "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16, "LongStorage": torch.int64, "IntStorage": torch.int32,
    "ShortStorage": torch.int16, "CharStorage": torch.int8, "ByteStorage": torch.uint8, "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64, "ComplexDoubleStorage": torch.complex128, "UntypedStorage": torch.uint8,
}  # fmt: skip
TENSORS = ("torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor_v3")
PARAMETERS = ("torch._utils _rebuild_parameter", "torch._utils _rebuild_parameter_with_state")
ARRAYS = ("numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct")
SCALARS = ("numpy.core.multiarray scalar", "numpy._core.multiarray scalar")
KINDS = {  # of tensors that are no plain array of numbers
    "_rebuild_nested_tensor": "nested tensor", "_rebuild_sparse_tensor": "sparse tensor",
    "_rebuild_sparse_csr_tensor": "sparse tensor", "_rebuild_qtensor": "quantized tensor",
    "_rebuild_meta_tensor_no_storage": "tensor without numbers (of the meta device)",
    "_rebuild_wrapper_subclass": "tensor of its own class", "_rebuild_from_type_v2": "tensor of its own class",
}  # fmt: skip


@dataclass(frozen=True)
class Unread:
    """A value that is neither a container, a number, a text nor a tensor, with its kind as a text."""

    what: str


def read_torch_file(data: bytes, max_bytes: int) -> Any:
    """The value in the file: containers, numbers, texts and tensors; NumPy arrays as tensors; the rest as `Unread`.

    Raises
    ------
    ValueError
        If the file is damaged or too large, or a tensor claims more numbers than are stored.
    """
    if data.startswith(b"PK"):
        return _zip_file(data, max_bytes)
    return _old_file(data)


def _zip_file(data: bytes, max_bytes: int) -> Any:
    with open_zip(data, max_bytes) as archive:
        members = {member.filename: member for member in archive.infolist()}
        pickle = next((name for name in members if name.endswith("/data.pkl") and name.count("/") == 1), None)
        if pickle is None:
            raise ValueError("the PyTorch file holds no data.pkl: it is a TorchScript program or damaged; " + REMEDY)
        folder = pickle.removesuffix("data.pkl")
        if f"{folder}constants.pkl" in members:
            raise ValueError("the PyTorch file is a TorchScript program, which is not run; " + REMEDY)
        order = members.get(f"{folder}byteorder")
        if order is not None and read_member(archive, order, 100) != LITTLE_ENDIAN:
            raise ValueError("the PyTorch file was written on a machine of the other byte order; save it again")
        storages: dict[str, memoryview] = {}

        def stored(key: str) -> memoryview:
            if key not in storages:
                member = members.get(f"{folder}data/{key}")
                if member is None:
                    raise ValueError(f"the numbers of storage {key[:20]!r} are missing; {DAMAGED}")
                storages[key] = memoryview(read_member(archive, member, max_bytes))
            return storages[key]

        value = described(io.BytesIO(read_member(archive, members[pickle], max_bytes)))
        return _Reader(stored).value(value, 0)


def _old_file(data: bytes) -> Any:
    stream = io.BytesIO(data)
    described(stream)  # the magic number
    described(stream)  # the version
    type_sizes = described(stream)
    if not isinstance(type_sizes, dict) or type_sizes.get("little_endian") is not True:
        raise ValueError("the PyTorch file was written on a machine of the other byte order; save it again")
    value, keys = described(stream), described(stream)
    if not isinstance(keys, list):
        raise ValueError(DAMAGED)
    sizes = {str(claim.key[2]): _width(claim) for claim in _claims(value)}
    storages: dict[str, memoryview] = {}
    at = stream.tell()
    for key in map(str, keys):
        if key not in sizes or at + 8 > len(data):
            raise ValueError(DAMAGED)
        length = int.from_bytes(data[at : at + 8], "little", signed=True) * sizes[key]
        at += 8
        if not 0 <= length <= len(data) - at:
            raise ValueError(DAMAGED)
        storages[key] = memoryview(data)[at : at + length]
        at += length

    def stored(key: str) -> memoryview:
        if key not in storages:
            raise ValueError(f"the numbers of storage {key[:20]!r} are missing; {DAMAGED}")
        return storages[key]

    return _Reader(stored).value(value, 0)


def _claims(value: Any) -> list[Persistent]:
    """All references to storages in a description. Each container is visited once."""
    claims, pending, seen = [], [value], set()
    while pending:
        item = pending.pop()
        if isinstance(item, Persistent):
            if isinstance(item.key, tuple) and len(item.key) >= 5 and item.key[0] == "storage":
                claims.append(item)
            continue
        if isinstance(item, (dict, list, tuple, Call)):
            if id(item) in seen:
                continue
            seen.add(id(item))
            parts = [*item.keys(), *item.values()] if isinstance(item, dict) else item
            pending += [*item.arguments, item.state] if isinstance(item, Call) else list(parts)  # type: ignore[arg-type]
    return claims


def _dtype(claim: Persistent) -> torch.dtype | None:
    name = claim.key[1]
    return TYPES.get(name.text.rpartition(" ")[2]) if isinstance(name, Name) else None


def _width(claim: Persistent) -> int:
    dtype = _dtype(claim)
    if dtype is None:
        raise ValueError("the PyTorch file holds numbers of a type that is not read; float32 and float64 are")
    return dtype.itemsize


class _Reader:
    """Converts a description into containers, numbers, texts and tensors."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.values = 0
        self.copies: dict[str, bytearray] = {}

    def value(self, description: Any, depth: int) -> Any:
        """The value of a description."""
        self.values += 1
        if depth > MAX_DEPTH or self.values > MAX_VALUES:
            raise ValueError("the PyTorch file nests or holds too much; save network.state_dict() alone")
        if isinstance(description, dict):
            return {_key(key): self.value(item, depth + 1) for key, item in description.items()}
        if isinstance(description, (list, tuple)):
            return [self.value(item, depth + 1) for item in description]
        if isinstance(description, Call):
            return self.called(description, depth)
        if isinstance(description, Persistent):
            return Unread(_of_persistent(description))
        return Unread(description.text.replace(" ", ".")) if isinstance(description, Name) else description

    def called(self, call: Call, depth: int) -> Any:
        if call.name in TENSORS:
            return self.tensor(call)
        if call.name in PARAMETERS and call.arguments:
            return self.value(call.arguments[0], depth + 1)
        if call.name in ARRAYS:
            return _array(call)
        if call.name in SCALARS:
            return 0.0  # of a log: an accuracy, a loss
        name = call.name.rpartition(" ")[2]
        return Unread(KINDS.get(name, call.name.replace(" ", ".")))

    def tensor(self, call: Call) -> Tensor | Unread:
        """The tensor, a view of its own stored bytes and of nothing else."""
        storage, offset, size, stride = call.arguments[:4] if len(call.arguments) >= 4 else (None, 0, (), ())
        if not isinstance(storage, Persistent) or not isinstance(storage.key, tuple) or len(storage.key) < 5:
            raise ValueError(DAMAGED)
        dtype = _dtype(storage)
        if call.name.endswith("_v3"):
            name = call.arguments[-1]
            dtype = getattr(torch, name.text.rpartition(" ")[2], None) if isinstance(name, Name) else None
            if not isinstance(dtype, torch.dtype) or "float8" in str(dtype) or dtype.itemsize < 1:
                return Unread(f"tensor of {name.text.rpartition(' ')[2][:30] if isinstance(name, Name) else 'no type'}")
        if dtype is None or (len(storage.key) > 5 and storage.key[5] is not None):
            return Unread("tensor of a type that is not read")
        if not isinstance(size, (tuple, list)) or not isinstance(stride, (tuple, list)):
            raise ValueError(DAMAGED)
        whole = all(type(n) is int and n >= 0 for n in (offset, *size, *stride)) and len(size) == len(stride)
        if not whole or len(size) > 8:
            raise ValueError(DAMAGED)
        content = self.stored(str(storage.key[2]))
        elements = len(content) // dtype.itemsize
        last = offset + sum((n - 1) * step for n, step in zip(size, stride))
        if 0 not in size and last >= elements:
            raise ValueError(
                f"a tensor of shape {tuple(size)[:6]} claims more numbers than are stored ({elements:,}); {DAMAGED}"
            )
        if 0 in size or elements == 0:
            return torch.empty([min(n, 10**6) for n in size] if 0 in size else [0], dtype=dtype)
        key = str(storage.key[2])
        if key not in self.copies:  # several tensors may be parts of one storage
            self.copies[key] = bytearray(content)
        numbers = torch.frombuffer(self.copies[key], dtype=dtype, count=elements)
        return numbers.as_strided(tuple(size), tuple(stride), offset)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(key) if type(key) is int and abs(key) < 10**9 else type(key).__name__


def _of_persistent(reference: Persistent) -> str:
    key = reference.key
    whole = isinstance(key, tuple) and key[:1] == ("module",) and isinstance(key[1], Name)
    return key[1].text.replace(" ", ".") if whole else "storage of numbers"


def _array(call: Call) -> Tensor | Unread:
    """The NumPy array of a pickled state (version, shape, dtype, by columns, bytes)."""
    state = call.state
    if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[2], Call) or not state[2].arguments:
        return Unread("NumPy array of a kind that is not read")
    _, shape, kind, by_columns, content = state
    code, order = kind.arguments[0], kind.state
    byte_order = order[1] if isinstance(order, tuple) and len(order) > 1 and order[1] in ("<", ">") else "|"
    if code not in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1") or not isinstance(content, bytes):
        return Unread(f"NumPy array of {str(code)[:20]}")
    dtype = np.dtype(f"{byte_order}{code}")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape) or len(shape) > 8:
        raise ValueError(DAMAGED)
    numbers = np.frombuffer(content, dtype) if len(content) % dtype.itemsize == 0 else np.zeros(0, dtype)
    count = 1
    for n in shape:
        count *= n
    if count != numbers.size:
        raise ValueError(f"an array of shape {shape} claims {count:,} numbers, {numbers.size:,} are stored")
    ordered = numbers.reshape(shape, order="F" if by_columns else "C")
    return torch.tensor(ordered.astype(dtype.newbyteorder("=")))
