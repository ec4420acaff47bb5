"""The peak of this process, not of what started it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peak_memory import peak_bytes

ROOT = Path(__file__).parents[2]
GROW = """
import numpy as np
from benchmarks.peak_memory import peak_bytes
before = peak_bytes()
taken = np.ones(12_500_000)
print(before, peak_bytes() - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say without a library")
def test_a_process_of_a_large_parent_measures_what_it_takes_itself() -> None:
    held = np.ones(50_000_000)  # 400 MB
    done = subprocess.run([sys.executable, "-c", GROW], capture_output=True, text=True, check=True, cwd=ROOT)
    before, grown = (int(number) for number in done.stdout.split())
    assert held.nbytes < peak_bytes()
    assert before < held.nbytes / 2
    assert 0.9 * 100_000_000 < grown < 1.2 * 100_000_000
