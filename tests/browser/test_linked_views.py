"""Views beside each other: they zoom together, and pictures that follow one another wait to be painted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import at_rest, spot, until

SCRIPT = Path(__file__).parent / "linked_views_app.py"


@pytest.fixture
def screen(page: Page, app_server: Callable[[Path], str]) -> Page:
    """The app after its five turns."""
    page.goto(app_server(SCRIPT))
    expect(page.locator(".st-key-heard")).to_contain_text("4]")
    expect(page.locator("canvas.marks").nth(1)).to_have_attribute("data-frame", heard(page)["frame"])
    at_rest(page)
    spot(page.locator("canvas.ground").nth(1))
    return page


def heard(page: Page) -> dict[str, Any]:
    return json.loads(page.locator(".st-key-heard").inner_text())


def views(page: Page) -> list[str | None]:
    return [canvas.get_attribute("data-view") for canvas in page.locator("canvas.marks").all()]


def test_each_picture_is_answered_once_and_in_order(screen):
    assert heard(screen)["turns"] == [0, 1, 2, 3, 4]


def test_a_zoom_in_one_is_a_zoom_in_both(screen):
    before = views(screen)
    assert before[0] == before[1]
    screen.mouse.move(*spot(screen.locator("canvas.ground").nth(1), 1 / 3, 1 / 3))
    screen.mouse.wheel(0, -400)
    for canvas in screen.locator("canvas.marks").all():
        expect(canvas).not_to_have_attribute("data-view", before[0] or "")
    until(screen, lambda: len(set(views(screen))) == 1, "both should show the same part")
    screen.get_by_role("button", name="Reset the view").first.click()
    for canvas in screen.locator("canvas.marks").all():
        expect(canvas).to_have_attribute("data-view", before[0] or "")


@pytest.mark.slow
def test_balls_around_data_points_are_painted_with_their_verdicts(screen):
    for canvas in screen.locator("canvas.marks").all():
        expect(canvas).to_have_attribute("data-verdicts", "120")


@pytest.mark.slow
def test_arrow_keys_are_left_to_the_page_and_norms_are_not(screen):
    before = views(screen)
    screen.locator(".view").first.focus()
    screen.keyboard.press("ArrowRight")
    screen.keyboard.press("3")
    expect(screen.locator(".st-key-heard")).to_contain_text(re.compile('"norms": \\["inf"\\]'))
    assert views(screen) == before
