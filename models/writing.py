"""Files that are whole or not there."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that, whatever happens meanwhile, either the old or the new one is there, as a whole.

    Raises
    ------
    OSError
        If the disk is full or the folder does not exist.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
