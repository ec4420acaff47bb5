"""The peak memory of a process."""

from __future__ import annotations

import re
import sys
from pathlib import Path


def peak_bytes() -> int:
    """Resident memory at its peak since this program started, in bytes.

    On Linux `ru_maxrss` also counts the parent's memory when it started this process, so `VmHWM` of /proc is read.

    Raises
    ------
    OSError
        On Windows, which offers neither.
    """
    mark = marked_bytes("self")
    if mark is not None:
        return mark
    try:
        import resource
    except ImportError:
        raise OSError("the peak memory of a process is measured on Linux and macOS only") from None
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def marked_bytes(process: int | str) -> int | None:
    """The peak memory of a process by its number, in bytes (`VmHWM`); None where there is no /proc."""
    status = Path(f"/proc/{process}/status")
    mark = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8")) if status.exists() else None
    return 1024 * int(mark[1]) if mark else None
