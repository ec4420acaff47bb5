"""Processor time of a process and of its threads, on Linux."""

from __future__ import annotations

import os
from pathlib import Path


def processor_seconds(process: int, thread: int | None = None) -> float:
    """Seconds of processor time that a process, or one of its threads, has taken."""
    folder = Path(f"/proc/{process}" if thread is None else f"/proc/{process}/task/{thread}")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def threads_of(process: int) -> list[int]:
    """The numbers of a process's threads."""
    return [int(thread.name) for thread in Path(f"/proc/{process}/task").iterdir()]
