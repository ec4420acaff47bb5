"""The machine in a few words, for results."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

CPUS = Path("/proc/cpuinfo")


def hardware() -> str:
    """Cores and processor: '2 cores, Intel(R) Xeon(R) Processor'."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    model = platform.processor() or platform.machine()
    if CPUS.is_file() and (named := re.search(r"^model name\s*:\s*(.+)$", CPUS.read_text(), re.MULTILINE)):
        model = named[1].strip()
    return f"{count} core{'' if count == 1 else 's'}, {model}"
