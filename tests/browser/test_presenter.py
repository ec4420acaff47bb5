"""Presenter mode in a browser: a ring around the pointer, a remote's keys, larger type, and the numbers in view."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pages.teaching.tour import step_link
from tests.browser.waiting import at_rest, until

APP = Path(__file__).parents[2] / "app.py"
RING = ".presenter-ring"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


@pytest.mark.slow
def test_the_ring_follows_the_pointer_and_goes_with_presenter_mode(page: Page, address: str):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/?data=xor&network=own&widths=6")
    at_rest(page)
    page.get_by_role("button", name="Present").click()
    expect(page.get_by_role("button", name="Show controls")).to_be_visible()
    at_rest(page)

    def shows() -> bool:
        page.mouse.move(690, 400)
        page.mouse.move(700, 400)  # it fades after a rest
        return bool(page.locator(RING).evaluate("(ring) => Number(getComputedStyle(ring).opacity) > 0.5"))

    until(page, shows, "the ring should show")
    ring = page.locator(RING).bounding_box()
    assert ring is not None
    assert abs(ring["x"] + ring["width"] / 2 - 700) < 1 and abs(ring["y"] + ring["height"] / 2 - 400) < 1
    page.get_by_role("button", name="Show controls").click()
    expect(page.locator(RING)).to_have_count(0)


def test_page_down_and_page_up_lead_through_a_tour(page: Page, address: str):
    page.goto(f"{address}/?data=xor&network=own&widths=6&init=3&p=2&fill=active&tour=explore-1&present=1")
    at_rest(page)
    card = page.locator(".st-key-tour-card")
    expect(card).to_contain_text("1/8")
    page.keyboard.press("PageDown")
    expect(card).to_contain_text("2/8")
    at_rest(page)
    page.keyboard.press("PageUp")
    expect(card).to_contain_text("1/8")
    expect(page).to_have_url(re.compile("present=1"))


@pytest.mark.parametrize("size", [(1280, 720), pytest.param((1920, 1080), marks=pytest.mark.slow)])
def test_the_numbers_are_in_view(page: Page, address: str, size: tuple[int, int]):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{address}/?present=1&pin=0.3,0.2")
    at_rest(page)
    for place in (".st-key-explore-numbers", '[data-testid="verdict"]', ".st-key-explore-picture"):
        expect(page.locator(place).first).to_be_in_viewport(ratio=1)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_on_a_tour_numbers_and_what_a_step_asks_for_are_in_view(page: Page, address: str, size: tuple[int, int]):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for number in (2, 6):
        page.goto(f"{address}{step_link('explore', number)}&present=1")
        expect(page.locator("canvas.marks")).to_have_attribute("data-covered", "true")
        at_rest(page)
        for place in (".st-key-explore-numbers", ".st-key-explore-picture", ".st-key-tour-next button"):
            expect(page.locator(place).first).to_be_in_viewport(ratio=1)
        if number == 2:
            page.locator(".st-key-explain-formula button:visible").first.click()
            expect(page.locator(".steps")).to_have_attribute("data-step", "0")


@pytest.mark.slow
def test_the_type_of_the_pictures_is_larger(page: Page, address: str):
    for presenting, scale in (("", "1"), ("&present=1", "1.4")):
        page.goto(f"{address}/?data=xor&network=own&widths=6{presenting}")
        at_rest(page)
        expect(page.locator(".st-key-explore-picture .view")).to_have_css("--type-scale", scale)
        expect(page.locator(".st-key-explore-drawing .network")).to_have_css("--type-scale", scale)
