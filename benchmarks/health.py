"""The slowest answer of a server's health check: `python -m benchmarks.health ADDRESS [--seconds 10]`.

Asks every tenth of a second and prints the longest time. Other benchmarks run it in a process of its own: a process
that also simulates thirty visitors would add its own delays to the server's.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
import urllib.request
from pathlib import Path

PAUSE = 0.1  # seconds between an answer and the next question


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    slowest, end = 0.0, time.monotonic() + options.seconds
    while time.monotonic() < end:
        began = time.monotonic()
        with urllib.request.urlopen(f"{options.address}/_stcore/health", timeout=30):
            pass
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(PAUSE)
    print(slowest)


async def slowest_health(address: str, seconds: float) -> float:
    """Seconds of the slowest answer during `seconds`, measured by a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.health",
        address,
        "--seconds",
        str(seconds),
        cwd=Path(__file__).parents[1],
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the health check of {address} failed: {output.decode()}")
    return float(output)


if __name__ == "__main__":
    main()
