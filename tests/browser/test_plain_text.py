"""Text from files in a browser: it is shown literally, not as Markdown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.plain_text_app import TEXTS
from tests.browser.waiting import at_rest, until

APP = Path(__file__).with_name("plain_text_app.py")
TEXT_PLACES = "[data-testid=stMarkdownContainer], [data-testid=stCaptionContainer]"
MARKUP = "a, img, b, strong, em, del, code, pre, h1, blockquote, li, hr, table, sup, .katex, [role=img]"


def shown_by(place: Locator) -> str:
    return place.inner_text().replace("\u2060", "").strip()


def test_hostile_text_is_shown_as_it_is(page: Page, app_server: Callable[[Path], str]):
    page.goto(app_server(APP))
    expect(page.locator(".st-key-complaint [role=alert]")).to_be_visible()
    at_rest(page)
    for number, text in enumerate(TEXTS):
        shown = page.locator(f".st-key-text-{number}").locator(TEXT_PLACES)
        expect(shown).to_have_count(5)
        for place in shown.all():
            until(page, lambda place=place, text=text: shown_by(place) == text, text)
            assert place.locator(MARKUP).count() == 0, text
