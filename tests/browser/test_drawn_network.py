"""The network drawn on Explore: it and the picture light each other, and it changes under the hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import nn

from geometry import enumerate_regions
from models import DATASETS, mlp
from pages.shared.plane.weights import apply_changes, changes_from_link
from tests.browser.test_explore import opened, place
from tests.browser.waiting import at_rest, still_box, until

APP = Path(__file__).parents[2] / "app.py"
OWN = "data=moons&network=own&widths=5,4&init=3"
WINDOW = DATASETS["moons"]().window


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def network() -> nn.Sequential:
    return mlp((2, 5, 4, 2), seed=3)


def shown(page: Page, address: str, more: str = "") -> tuple[Locator, Locator]:
    """The picture and the drawing."""
    picture = opened(page, f"{address}/?{OWN}{more}")
    drawing = page.get_by_test_id("network-view")
    expect(drawing).to_have_attribute("data-widths", re.compile("^2,"))
    still_box(drawing)
    return picture, drawing


def unit(page: Page, number: int, layer: int) -> Locator:
    return page.get_by_role("button", name=f"Unit {number} of layer {layer}", exact=True)


def regions_of(changes: str) -> int:
    """How many linear regions the window has after these changes."""
    return len(enumerate_regions(apply_changes(network(), changes_from_link(changes)), WINDOW))


def on_first_line(index: int) -> tuple[float, float]:
    """A point of the window on the line of a unit of the first layer, away from all other lines."""
    first = network()[0]
    w, b = first.weight.detach().double().numpy(), first.bias.detach().double().numpy()
    s0, s1, t0, t1 = WINDOW
    middle = -b[index] * w[index] / (w[index] @ w[index])
    along = np.array([-w[index, 1], w[index, 0]]) / np.linalg.norm(w[index])
    points = middle + np.linspace(-3, 3, 4001)[:, None] * along
    inside = (np.abs(points[:, 0] - (s0 + s1) / 2) < 0.4 * (s1 - s0)) & (
        np.abs(points[:, 1] - (t0 + t1) / 2) < 0.4 * (t1 - t0)
    )
    z = network().double()[:3](torch.tensor(points)).detach().numpy()
    others = np.abs(np.delete(points @ w.T + b, index, axis=1)).min(axis=1)
    clear = np.where(inside, np.minimum(others, np.abs(z).min(axis=1)), -1)
    assert clear.max() > 0
    s, t = points[clear.argmax()]
    return float(s), float(t)


def on_a_deep_line(module: nn.Module) -> tuple[int, tuple[float, float]]:
    """A unit of the second layer, and a point near the middle of the window where it is 0."""
    s0, s1, t0, t1 = WINDOW
    grid = np.stack(np.meshgrid(np.linspace(s0, s1, 801), np.linspace(t0, t1, 801)), axis=-1)
    z = module[:3](torch.tensor(grid)).detach().numpy()
    middle = np.array([(s0 + s1) / 2, (t0 + t1) / 2])
    far = np.abs(grid - middle).max(axis=-1)[:, :, None]
    best = np.where(np.abs(z) < 2e-3, far, np.inf)
    row, column, index = np.unravel_index(best.argmin(), best.shape)
    s, t = grid[row, column]
    return int(index), (float(s), float(t))


def test_pointing_at_a_unit_lights_its_line_without_the_server(page: Page, address: str):
    picture, drawing = shown(page, address)
    runs = page.evaluate("() => globalThis.runsEnded")
    unit(page, 2, 2).hover()
    expect(picture).to_have_attribute("data-pointed", "6")
    expect(drawing).to_have_attribute("data-pointed", "6")
    page.mouse.move(2, 2)
    expect(picture).to_have_attribute("data-pointed", "")
    assert page.evaluate("() => globalThis.runsEnded") == runs


@pytest.mark.slow
def test_pointing_at_a_line_lights_its_unit(page: Page, address: str):
    picture, drawing = shown(page, address)
    for index in range(5):
        page.mouse.move(*place(picture, *on_first_line(index)))
        expect(drawing).to_have_attribute("data-pointed", str(index))


def test_pointing_at_a_region_lights_the_units_that_are_on_there(page: Page, address: str):
    picture, drawing = shown(page, address)
    page.mouse.move(*place(picture, 0.3, 0.2))
    expect(drawing).to_have_attribute("data-at", re.compile(","))
    at = [float(c) for c in (drawing.get_attribute("data-at") or "").split(",")]
    x = torch.tensor([at], dtype=torch.float64)
    module = network().double()
    on = [int((module[:end](x) > 0).sum()) for end in (1, 3)]
    expect(drawing).to_have_attribute("data-on", ",".join(map(str, on)))
    scores = [float(score) for score in (drawing.get_attribute("data-scores") or "").split(",")]
    np.testing.assert_allclose(scores, module(x).detach().numpy()[0], rtol=1e-9)
    assert sum(int(count) for count in re.findall(r"(\d+)/\d+ on", page.locator(".readout").inner_text())) == sum(on)


@pytest.mark.slow
def test_values_show_at_the_pin_when_nothing_is_pointed_at(page: Page, address: str):
    _, drawing = shown(page, address, "&pin=0.25,-0.5")
    expect(drawing).to_have_attribute("data-at", "0.25,-0.5")


@pytest.mark.slow
def test_a_click_keeps_a_unit_lit_and_the_link_has_it(page: Page, address: str):
    _, drawing = shown(page, address)
    unit(page, 1, 2).click()
    expect(page).to_have_url(re.compile("unit=6"))
    expect(unit(page, 1, 2)).to_have_attribute("aria-pressed", "true")
    at_rest(page)
    page.mouse.move(2, 2)
    expect(drawing).to_have_attribute("data-lit", "5")
    unit(page, 1, 2).click()
    expect(page).not_to_have_url(re.compile("unit="))


@pytest.mark.slow
def test_a_weight_follows_the_hand_and_so_do_regions_and_link(page: Page, address: str):
    picture, _ = shown(page, address)
    one, other = (unit(page, number, layer).bounding_box() for number, layer in ((2, 1), (3, 2)))
    assert one and other
    start = one["x"] + one["width"], one["y"] + one["height"] / 2
    end = other["x"], other["y"] + other["height"] / 2
    page.mouse.click(*(a + 0.17 * (b - a) for a, b in zip(start, end)))
    slider = page.get_by_role("slider", name="unit 2 of layer 1 → unit 3 of layer 2")
    for value in ("0.2", "-0.9", "1.3"):
        slider.fill(value)
    expect(page).to_have_url(re.compile(r"changes=w2\.3\.2%3A1\.3"))
    expect(picture).to_have_attribute("data-regions", str(regions_of("w2.3.2:1.3")))
    expect(page.get_by_label("Value")).to_have_value("1.3")
    again = page.context.new_page()
    picture, _ = opened(again, page.url), again.get_by_test_id("network-view")
    expect(picture).to_have_attribute("data-regions", str(regions_of("w2.3.2:1.3")))
    page.get_by_role("button", name="Close").click()
    expect(slider).to_be_hidden()


@pytest.mark.slow
def test_every_weight_of_a_unit_is_in_the_editors_list(page: Page, address: str):
    """So that weights can be changed by the keyboard."""
    picture, _ = shown(page, address)
    unit(page, 3, 2).focus()
    page.keyboard.press("Enter")
    which = page.get_by_role("combobox", name="Which weight of the unit")
    expect(which.locator("option")).to_have_count(1 + 5)
    expect(which).to_have_value("bias")
    which.select_option(label="unit 2 of layer 1 → unit 3 of layer 2")
    page.get_by_label("Value").fill("1.3")
    expect(page).to_have_url(re.compile(r"changes=w2\.3\.2%3A1\.3"))
    expect(picture).to_have_attribute("data-regions", str(regions_of("w2.3.2:1.3")))


@pytest.mark.parametrize("layer", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_the_line_of_the_chosen_unit_follows_the_hand_in_the_picture(page: Page, address: str, layer: int):
    """The bias becomes that with which the unit is 0 under the pointer, in deeper layers too."""
    picture, drawing = shown(page, address)
    end = 1 if layer == 1 else 3
    module = network().double()
    if layer == 1:
        index, start = 2, on_first_line(2)
    else:
        index, start = on_a_deep_line(module)
    goal = (start[0] + 0.17, start[1] - 0.11)
    unit(page, index + 1, layer).click()
    expect(drawing).to_have_attribute("data-lit", str(index + (5 if layer == 2 else 0)))
    at_rest(page)
    page.mouse.move(*place(picture, *start))
    page.mouse.down()
    for share in (0.25, 0.5, 0.75, 1):
        page.mouse.move(*place(picture, *(a + share * (b - a) for a, b in zip(start, goal))))
    page.mouse.up()
    with torch.no_grad():
        z = float(module[:end](torch.tensor([goal], dtype=torch.float64))[0, index])
        wanted = float(module[end - 1].bias[index]) - z
    editor = page.get_by_role("spinbutton", name="Value")

    def linked() -> float | None:
        (change,) = parse_qs(urlsplit(page.url).query).get("changes", [""])
        name, _, value = change.partition(":")
        return float(value) if name == f"b{layer}.{index + 1}" else None

    def agrees() -> bool:
        now = linked()
        return now is not None and abs(now - float(editor.input_value())) < 1e-3

    until(page, agrees, "the link should have the editor's value")
    bias = linked()
    assert bias is not None and abs(bias - wanted) < 0.02  # a pixel
    expect(picture).to_have_attribute("data-regions", str(regions_of(f"b{layer}.{index + 1}:{bias}")))


def test_fast_clicks_take_units_away_as_far_as_that_goes(page: Page, address: str):
    _, drawing = shown(page, address)
    less = page.get_by_role("button", name="Remove the last unit of layer 1")
    less.evaluate("(button) => { for (let i = 0; i < 9; i++) button.click(); }")
    expect(drawing).to_have_attribute("data-widths", "2,1,4,2")
    expect(page.get_by_text("Layer 1 has one unit left")).to_be_visible()


@pytest.mark.slow
def test_an_outputs_bias_opens_by_a_click(page: Page, address: str):
    shown(page, address)
    page.get_by_role("button", name="Output 1", exact=True).click()
    page.get_by_label("Value").fill("2.5")
    expect(page).to_have_url(re.compile(r"changes=b3\.2%3A2\.5"))


@pytest.mark.slow
def test_units_and_layers_come_and_go_by_a_click_and_the_link_has_them(page: Page, address: str):
    picture, drawing = shown(page, address)
    made = []
    for name, text, widths in (
        ("Add a unit to layer 1", "u1", "2,6,4,2"),
        ("Remove the last unit of layer 2", "v2", "2,6,3,2"),
        ("Add a hidden layer", "l", "2,6,3,3,2"),
        ("Remove the last hidden layer", "m", "2,6,3,2"),
    ):
        page.get_by_role("button", name=name, exact=True).click()
        made.append(text)
        expect(drawing).to_have_attribute("data-widths", widths)
        expect(page).to_have_url(re.compile(f"changes={'_'.join(made)}"))
    expect(picture).to_have_attribute("data-regions", str(regions_of("_".join(made))))


@pytest.mark.slow
def test_a_change_is_undone(page: Page, address: str):
    _, drawing = shown(page, address, "&changes=u1_u1_u2")
    expect(drawing).to_have_attribute("data-widths", "2,7,5,2")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(drawing).to_have_attribute("data-widths", "2,7,4,2")
    at_rest(page)
    page.locator(".network").get_by_role("button", name="Undo all").click()
    expect(drawing).to_have_attribute("data-widths", "2,5,4,2")
    expect(page).not_to_have_url(re.compile("changes="))


@pytest.mark.slow
def test_after_a_training_changes_start_from_its_weights_and_the_link_says_what_it_lacks(page: Page, address: str):
    _, drawing = shown(page, address, "&steps=30")
    page.get_by_role("button", name="Add a unit to layer 1", exact=True).click()
    expect(drawing).to_have_attribute("data-widths", "2,6,4,2")
    expect(page.get_by_text("does not carry the weights of this network")).to_be_visible()
    expect(page).not_to_have_url(re.compile("changes=|steps="))


@pytest.mark.slow
def test_on_a_phone_the_picture_comes_before_the_network(page: Page, address: str):
    page.set_viewport_size({"width": 390, "height": 844})
    picture, drawing = shown(page, address)
    until(page, lambda: still_box(picture)["y"] < still_box(drawing)["y"], "the picture is above the network")
    box = still_box(drawing)
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390


@pytest.mark.slow
def test_a_wide_network_says_how_many_units_it_leaves_out_and_stays_legible(page: Page, address: str):
    opened(page, f"{address}/?data=kw&network=shipped")
    buttons = page.locator(".boxes button")
    until(page, lambda: buttons.count() > 8, "units are there")
    assert buttons.count() < 402
    assert min(still_box(button)["width"] for button in buttons.all()[:3]) >= 15


@pytest.mark.slow
def test_while_it_trains_the_drawing_and_the_picture_move(page: Page, address: str):
    picture, drawing = shown(page, address)
    before = picture.get_attribute("data-frame"), drawing.get_attribute("data-key")
    page.locator(".st-key-train button:visible").click()
    expect(picture).not_to_have_attribute("data-frame", before[0] or "")
    expect(drawing).not_to_have_attribute("data-key", before[1] or "")
    page.locator(".st-key-stop button:visible").click()
    expect(page.locator(".st-key-train button:visible")).to_be_visible()
    expect(page).to_have_url(re.compile("steps="))


def test_on_a_projector_network_picture_and_numbers_are_in_view_together(page: Page, address: str):
    page.set_viewport_size({"width": 1280, "height": 720})
    picture = opened(page, f"{address}/?pin=0.2,0.1")
    numbers = page.locator(".st-key-explore-numbers")
    for part in (page.get_by_test_id("network-view"), picture, numbers, page.get_by_test_id("verdict")):
        box = still_box(part)
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1280
        assert box["y"] >= 0 and box["y"] + box["height"] <= 720
    cut = "(labels) => labels.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)"
    assert numbers.locator("p").evaluate_all(cut) == []


@pytest.mark.slow
def test_all_controls_show_when_they_are_asked_for(page: Page, address: str):
    opened(page, address)
    rest = page.get_by_role("slider", name="Learning rate")
    expect(rest).to_be_hidden()
    expect(page.get_by_role("slider", name="Noise")).to_be_visible()
    page.get_by_text("More controls").click()
    expect(rest).to_be_visible()
    expect(page).to_have_url(re.compile("more=1"))
