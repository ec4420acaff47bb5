"""Explore with units |z| and units cut at 0 and 1: regions, drawing, picture and link speak of the same units."""

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
from tests.browser.test_drawn_network import unit
from tests.browser.test_explore import opened, place
from tests.browser.waiting import at_rest, still_box, until

APP = Path(__file__).parents[2] / "app.py"
STEEP = "w1.1.1:3_w1.1.2:1_b1.1:0.7_w1.2.1:-1_w1.2.2:2.5_b1.2:0.3"  # so that z = 0 and z = 1 lie in the window
OWN = f"data=moons&network=own&widths=3,4&init=3&changes={STEEP}"
WINDOW = DATASETS["moons"]().window
BENDS = {"abs": (0.0,), "clip": (0.0, 1.0)}


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def network(changes: str) -> nn.Sequential:
    return apply_changes(mlp((2, 3, 4, 2), seed=3), changes_from_link(changes)).double()


def regions_of(module: nn.Module) -> str:
    return str(len(enumerate_regions(module, WINDOW)))


def choose(page: Page, activation: str) -> None:
    page.get_by_role("combobox", name="Activation").click()
    page.get_by_role("option", name=f"Activation: {activation}").click()
    expect(page).to_have_url(re.compile(f"changes=.*s{activation}"))
    at_rest(page)


def shown(page: Page, address: str, activation: str) -> tuple[Locator, Locator, nn.Sequential]:
    """Picture and drawing of a network whose activation has been chosen, and the same module."""
    picture = opened(page, f"{address}/?{OWN}")
    choose(page, activation)
    drawing = page.get_by_test_id("network-view")
    expect(drawing).to_have_attribute("data-widths", "2,3,4,2")
    still_box(drawing)
    return picture, drawing, network(f"{STEEP}_s{activation}")


def on_line(module: nn.Sequential, index: int, bend: float) -> tuple[float, float]:
    """A point of the window where a unit of the first layer has this pre-activation, away from all other lines."""
    s, t = np.meshgrid(np.linspace(-1, 1, 1201), np.linspace(-1, 1, 1201))
    points = np.stack([s.ravel(), t.ravel()], axis=1)
    x = torch.from_numpy(points)
    z = np.concatenate([module[:1](x).detach().numpy(), module[:3](x).detach().numpy()], axis=1)
    lengths = np.linalg.norm(module[0].weight.detach().numpy(), axis=1)
    away = np.abs(z[:, index] - bend) / lengths[index]
    others = np.abs(z[:, :, None] - np.array([0.0, 1.0]))
    others[:, index, int(bend)] = np.inf
    clear = np.where(away < 2e-3, others.min(axis=(1, 2)), -1)
    assert clear.max() > 0.03
    return float(points[clear.argmax(), 0]), float(points[clear.argmax(), 1])


@pytest.mark.parametrize("activation", ["clip", pytest.param("abs", marks=pytest.mark.slow)])
def test_the_regions_are_those_of_the_module_and_a_link_brings_them_back(page: Page, address: str, activation: str):
    picture, _, module = shown(page, address, activation)
    expect(picture).to_have_attribute("data-regions", regions_of(module))
    again = page.context.new_page()
    expect(opened(again, page.url)).to_have_attribute("data-regions", regions_of(module))
    expect(again.get_by_role("combobox", name="Activation")).to_have_value(f"Activation: {activation}")


@pytest.mark.slow
@pytest.mark.parametrize("activation", BENDS)
def test_drawing_and_picture_light_the_same_unit(page: Page, address: str, activation: str):
    picture, drawing, module = shown(page, address, activation)
    unit(page, 2, 2).hover()
    expect(picture).to_have_attribute("data-pointed", "4")
    for index in (0, 1):
        for bend in BENDS[activation]:
            page.mouse.move(*place(picture, *on_line(module, index, bend)))
            expect(drawing).to_have_attribute("data-pointed", str(index))
    unit(page, 2, 1).click()
    expect(page).to_have_url(re.compile("unit=2"))
    expect(drawing).to_have_attribute("data-lit", "1")


