"""Colours that come from Python follow the theme of the browser at once, like those of the live pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from figures.style.palette import PALETTES
from tests.browser.waiting import at_rest

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def ink(theme: str) -> str:
    """The colour of text, as a browser tells it."""
    red, green, blue = bytes.fromhex(PALETTES[theme].ink[1:])
    return f"rgb({red}, {green}, {blue})"


@pytest.mark.slow
def test_a_plot_follows_the_theme_of_the_system_and_of_the_menu(browser: Browser, address: str):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    page = context.new_page()
    sent: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda message: sent.append(message)))
    page.goto(f"{address}/certify?data=mmr&methods=simplex&pin=0.3,0.2")
    words = page.locator(".js-plotly-plot .annotation-text").first
    expect(words).to_have_css("fill", ink("dark"))
    at_rest(page)
    page.emulate_media(color_scheme="light")
    expect(words).to_have_css("fill", ink("light"))
    at_rest(page)
    page.get_by_role("button", name="Main menu").click()
    page.get_by_test_id("stMainMenuPopover").get_by_text("Dark").click()
    expect(words).to_have_css("fill", ink("dark"))
    at_rest(page)
    changes = [message for message in sent if b'"changed"' in message]
    context.close()
    assert len(changes) == 2, "the page is asked for once a change, and not at the first visit"
