"""What is in view is enumerated, in a real browser: at every size, after every gesture, without a button."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.waiting import spot
from tests.slow import others_slow

APP = Path(__file__).parents[2] / "app.py"
PATHS = ("?present=1", "certify?data=mmr", "train?data=mmr&widths=12", "polytope?pin=0,0&p=inf")

# Pixels that no region covers, by the index that also answers the hover.
BARE = """() => [...globalThis.reluscope.links].filter((view) => view.ids).map(
  (live) => live.ids.reduce((count, region) => count + (region === live.frame.regions), 0)
)"""


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def covered(page: Page) -> list[Locator]:
    """The pictures of the page, once regions cover each of them."""
    expect(page.locator("canvas.marks").first).to_have_attribute("data-covered", "true")
    canvases = page.locator("canvas.marks").all()
    for canvas in canvases:
        expect(canvas).to_have_attribute("data-covered", "true")
    page.wait_for_function(f"() => ({BARE})().every((count) => count === 0)")
    return canvases


def covered_afresh(page: Page, act: Callable[[], object]) -> None:
    """After something that shows another part of the plane, the picture is of that, with regions all over."""
    canvas = page.locator("canvas.marks").first
    before = canvas.get_attribute("data-view") or ""
    act()
    expect(canvas).not_to_have_attribute("data-view", before)
    covered(page)


@pytest.mark.slow
def test_every_pixel_of_the_explore_picture_is_a_region_wherever_one_looks(page: Page, address: str):
    page.goto(f"{address}/?data=tight&network=trained")
    (canvas,) = covered(page)
    count = canvas.get_attribute("data-regions")
    middle = spot(canvas)

    def drag() -> None:
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + 300, middle[1] - 200, steps=4)
        page.mouse.up()
        page.mouse.move(*middle)

    covered_afresh(page, drag)
    covered_afresh(page, lambda: page.mouse.wheel(0, 900))
    covered_afresh(page, lambda: page.set_viewport_size({"width": 1700, "height": 700}))
    covered_afresh(page, lambda: page.set_viewport_size({"width": 420, "height": 900}))
    assert canvas.get_attribute("data-regions") == count == "4"  # of the window around the data, whatever is in view
    expect(page.locator(".view")).to_have_attribute("aria-label", re.compile("4 regions"))


def test_zooming_ends_with_words_not_in_one_silent_colour(page: Page, address: str):
    page.goto(f"{address}/?data=tight")
    (canvas,) = covered(page)
    page.mouse.move(*spot(page.locator("canvas.ground"), 0.4, 0.3))
    for _ in range(60):
        page.mouse.wheel(0, -600)
    expect(canvas).to_have_attribute(
        "data-notes", re.compile("one region fills the view.*press 0 for the whole window")
    )
    expect(page.locator(".view")).to_have_attribute("aria-label", re.compile("one region fills the view"))
    page.locator(".view").focus()
    page.keyboard.press("0")
    expect(canvas).to_have_attribute("data-notes", "")
    covered(page)


@pytest.mark.parametrize("path", others_slow(PATHS, quick=PATHS[:1]))
def test_no_page_shows_ground_without_regions(page: Page, address: str, path: str):
    page.goto(f"{address}/{path}")
    covered(page)
