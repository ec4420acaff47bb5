"""Waiting in a browser for what no element's own attribute says."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

LOOKS = 1800  # of 50 ms each: machines that run tests may be busy


def until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Wait until it holds; `what` should have, if it does not."""
    for _ in range(LOOKS):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError(what)
