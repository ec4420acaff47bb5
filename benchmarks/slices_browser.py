"""How quick the Slices page is in Chromium: `python -m benchmarks.slices_browser`.

Starts the app and uploads networks one after the other. In the browser's own clock: from the choice of a network to
the first picture of a plane through three digits and to the exact one with all its fills, from the end of a wheel's
turn to a picture of what is in view, first and exact, and from a click to Fast-Lin's radius in the table. The largest
memory of the server comes last. Needs what `make test` installs.
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
# What the first view shows is told by the label of its element, kept with the time of each change
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
    """Files to upload: of the gallery, Wong and Kolter's where there is one, and of other shapes untrained."""
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
    """Seconds from `began` to a frame that is another one than `before`; none if that shows every region anyway."""
    if before and _latest(page).split(" ")[1] == "":
        return 0.0
    found = "([t, says]) => t > began && !says.startsWith(before + ' ')"
    return _seconds(page, f"([began, before]) => window.seen.find({found})?.[0] ?? null", [began, before], began)


def _exact(page: Page, began: float) -> float:
    """Seconds to the last change of the frame, when it is exact, or too much to be."""
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
    found: float = (page.evaluate(expression, argument) - began) / 1000
    return found


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("the page does not get on")
        time.sleep(0.02)


def largest_memory(process: int) -> float:
    """Gigabytes that a process has held at most, on Linux; 0 elsewhere."""
    return (marked_bytes(process) or 0) / 2**30


if __name__ == "__main__":
    main()
