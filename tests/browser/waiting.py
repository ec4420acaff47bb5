"""Waiting in a browser for what no element's own attribute says."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

PATIENCE = 240.0  # seconds: machines that run tests may be busy, and what is slow there is not wrong
LOOK = 50  # milliseconds between looks


def until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Wait until it holds; `what` should have, if it does not."""
    for _ in range(int(1000 * PATIENCE / LOOK)):
        if holds():
            return
        page.wait_for_timeout(LOOK)
    raise AssertionError(what)
