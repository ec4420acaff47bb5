"""All benchmarks, one after the other: `make bench`. Each also runs alone: `python -m benchmarks.regions`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NOT_BENCHMARKS = {"__init__", "__main__", "visitors", "mixed_use", "soak"}


def main() -> int:
    failed = 0
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.stem not in NOT_BENCHMARKS:
            print(f"\n== {file.stem}", flush=True)
            failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{file.stem}"]).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
