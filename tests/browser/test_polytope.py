"""The Polytope page in a browser: ε moves both pictures, and a click asks about another input."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

APP = Path(__file__).parents[2] / "app.py"
expect.set_options(timeout=30_000)  # machines that run tests may be busy


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def pixels(page: Page) -> str:
    return page.get_by_test_id("output-view").evaluate("canvas => canvas.toDataURL()")


def test_eps_moves_both_pictures_and_a_click_asks_about_another_input(page: Page, address: str, tmp_path: Path):
    page.goto(f"{address}/polytope?eps=0.1&p=inf&pin=0,0")
    outputs, inputs = page.get_by_test_id("output-view"), page.locator("canvas.marks")
    verdict = page.get_by_test_id("verdict")
    expect(outputs).to_have_attribute("data-sets", "fast-lin,crown,lp,true,hull", timeout=90_000)
    expect(verdict).to_contain_text("No perturbation")
    expect(inputs).to_have_attribute("data-balls", "1")
    expect(outputs).to_have_attribute("data-film", "51", timeout=90_000)
    page.wait_for_timeout(500)  # the view comes to rest
    before, claim = pixels(page), verdict.inner_text()

    assert int(outputs.get_attribute("data-vertices") or 0) > 10

    rail = page.get_by_role("slider", name="ε")
    rail.focus()
    for _ in range(3):
        rail.press("PageUp")
    expect(outputs).not_to_have_attribute("data-eps", "0.1")
    expect(page).not_to_have_url(re.compile(r"eps=0\.1(&|$)"))
    expect(verdict).not_to_have_text(claim)
    assert pixels(page) != before

    page.goto(f"{address}/polytope?eps=0.25&p=inf&pin=0,0")
    expect(verdict).to_contain_text("Some perturbation", timeout=90_000)
    expect(outputs).to_have_attribute("data-eps", "0.25")
    box = page.locator("canvas.ground").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.75 * box["height"])
    expect(page).not_to_have_url(re.compile(r"pin=0%2C0(&|$)"))
    expect(verdict).to_contain_text("No perturbation")

    with page.expect_download() as download:
        page.get_by_role("button", name="Output plane (SVG)").click()
    download.value.save_as(tmp_path / "polytope.svg")
    assert 'data-set="true"' in (tmp_path / "polytope.svg").read_text()


def test_the_film_lets_eps_grow_and_both_planes_are_read_together(page: Page, address: str):
    page.goto(f"{address}/polytope?from=explore&data=tight&pin=0.2,0.5&p=inf&eps=0.02&bounds=fast-lin&axes=turned")
    outputs = page.get_by_test_id("output-view")
    expect(outputs).to_have_attribute("data-film", "51", timeout=90_000)
    page.get_by_role("button", name="Let ε grow").click()
    expect(page).to_have_url(re.compile(r"eps=0\.2(&|$)"), timeout=60_000)  # the end of the rail
    expect(page.get_by_test_id("verdict")).to_contain_text("0.2")
    expect(outputs).to_have_attribute("data-eps", "0.2")

    box = page.locator("canvas.ground").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    expect(page.get_by_text("the input under the cursor")).to_be_visible()
