"""Slices through named numbers in a browser: the sliders, the axes, tables from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.control_files import numbers_network_file
from tests.browser.waiting import at_rest, point_until, spot

APP = Path(__file__).parents[2] / "app.py"
HOSTILE = "<img src=x onerror=document.title='hacked'>"
TABLE = f"**a** [$m$],<b>b</b>,:smile:,kind\n0,1,2,{HOSTILE}\n1,3,-1,two\n2,0,4,two\n"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def test_the_picture_of_acas_xu_follows_a_slider_and_reads_values_in_their_units(page: Page, address: str):
    page.goto(f"{address}/slices?of=numbers&edges=0&at=2:-1.570796,3:200,4:185")
    marks = page.locator("canvas.marks")
    expect(marks).to_have_attribute("data-regions", re.compile(r"\d{5}"))
    at_rest(page)
    before = marks.get_attribute("data-frame") or ""
    slider = page.get_by_role("slider", name="v_int (ft/s)")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(marks).not_to_have_attribute("data-frame", before)
    expect(page).to_have_url(re.compile(r"4%3A186"))  # a step of a thousandth of the range
    expect(marks).to_have_attribute("data-regions", re.compile(r"\d{5}"))
    at_rest(page)
    place = spot(page.locator("canvas.ground"), 0.9, 0.5)
    readout = page.locator(".readout:visible")
    point_until(page, *place, lambda: readout.count() == 1, "the readout should show")
    expect(readout).to_contain_text("clear of conflict")
    expect(readout.locator('[data-part="map"]')).to_contain_text("rho")
    said = readout.locator('[data-part="place"]').inner_text().replace("\u2009", "")  # "(54700, 0.06)"
    rho = float(said.strip("(").partition(",")[0].replace("·10⁴", "e4"))
    assert 45_000 < rho < 60_760
    page.mouse.click(*place)
    expect(page.get_by_test_id("pinned-values")).to_contain_text("ft/s")
    expect(page.get_by_test_id("verdict")).to_contain_text("Seen as clear of conflict. No perturbation")


@pytest.mark.slow
def test_nothing_of_a_table_is_markup(page: Page, address: str, tmp_path: Path):
    (tmp_path / "table.csv").write_text(TABLE)
    page.goto(f"{address}/slices?of=numbers&net=file&rows=file")
    page.locator(".st-key-slices-numbers-network input[type=file]").set_input_files(numbers_network_file())
    expect(page.locator("canvas.marks")).to_have_attribute("data-regions", re.compile(r"[1-9]"))
    page.locator(".st-key-slices-table-file input[type=file]").set_input_files(str(tmp_path / "table.csv"))
    expect(page.get_by_label("Across", exact=True)).to_be_visible()
    expect(page.locator('[data-testid="stSlider"]').get_by_text("smile:")).to_be_visible()
    page.get_by_text("Three rows", exact=True).click()
    page.locator(".st-key-slices-pin-a button").click()
    expect(page.get_by_test_id("pinned-values")).to_contain_text("<b>b</b>")
    expect(page.get_by_test_id("pinned-values")).to_contain_text("**a**")
    expect(page.get_by_test_id("verdict")).to_be_visible()
    assert page.locator('img[src="x"]').count() == 0
    assert "hacked" not in page.title()


@pytest.mark.parametrize(
    ("button", "goes"), [("certify", "/certify"), pytest.param("polytope", "/polytope", marks=pytest.mark.slow)]
)
def test_the_pinned_point_goes_to_other_pages_with_its_values(page: Page, address: str, button: str, goes: str):
    page.goto(f"{address}/slices?of=numbers&edges=0&at=2:-1.570796,3:200,4:185&pin=0.25,0.5")
    expect(page.get_by_test_id("verdict")).to_contain_text("Seen as clear of conflict. No perturbation")
    at_rest(page)
    page.locator(f".st-key-slices-{button}-0 button").first.click()
    expect(page).to_have_url(re.compile(goes))
    values = page.get_by_test_id("asked-values")
    for name, value in (("rho", "15190"), ("theta", "0"), ("psi", "−1.5708"), ("v_own", "200"), ("v_int", "185")):
        expect(values).to_contain_text(re.compile(f"{name}\\s*{value}"))
    expect(page.get_by_text("in shares of each input's range").first).to_be_visible()
    expect(page.get_by_text("clear of conflict").first).to_be_visible()


@pytest.mark.slow
def test_a_film_moves_the_plane_along_another_input(page: Page, address: str):
    page.goto(f"{address}/slices?of=numbers&edges=0&axis=moves&along=input-4&at=2:-1.570796,3:200,4:185")
    marks = page.locator("canvas.marks")
    expect(marks).to_have_attribute("data-regions", re.compile(r"\d{5}"))
    at_rest(page)
    before = marks.get_attribute("data-frame") or ""
    page.get_by_text("Third axis").click()
    play = page.get_by_role("button", name="Play")
    if not play.is_visible():  # it was open
        page.get_by_text("Third axis").click()
    play.click()
    expect(page).to_have_url(re.compile(r"far=0\.1[05]"))
    page.get_by_role("button", name="Stop").click()
    expect(play).to_be_visible()
    at_rest(page)
    expect(marks).not_to_have_attribute("data-frame", before)
    expect(page.locator(".st-key-slices-far, section").get_by_text(re.compile(r"v_int = \d+")).first).to_be_visible()
