"""A browser that reads nothing for a while goes on with the page afterwards."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.flooding_app import STOPPED
from tests.browser.server import end_server, start_server
from tests.browser.waiting import until

HERE = Path(__file__).parent


def test_a_page_whose_browser_did_not_keep_up_answers_again(page: Page, tmp_path: Path):
    log = tmp_path / "server.log"
    server, address = start_server(HERE / "flooding_app.py", log)
    try:
        page.goto(address)
        expect(page.get_by_text("Run 1")).to_be_visible()
        debugger = page.context.new_cdp_session(page)
        debugger.send("Debugger.enable")
        page.get_by_role("button", name="Flood").click()
        page.evaluate("() => void setTimeout(() => { debugger; })")  # the browser reads nothing more
        until(page, lambda: STOPPED in log.read_text(), "Streamlit gives the browser up")
        debugger.send("Debugger.resume")
        expect(page.get_by_text("Run 3")).to_be_visible()
        page.get_by_role("button", name="Count").click()
        expect(page.get_by_text("Counted 1")).to_be_visible()
    finally:
        end_server(server)