@pytest.mark.slow
@pytest.mark.parametrize("activation", BENDS)
def test_values_and_units_that_are_on_at_a_point_are_the_modules(page: Page, address: str, activation: str):
    picture, drawing, module = shown(page, address, activation)
    page.mouse.move(*place(picture, 0.31, 0.23))
    expect(drawing).to_have_attribute("data-at", re.compile(","))
    x = torch.tensor([[float(c) for c in (drawing.get_attribute("data-at") or "").split(",")]], dtype=torch.float64)
    on = [int((module[:end](x) > 0).sum()) for end in (1, 3)]
    expect(drawing).to_have_attribute("data-on", ",".join(map(str, on)))
    scores = [float(score) for score in (drawing.get_attribute("data-scores") or "").split(",")]
    np.testing.assert_allclose(scores, module(x).detach().numpy()[0], rtol=1e-9)
    counted = re.findall(r"(\d+)/(\d+) on", page.locator(".readout").inner_text())
    assert counted == [(str(on[0]), "3"), (str(on[1]), "4")]


@pytest.mark.slow
@pytest.mark.parametrize("activation, bend", [("abs", 0.0), ("clip", 0.0), ("clip", 1.0)])
def test_either_line_of_a_unit_follows_the_hand(page: Page, address: str, activation: str, bend: float):
    picture, drawing, module = shown(page, address, activation)
    unit(page, 1, 1).click()
    expect(drawing).to_have_attribute("data-lit", "0")
    at_rest(page)
    start = on_line(module, 0, bend)
    goal = (start[0] - 0.13, start[1] + 0.09)
    page.mouse.move(*place(picture, *start))
    page.mouse.down()
    for share in (0.25, 0.5, 0.75, 1):
        page.mouse.move(*place(picture, *(a + share * (b - a) for a, b in zip(start, goal))))
    page.mouse.up()
    first = module[0]
    wanted = bend - float(first.weight[0].detach() @ torch.tensor(goal, dtype=torch.float64))

    def changes() -> str:
        return parse_qs(urlsplit(page.url).query).get("changes", [""])[0]

    def arrived() -> bool:
        bias = re.search(r"b1\.1:([-.\de]+)", changes().split("sclip")[-1].split("sabs")[-1])
        return bias is not None and abs(float(bias[1]) - wanted) < 0.05

    until(page, arrived, "the link should have the bias with which the line runs there")
    at_rest(page)
    expect(picture).to_have_attribute("data-regions", regions_of(network(changes())))


@pytest.mark.slow
@pytest.mark.parametrize("activation", BENDS)
def test_steps_of_a_training_and_units_added_by_hand(page: Page, address: str, activation: str):
    picture, drawing, _ = shown(page, address, activation)
    page.get_by_role("button", name="Add a unit to layer 1", exact=True).click()
    expect(drawing).to_have_attribute("data-widths", "2,4,4,2")
    at_rest(page)
    before = drawing.get_attribute("data-key") or ""
    page.locator(".st-key-one-step button:visible").click()
    expect(drawing).not_to_have_attribute("data-key", before)
    expect(page.get_by_text("step 1 ·")).to_be_visible()
    page.locator(".st-key-rewind button:visible").click()
    expect(drawing).to_have_attribute("data-key", before)
    expect(picture).to_have_attribute("data-regions", regions_of(network(f"{STEEP}_s{activation}_u1")))


@pytest.mark.slow
@pytest.mark.parametrize("activation", BENDS)
def test_the_formula_ends_at_the_modules_scores(page: Page, address: str, activation: str):
    opened(page, f"{address}/?{OWN}_s{activation}&pin=0.31,0.23&explain=formula")
    for _ in range(5):
        page.get_by_role("button", name=re.compile("How does this|Next")).click()
    cells = page.locator(".by-layers")
    expect(cells).to_have_count(2)
    scores = [float(cells.nth(k).get_attribute("title") or "nan") for k in range(2)]
    expected = network(f"{STEEP}_s{activation}")(torch.tensor([[0.31, 0.23]], dtype=torch.float64))
    np.testing.assert_allclose(scores, expected.detach().numpy()[0], rtol=1e-9)
