"""The network panel in a browser: a file given on each page changes what that page shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import nn

from geometry import enumerate_regions
from models import DATASETS, load_images, mlp
from tests.browser.waiting import at_rest
from tests.models.samples import torch_bytes

APP = Path(__file__).parents[2] / "app.py"
MEAN, DEVIATION = 0.1307, 0.3081  # MNIST's
HOSTILE = "<b>x<b>$y$![z](z):smile:.pth"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


@pytest.fixture(scope="module")
def digits() -> bytes:
    """The state_dict of a network that knows normalised digits: the nearest of ten means, in one linear layer."""
    images = load_images("mnist-5k")
    x = (torch.from_numpy(images.x).flatten(1) - MEAN) / DEVIATION
    means = torch.stack([x[torch.from_numpy(images.y == k)].mean(0) for k in range(10)])
    network = nn.Sequential(nn.Linear(784, 20), nn.ReLU(), nn.Linear(20, 10))
    with torch.no_grad():
        network[0].weight.copy_(torch.cat([means, -means]))
        network[0].bias.copy_(torch.cat([-(means**2).sum(1) / 2, (means**2).sum(1) / 2]))
        network[2].weight.copy_(torch.cat([torch.eye(10), -torch.eye(10)], 1) / 100)
        network[2].bias.zero_()
    return torch_bytes(network.state_dict())


def give(page: Page, content: bytes, name: str = HOSTILE) -> Locator:
    """Upload the file in the sidebar; the sidebar once the file is read."""
    side = page.get_by_test_id("stSidebar")
    at_rest(page)
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    side.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    expect(side.get_by_test_id("layers")).to_contain_text("ReLU assumed")
    return side


def use_what_does_better(side: Locator) -> None:
    """Accept the proposed normalisation."""
    expect(side).to_contain_text(re.compile(r"right on \d\d?\.\d % of 500 images"))
    side.get_by_role("button", name="with MNIST’s mean and deviation: use it?").click()
    expect(side.get_by_role("button", name="use it?")).to_have_count(0)
    expect(side.get_by_test_id("layers")).to_contain_text("(x − 0.1307) / 0.3081")


def test_explore_draws_the_regions_of_a_file(page: Page, address: str):
    network = mlp((2, 9, 2), seed=3)
    page.goto(f"{address}/?network=file")
    side = give(page, torch_bytes(network.state_dict()), "mine.pth")
    count = len(enumerate_regions(network.eval(), DATASETS["moons"]().window))
    expect(page.locator("canvas.marks")).to_have_attribute("data-regions", str(count))
    expect(side).to_contain_text("of 200 points")


@pytest.mark.slow
def test_certify_and_polytope_ask_about_the_same_file(page: Page, address: str, digits: bytes):
    page.goto(f"{address}/certify?of=images&trained=file&methods=interval&image=3")
    side = give(page, digits)
    expect(page.get_by_test_id("verdict")).to_be_visible()
    use_what_does_better(side)
    expect(page.get_by_test_id("verdict")).to_contain_text("No perturbation with")

    page.get_by_role("button", name="All outputs an adversary reaches").click()
    side = page.get_by_test_id("stSidebar")
    expect(side.get_by_text("Still in use")).to_contain_text("<b>x<b>$y$![z](z)")
    expect(side.get_by_test_id("layers")).to_contain_text("(x − 0.1307) / 0.3081")  # as it was answered there
    expect(page.get_by_test_id("verdict")).to_contain_text("overtake")
    expect(side.locator("b, .katex")).to_have_count(0)  # the file's name is plain text


@pytest.mark.slow
def test_slices_cuts_the_plane_by_the_network_as_it_is_meant(page: Page, address: str, digits: bytes):
    page.goto(f"{address}/slices?first=file&second=none&size=0.5")
    side = give(page, digits)
    view = page.locator("canvas.marks")
    expect(view).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
    use_what_does_better(side)
    expect(view).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
    expect(page.get_by_text(HOSTILE).first).to_be_visible()  # over the picture, as it is
