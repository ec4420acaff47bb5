"""Atomic writes: a file is replaced as a whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def check_replaceable(path: Path) -> None:
    """Check that `replace_file` could write this file now, without changing it.

    Raises
    ------
    OSError
        If the path is a folder or a device, or its folder does not exist or cannot be written.
    """
    if path.exists() and not path.is_file():
        raise IsADirectoryError(f"{path} is a folder or a device; name a file to write")
    part = _part(path)
    try:
        part.touch(exist_ok=False)
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error.strerror}; name another file") from error
    part.unlink()


def _part(path: Path) -> Path:
    """The temporary path that is written first: in the same folder, with a name unique to this thread."""
    return path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")


def replace_file(path: Path, data: bytes | bytearray) -> None:
    """Write a file atomically: after any failure, either the old or the new one exists as a whole.

    Raises
    ------
    OSError
        If the disk is full or the folder does not exist.
    """
    part = _part(path)
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
