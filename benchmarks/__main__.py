"""Run all benchmarks in turn: `make bench`. Each also runs alone, such as `python -m benchmarks.regions`."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

SHARED_CODE = {
    *{"__init__", "__main__", "in_chromium", "outside", "peak_memory", "processor_time", "visitors"},
    *{"tuned", "tuned_certify", "tuned_exact", "tuned_geometry"},
}
# `mixed_use` and `soak` measure memory for minutes, `recipes` trains for hours, `structure` measures no time, and
# `tuning` compares values of constants with those in use.
ON_DEMAND = {"mixed_use", "recipes", "soak", "structure", "tuning"}
# These start the app and need the packages that `make test` installs.
SERVED = {"browser", "class_of_thirty", "first_page", "live_view", "mixed_use", "page_cost", "slices_browser", "soak"}


def benchmarks() -> list[str]:
    """The names of the benchmarks that `make bench` runs."""
    names = {file.stem for file in Path(__file__).parent.glob("*.py")}
    return sorted(names - SHARED_CODE - ON_DEMAND)


def main() -> int:
    failed = 0
    for name in benchmarks():
        print(f"\n== {name}", flush=True)
        if name in SERVED and find_spec("playwright") is None:
            print("left out: it needs the packages that `make test` installs")
            continue
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"]).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
