"""What a browser has dropped while its request was on the way is sent to it again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cut_off import proxy
from tests.browser.kept_messages_app import LARGE, SECONDS
from tests.browser.server import end_server, start_server

HERE = Path(__file__).parent


@pytest.mark.slow
def test_a_large_message_is_sent_again_if_the_browser_drops_it_after_its_request(page: Page, tmp_path: Path):
    """Of two quick clicks, the second asks for what the browser drops at the end of the first one's run."""
    server, address = start_server(HERE / "kept_messages_app.py", tmp_path / "server.log")
    label = page.get_by_text("Large text", exact=True)
    run = page.get_by_role("button", name="Run", exact=True)
    try:
        with proxy(address) as between:
            page.goto(between.address)
            for number in (2, 3):  # the text shows, and goes
                ended(page, number - 1)
                label.click()
            ended(page, 3)
            between.delay = 2 * SECONDS  # the second request arrives after the first one's run has ended
            run.click()
            page.wait_for_timeout(300)
            label.click()
            expect(page.get_by_text("Run 5", exact=True)).to_be_visible()
            expect(page.get_by_text(LARGE.strip()[:100])).to_be_visible()
    finally:
        end_server(server)


def ended(page: Page, number: int) -> None:
    """Wait until the browser has read that this run has ended."""
    expect(page.get_by_text(f"Run {number}", exact=True)).to_be_visible()
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
