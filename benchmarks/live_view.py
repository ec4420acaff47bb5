"""What looking on costs training, and how quick the Train page is: `python -m benchmarks.live_view`.

Starts the app and lets a page in Chromium train three objectives on MMR's 128 points at full speed, the server on one
core and the browser on another, so that all the server does beside training is time that training loses. In turns the
page follows training and looks elsewhere, where training goes on unseen. Prints for both the steps a second, and the
share of the server's CPU time that is not the training thread's: pictures, curves, measures, messages.

Then from a click to the changed picture, in the browser's own clock. Needs what `make test` installs.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from benchmarks.in_chromium import app_in_chromium
from models.data.images.images import FOLDER_VARIABLE

LINK = "/train?c=adversarial&steps=1000000"
SECONDS = 8.0  # of each turn
TURNS = 3
CLICKS = 7
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Rates:
    """Of one way to look on, a number for each turn."""

    steps: list[float] = field(default_factory=list)  # a second
    beside: list[float] = field(default_factory=list)  # share of the server's CPU time


def main() -> None:
    with opened() as (page, server):
        pin_to_cores(server)
        cost(page, server)
        delays(page)


@contextmanager
def opened() -> Iterator[tuple[Page, int]]:
    """The Train page in a browser, and the number of the process that serves it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = folder  # where checkpoints go
        with app_in_chromium() as app:
            app.page.set_default_timeout(120_000)
            app.page.goto(f"{app.address}{LINK}")
            expect(app.page.locator("canvas.marks[data-frame]")).to_have_count(3, timeout=120_000)
            app.page.wait_for_timeout(2000)  # the curves are there too
            yield app.page, app.server


def pin_to_cores(server: int) -> None:
    """The server on the first core, and whatever else is ours, the browser among it, on the others."""
    first, *others = sorted(os.sched_getaffinity(0))
    for process in _family(os.getpid()):
        for thread in _threads(process):
            os.sched_setaffinity(thread, {first} if process == server else others or {first})


def cost(page: Page, server: int) -> None:
    """Steps a second and CPU beside training, with somebody looking on and without."""
    button(page, "play").click()
    page.wait_for_timeout(3000)
    followed, unseen = Rates(), Rates()
    for _ in range(TURNS):
        begin, began = _next_step(page)
        followed.beside.append(_beside(page, server))
        end, ended = _next_step(page)
        followed.steps.append((end - begin) / (ended - began))
        page.get_by_role("link", name="Explore").click()
        expect(page.locator("canvas.marks[data-frame]")).to_have_count(1)
        page.wait_for_timeout(1000)
        unseen.beside.append(_beside(page, server))
        page.get_by_role("link", name="Train").click()
        expect(page.locator("canvas.marks[data-frame]")).to_have_count(3)
        begin, began = end, ended
        end, ended = _next_step(page)
        unseen.steps.append((end - begin) / (ended - began))
        page.wait_for_timeout(2000)
    button(page, "play").click()
    for name, rates in (("followed", followed), ("unseen", unseen)):
        print(
            f"three objectives on one core, {name:8}{statistics.median(rates.steps):6.0f} steps a second each,"
            f"{statistics.median(rates.beside):7.1%} of the CPU beside training",
            flush=True,
        )


def delays(page: Page) -> None:
    """From the click to the changed picture; for a pause, to the button that says so."""
    button(page, "rewind").click()
    expect(page.locator(".timeline[data-moments]").last).to_have_attribute("aria-valuenow", "0", timeout=60_000)
    found: dict[str, list[float]] = {}
    for _ in range(CLICKS):
        for name, clicked in (("step", "step"), ("play", "play"), ("pause", "play"), ("rewind", "rewind")):
            page.wait_for_timeout(1500)
            found.setdefault(name, []).append(delay(page, clicked, picture=name != "pause"))
    for name, times in found.items():
        print(f"{name:7} to the changed picture {statistics.median(times):5.0f} ms, at most {max(times):5.0f} ms")


def button(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-train-{name} button:visible")


def delay(page: Page, clicked: str, picture: bool) -> float:
    """ms from a click until the first canvas shows another frame, or the button another word, seen at a repaint."""
    canvas, pressed = page.locator("canvas.marks").first, button(page, clicked)
    found: float = canvas.evaluate(
        """(canvas, [button, picture]) => new Promise((done) => {
            const says = () => (picture ? canvas.dataset.frame : button.textContent);
            const before = says(), began = performance.now();
            const look = () => (says() !== before ? done(performance.now() - began) : requestAnimationFrame(look));
            button.click();
            look();
        })""",
        [pressed.element_handle(), picture],
    )
    return found


def _next_step(page: Page) -> tuple[int, float]:
    """The step on screen when it next changes, and when that was."""
    rail = page.locator(".timeline[data-moments]").last
    step: int = rail.evaluate(
        """(rail) => new Promise((done) => {
            const says = () => Number(rail.ariaValueNow ?? rail.getAttribute("aria-valuenow")), before = says();
            const look = () => (says() !== before ? done(says()) : requestAnimationFrame(look));
            look();
        })"""
    )
    return step, time.monotonic()


def _beside(page: Page, server: int) -> float:
    """The share of the server's CPU time during a turn that is not its busiest thread's."""
    before = {thread: _cpu(server, thread) for thread in _threads(server)}
    whole = _cpu(server)
    page.wait_for_timeout(1000 * SECONDS)
    training = max(_cpu(server, thread) - before.get(thread, 0.0) for thread in _threads(server))
    return 1 - training / (_cpu(server) - whole)


def _cpu(process: int, thread: int | None = None) -> float:
    """Seconds of CPU that a process, or one of its threads, has had."""
    folder = Path(f"/proc/{process}" if thread is None else f"/proc/{process}/task/{thread}")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _threads(process: int) -> list[int]:
    return [int(thread.name) for thread in Path(f"/proc/{process}/task").iterdir()]


def _family(process: int) -> list[int]:
    """A process and all it has started, and these, and so on."""
    children = [
        int(child)
        for thread in _threads(process)
        for child in Path(f"/proc/{process}/task/{thread}/children").read_text().split()
    ]
    return [process, *(one for child in children for one in _family(child))]


if __name__ == "__main__":
    main()
