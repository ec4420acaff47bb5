"""Steps beside Explore's picture: a formula written out, and proofs as they proceed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from certify.exact.branch_record import recorded_branch_and_bound
from certify.exact.search_record import recorded_search
from figures.words import three_digits
from models import mlp
from tests.browser.test_explore import opened
from tests.browser.waiting import at_rest, still_box, until

APP = Path(__file__).parents[2] / "app.py"
OWN = "data=moons&network=own&widths=5,4&init=3"
PIN = (0.3, 0.2)


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def begun(page: Page, address: str, button: str) -> tuple[Locator, Locator]:
    """The picture and the steps, opened by a button over the picture."""
    picture = opened(page, f"{address}/?{OWN}&pin={PIN[0]},{PIN[1]}")
    page.get_by_role("button", name=button, exact=True).click()
    steps = page.locator(".steps")
    expect(steps).to_have_attribute("data-step", "0")
    at_rest(page)
    return picture, steps


def button(steps: Locator, act: str) -> Locator:
    return steps.locator(f"[data-act={act}]")


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_a_formula_is_written_out_and_agrees_with_the_network(page: Page, address: str):
    _, steps = begun(page, address, "Formula")
    expect(page).to_have_url(re.compile("explain=formula"))
    runs = page.evaluate("() => globalThis.runsEnded")
    button(steps, "next").filter(has_text="How does this come about?").click()
    expect(steps.locator("tbody tr")).to_have_count(5)  # a row for each unit of the first layer
    while button(steps, "next").is_enabled():
        button(steps, "next").click()
    scores = mlp((2, 5, 4, 2), seed=3).double()(torch.tensor([PIN], dtype=torch.float64))[0].tolist()
    for kind in (".by-layers", ".by-map"):
        shown = [number(text) for text in steps.locator(kind).all_inner_texts()]
        assert shown == [pytest.approx(score, rel=1e-5) for score in scores]
    button(steps, "back").click()
    expect(steps).to_have_attribute("data-step", "4")
    assert page.evaluate("() => globalThis.runsEnded") == runs  # nothing was asked of Python


@pytest.mark.slow
def test_rows_of_units_that_are_off_are_struck_out(page: Page, address: str):
    _, steps = begun(page, address, "Formula")
    for _ in range(2):
        button(steps, "next").click()
    z = mlp((2, 5, 4, 2), seed=3)[0](torch.tensor([PIN]))[0]
    expect(steps.locator("tr.off")).to_have_count(int((z <= 0).sum()))
    expect(steps.locator("tr.on")).to_have_count(int((z > 0).sum()))


@pytest.mark.slow
def test_pointing_at_a_row_lights_the_units_line(page: Page, address: str):
    picture, steps = begun(page, address, "Formula")
    for _ in range(3):
        button(steps, "next").click()
    steps.locator("tbody tr").nth(1).hover()
    expect(picture).to_have_attribute("data-pointed", "6")  # the second unit of the second layer
    page.mouse.move(2, 2)
    expect(picture).to_have_attribute("data-pointed", "")


@pytest.mark.slow
def test_the_link_opens_the_formula_and_network_closes_it(page: Page, address: str):
    opened(page, f"{address}/?{OWN}&pin=0.3,0.2&explain=formula")
    expect(page.locator(".steps")).to_have_attribute("data-step", "0")
    page.get_by_role("radio", name="Network").click()
    expect(page.get_by_test_id("network-view")).to_be_visible()
    until(page, lambda: "explain" not in page.url, "the link should lose the topic")
    page.reload()
    expect(page.get_by_test_id("network-view")).to_be_visible()


@pytest.mark.slow
def test_another_pin_begins_the_formula_anew(page: Page, address: str):
    _, steps = begun(page, address, "Formula")
    button(steps, "next").click()
    expect(steps).to_have_attribute("data-step", "1")
    page.get_by_role("radio", name="ℓ₁").click()  # the same region: the step stays
    at_rest(page)
    expect(steps).to_have_attribute("data-step", "1")
    box = page.locator("canvas.ground").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 0.8 * box["height"])
    expect(steps).to_have_attribute("data-step", "0")


def proof(p: float = 2):
    return recorded_search(mlp((2, 5, 4, 2), seed=3), np.array(PIN), p, max_regions=200, time_limit=60)


@pytest.mark.slow
def test_a_proof_opens_region_after_region_in_the_picture(page: Page, address: str):
    picture, steps = begun(page, address, "Watch the proof")
    record = proof()
    expect(page).to_have_url(re.compile("explain=regions"))
    expect(steps).to_have_attribute("data-steps", str(len(record.steps) + 2))
    expect(picture).to_have_attribute("data-explained", "0")
    runs = page.evaluate("() => globalThis.runsEnded")
    for number, step in enumerate(record.steps[:4], 1):
        button(steps, "next").click()
        lower = three_digits(step.bounds.lower, down=True)
        expect(steps.locator("text.proved")).to_have_text([lower])
        opened = steps.locator(".key li").first
        expect(opened).to_contain_text(re.compile(r"opened so far: \d+"))
        assert int(re.findall(r"\d+", opened.inner_text())[0]) <= number
    assert int(picture.get_attribute("data-explained") or 0) > 0
    assert page.evaluate("() => globalThis.runsEnded") == runs


def test_a_proof_plays_to_its_end_pauses_and_begins_again(page: Page, address: str):
    _, steps = begun(page, address, "Watch the proof")
    record = proof()
    button(steps, "play").click()
    expect(steps).to_have_attribute("data-step", "1")
    button(steps, "play").click()
    expect(steps).to_have_attribute("data-plays", "false")
    button(steps, "pace").click()
    expect(button(steps, "pace")).to_have_attribute("aria-pressed", "true")
    button(steps, "play").click()
    expect(steps).to_have_attribute("data-step", str(len(record.steps) + 1))
    expect(steps).to_have_attribute("data-plays", "false")
    expect(steps.locator("[data-part=words]")).to_contain_text(three_digits(record.end.upper))
    expect(steps.locator("[data-part=title]")).to_have_text("Proved")
    button(steps, "again").click()
    expect(steps).to_have_attribute("data-step", "0")


@pytest.mark.slow
def test_another_norm_is_another_proof(page: Page, address: str):
    _, steps = begun(page, address, "Watch the proof")
    page.get_by_role("radio", name="ℓ∞").click()
    expect(steps).to_have_attribute("data-steps", str(len(proof(np.inf).steps) + 2))


@pytest.mark.slow
def test_closing_a_proof_gives_the_picture_its_certificate_back(page: Page, address: str):
    picture, steps = begun(page, address, "Watch the proof")
    button(steps, "next").click()
    expect(picture).not_to_have_attribute("data-explained", "")
    page.get_by_role("radio", name="Network").click()
    expect(page.get_by_test_id("network-view")).to_be_visible()
    expect(picture).to_have_attribute("data-explained", "")


@pytest.mark.slow
def test_a_proof_by_cases_grows_a_tree_and_lights_the_unit_that_is_split(page: Page, address: str):
    picture = opened(page, f"{address}/?{OWN}&pin={PIN[0]},{PIN[1]}&explain=cases&within=1.12&p=inf")
    steps = page.locator(".steps")
    record = recorded_branch_and_bound(mlp((2, 5, 4, 2), seed=3), np.array(PIN), 1.12, np.inf, max_nodes=120)
    assert record.steps > 2
    expect(steps).to_have_attribute("data-steps", str(record.steps + 1))
    for at in range(1, 3):
        button(steps, "next").click()
        unit = next(node.unit for node in record.nodes if node.bounded == at)
        expect(picture).to_have_attribute("data-pointed", str(unit))
        shown = sum(node.bounded <= at for node in record.nodes)
        expect(steps.locator(".node:not([hidden])")).to_have_count(shown)
    page.get_by_role("spinbutton", name="ε").fill("0.1")
    page.keyboard.press("Enter")
    until(page, lambda: "within=0.1" in page.url, "the link should have the radius")
    expect(steps).to_have_attribute("data-step", "0")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)], ids=["laptop", "phone"])
def test_a_large_tree_keeps_its_root_and_what_is_new_in_view(page: Page, address: str, size: tuple[int, int]):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, f"{address}/?data=moons&network=shipped&pin=0.55,-0.27&explain=cases&within=0.25&p=inf")
    steps = page.locator(".steps")
    for _ in range(40):
        button(steps, "next").click()
    expect(steps).to_have_attribute("data-step", "40")
    nodes = steps.locator(".node:not([hidden])")
    assert nodes.count() > 40
    room = still_box(steps.locator('[data-part="body"]'))
    newest = steps.locator(".node.now")
    for node in (nodes.first, newest.first, newest.last):
        box = still_box(node)
        assert room["x"] <= box["x"] and box["x"] + box["width"] <= room["x"] + room["width"] + 1
        assert room["y"] <= box["y"] and box["y"] + box["height"] <= room["y"] + room["height"] + 1


@pytest.mark.slow
def test_on_slices_pointing_at_a_row_lights_the_units_line_in_its_networks_picture(page: Page, address: str):
    page.goto(f"{address}/slices?first=untrained&second=none&size=0.2&pin=0,0&written=1")
    picture, steps = page.locator("canvas.marks"), page.locator(".steps")
    expect(picture).to_have_attribute("data-regions", re.compile(r"[1-9]"))
    expect(steps).to_have_attribute("data-step", "0")
    at_rest(page)
    for _ in range(2):
        button(steps, "next").click()
    row = steps.locator("tbody tr[data-unit]").first
    unit = row.get_attribute("data-unit") or ""
    row.scroll_into_view_if_needed()
    row.hover()
    expect(picture).to_have_attribute("data-pointed", unit)
    page.mouse.move(2, 2)
    expect(picture).to_have_attribute("data-pointed", "")
    page.reload()
    expect(page.locator(".steps")).to_have_attribute("data-step", "0")
    expect(page).to_have_url(re.compile("written=1"))
