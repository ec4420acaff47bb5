"""Unpacking untrusted archives: sizes are checked before or during unpacking, and nothing is unpickled."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Collection
from functools import partial
from pathlib import Path
from tokenize import TokenError
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

AnyArray: TypeAlias = NDArray[Any]
MAX_MEMBERS = 10_000  # a limit on time
PIECE = 1_000_000  # bytes unpacked at a time: a limit on memory before sizes are checked


def open_zip(source: bytes | Path, max_bytes: int, max_members: int = MAX_MEMBERS) -> zipfile.ZipFile:
    """The archive; a ValueError if it is none, unpacks to more than `max_bytes`, or has more than `max_members`."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, OverflowError, NotImplementedError) as error:
        raise ValueError("the file is a damaged or cut off zip archive; save or download it again") from error
    unpacked = sum(member.file_size for member in members)
    if unpacked > max_bytes or len(members) > max_members:
        archive.close()
        raise ValueError(
            f"the file unpacks to {unpacked:,} bytes in {len(members):,} parts; at most {max_bytes:,} are read"
        )
    return archive


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> bytes:
    """The bytes of one part of an archive, unpacked in pieces, so that it never exceeds the size in the directory.

    Raises
    ------
    ValueError
        If the part is damaged, larger than its size in the directory, or packed by an unsupported method.
    """
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
        raise ValueError(
            f"part {member.filename[:60]!r} is encrypted or packed in a way that is not read; save it again"
        )
    if member.file_size > max_bytes:
        raise ValueError(f"part {member.filename[:60]!r} unpacks to {member.file_size:,} bytes, {max_bytes:,} are read")
    try:
        with archive.open(member) as stream:  # zlib unpacks no more at once than `read` requests
            content = b"".join(iter(partial(stream.read, PIECE), b""))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, OverflowError, RuntimeError) as error:
        raise ValueError(f"part {member.filename[:60]!r} is damaged; save the file again") from error
    if len(content) != member.file_size:
        raise ValueError(f"part {member.filename[:60]!r} is damaged; save the file again")
    return content


def inflate(data: bytes | memoryview, max_bytes: int, wbits: int = zlib.MAX_WBITS) -> bytes:
    """The content of a zlib stream, or of gzip with wbits = 16 + MAX_WBITS; a ValueError if damaged or too large."""
    unpacker = zlib.decompressobj(wbits)
    try:
        content = unpacker.decompress(data, max_bytes + 1)
    except zlib.error as error:
        raise ValueError("it is damaged; save or download it again") from error
    if len(content) > max_bytes:
        raise ValueError(f"it unpacks to more than {max_bytes:,} bytes")
    if not unpacker.eof:
        raise ValueError("it is cut off; save or download it again")
    return content


def read_npz(data: bytes, max_bytes: int, text: Collection[str] = ()) -> dict[str, AnyArray]:
    """The arrays of an .npz file by name: real numbers, and strings under the names in `text`.

    Raises
    ------
    ValueError
        If the file is damaged, too large, or holds anything but arrays of real numbers.
    """
    with open_zip(data, max_bytes) as archive:
        arrays: dict[str, AnyArray] = {}
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if name == member.filename or name in arrays:
                problem = "twice" if name in arrays else "which is no NumPy array"
                raise ValueError(f"the file holds {member.filename!r}, {problem}")
            try:
                arrays[name] = _read_npy(read_member(archive, member, max_bytes), name in text)
            except ValueError as error:
                raise ValueError(f"array {name!r} cannot be read: {error}") from error
    return arrays


def _read_npy(data: bytes, text: bool) -> AnyArray:
    """The array in an .npy file. Its header is checked first, as it may state an array larger than the memory."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read_header:
        raise ValueError(f"NumPy format {version} is not read; save it with a usual numpy.savez")
    try:
        shape, _, dtype = read_header[version](stream)
    except (SyntaxError, TokenError, TypeError, RecursionError, MemoryError, OverflowError) as error:
        raise ValueError("its header is damaged") from error
    if text and dtype.kind not in "US":
        raise ValueError(f"it holds {dtype}, not text; save it as numpy.array(names, dtype=str)")
    if not text and dtype.kind not in "fiub":
        raise ValueError(f"it holds {dtype}, not real numbers; of a list of arrays save each by itself")
    if math.prod(shape) * dtype.itemsize != len(data) - stream.tell():
        raise ValueError(f"its header promises shape {shape} of {dtype}, which does not fit {len(data):,} bytes")
    stream.seek(0)
    return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
