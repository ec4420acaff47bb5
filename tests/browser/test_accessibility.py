"""axe-core finds nothing serious on any page, in the light and in the dark theme; the keyboard can do all of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import waiting
from tests.browser.waiting import spot, still_box

APP = Path(__file__).parents[2] / "app.py"
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PAGES = (
    "?pin=0.2,0.3",
    "certify?data=mmr&methods=simplex,crown,fgsm&pin=0.3,0.2",
    "train?data=mmr&widths=12",
    "polytope?pin=0,0&p=inf&bounds=interval,fast-lin",
    "slices?pin=0,0",
    "papers?row=mnist-fc1-linf-mmr",
)


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def at_rest(page: Page) -> None:
    if "show=data" in page.url:  # it has curves in place of a picture
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
    elif "/papers" in page.url:
        expect(page.get_by_test_id("papers-table")).to_be_visible()
    else:
        expect(page.locator("canvas.marks").first).to_have_attribute("data-covered", "true")
    waiting.at_rest(page)


def serious(page: Page) -> list[str]:
    """The violations that axe-core calls serious or critical, with their elements."""
    page.evaluate(AXE)
    report: dict[str, Any] = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{fault['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for fault in report["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def examined(browser: Browser, address: str, path: str, theme: str) -> list[str]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/{path}")
    at_rest(page)
    faults = serious(page)
    context.close()
    return faults


@pytest.mark.parametrize(
    ("path", "theme"), [(PAGES[0], "light"), pytest.param(PAGES[0], "dark", marks=pytest.mark.slow)]
)
def test_axe_finds_nothing_serious(browser: Browser, address: str, path: str, theme: str):
    assert examined(browser, address, path, theme) == []


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PAGES, "?network=file&data=file", "certify?data=mmr&show=data", "?tour=explore-1"])
def test_axe_finds_nothing_serious_on_any_page_in_either_theme(browser: Browser, address: str, path: str, theme: str):
    assert examined(browser, address, path, theme) == []


def test_the_keyboard_pins_moves_the_pin_and_takes_it_away_and_says_so(page: Page, address: str):
    page.goto(f"{address}/?data=mmr")
    at_rest(page)
    canvas, view, spoken = page.locator("canvas.marks"), page.locator(".view"), page.locator(".spoken")
    width = still_box(page.locator("canvas.ground"))["width"]
    view.focus()
    page.keyboard.press("Enter")
    expect(spoken).to_contain_text("changes the class")
    expect(canvas).to_have_attribute("data-balls", "2")
    pinned = canvas.get_attribute("data-pin") or ""
    (s, t) = pin_of(pinned)
    window = [float(side) for side in (canvas.get_attribute("data-view") or "").split(",")]
    assert (s, t) == pytest.approx(((window[0] + window[1]) / 2, (window[2] + window[3]) / 2), abs=1e-4)
    pixel = (window[1] - window[0]) / width
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    expect(canvas).not_to_have_attribute("data-pin", pinned)
    page.wait_for_function(f"() => Number(document.querySelector('.stApp') && {PIN}[1]) > {t + 30 * pixel}")
    moved = pin_of(page.evaluate(f"() => {PIN}.join(',')"))
    assert moved == pytest.approx((s + 4 * pixel, t + 40 * pixel), abs=1e-4)
    expect(page).to_have_url(re.compile("pin="))
    page.keyboard.press("Escape")
    expect(canvas).to_have_attribute("data-pin", "")
    expect(spoken).to_contain_text("gone")


PIN = "[...globalThis.reluscope.links][0].overlays.pin"


def pin_of(text: str | None) -> tuple[float, float]:
    s, t = map(float, (text or "").split(","))
    return s, t


def test_escape_closes_the_help_even_from_its_button_and_leaves_the_pin(page: Page, address: str):
    page.goto(f"{address}/?data=mmr&pin=0.3,0.2")
    at_rest(page)
    button = page.get_by_role("button", name="Keys and gestures")
    button.click()
    expect(page.locator(".help")).to_be_visible()
    button.focus()
    page.keyboard.press("Escape")
    expect(page.locator(".help")).to_be_hidden()
    expect(page.locator("canvas.marks")).not_to_have_attribute("data-pin", "")


@pytest.mark.slow
def test_one_press_of_back_leads_to_the_page_before(page: Page, address: str):
    page.goto(f"{address}/?data=mmr")
    at_rest(page)
    for point in ((0.4, 0.4), (0.6, 0.6)):
        before = page.url
        page.mouse.click(*spot(page.locator("canvas.ground"), *point))
        expect(page).not_to_have_url(before)
        expect(page).to_have_url(re.compile("pin="))
        at_rest(page)
    page.get_by_role("link", name="Certify").first.click()
    expect(page).to_have_url(re.compile("/certify"))
    at_rest(page)
    page.go_back()
    expect(page).not_to_have_url(re.compile("/certify"))
    expect(page.get_by_role("heading", name="Linear regions, exactly")).to_be_visible()
