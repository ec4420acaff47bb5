"""The Explore page in a browser: from opening it to a link that brings the picture back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from models import DATASETS, load_network, load_preset
from pages.shared.plane.edits import apply, from_link
from tests.browser.waiting import at_rest, still_box, until
from tests.tables import read_table

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def opened(page: Page, address: str) -> Locator:
    """The picture, once it and the histograms, which come last, are painted."""
    page.goto(address)
    canvas = page.locator("canvas.marks")
    expect(canvas).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
    expect(page.locator(".histogram")).to_have_count(2)
    expect(canvas).to_have_attribute("data-covered", "true")
    at_rest(page)
    still_box(canvas)
    return canvas


def place(canvas: Locator, s: float, t: float) -> tuple[float, float]:
    """Where (s, t) is on the screen."""
    box = still_box(canvas.page.locator("canvas.ground"))
    s0, s1, t0, t1 = view_of(canvas)
    return box["x"] + (s - s0) / (s1 - s0) * box["width"], box["y"] + (t1 - t) / (t1 - t0) * box["height"]


def view_of(canvas: Locator) -> list[float]:
    """s0, s1, t0, t1 of what is in view."""
    return [float(side) for side in (canvas.get_attribute("data-view") or "").split(",")]


def width_of_view(canvas: Locator) -> float:
    s0, s1, _, _ = view_of(canvas)
    return s1 - s0


def radius(page: Page) -> float:
    return float(page.get_by_test_id("stMetric").filter(has_text="radius").get_by_test_id("stMetricValue").inner_text())


def test_a_stranger_asks_about_a_point_and_shares_the_answer(page: Page, address: str):
    canvas = opened(page, address)
    page.mouse.move(*place(canvas, 0.2, 0.3))
    expect(page.locator(".readout")).to_contain_text("sides")

    page.mouse.click(*place(canvas, 0.2, 0.3))
    expect(page.get_by_test_id("verdict")).to_contain_text("No perturbation with ‖δ‖₂")
    expect(canvas).to_have_attribute("data-balls", "2")
    expect(page).to_have_url(re.compile(r"pin=0\.\d+%2C0\.\d+"))
    at_rest(page)
    in_l2 = radius(page)

    page.keyboard.press("3")
    expect(page.get_by_test_id("verdict")).to_contain_text("‖δ‖∞")
    expect(page).to_have_url(re.compile("p=inf"))
    until(page, lambda: in_l2 / np.sqrt(2) * 0.98 <= radius(page) < in_l2, "the ball is as large as norms allow")

    page.mouse.move(*place(canvas, 0.2, 0.3))
    page.mouse.wheel(0, -400)
    expect(page).to_have_url(re.compile("view="))
    at_rest(page)
    before = {name: canvas.get_attribute(f"data-{name}") for name in ("regions", "pin", "balls", "fill", "points")}
    said = page.get_by_test_id("verdict").inner_text()
    view = view_of(canvas)

    again = page.context.new_page()
    canvas = opened(again, page.url)
    expect(again.get_by_test_id("verdict")).to_have_text(re.compile(re.escape(said.split("\n")[0])))
    for name, value in before.items():
        expect(canvas).to_have_attribute(f"data-{name}", value or "")
    until(again, lambda: np.allclose(view_of(canvas), view, atol=1e-6), "the same part of the plane is in view")


@pytest.mark.slow
def test_a_link_into_a_corner_is_exact_there_and_leads_back_to_the_whole_window(page: Page, address: str):
    canvas = opened(page, f"{address}/?data=mmr&view=0.2,0.5,0.2,0.5")
    expect(canvas).to_have_attribute("data-covered", "true")
    page.get_by_role("button", name="Whole window").click()
    expect(page).not_to_have_url(re.compile("view="))
    until(page, lambda: width_of_view(canvas) > 1, "the view is as wide as the window")
    expect(canvas).to_have_attribute("data-covered", "true")


@pytest.mark.slow
def test_after_a_zoom_each_way_back_takes_the_view_out_of_the_link(page: Page, address: str):
    canvas = opened(page, f"{address}/?data=mmr&pin=0.4,0.3")
    whole = canvas.get_attribute("data-view") or ""
    for name in ("Reset the view", "Whole window", "Reset the view"):
        page.mouse.move(*place(canvas, 0.4, 0.3))
        page.mouse.wheel(0, -400)
        expect(page).to_have_url(re.compile("view="))
        page.get_by_role("button", name=name).click()
        expect(page).not_to_have_url(re.compile("view="))
        expect(canvas).to_have_attribute("data-view", whole)


@pytest.mark.slow
def test_points_come_and_go_by_a_click_and_the_link_has_them(page: Page, address: str):
    canvas = opened(page, f"{address}/?data=kw&edit=1&pin=0.9,0.9")
    expect(canvas).to_have_attribute("data-points", "12")
    page.mouse.click(*place(canvas, 0.5, 0.05))
    expect(canvas).to_have_attribute("data-points", "13")
    expect(page).to_have_url(re.compile("points=a0"))
    for x, y in DATASETS["kw"]().x[:3]:  # at once: each is the point that was clicked
        page.mouse.click(*place(canvas, float(x), float(y)))
    expect(canvas).to_have_attribute("data-points", "10")
    expect(page).to_have_url(re.compile("pin=0.9"))
    (edits,) = parse_qs(urlsplit(page.url).query)["points"]
    left = apply(DATASETS["kw"](), from_link(edits)).x
    np.testing.assert_allclose(left[:9], DATASETS["kw"]().x[3:])
    page.get_by_role("button", name="Undo all").click()
    expect(canvas).to_have_attribute("data-points", "12")


def test_training_moves_the_picture_and_stops(page: Page, address: str):
    canvas = opened(page, f"{address}/?data=xor&size=1000&network=own&widths=64")  # it trains for long
    frame = canvas.get_attribute("data-frame")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(canvas).not_to_have_attribute("data-frame", frame or "")
    page.locator(".st-key-stop button:visible").click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"steps=\d+"))
    page.get_by_role("button", name="Rewind").click()
    expect(canvas).to_have_attribute("data-frame", frame or "")


@pytest.mark.slow
def test_everything_can_be_taken_away(page: Page, address: str, tmp_path: Path):
    opened(page, f"{address}/?data=tight&pin=0.1,0.4")
    page.get_by_role("button", name="Export").click()
    for label, name in (("Picture (SVG)", "regions.svg"), ("Regions (CSV)", "regions.csv")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        download.value.save_as(tmp_path / name)
    with page.expect_download() as download:
        page.get_by_role("button", name="Network (safetensors)").click()
    download.value.save_as(tmp_path / "network.safetensors")

    assert (tmp_path / "regions.svg").read_text().startswith("<svg")
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as PNG").click()
    said = Image.open(io.BytesIO(Path(download.value.path()).read_bytes())).text
    assert said["content"] == "linear regions of the plane" and said["data"] == "tight" and said["norm"] == "l2"
    assert said["network"] and said["weights"] and said["made"].endswith("UTC")
    page.get_by_role("button", name="Export").click()
    about, rows = read_table((tmp_path / "regions.csv").read_text())
    assert len(rows) == 4
    assert about["data"] == "tight"
    loaded, shipped = load_network(tmp_path / "network.safetensors"), load_preset("tight").network
    assert all((a == b).all() for a, b in zip(loaded.parameters(), shipped.parameters()))
    page.get_by_text("Copy as PyTorch").click()
    expect(page.get_by_test_id("stCode")).to_contain_text("nn.Sequential")


@pytest.mark.slow
def test_a_tour_is_one_click_away(page: Page, address: str):
    opened(page, address)
    page.get_by_role("button", name="Tour").click()
    card = page.locator(".st-key-tour-card")
    expect(card).to_contain_text("1/8")
    card.get_by_role("button", name="Next").click()
    expect(card).to_contain_text("A linear region")
    expect(page.locator("canvas.marks")).to_have_attribute("data-balls", "2")
    expect(page).to_have_url(re.compile("tour=explore-2"))


@pytest.mark.slow
def test_a_download_comes_while_the_picture_follows_training(page: Page, address: str, tmp_path: Path):
    missing: list[str] = []
    page.on("response", lambda response: missing.append(response.url) if response.status == 404 else None)
    opened(page, f"{address}/?data=xor&network=own&widths=8")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("button", name="Rewind")).to_be_enabled()
    page.get_by_role("button", name="Export").click()
    names = []
    for label in ("Regions (CSV)", "Picture (SVG)", "Points (CSV)"):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        download.value.save_as(tmp_path / "file")
        assert (tmp_path / "file").stat().st_size > 500
        names.append(download.value.suggested_filename)
    assert len(set(names)) == 3
    assert missing == []
