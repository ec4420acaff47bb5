"""The app on a phone: the picture first, the legend folded, targets for fingers; and the legend on any screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_explore import opened
from tests.browser.waiting import at_rest, still_box

APP = Path(__file__).parents[2] / "app.py"
TARGET = 44  # CSS pixels, by Apple's and the W3C's guidelines
LARGE = (
    '[data-testid^="stBaseButton"]:visible, [data-testid="stPopoverButton"]:visible, .st-key-p [role=radio]:visible, '
    ".st-key-p button:not([aria-label^=Help]):visible, [data-tool]:visible, .network [data-change]:visible"
)


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


def legend_at(picture: Locator) -> tuple[float, float]:
    """A place on the legend."""
    box = still_box(picture)
    x, y = (float(part) for part in (picture.get_attribute("data-legend-at") or "").split(","))
    return box["x"] + x + 12, box["y"] + y + 12


def test_the_picture_and_its_numbers_are_on_the_first_screen(phone: Page, address: str):
    picture = opened(phone, f"{address}/?pin=0.3,0.2")
    at_rest(phone)
    for part in (picture, phone.locator(".st-key-explore-numbers")):
        box = still_box(part)
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 390


@pytest.mark.slow
def test_targets_are_large_enough_for_fingers(phone: Page, address: str):
    opened(phone, f"{address}/?pin=0.3,0.2")
    at_rest(phone)
    small = phone.locator(LARGE).evaluate_all(
        f"(all) => all.map((each) => [each.ariaLabel ?? each.textContent, each.getBoundingClientRect()])"
        f".filter(([, box]) => box.height < {TARGET}).map(([name, box]) => `${{name}}: ${{box.height}}`)"
    )
    assert small == []


def test_icons_have_names_and_exercises_begin_with_a_finger(phone: Page, address: str):
    opened(phone, address)
    at_rest(phone)
    phone.get_by_role("button", name="Lessons").first.tap()
    phone.get_by_role("button", name="Begin the exercises").tap()
    phone.get_by_role("radio", name="7").tap()
    expect(phone.locator(".st-key-tour-question")).to_contain_text("Right")
    expect(phone.get_by_role("button", name="Back").first).to_be_visible()
    question, picture = phone.locator(".st-key-tour-card"), phone.locator("canvas.marks")
    expect(picture).to_have_attribute("data-covered", "true")
    at_rest(phone)
    assert still_box(question)["y"] + still_box(question)["height"] <= still_box(picture)["y"]


def test_a_finger_beside_a_small_unit_means_the_unit_nearest_to_it(phone: Page, address: str):
    opened(phone, f"{address}/?data=moons&network=own&widths=32,32")
    at_rest(phone)
    unit = phone.locator('.network [data-unit="0.0"]')  # the first of its row
    unit.scroll_into_view_if_needed()
    box = still_box(unit)
    assert box["width"] < TARGET
    phone.touchscreen.tap(box["x"] + box["width"] / 2 - 20, box["y"] + box["height"] / 2)
    expect(phone.get_by_test_id("network-view")).to_have_attribute("data-lit", "0")


@pytest.mark.slow
def test_the_buttons_of_the_drawing_are_large_and_apart(phone: Page, address: str):
    opened(phone, f"{address}/?data=moons&network=own&widths=16,16")
    at_rest(phone)
    buttons = phone.locator(".network [data-change]:visible")
    buttons.first.scroll_into_view_if_needed()
    boxes = [still_box(buttons.nth(index)) for index in range(buttons.count())]
    assert len(boxes) == 6
    for box in boxes:
        assert box["width"] >= TARGET and box["height"] >= TARGET
    for left, right in pairwise(boxes[2:]):  # those of the layers' numbers of units, in a row
        assert right["x"] >= left["x"] + left["width"] - 1
    scrolls = phone.locator(".network .scroller").evaluate("(place) => place.scrollWidth > place.clientWidth")
    assert not scrolls  # two hidden layers fit


@pytest.mark.slow
def test_a_deep_network_scrolls_and_says_so(phone: Page, address: str):
    opened(phone, f"{address}/?data=moons&network=own&widths={','.join(['4'] * 17)}")
    at_rest(phone)
    expect(phone.locator('.network [data-part="depth"]')).to_have_text("17 hidden layers: scroll sideways")
    units = [phone.locator(f'.network [data-unit="{layer}.0"]') for layer in range(18)]
    boxes = [still_box(unit) for unit in units]
    for left, right in pairwise(boxes):
        assert right["x"] > left["x"] + left["width"] + 20
    scroller = phone.locator(".network .scroller")
    expect(scroller).to_have_attribute("data-more", "")
    units[-1].scroll_into_view_if_needed()
    expect(units[-1]).to_be_in_viewport()
    scroller.evaluate("(place) => place.scrollTo(1e6, 0)")
    expect(scroller).not_to_have_attribute("data-more", "")
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_the_legend_is_folded_until_it_is_tapped(phone: Page, address: str):
    picture = opened(phone, f"{address}/?data=xor&network=own&widths=6")
    at_rest(phone)
    expect(picture).to_have_attribute("data-legend", "folded")
    phone.touchscreen.tap(*legend_at(picture))
    expect(picture).to_have_attribute("data-legend", "open")
    expect(picture).to_have_attribute("data-pin", "")


@pytest.mark.slow
def test_a_click_or_a_key_folds_the_legend_on_a_large_screen(page: Page, address: str):
    picture = opened(page, f"{address}/?data=xor&network=own&widths=6")
    at_rest(page)
    expect(picture).to_have_attribute("data-legend", "open")
    page.mouse.click(*legend_at(picture))
    expect(picture).to_have_attribute("data-legend", "folded")
    expect(picture).to_have_attribute("data-pin", "")
    page.keyboard.press("l")
    expect(picture).to_have_attribute("data-legend", "open")
