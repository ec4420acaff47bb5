"""Cost of the live view for training, and response times of the Train page: `python -m benchmarks.live_view`.

Starts the app and lets a page in Chromium train three objectives on MMR's 128 points at full speed. The server runs on
one core and the browser on another, so training loses all the time that the server spends on other work. In turn the
page shows the training and another page, where training goes on unseen. Prints for both the steps a second, and the
share of the server's CPU time outside the training thread: pictures, curves, measures, messages.

Then measures the time from a click to the changed picture, in the browser's own clock. Needs the packages that
`make test` installs.
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
from benchmarks.processor_time import processor_seconds, threads_of
from models.data.images.images import FOLDER_VARIABLE

LINK = "/train?c=adversarial&steps=1000000"
SECONDS = 8.0  # of each turn
TURNS = 3
CLICKS = 7


@dataclass
class Rates:
    """Measurements with the training in view, or unseen: a number for each turn."""

    steps: list[float] = field(default_factory=list)  # a second
    other_work: list[float] = field(default_factory=list)  # share of the server's CPU time


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
            app.page.wait_for_timeout(2000)  # for the curves
            yield app.page, app.server


def pin_to_cores(server: int) -> None:
    """Pin the server to the first core, and all our other processes, such as the browser, to the other cores."""
    first, *others = sorted(os.sched_getaffinity(0))
    for process in _family(os.getpid()):
        for thread in threads_of(process):
            os.sched_setaffinity(thread, {first} if process == server else others or {first})


def cost(page: Page, server: int) -> None:
    """Steps a second and CPU time of other work, with the training in view and unseen."""
    button(page, "play").click()
    page.wait_for_timeout(3000)
    followed, unseen = Rates(), Rates()
    for _ in range(TURNS):
        begin, began = _next_step(page)
        followed.other_work.append(_other_work(page, server))
        end, ended = _next_step(page)
        followed.steps.append((end - begin) / (ended - began))
        page.get_by_role("link", name="Explore").click()
        expect(page.locator("canvas.marks[data-frame]")).to_have_count(1)
        page.wait_for_timeout(1000)
        unseen.other_work.append(_other_work(page, server))
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
            f"{statistics.median(rates.other_work):7.1%} of the CPU beside training",
            flush=True,
        )


def delays(page: Page) -> None:
    """Times from the click to the changed picture; for a pause, to the changed button."""
    button(page, "rewind").click()
    expect(page.locator(".timeline[data-moments]").last).to_have_attribute("aria-valuenow", "0", timeout=60_000)
    by_button: dict[str, list[float]] = {}
    for _ in range(CLICKS):
        for name, clicked in (("step", "step"), ("play", "play"), ("pause", "play"), ("rewind", "rewind")):
            page.wait_for_timeout(1500)
            by_button.setdefault(name, []).append(delay(page, clicked, picture=name != "pause"))
    for name, times in by_button.items():
        print(f"{name:7} to the changed picture {statistics.median(times):5.0f} ms, at most {max(times):5.0f} ms")


def button(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-train-{name} button:visible")


def delay(page: Page, clicked: str, picture: bool) -> float:
    """ms from a click to a repaint at which the first canvas has another frame, or the button another text."""
    canvas, pressed = page.locator("canvas.marks").first, button(page, clicked)
    ms: float = canvas.evaluate(
        """(canvas, [button, picture]) => new Promise((done) => {
            const says = () => (picture ? canvas.dataset.frame : button.textContent);
            const before = says(), began = performance.now();
            const look = () => (says() !== before ? done(performance.now() - began) : requestAnimationFrame(look));
            button.click();
            look();
        })""",
        [pressed.element_handle(), picture],
    )
    return ms


def _next_step(page: Page) -> tuple[int, float]:
    """The step on screen when it next changes, and the time of the change."""
    rail = page.locator(".timeline[data-moments]").last
    step: int = rail.evaluate(
        """(rail) => new Promise((done) => {
            const says = () => Number(rail.ariaValueNow ?? rail.getAttribute("aria-valuenow")), before = says();
            const look = () => (says() !== before ? done(says()) : requestAnimationFrame(look));
            look();
        })"""
    )
    return step, time.monotonic()


def _other_work(page: Page, server: int) -> float:
    """The share of the server's CPU time during a turn that its busiest thread, training, does not use."""
    before = {thread: processor_seconds(server, thread) for thread in threads_of(server)}
    whole = processor_seconds(server)
    page.wait_for_timeout(1000 * SECONDS)
    training = max(processor_seconds(server, thread) - before.get(thread, 0.0) for thread in threads_of(server))
    return 1 - training / (processor_seconds(server) - whole)


def _family(process: int) -> list[int]:
    """A process and all its descendants."""
    children = [
        int(child)
        for thread in threads_of(process)
        for child in Path(f"/proc/{process}/task/{thread}/children").read_text().split()
    ]
    return [process, *(descendant for child in children for descendant in _family(child))]


if __name__ == "__main__":
    main()
