"""The Papers page in a browser: a click and the keyboard choose a row, whose network opens on another page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from papers.experiments import EXPERIMENTS
from tests.browser.waiting import at_rest

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def test_a_row_is_chosen_by_hand_and_by_key_and_its_network_opens_in_slices(page: Page, address: str):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/papers")
    table = page.get_by_test_id("papers-table")
    rows = [row.title for row in EXPERIMENTS["mmr-table-1"].rows]
    expect(table.locator("tbody tr")).to_have_count(len(rows))
    paper = table.locator("tbody tr").nth(3)
    expect(paper).to_contain_text("MNIST FC1 ℓ∞ · MMR")
    expect(paper).to_contain_text("paper 24.9\u2009%")
    paper.click()
    expect(page).to_have_url(re.compile(r"row=mnist-fc1-linf-mmr(&|$)"))
    details = page.locator(".st-key-papers-details")
    expect(details).to_contain_text("python -m papers run mmr-table-1 --rows mnist-fc1-linf-mmr")
    at_rest(page)
    table.get_by_role("button", name=rows[3], exact=True).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"row=mnist-fc1-linf-kw(&|$)"))
    expect(table.get_by_role("button", name=rows[2], exact=True)).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    at_rest(page)
    page.get_by_role("button", name="Open in Slices").click()
    expect(page).to_have_url(re.compile(r"/slices\?.*first=mnist-fc1-linf-kw"))
    expect(page.get_by_role("heading", name="Slices")).to_be_visible()


@pytest.mark.slow
def test_a_rows_network_opens_in_certify(page: Page, address: str):
    page.goto(f"{address}/papers?row=mnist-fc1-l2-mmr")
    page.get_by_role("button", name="Open in Certify").click()
    expect(page).to_have_url(re.compile(r"/certify\?.*trained=mnist-fc1-l2-mmr"))
