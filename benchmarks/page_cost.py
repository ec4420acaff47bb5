"""Processor time of one pin and of one live picture on the server: `python -m benchmarks.page_cost [--count 60]`.

One visitor opens Explore and Train and pins points repeatedly; in Train the network is then trained, with live
pictures. Prints milliseconds of processor time of each, in page scripts and in the event loop, which sends the messages
of all visitors; and kilobytes sent. Processor time depends little on the load of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import NamedTuple

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.class_of_thirty import EXPLORE, PATIENCE, PLAY, TRAIN, until
from benchmarks.processor_time import processor_seconds, threads_of
from benchmarks.visitors import Visitor, finished
from models.data.images.images import FOLDER_VARIABLE
from tests.browser.server import ROOT, start_server

PAGES = {"Train, MMR's points": "train?data=mmr&seed=1", "Train, moons": "train?data=moons&seed=1"}
PICTURES = {"Explore, 32 and 32 units": "explore?network=own&widths=32,32"}


class Spent(NamedTuple):
    """Totals of the server so far."""

    whole: float  # seconds of processor time
    threads: dict[int, float]  # seconds of each living thread
    received: int  # bytes that the visitor received


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60, help="pins, and pictures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = folder
        server, address = start_server(ROOT / "app.py", Path(folder) / "server.log")
        try:
            asyncio.run(_measure(address, server.pid, options.count))
        finally:
            server.terminate()
            server.wait(timeout=20)
    return 0


async def _measure(address: str, server: int, count: int) -> None:
    for title, page in PICTURES.items():
        visitor = await _opened(address, page, EXPLORE)
        await _pins(f"{title}: a pin", visitor, EXPLORE, server, count)
        await visitor.close()
    for title, page in PAGES.items():
        visitor = await _opened(address, page, TRAIN)
        await _pins(f"{title}, before the first step: a pin", visitor, TRAIN, server, count)
        await visitor.press(PLAY)
        await _pictures(f"{title}: a live picture", visitor, server, count)
        await visitor.hear(finished, PATIENCE, partial(visitor.press, PLAY))
        await asyncio.sleep(2)  # until the watches have measured
        await _pins(f"{title}, paused: a pin", visitor, TRAIN, server, count)
        await visitor.close()


async def _opened(address: str, page: str, view: str) -> Visitor:
    visitor = Visitor(address, page)
    await visitor.hear(finished, PATIENCE, visitor.open)
    await until(lambda: view in visitor.widgets)
    await asyncio.sleep(2)
    return visitor


async def _pins(title: str, visitor: Visitor, view: str, server: int, count: int) -> None:
    draw, before = random.Random(0), _spent(server, visitor)
    for _ in range(count):
        place = (draw.uniform(-0.8, 0.8), draw.uniform(-0.8, 0.8))
        await visitor.hear(finished, PATIENCE, partial(visitor.pin, view, *place))
    _report(title, before, _spent(server, visitor), server, count)


async def _pictures(title: str, visitor: Visitor, server: int, count: int) -> None:
    drawn = [0]

    def note(message: ForwardMsg) -> None:
        drawn[0] += finished(message)

    await asyncio.sleep(2)
    visitor.follow(note)
    before = _spent(server, visitor)
    await until(lambda: drawn[0] >= count)
    _report(title, before, _spent(server, visitor), server, drawn[0])


def _spent(server: int, visitor: Visitor) -> Spent:
    threads = {thread: processor_seconds(server, thread) for thread in threads_of(server)}
    return Spent(processor_seconds(server), threads, visitor.received)


def _report(title: str, before: Spent, after: Spent, server: int, count: int) -> None:
    """Print the costs. A script's thread ends with it, so scripts took the time that no living thread accounts for."""
    living = sum(seconds - before.threads.get(thread, 0.0) for thread, seconds in after.threads.items())
    script = after.whole - before.whole - living
    loop = after.threads[server] - before.threads[server]
    per = 1000 / count
    print(
        f"{title:52} {per * script:6.1f} ms in scripts, {per * loop:5.1f} ms in the event loop, "
        f"{(after.received - before.received) / count / 1000:6.1f} kB ({count})",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
