"""The server's memory over minutes of mixed use: `python -m benchmarks.mixed_use [--minutes 10] [--ttl 10]`.

One visitor after the other comes to every page of the app in Chromium: each opens a link with new settings, waits for
the pictures, pins a point, trains or has certificates computed for some seconds, and leaves. Prints the server's memory
after every round of visits.

Exit status 1 if the peak of the last third of the time is more than 5 % above that of the second third; in the first,
libraries are loaded and caches fill. The server keeps sessions, with their memory, for `--ttl` seconds after the
visitor has left (by default as in .streamlit/config.toml).
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time

from playwright.sync_api import Error, Page, expect

from benchmarks.in_chromium import app_in_chromium
from benchmarks.soak import resident
from models.data.images.images import FOLDER_VARIABLE

GROWTH = 1.05  # of the peak from the second third to the last, at most
STAY = 4000  # ms that a visitor stays after the last click
TTL = "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL"


def links(draw: random.Random) -> list[str]:
    """A link to every page, with settings that were not used before."""
    number, a, b, c = draw.randrange(10**6), *draw.sample(range(1000), 3)
    return [
        f"/explore?network=own&widths={draw.randrange(20, 120)}&data=moons&seed={number}",
        f"/certify?data=moons&seed={number}",
        f"/certify?of=images&points={draw.randrange(5, 20)}",
        f"/train?data=moons&seed={number}&widths={draw.randrange(8, 40)}&c=adversarial",
        f"/train?of=images&three={number}&batch=64",
        f"/polytope?draw={number}",
        f"/slices?a={a}&b={b}&c={c}",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--ttl", type=int, help="seconds that a session is kept after its visitor has left")
    options = parser.parse_args()
    if options.ttl is not None:
        os.environ[TTL] = str(options.ttl)
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = folder
        with app_in_chromium() as app:
            began, visits, draw = time.monotonic(), 0, random.Random(0)
            while time.monotonic() - began < 60 * options.minutes:
                for link in links(draw):
                    visit(app.page, f"{app.address}{link}")
                    visits += 1
                    memory.append(resident(app.server))
                print(f"{(time.monotonic() - began) / 60:6.1f} min {memory[-1]:8.1f} MB   {visits} visits", flush=True)
    third = len(memory) // 3
    grown = max(memory[-third:]) / max(memory[-2 * third : -third]) - 1
    print(f"the last third has at most {grown:+.1%} more than the one before")
    return int(grown > GROWTH - 1)


def visit(page: Page, address: str) -> None:
    """Open a link, pin a point, start training where there is one, and stay for a while."""
    page.goto(address)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=120_000)
    picture = page.locator("canvas.ground").first
    if (box := picture.bounding_box() if picture.count() else None) is not None:
        page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    play = page.locator(".st-key-train-play button:visible")
    if play.count():
        try:
            play.first.click(timeout=5000)
        except Error:
            print(f"Play could not be pressed on {address}", flush=True)
    page.wait_for_timeout(STAY)
    page.goto("about:blank")


if __name__ == "__main__":
    sys.exit(main())
