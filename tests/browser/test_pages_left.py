"""A page that was left stays left, whatever events its picture still sends."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.waiting import at_rest, spot, until

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


class Line:
    """The connection of a page with its server; while it is slow, messages of the server wait."""

    def __init__(self, page: Page) -> None:
        self.slow, self.sent = False, 0
        self.waiting: list[Callable[[], None]] = []
        page.route_web_socket(re.compile("_stcore/stream"), self._through)

    def _through(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def up(message: str | bytes) -> None:
            self.sent += 1
            server.send(message)

        def down(message: str | bytes) -> None:
            if self.slow:
                self.waiting.append(lambda: browser.send(message))
            else:
                browser.send(message)

        browser.on_message(up)
        server.on_message(down)

    def arrive(self) -> None:
        """Deliver the waiting messages, and from now on every message at once."""
        self.slow = False
        while self.waiting:
            self.waiting.pop(0)()


@pytest.mark.parametrize(
    ("link", "button", "there"),
    [
        ("/?data=mmr", "[data-testid=stSidebarNavLink][href*=certify]", "/certify"),
        pytest.param("/?tour=explore-8", ".st-key-tour-next button:visible", "/certify", marks=pytest.mark.slow),
    ],
    ids=["a link", "a tour"],
)
def test_who_goes_on_while_the_picture_tells_where_it_came_to_rest_gets_there(
    page: Page, address: str, link: str, button: str, there: str
):
    line = Line(page)
    page.goto(f"{address}{link}")
    expect(page.locator("canvas.marks").first).to_have_attribute("data-covered", "true")
    at_rest(page)
    place = spot(page.locator("canvas.ground").first)
    line.slow, before = True, line.sent
    page.locator(button).click()
    until(page, lambda: line.sent == before + 1, "the server should be asked for the other page")
    page.mouse.move(*place)
    page.mouse.wheel(0, -400)
    until(page, lambda: line.sent > before + 1, "the picture should tell where it came to rest")
    until(page, lambda: len(line.waiting) > 5, "the server should answer")
    page.wait_for_timeout(1000)  # also what was told last
    line.arrive()
    expect(page).to_have_url(re.compile(there))
    expect(page.get_by_role("heading", name="Certify")).to_be_visible()
    expect(page.get_by_test_id("verdict").or_(page.locator("canvas.marks")).first).to_be_visible()
    at_rest(page)
    expect(page).to_have_url(re.compile(there))
    expect(page.get_by_role("heading", name="Linear regions, exactly")).to_have_count(0)
