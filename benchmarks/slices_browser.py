"""Times of the Slices page in Chromium: `python -m benchmarks.slices_browser`.

Starts the app and uploads one network after the other. Measures in the browser's own clock: from the choice of a
network to the first picture of a plane through three digits and to the exact one with all fills; from the end of a
zoom to the first and the exact picture of the view; and from a click to Fast-Lin's radius in the table. Prints the
server's peak memory last. Needs the packages that `make test` installs.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.in_chromium import app_in_chromium
from benchmarks.outside import kw_file
from benchmarks.peak_memory import marked_bytes
from models import image_mlp, network_bytes
from models.gallery import FOLDER, gallery

GALLERY = ("mnist-fc1-linf-plain", "mnist-fc1-linf-mmr", "mnist-cnn-linf-plain")
PATIENCE = 60_000  # milliseconds
# Records the label of the first view's element, with the time of each change
WATCH = """() => {
    window.seen = [];
    let canvas;
    const look = () => {
        if (!canvas?.isConnected) { // in the shadow of some element
            const inside = [...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean);
            canvas = inside.map((root) => root.querySelector("canvas.marks")).find(Boolean);
        }
        const view = canvas?.closest(".view");
        const says = view && `${canvas.dataset.frame} ${canvas.dataset.raster} ${view.getAttribute("aria-label")}`;
        if (says && says !== window.seen.at(-1)?.[1]) window.seen.push([performance.now(), says]);
        const cells = document.querySelectorAll("[data-testid=distances] > div");
        const columns = (cells.length - 2) / 2;
        const radius = cells[columns + 5]?.querySelector("b")?.textContent ?? "";
        if (radius !== window.radius) [window.radius, window.radiusAt] = [radius, performance.now()];
        requestAnimationFrame(look);
    };
    look();
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="networks whose names contain this")
    only = parser.parse_args().only or ""
    with app_in_chromium() as app:
        titles = ("regions", "first s", "exact s", "zoom: first", "exact s", "pin s")
        print(f"{'network':<24}" + "".join(f"{title:>12}" for title in titles))
        for name, file in networks(app.folder).items():
            if only in name:
                measure(app.page, app.address, name, file)
        print(f"largest memory of the server: {largest_memory(app.server):.2f} GB")


def networks(folder: Path) -> dict[str, Path]:
    """Files to upload: from the gallery, an untrained network, and Wong and Kolter's where the file exists."""
    deep = folder / "784-1024-512-10.safetensors"
    deep.write_bytes(network_bytes(image_mlp((1024, 512)).eval()))
    files = {name: FOLDER / f"{name}.safetensors" for name in GALLERY if name in gallery()}
    return files | {"784-1024-512-10": deep} | ({"Wong and Kolter's CNN": kw_file()} if kw_file().exists() else {})


def measure(page: Page, address: str, name: str, file: Path) -> None:
    page.goto(f"{address}/slices?first=file&second=none")
    chooser = page.get_by_test_id("stSidebar").locator("input[type=file]")
    chooser.wait_for(state="attached")
    page.wait_for_timeout(1000)
    page.evaluate(WATCH)
    began = page.evaluate("performance.now()")
    chooser.set_input_files(file)
    first = _first(page, began, "")
    exact = _exact(page, began)
    regions = re.search(r"exact · ([\d\s]+) region", _latest(page))
    box = page.locator("canvas.ground").first.bounding_box()
    assert box is not None
    zooms = []
    for turn in range(2):
        page.mouse.move(box["x"] + (0.55 - 0.1 * turn) * box["width"], box["y"] + 0.5 * box["height"])
        for _ in range(3):
            page.mouse.wheel(0, -240)
            page.wait_for_timeout(60)
        before = _latest(page).split()[0]
        began = page.evaluate("performance.now()")
        zooms.append((_first(page, began, before), _exact(page, began)))
    began = page.evaluate("(window.radius = '', performance.now())")
    page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + 0.6 * box["height"])
    _until(lambda: page.evaluate("window.radius ?? ''") != "")
    pin = (page.evaluate("window.radiusAt") - began) / 1000
    cells = [first, exact, *map(max, zip(*zooms)), pin]
    count = regions[1] if regions else "too many"
    print(f"{name:<24}{count:>12}" + "".join(f"{cell:>12.2f}" for cell in cells), flush=True)


def _latest(page: Page) -> str:
    seen: str = page.evaluate("window.seen.at(-1)?.[1] ?? ''")
    return seen


def _first(page: Page, began: float, before: str) -> float:
    """Seconds from `began` to a frame other than `before`; 0 if `before` shows all regions already."""
    if before and _latest(page).split(" ")[1] == "":
        return 0.0
    is_new = "([t, says]) => t > began && !says.startsWith(before + ' ')"
    return _seconds(page, f"([began, before]) => window.seen.find({is_new})?.[0] ?? null", [began, before], began)


def _exact(page: Page, began: float) -> float:
    """Seconds to the last change of the frame, when it is exact, or has too many regions to be."""
    done = "exact|too many"
    _until(lambda: re.search(done, _latest(page)) is not None)
    settled = _latest(page)
    while True:
        page.wait_for_timeout(2500)
        if settled.split()[0] == _latest(page).split()[0]:
            break
        settled = _latest(page)
    at = f"([hash]) => window.seen.find(([t, says]) => says.startsWith(hash) && /{done}/.test(says))?.[0] ?? null"
    return max(0.0, _seconds(page, at, [settled.split()[0]], began))


def _seconds(page: Page, expression: str, argument: list[object], began: float) -> float:
    _until(lambda: page.evaluate(expression, argument) is not None)
    seconds: float = (page.evaluate(expression, argument) - began) / 1000
    return seconds


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the page did not change within {PATIENCE / 1000:g} s")
        time.sleep(0.02)


def largest_memory(process: int) -> float:
    """Peak memory of a process in gigabytes, on Linux; 0 elsewhere."""
    return (marked_bytes(process) or 0) / 2**30


if __name__ == "__main__":
    main()
