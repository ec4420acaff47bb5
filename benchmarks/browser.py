"""Times of the Explore page in Chromium: `python -m benchmarks.browser`.

Starts the app, opens networks with more and more regions, and measures in the browser's own clock: the first picture
of a network that the server has not cached (from the click to the pixels), and a pin (from the click to the painted
certificate with d_B, d_D and both balls). Needs the packages that `make test` installs.
"""

from __future__ import annotations

import statistics
import time

from playwright.sync_api import Page

from benchmarks.in_chromium import app_in_chromium

WIDTHS = ("100", "80,80", "128,128", "100,100,100")
PINS = 12


def main() -> None:
    with app_in_chromium() as app:
        titles = ("regions", 9), ("new weights ms", 16), ("paint ms", 10), ("pin ms: median", 16), ("worst", 8)
        print(f"{'network':<20}" + "".join(f"{title:>{width}}" for title, width in titles))
        for widths in WIDTHS:
            _measure(app.page, app.address, widths)


def _measure(page: Page, address: str, widths: str) -> None:
    page.goto(f"{address}/?network=own&widths={widths}")
    _wait(page, "frame", "")
    first = []
    for _ in range(3):
        before = _state(page, "frame")
        started = time.perf_counter()
        page.get_by_role("button", name="New weights").click()
        _wait(page, "frame", before)
        first.append(1e3 * (time.perf_counter() - started))
    box = page.locator("canvas.ground").bounding_box()
    assert box is not None
    pins = []
    for k in range(PINS):
        before = _state(page, "pinMs")
        page.mouse.click(box["x"] + box["width"] * (0.2 + 0.04 * k), box["y"] + box["height"] * (0.7 - 0.03 * k))
        _wait(page, "pinMs", before)
        page.wait_for_timeout(300)
        pins.append(float(_state(page, "pinMs")))
    print(
        f"{'2-' + widths.replace(',', '-') + '-2':<20}{_state(page, 'regions'):>9}{statistics.median(first):>16.0f}"
        f"{float(_state(page, 'paintMs')):>10.0f}{statistics.median(pins):>16.0f}{max(pins):>8.0f}",
        flush=True,
    )


def _state(page: Page, name: str) -> str:
    """A data attribute of the canvas."""
    value: str = page.locator("canvas.marks").evaluate("(canvas, name) => canvas.dataset[name] ?? ''", name)
    return value


def _wait(page: Page, name: str, before: str) -> None:
    """Wait until a data attribute of the canvas changes; it is read at every repaint."""
    page.locator("canvas.marks").evaluate(
        """(canvas, [name, before]) => new Promise((done) => {
            const look = () => ((canvas.dataset[name] ?? "") !== before ? done() : requestAnimationFrame(look));
            look();
        })""",
        [name, before],
        timeout=60_000,
    )


if __name__ == "__main__":
    main()
