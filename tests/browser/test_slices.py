"""The Slices page in a browser: a plane is cut, the image under the cursor is read, a pin certified, a zoom refined."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.waiting import at_rest, point_until, spot, until

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


@pytest.mark.slow
def test_from_a_plane_of_digits_to_a_certificate(page: Page, address: str):
    page.goto(address)  # as a visitor who comes from Explore
    expect(page.locator("canvas.marks")).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
    page.goto(f"{address}/slices?first=untrained&second=untrained")
    views = page.locator("canvas.marks")
    expect(views).to_have_count(2)
    for slot in range(2):
        expect(views.nth(slot)).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
    expect(page.get_by_test_id("count").first).to_contain_text("linear regions, found in")

    at_rest(page)
    place = spot(page.locator("canvas.ground").first, 0.55, 0.6)
    seen = page.locator(".readout:visible")
    point_until(page, *place, lambda: seen.count() == 2, "both views should read the same image")
    for slot in range(2):  # both views read the same image
        expect(page.locator(".readout").nth(slot)).to_be_visible()
        expect(page.locator(".readout .seen b").nth(10 * slot)).to_have_text("0")

    page.mouse.click(*place)
    expect(page.get_by_test_id("distances")).to_contain_text("Fast-Lin")
    expect(page.get_by_test_id("verdict").first).to_contain_text("No perturbation with")
    expect(page).to_have_url(re.compile("pin="))

    at_rest(page)
    before = views.first.get_attribute("data-view")
    page.mouse.move(*place)
    page.mouse.wheel(0, -240)
    page.mouse.wheel(0, -240)
    expect(page).to_have_url(re.compile("view="))
    expect(views.first).not_to_have_attribute("data-view", before or "")

    def together() -> bool:
        first, second = (views.nth(slot).get_attribute("data-view") for slot in range(2))
        return first == second != before

    until(page, together, "both views should look at the same place")
    page.get_by_role("button", name="Whole window").click()
    expect(page).not_to_have_url(re.compile("view="))
    for slot in range(2):
        expect(views.nth(slot)).to_have_attribute("data-view", before or "")


@pytest.mark.slow
def test_each_step_of_the_tour_looks_where_it_says(page: Page, address: str):
    page.goto(f"{address}/slices?tour=slices-3&view=-0.4,0.4,-0.4,0.4&first=untrained&second=none")
    view = page.locator("canvas.marks")
    expect(view).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
    at_rest(page)
    until(page, lambda: half_side(view) == pytest.approx(0.4), "the view should be the link's")
    page.mouse.move(*spot(page.locator("canvas.ground")))
    page.mouse.wheel(0, -240)  # the user zooms; the next step still shows its own window
    expect(page).not_to_have_url(re.compile(r"view=-0\.4"))
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_test_id("verdict").first).to_be_visible()
    expect(view.first).to_have_attribute("data-pin", "0.00000,0.00000")
    until(page, lambda: half_side(view.first) == pytest.approx(4.0), "the view should be the step's")


def half_side(view: Locator) -> float:
    """Of the square that fits into what is in view."""
    s0, s1, t0, t1 = map(float, (view.get_attribute("data-view") or "").split(","))
    return min(s1 - s0, t1 - t0) / 2


@pytest.mark.slow
def test_the_wheel_turns_while_a_map_is_computed_and_a_pin_is_answered_first(page: Page, address: str):
    page.goto(f"{address}/slices?below=maps&p=2&heat=fast-lin")
    ground = page.locator("canvas.ground").first
    expect(ground).to_be_visible()
    page.mouse.move(*spot(ground))
    for turn in range(20):
        page.mouse.wheel(0, -200 if turn % 8 < 4 else 200)
        page.wait_for_timeout(130 + 70 * (turn % 5))  # sooner and later than the clocks of the page
    page.mouse.click(*spot(ground, 1 / 3, 1 / 3))
    expect(page.get_by_test_id("verdict").first).to_contain_text("perturbation")
    done = page.get_by_text("One colour scale for all", exact=False)
    expect(page.get_by_role("progressbar").or_(done).first).to_be_visible()  # of the map, which usually takes longer
    page.get_by_text("Along the triangle", exact=True).click()
    expect(page.get_by_text("Mean d_B along the sides", exact=False)).to_be_visible()
    expect(page.locator("canvas.ground")).to_have_count(2)


@pytest.mark.slow
def test_a_rectangle_of_brightness_and_contrast_is_proved_or_broken_where_the_link_says(page: Page, address: str):
    broken = (
        "first=mnist-fc1-linf-mmr&second=none&contrast-from=0.5&contrast-to=1.5&brightness-from=-0.3&brightness-to=0.3"
    )
    page.goto(f"{address}/slices?plane=brightness&images=mnist-5k&a=7&{broken}")
    verdict = page.get_by_test_id("plane-verdict")
    expect(verdict).to_have_attribute("data-status", "broken")
    expect(verdict).to_contain_text("Broken at contrast")
    expect(page.get_by_alt_text(re.compile("there: 8"))).to_be_visible()  # beside the original image
    expect(page.get_by_alt_text(re.compile("original: 7"))).to_be_visible()
    expect(page.locator("canvas.marks")).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))

    page.get_by_label("Brightness to").fill("0.2")
    page.get_by_label("Brightness to").press("Enter")
    expect(verdict).to_have_attribute("data-status", "proved")
    expect(verdict).to_contain_text("for every contrast in [0.5, 1.5] and brightness in [-0.3, 0.2], the class is 7")
    expect(page).to_have_url(re.compile(r"brightness-to=0\.2"))

    at_rest(page)
    page.mouse.click(*spot(page.locator("canvas.ground").first, 0.5, 0.5))
    expect(page.get_by_test_id("pinned-parameters")).to_contain_text("contrast")
    expect(page.get_by_alt_text("The pinned image")).to_be_visible()
    expect(page).to_have_url(re.compile("pin="))
    expect(page.get_by_test_id("distances")).to_have_count(0)  # balls of images have no place among parameters


@pytest.mark.slow
def test_the_plane_moves_along_a_third_axis_by_hand_and_by_itself(page: Page, address: str):
    page.goto(f"{address}/slices?first=untrained&second=none&size=0.5&axis=moves&along=pc1")
    count = page.get_by_test_id("count").first
    expect(count).to_contain_text("found in")
    at_rest(page)
    before = (count.text_content() or "").partition(",")[0]
    page.get_by_text("Third axis").click()
    slider = page.get_by_role("slider", name="How far")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"far=0\.05"))
    expect(count).to_contain_text("found in")
    expect(count).not_to_contain_text(f"{before},")
    at_rest(page)
    page.get_by_role("button", name="Play").click()
    expect(page).to_have_url(re.compile(r"far=0\.2"))  # three positions later
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    at_rest(page)
    stands = page.url
    page.wait_for_timeout(1500)
    assert page.url == stands
