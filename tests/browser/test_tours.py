"""The tours in a browser, on a laptop's screen and on a small one: what a step speaks of is in view, and answers."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pages.teaching.steps import PLACES, Step
from pages.teaching.tour import step_link
from pages.teaching.tours import TOURS
from tests.browser.tour_actions import ACTIONS
from tests.browser.waiting import at_rest, spot, until

APP = Path(__file__).parents[2] / "app.py"
SIZES = ((1440, 900), (1280, 720))
PICTURES = os.environ.get("TOUR_PICTURES")  # a folder: every step is photographed


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


IN_VIEW = """([selectors, card]) => {
  const floor = document.querySelector(card)?.getBoundingClientRect();
  return selectors.every((selector) => {
    const place = [...document.querySelectorAll(selector)].find((each) => each.offsetParent);
    if (!place || !floor) return false;
    const box = place.getBoundingClientRect();
    const aside = place.closest('[data-testid="stSidebar"]');
    const top = aside ? 0 : floor.bottom;
    const high = box.top >= top - 1 && box.bottom <= innerHeight + 1;
    return box.height > 0 && high && box.left >= 0 && box.right <= innerWidth + 1;
  });
}"""


def look_at(page: Page, name: str, number: int, step: Step) -> None:
    """What the step speaks of comes into view by itself, and stays there; then its sentences are done by hand."""
    expect(page.get_by_text(f"{number}/{len(TOURS[name])} · {step.title}")).to_be_visible()
    places = [PLACES[place] for place in step.shows]
    for place in places:
        expect(page.locator(place).first).to_be_visible()
    pictures = page.locator("canvas.marks")
    if pictures.count():
        expect(pictures.first).to_have_attribute("data-covered", "true")
    at_rest(page)
    try:
        for _ in range(3):  # also a moment later
            page.wait_for_function(IN_VIEW, arg=[places, ".st-key-tour-card"])
            page.wait_for_timeout(300)
    finally:
        if PICTURES:
            width = page.evaluate("innerWidth")
            page.screenshot(path=f"{PICTURES}/{name}-{number}-{width}.png")
    for sentence in step.sentences:
        if sentence.claim in ACTIONS:
            ACTIONS[sentence.claim](page)


def toured(browser: Browser, address: str, name: str, size: tuple[int, int], numbers: list[int]) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    try:
        first = numbers[0]
        page.goto(f"{address}{'/' if name == 'explore' else '/' + name}?tour={name}-{first}" if first == 1 else address)
        for number in numbers:
            step = TOURS[name][number - 1]
            if number == first:
                parts = "&".join(f"{key}={value}" for key, value in {**step.link, "tour": f"{name}-{number}"}.items())
                page.goto(f"{address}/{'' if name == 'explore' else name}?{parts}")
            else:
                page.locator(".st-key-tour-next button:visible").click()
            look_at(page, name, number, step)
    finally:
        context.close()


FREE = """() => {
  const busy = document.querySelector('.st-key-busy p'), button = document.querySelector('.st-key-tour-leave button');
  if (!document.querySelector('[data-testid="stStatusWidget"]') || !busy || !button) return null;
  const box = button.getBoundingClientRect(), over = (each) => {
    const other = each.getBoundingClientRect();
    return other.left < box.right && box.left < other.right && other.top < box.bottom && box.top < other.bottom;
  };
  const signs = document.querySelectorAll('[data-testid="stStatusWidget"] *, .st-key-busy *');
  const hit = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  return { hit: button.contains(hit), covered: [...signs].filter(over).map((each) => each.textContent) };
}"""


@pytest.mark.slow  # the sign is there for moments only, which a busy machine may miss
def test_no_sign_of_a_page_that_computes_lies_over_the_buttons_of_a_tour(page: Page, address: str):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/?tour=explore-2&data=xor&network=own&widths=600,600&limit=200000")  # it takes seconds
    assert page.wait_for_function(FREE).json_value() == {"hit": True, "covered": []}


@pytest.mark.slow
@pytest.mark.parametrize("name", TOURS)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_step_shows_what_it_speaks_of_and_does_what_it_asks_for(
    browser: Browser, address: str, name: str, size: tuple[int, int]
):
    toured(browser, address, name, size, list(range(1, len(TOURS[name]) + 1)))


REACHED = """(selectors) => selectors.filter((selector) => {
  const button = document.querySelector(selector), { left, right, top, bottom } = button.getBoundingClientRect();
  return !button.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
})"""


@pytest.mark.parametrize(
    "number", [3, pytest.param(6, marks=pytest.mark.slow), pytest.param(7, marks=pytest.mark.slow)]
)
def test_the_card_does_not_cover_the_buttons_that_train_however_far_the_page_is_scrolled(
    page: Page, address: str, number: int
):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}{step_link('explore', number)}")
    expect(page.locator("canvas.marks")).to_have_attribute("data-covered", "true")
    at_rest(page)
    buttons = [f".st-key-{name} button" for name in ("train", "one-step", "tour-next")]
    until(page, lambda: page.evaluate(REACHED, buttons) == [], "no button should be covered")
    page.locator('[data-testid="stMain"]').hover()
    page.mouse.wheel(0, 4000)
    page.wait_for_timeout(500)
    assert page.locator('[data-testid="stMain"]').evaluate("(main) => main.scrollTop") > 20
    assert page.evaluate(REACHED, buttons) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, len(TOURS["explore"]) + 1))
def test_on_a_phone_the_card_leaves_room_for_the_picture(browser: Browser, address: str, number: int):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}{step_link('explore', number)}")
    picture = page.locator("canvas.marks")
    expect(picture).to_have_attribute("data-covered", "true")
    at_rest(page)
    until(page, lambda: fits(page), "card and picture should both fit")
    context.close()


def fits(page: Page) -> bool:
    card, picture = (page.locator(each).bounding_box() for each in (".st-key-tour-card", ".st-key-explore-picture"))
    assert card is not None and picture is not None
    return picture["y"] >= card["y"] + card["height"] and picture["y"] + picture["height"] <= 844


@pytest.mark.slow
def test_keys_that_a_step_asks_for_reach_the_picture(browser: Browser, address: str):
    toured(browser, address, "explore", SIZES[1], [7, 8])


@pytest.mark.slow
def test_a_tour_leaves_the_visitors_pin_out_and_brings_it_back(page: Page, address: str):
    page.goto(f"{address}/?data=moons")
    marks = page.locator("canvas.marks").first
    expect(marks).to_have_attribute("data-regions", re.compile(r"[1-9]"))
    at_rest(page)
    page.mouse.click(*spot(page.locator("canvas.ground"), 0.4, 0.4))  # a pin by hand
    expect(page.get_by_test_id("verdict")).to_be_visible()
    expect(marks).not_to_have_attribute("data-pin", "")
    pin = marks.get_attribute("data-pin") or ""
    page.get_by_role("button", name="Tour").first.click()
    expect(page.get_by_text("1/8 · A unit is a fold")).to_be_visible()
    expect(marks).to_have_attribute("data-pin", "")
    page.locator(".st-key-tour-next button:visible").click()
    expect(marks).to_have_attribute("data-pin", "0.400000,0.300000")
    page.locator(".st-key-tour-leave button:visible").click()
    expect(page.get_by_text("2/8")).to_have_count(0)
    expect(marks).to_have_attribute("data-pin", pin)
    expect(page).to_have_url(re.compile(r"pin="))


def test_on_a_phone_the_card_of_a_tour_stays_below_the_logo(browser: Browser, address: str):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/?tour=explore-1")
    card, logo = page.locator(".st-key-tour-card"), page.get_by_test_id("stExpandSidebarButton")
    expect(page.locator("canvas.marks")).to_have_attribute("data-covered", "true")
    at_rest(page)
    page.locator('[data-testid="stMain"]').evaluate("(main) => main.scrollTo(0, main.scrollHeight)")
    page.wait_for_timeout(300)
    title, above = card.get_by_text("1/").bounding_box(), logo.bounding_box()
    assert title is not None and above is not None
    assert title["y"] >= above["y"] + above["height"] - 1
    context.close()
