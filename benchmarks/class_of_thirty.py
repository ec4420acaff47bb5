"""A class of thirty on one server: `python -m benchmarks.class_of_thirty [--visitors 30] [--seconds 20]`.

First most visitors pin points in Explore every few seconds, while the others keep the server busy: a run over a data
set, a ladder, a heat map, a film of polytopes and two trainings. Then all train, and pin points in their pictures. Then
all connections are lost at once and come back after 4 s. Prints the time of a pin, from the click to the message that
draws the certificate; the slowest answer of the health check; the steps of the trainings before and after the loss;
and the runs of page scripts with the server's processor time, which depends less on the load of the machine.

Exit status 1 if 5 % of the pins take more than a second, an answer of the health check takes 0.5 s or more, or a
visitor comes back to an earlier step. Visitors are not browsers: benchmarks/visitors.py speaks the browser's protocol.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.health import slowest_health
from benchmarks.processor_time import processor_seconds
from benchmarks.visitors import Visitor, finished
from models.data.images.images import FOLDER_VARIABLE
from tests.browser.server import ROOT, start_server

BUSY = (
    "certify?data=moons&view=data-set&use=1000",
    "certify?data=spiral&pin=0.1,0.2",
    "slices?below=maps&heat=fast-lin&p=2",
    "polytope?eps=0.1&p=inf&pin=0,0",
    "train?data=moons",
    "train?data=spiral&c=adversarial",
)
PAUSE = {"explore-picture": 6.0, "train-view-0": 6.0}  # seconds between pins of one visitor, on average
PATIENCE = 60.0  # seconds after which an answer counts as lost
AWAY = 4.0  # seconds between losing the connections and connecting again
SLOWEST_PIN, SLOWEST_HEALTH = 1.0, 0.5  # seconds: limits of the exit status
EXPLORE, TRAIN, PLAY = "explore-picture", "train-view-0", "train-play"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20.0, help="for which pins are measured, on each page")
    parser.add_argument("--only", choices=("explore", "train"), help="measure one page alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = folder
        server, address = start_server(ROOT / "app.py", Path(folder) / "server.log")
        try:
            slow = 0
            if options.only != "train":
                slow |= asyncio.run(_explore(address, server.pid, options.visitors, options.seconds))
            if options.only != "explore":
                slow |= asyncio.run(_train(address, server.pid, options.visitors, options.seconds))
            return slow
        finally:
            server.terminate()
            server.wait(timeout=20)


async def _explore(address: str, server: int, count: int, seconds: float) -> int:
    """Most visitors pin points; the others keep the server busy."""
    busy = [Visitor(address, page) for page in BUSY[: max(1, count // 5)]]
    pinning = [Visitor(address, f"explore?network=own&widths={32 + k},32") for k in range(count - len(busy))]
    await _open([*busy, *pinning])
    if not await until(lambda: all(EXPLORE in visitor.widgets for visitor in pinning)):
        print(f"after {PATIENCE:g} s not everybody has a picture", flush=True)
    await asyncio.gather(*(visitor.press(PLAY) for visitor in busy if PLAY in visitor.widgets))
    slow = await _pins(f"{len(busy)} compute", EXPLORE, pinning, [*busy, *pinning], server, seconds)
    await asyncio.gather(*(visitor.close() for visitor in (*busy, *pinning)))
    return slow


async def _train(address: str, server: int, count: int, seconds: float) -> int:
    """All visitors train and pin points; then all lose their connections."""
    learners = [Learner(address, k) for k in range(count)]
    await _open(learners)
    await asyncio.gather(*(visitor.press(PLAY) for visitor in learners))
    if not await until(lambda: all(visitor.steps and visitor.steps[-1] > 0 for visitor in learners)):
        print(f"after {PATIENCE:g} s not everybody sees a step", flush=True)
    slow = await _pins("all train", TRAIN, learners, learners, server, seconds)
    return slow | await _cut_off(learners, address)


class Learner(Visitor):
    """A visitor who trains, and records the steps of the pictures received."""

    def __init__(self, address: str, number: int) -> None:
        super().__init__(address, f"train?data=moons&seed={number}")
        self.steps: list[int] = []
        self.follow(lambda message: self.steps.extend(_steps(message)))


async def _open(visitors: Iterable[Visitor]) -> None:
    visitors = list(visitors)
    opened = await asyncio.gather(*(visitor.hear(finished, PATIENCE, visitor.open) for visitor in visitors))
    print(f"{len(visitors)} open their pages at once: the last is drawn after {_longest(opened)}", flush=True)


async def _pins(
    others: str, view: str, pinning: Sequence[Visitor], everybody: Sequence[Visitor], server: int, seconds: float
) -> int:
    """Let `pinning` visitors pin points for some seconds, and print their times."""
    drawn = [0]
    for visitor in everybody:
        visitor.follow(partial(_count, drawn))
    health, before = asyncio.create_task(slowest_health(everybody[0].address, seconds)), processor_seconds(server)
    pins = await asyncio.gather(*(_pinning(visitor, view, k, seconds) for k, visitor in enumerate(pinning)))
    times, slowest = [pin for of_visitor in pins for pin in of_visitor], await health
    used, lost = processor_seconds(server) - before, sum(pin is None for pin in times)
    seconds_taken = np.array([PATIENCE if pin is None else pin for pin in times])
    median, most = np.quantile(seconds_taken, [0.5, 0.95])
    print(
        f"{len(times)} pins on {view} while {others}: median {median:.2f} s, 95 % within {most:.2f} s, all within "
        f"{seconds_taken.max():.2f} s, {lost} lost; health within {slowest:.2f} s; {drawn[0]} runs of scripts, "
        f"{1000 * used / max(1, drawn[0]):.0f} ms of the server each; load {os.getloadavg()[0]:.1f}; "
        f"{sum(visitor.dropped for visitor in everybody)} connections dropped",
        flush=True,
    )
    return int(most > SLOWEST_PIN or lost > 0 or slowest >= SLOWEST_HEALTH)


def _count(drawn: list[int], message: ForwardMsg) -> None:
    drawn[0] += finished(message)


async def _pinning(visitor: Visitor, view: str, number: int, seconds: float) -> list[float | None]:
    """Seconds that each pin took; None for a lost one."""
    draw, end, times = random.Random(number), time.monotonic() + seconds, []
    await asyncio.sleep(draw.uniform(0, PAUSE[view]))
    while time.monotonic() < end:
        s, t = round(draw.uniform(-0.8, 0.8), 9), round(draw.uniform(-0.8, 0.8), 9)
        times.append(await visitor.hear(partial(_drawn, f"{s}"), PATIENCE, partial(visitor.pin, view, s, t)))
        await asyncio.sleep(draw.uniform(0.5, 1.5) * PAUSE[view])
    return times


def _drawn(pin: str, message: ForwardMsg) -> bool:
    """Whether a message draws a view with this pin."""
    element = message.delta.new_element
    drawn = message.WhichOneof("type") == "delta" and element.WhichOneof("type") == "bidi_component"
    return drawn and pin in element.bidi_component.json


async def _cut_off(learners: list[Learner], address: str) -> int:
    """All visitors lose their connections at once, and connect again."""
    before = [max(visitor.steps, default=0) for visitor in learners]
    health = asyncio.create_task(slowest_health(address, AWAY + 6))
    for visitor in learners:
        visitor.cut()
        visitor.steps.clear()
    await asyncio.sleep(AWAY)
    back = await asyncio.gather(*(visitor.hear(finished, PATIENCE, visitor.open) for visitor in learners))
    await until(lambda: all(visitor.steps for visitor in learners))
    after = [max(visitor.steps, default=-1) for visitor in learners]
    slowest = await health
    kept = sum(step_after >= step for step, step_after in zip(before, after))
    print(
        f"{len(learners)} train, and all connections are lost for {AWAY:g} s: health within {slowest:.2f} s; the last "
        f"is back after {_longest(back)}; {kept} come back to their step or a later one "
        f"(steps {min(before)} to {max(before)}, then {min(after)} to {max(after)}); load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    await asyncio.gather(*(visitor.close() for visitor in learners))
    return int(slowest >= SLOWEST_HEALTH or kept < len(learners))


def _steps(message: ForwardMsg) -> list[int]:
    """The step of the timeline, in a list, if a message draws the timeline."""
    element = message.delta.new_element
    if message.WhichOneof("type") != "delta" or element.WhichOneof("type") != "bidi_component":
        return []
    if "train-timeline" not in element.bidi_component.id:
        return []
    step = re.search(r'"shown": ?(\d+)', element.bidi_component.json)
    return [] if step is None else [int(step[1])]


async def until(holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait until a condition holds, for `seconds` at most; whether it holds then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not holds():
        await asyncio.sleep(0.1)
    return holds()


def _longest(times: list[float | None]) -> str:
    return "never" if None in times else f"{max(filter(None, times)):.1f} s"


if __name__ == "__main__":
    sys.exit(main())
