"""The live picture on a plain page: the same view, without Streamlit and without a server."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from figures.regions.frames import region_frame
from figures.regions.overlays import Overlays, ViewOptions
from geometry import enumerate_regions
from pages.region_view.plain_page import plain_page
from tests.browser.waiting import until
from tests.strategies import mlp

NETWORK = mlp([2, 20, 3], seed=1)
FRAME = region_frame(enumerate_regions(NETWORK, (-1, 1, -1, 1)))
HOSTILE = "</script><script>globalThis.ended = true</script>"


@pytest.fixture
def address(tmp_path: Path) -> str:
    """The address of a file, as a user would open it."""
    file = tmp_path / "page.html"
    overlays = Overlays(points=np.array([[0.5, 0.5]]), labels=np.array([2]))
    options = ViewOptions(class_names=(HOSTILE, "b", "c"))
    file.write_text(plain_page(FRAME, overlays, options, title="A & B").text, encoding="utf-8")
    return file.as_uri()


def test_a_file_shows_the_frame_that_python_made(page: Page, address: str):
    page.goto(address)
    marks = page.get_by_test_id("region-view")
    expect(marks).to_have_attribute("data-frame", FRAME.hash)
    expect(marks).to_have_attribute("data-regions", str(len(FRAME)))
    expect(page).to_have_title("A & B")
    assert page.evaluate("globalThis.ended") is None


def test_the_cursor_reads_the_network(page: Page, address: str):
    page.goto(address)
    marks, ground = page.get_by_test_id("region-view"), page.locator("canvas.ground")
    expect(marks).to_have_attribute("data-frame", FRAME.hash)
    box = ground.bounding_box()
    assert box is not None
    x, y = round(box["x"] + 0.4 * box["width"]), round(box["y"] + 0.7 * box["height"])
    page.mouse.move(x, y)
    expect(page.locator(".readout")).to_be_visible()
    s0, s1, t0, t1 = map(float, (marks.get_attribute("data-view") or "").split(","))
    s, t = s0 + (x - box["x"]) / box["width"] * (s1 - s0), t1 - (y - box["y"]) / box["height"] * (t1 - t0)
    logits = NETWORK(torch.tensor([[s, t]], dtype=torch.float64))[0].detach().numpy()
    second, first = np.argsort(logits)[-2:]
    said = page.locator(".readout").inner_text().replace("−", "-")
    assert said.startswith([HOSTILE, "b", "c"][first])
    assert float(re.search(r"margin (\S+)", said)[1]) == pytest.approx(logits[first] - logits[second], rel=0.02)


def test_a_click_pins_and_the_page_around_hears_of_it(page: Page, address: str):
    page.goto(address)
    marks = page.get_by_test_id("region-view")
    expect(marks).to_have_attribute("data-frame", FRAME.hash)
    page.evaluate("addEventListener('region-view', ({ detail }) => { globalThis.heard = detail; })")
    marks.click()
    expect(marks).not_to_have_attribute("data-pin", "")
    pin = [float(value) for value in (marks.get_attribute("data-pin") or "").split(",")]
    (report,) = page.evaluate("globalThis.heard")
    assert report["kind"] == "pin"
    assert report["value"] == pytest.approx(pin, rel=1e-4, abs=1e-6)
    page.keyboard.press("Escape")
    expect(marks).to_have_attribute("data-pin", "")


def test_what_is_not_in_the_frame_is_hatched_and_nobody_promises_it(page: Page, address: str):
    page.goto(address)
    marks = page.get_by_test_id("region-view")
    expect(marks).to_have_attribute("data-frame", FRAME.hash)
    page.locator(".view").focus()
    for _ in range(3):
        page.keyboard.press("-")
    expect(marks).to_have_attribute("data-notes", "hatched: beyond the window of this picture")


def test_a_notebook_shows_the_page_in_a_frame_of_its_own(page: Page):
    page.set_content(plain_page(FRAME, height=400)._repr_html_())
    inside = page.frame_locator("iframe").get_by_test_id("region-view")
    expect(inside).to_have_attribute("data-frame", FRAME.hash)
    box = page.locator("iframe").bounding_box()
    until(page, lambda: box is not None and box["height"] == 400, "the frame should be as high as asked")
