"""Waiting in a browser: how long, and for what no element's own attribute says."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Browser, BrowserContext, Locator, Page

PATIENCE = 120.0  # seconds: machines that run tests may be busy, and what is slow there is not wrong
LOOK = 50  # milliseconds between looks
STILL = 10  # looks at which what has come to rest is the same
# How often a script has run to its end, told by what Streamlit says of its state.
COUNT_RUNS = """() => {
  globalThis.runsEnded = 0;
  let running = false;
  const look = () => {
    const app = document.querySelector('[data-testid="stApp"]');
    const now = (app?.dataset.testScriptState ?? "notRunning") !== "notRunning";
    if (running && !now) globalThis.runsEnded++;
    running = now;
  };
  const watched = { subtree: true, childList: true, attributeFilter: ["data-test-script-state"] };
  new MutationObserver(look).observe(document, watched);
}"""
# A skeleton stands for an element whose scripts the browser still loads.
RESTS = """() => globalThis.runsEnded > 0 && !document.querySelector('[data-testid="stSkeleton"]')
  && document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === "notRunning" """


def until(page: Page, holds: Callable[[], object], what: str) -> None:
    """Wait until it holds; `what` should have, if it does not."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(LOOK)


def make_patient(browser: Browser) -> None:
    """Let all that is done in pages of this browser wait for as long as a busy machine takes, and count runs."""
    make = browser.new_context

    def new_context(**options: object) -> BrowserContext:
        context = make(**options)  # type: ignore[arg-type]
        context.set_default_timeout(1000 * PATIENCE)
        context.add_init_script(f"({COUNT_RUNS})()")
        return context

    browser.new_context = new_context  # type: ignore[method-assign, assignment]


def at_rest(page: Page) -> None:
    """A script has run, to its end, none runs now, and the browser shows every element.

    Where a clock runs one again and again, none runs for moments only: every frame is looked at.
    """
    page.wait_for_function(RESTS, polling="raf")


def still_box(place: Locator) -> dict[str, float]:
    """Where it is on the screen, once nothing above it or beside it grows any more."""
    seen: list[object] = []

    def same() -> bool:
        seen.append(place.bounding_box())
        return seen[-1] is not None and seen[-STILL:] == [seen[-1]] * STILL

    until(place.page, same, "it should have a place, and keep it")
    box = place.bounding_box()
    assert box is not None
    return {**box}  # type: ignore[dict-item]


def spot(place: Locator, s: float = 0.5, t: float = 0.5) -> tuple[float, float]:
    """On the screen, at this share of a place's width and height, once that has come to rest."""
    box = still_box(place)
    return box["x"] + s * box["width"], box["y"] + t * box["height"]


def point_until(page: Page, x: float, y: float, holds: Callable[[], object], what: str) -> None:
    """Let a hand rest there, and move on by a pixel now and then: what is drawn anew under it is read anew."""
    turn = 0

    def moved() -> object:
        nonlocal turn
        if turn % 10 == 0:
            page.mouse.move(x + turn // 10 % 2, y)
        turn += 1
        return holds()

    until(page, moved, what)
