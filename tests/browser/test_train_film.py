"""The film of a training, as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.train_effects import GIF, trained
from tests.browser.waiting import at_rest

APP = Path(__file__).parents[2] / "app.py"


@pytest.mark.slow
def test_a_film_that_is_being_made_stops(page: Page, app_server: Callable[[Path], str]):
    page.goto(f"{app_server(APP)}/train?data=mmr&widths=100&b=adversarial&steps=100")
    expect(page.locator("canvas.marks")).to_have_count(2)
    at_rest(page)
    trained(page)
    page.locator(".st-key-train-export button").click()
    page.locator(".st-key-train-make-film button:visible").click()
    page.locator(".st-key-train-stop-film button").click()
    expect(page.locator(".st-key-train-stop-film")).to_have_count(0)
    expect(page.locator(".st-key-train-make-film")).to_contain_text("Make a film")
    expect(page.locator(GIF)).to_have_count(0)
