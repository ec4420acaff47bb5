"""The server that `make run` starts."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.server import ROOT, start_server


def test_a_link_to_a_page_may_be_the_first_visit(page: Page, tmp_path: Path):
    server, address = start_server(ROOT / "app.py", tmp_path / "server.log")
    try:
        page.goto(f"{address}/certify?data=tight")
        expect(page.get_by_role("heading", name="Certify")).to_be_visible(timeout=60_000)
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=60_000)
        expect(page.get_by_text("Page not found")).to_have_count(0)
        expect(page).to_have_url(f"{address}/certify?data=tight")
    finally:
        server.terminate()
        server.wait(timeout=10)
