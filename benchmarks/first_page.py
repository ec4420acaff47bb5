"""Times of the first page in Chromium: `python -m benchmarks.first_page [--repeat 12]`.

Starts the app, opens it once so that the server has loaded its code, and then measures in the browser's own clock: the
first text and the first painted regions of a new visitor; a pin, from the click to the painted certificate; a step of
training, from the click to the painted regions; and a unit under the pointer, from the pointer's event to its lit line.
Needs the packages that `make test` installs.
"""

from __future__ import annotations

import argparse
import re
import statistics

from playwright.sync_api import Locator, Page, expect

from benchmarks.in_chromium import app_in_chromium

VISITS = 5
_SOME = re.compile(r"\d")
# The time from the next event of a type, anywhere in the page, to a new value of a data attribute of the picture.
TO_PAINTED = """(canvas, [type, name]) => {
  globalThis.measured = new Promise((done) => {
    let began = null;
    addEventListener(type, () => { began ??= performance.now(); }, { capture: true, once: true });
    new MutationObserver((changes, observer) => {
      if (began === null || !changes.some(({ oldValue }) => oldValue !== canvas.dataset[name])) return;
      observer.disconnect();
      done(performance.now() - began);
    }).observe(canvas, { attributes: true, attributeOldValue: true, attributeFilter: [`data-${name}`] });
  });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeat", type=int, default=12)
    repeat: int = parser.parse_args().repeat
    with app_in_chromium(1440, 900) as app:
        page = app.page
        picture = _opened(page, app.address)
        text, regions = [], []
        for _ in range(VISITS):
            page.context.clear_cookies()
            picture = _opened(page, app.address)
            regions.append(float(page.evaluate("performance.now()")))
            text.append(float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")))
        _print("first text", text)
        _print("regions painted, as seen from outside", regions)
        _print("unit under the pointer to lit line", [_lit(page, picture, number) for number in range(repeat)])
        _print("pin to painted certificate", [_pinned(page, picture, number) for number in range(repeat)])
        _print("step of training to painted regions", [_step(page, picture) for _ in range(repeat)])


def _opened(page: Page, address: str) -> Locator:
    page.goto(address)
    picture = page.locator("canvas.marks").first
    expect(picture).to_have_attribute("data-regions", _SOME, timeout=60_000)
    return picture


def _lit(page: Page, picture: Locator, number: int) -> float:
    page.mouse.move(2, 2)
    page.wait_for_timeout(300)
    picture.evaluate(TO_PAINTED, ["pointerover", "pointed"])
    page.get_by_role("button", name=f"Unit {1 + number % 4} of layer 1", exact=True).hover()
    return float(page.evaluate("measured"))


def _pinned(page: Page, picture: Locator, number: int) -> float:
    box = picture.bounding_box()
    assert box is not None
    picture.evaluate(TO_PAINTED, ["pointerdown", "pin"])
    page.mouse.click(box["x"] + box["width"] * (0.3 + 0.03 * number), box["y"] + box["height"] * (0.7 - 0.03 * number))
    page.evaluate("measured")
    page.wait_for_timeout(500)
    return float(picture.get_attribute("data-pin-ms") or "nan")


def _step(page: Page, picture: Locator) -> float:
    picture.evaluate(TO_PAINTED, ["pointerdown", "frame"])
    page.get_by_role("button", name="Step", exact=True).click()
    time = float(page.evaluate("measured"))
    page.wait_for_timeout(500)
    return time


def _print(what: str, times: list[float]) -> None:
    print(f"{what:<40}median {statistics.median(times):>6.0f} ms, worst {max(times):>6.0f} ms", flush=True)


if __name__ == "__main__":
    main()
