"""The app and a page in Chromium, for benchmarks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.server import ROOT, start_server


@dataclass(frozen=True)
class Opened:
    """An empty page in a browser, and a running app."""

    page: Page
    address: str
    server: int  # the app's process
    folder: Path  # temporary


@contextmanager
def app_in_chromium(width: int = 1280, height: int = 900) -> Iterator[Opened]:
    """Starts the app and a browser, and ends both; without Chromium the program exits with a message."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("There is no Chromium on this machine; `python -m tests.browser.chromium` installs one.")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        server, address = start_server(ROOT / "app.py", folder / "server.log")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield Opened(browser.new_page(viewport={"width": width, "height": height}), address, server.pid, folder)
        finally:
            browser.close()
            server.terminate()
            server.wait()
