"""A network that gives a number, in a browser: its level sets on Explore, its certificates on Certify."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect
from torch import nn

from figures.style.palette import from_hex, palette
from models import network_bytes
from tests.browser.waiting import at_rest, until

APP = Path(__file__).parents[2] / "app.py"


HAS_COLOUR = """(canvas, colour) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
        if (colour.every((value, k) => Math.abs(data[i + k] - 255 * value) < 6)) return true;
    }
    return false;
}"""


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def sum_of_inputs() -> bytes:
    """f = |s + t|, whose level 0.5 is at distance 0.5 / sqrt 2 from the origin."""
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)).eval().requires_grad_(False)
    network[0].weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, -1.0]]))
    network[2].weight.fill_(1)
    for layer in (network[0], network[2]):
        layer.bias.zero_()
    return network_bytes(network)


@pytest.mark.slow
def test_levels_cut_a_number_into_bands_on_explore_and_the_ladder_is_about_them(page: Page, address: str):
    page.goto(f"{address}/?network=file&pin=0.25,0&p=2")
    file = page.locator("input[type=file]").last
    expect(file).to_be_attached()
    file.set_input_files({"name": "sum.safetensors", "mimeType": "", "buffer": sum_of_inputs()})
    page.get_by_text("What its outputs mean").click()
    at_rest(page)
    meaning = page.get_by_role("combobox", name="Its outputs are")
    number = page.get_by_role("option", name="a number")

    def offered() -> bool:
        """Whether the list is open: a picture that arrives may close it again."""
        if not number.is_visible():
            meaning.click()
            page.wait_for_timeout(300)
        return number.is_visible()

    until(page, offered, "the list of meanings should open")
    number.click()
    levels = page.get_by_role("textbox", name="Levels of f")
    levels.fill("0.5, 1")
    levels.press("Enter")
    expect(page.get_by_test_id("verdict")).to_contain_text("0.5 < f ≤ 1")
    expect(page.get_by_test_id("verdict")).to_contain_text("≈ 0.176")  # (0.5 - 0.25) / sqrt 2
    at_rest(page)
    fills = palette("light", bands=3).class_fills
    ground = page.locator("canvas.ground").first
    until(page, lambda: ground.evaluate(HAS_COLOUR, from_hex(fills[2]).tolist()), "the highest band has its colour")
    assert all(colour in page.content() for colour in fills)  # of the bars of scores
    page.get_by_role("link", name="Certify").first.click()
    expect(page.get_by_test_id("verdict")).to_contain_text("0.177")
    expect(page.get_by_test_id("stMain")).to_contain_text(re.compile("sees f ≤ 0.5 here, 0.5 < f ≤ 1 at the nearest"))
