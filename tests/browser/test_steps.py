"""Steps beside Explore's picture: a formula written out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from models import mlp
from tests.browser.test_explore import opened
from tests.browser.waiting import at_rest, until

APP = Path(__file__).parents[2] / "app.py"
OWN = "data=moons&network=own&widths=5,4&init=3"
PIN = (0.3, 0.2)


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def begun(page: Page, address: str, button: str) -> tuple[Locator, Locator]:
    """The picture and the steps, opened by a button over the picture."""
    picture = opened(page, f"{address}/?{OWN}&pin={PIN[0]},{PIN[1]}")
    page.get_by_role("button", name=button, exact=True).click()
    steps = page.locator(".steps")
    expect(steps).to_have_attribute("data-step", "0")
    at_rest(page)
    return picture, steps


def button(steps: Locator, act: str) -> Locator:
    return steps.locator(f"[data-act={act}]")


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_a_formula_is_written_out_and_agrees_with_the_network(page: Page, address: str):
    _, steps = begun(page, address, "Formula")
    expect(page).to_have_url(re.compile("explain=formula"))
    runs = page.evaluate("() => globalThis.runsEnded")
    button(steps, "next").filter(has_text="How does this come about?").click()
    expect(steps.locator("tbody tr")).to_have_count(5)  # a row for each unit of the first layer
    while button(steps, "next").is_enabled():
        button(steps, "next").click()
    scores = mlp((2, 5, 4, 2), seed=3).double()(torch.tensor([PIN], dtype=torch.float64))[0].tolist()
    for kind in (".by-layers", ".by-map"):
        shown = [number(text) for text in steps.locator(kind).all_inner_texts()]
        assert shown == [pytest.approx(score, rel=1e-5) for score in scores]
    button(steps, "back").click()
    expect(steps).to_have_attribute("data-step", "4")
    assert page.evaluate("() => globalThis.runsEnded") == runs  # nothing was asked of Python


def test_rows_of_units_that_are_off_are_struck_out(page: Page, address: str):
    _, steps = begun(page, address, "Formula")
    for _ in range(2):
        button(steps, "next").click()
    z = mlp((2, 5, 4, 2), seed=3)[0](torch.tensor([PIN]))[0]
    expect(steps.locator("tr.off")).to_have_count(int((z <= 0).sum()))
    expect(steps.locator("tr.on")).to_have_count(int((z > 0).sum()))


def test_pointing_at_a_row_lights_the_units_line(page: Page, address: str):
    picture, steps = begun(page, address, "Formula")
    for _ in range(3):
        button(steps, "next").click()
    steps.locator("tbody tr").nth(1).hover()
    expect(picture).to_have_attribute("data-pointed", "6")  # the second unit of the second layer
    page.mouse.move(2, 2)
    expect(picture).to_have_attribute("data-pointed", "")


def test_the_link_opens_the_formula_and_network_closes_it(page: Page, address: str):
    opened(page, f"{address}/?{OWN}&pin=0.3,0.2&explain=formula")
    expect(page.locator(".steps")).to_have_attribute("data-step", "0")
    page.get_by_role("radio", name="Network").click()
    expect(page.get_by_test_id("network-view")).to_be_visible()
    until(page, lambda: "explain" not in page.url, "the link should lose the topic")
    page.reload()
    expect(page.get_by_test_id("network-view")).to_be_visible()


def test_another_pin_begins_the_formula_anew(page: Page, address: str):
    _, steps = begun(page, address, "Formula")
    button(steps, "next").click()
    expect(steps).to_have_attribute("data-step", "1")
    page.get_by_role("radio", name="ℓ₁").click()  # the same region: the step stays
    at_rest(page)
    expect(steps).to_have_attribute("data-step", "1")
    box = page.locator("canvas.ground").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 0.8 * box["height"])
    expect(steps).to_have_attribute("data-step", "0")
