"""A Chromium for the browser tests: the one on the machine, else apt's, else Playwright's own.

`python -m tests.browser.chromium` looks for one and installs it where there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")


def find_chromium() -> Path | None:
    """The browser to drive, if there is one: $CHROMIUM, one on the path, or Playwright's download."""
    for name in filter(None, (os.environ.get("CHROMIUM"), *NAMES)):
        if found := shutil.which(name):
            return Path(found)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        downloaded = Path(playwright.chromium.executable_path)
    return downloaded if downloaded.exists() else None


def install_chromium() -> list[str]:
    """Try apt, then Playwright's download. Returns one line for each way that failed."""
    complaints = []
    for title, command in (
        ("apt-get", ["apt-get", "install", "-y", "chromium"]),
        ("playwright install", [sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]),
        ("playwright install", [sys.executable, "-m", "playwright", "install", "chromium"]),
    ):
        complaint = _run(command)
        if not complaint and find_chromium() is not None:
            return []
        complaints.append(f"{title}: {complaint or 'no browser came of it'}")
    return complaints


def _run(command: list[str]) -> str:
    """Why the command failed, in one line; empty if it did not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else f"exit status {done.returncode}")


def main() -> None:
    complaints = [] if find_chromium() else install_chromium()
    found = find_chromium()
    if found:
        print(f"browser tests use {found}")
        return
    print("BROWSER TESTS WILL BE SKIPPED: there is no Chromium here and none could be installed.")
    print(*(f"  {complaint}" for complaint in complaints), sep="\n")


if __name__ == "__main__":
    main()
