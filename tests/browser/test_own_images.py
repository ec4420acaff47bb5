"""Images of one's own in a browser: uploaded once, learned from, and carried from page to page with the network."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.waiting import at_rest
from tests.models.data.images.builders import npz

APP = Path(__file__).parents[2] / "app.py"
CLASSES = ("red <b>disc</b>", "green bars", "=blue ring", "grey _noise_")
COUNTED = re.compile(r"[1-9]\d*")


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def pictures(n: int = 240) -> tuple[np.ndarray, np.ndarray]:
    """(n, 32, 32, 3) bytes of four classes: discs, bars, rings and noise, each with a colour and a place of its own."""
    rng = np.random.default_rng(0)
    y, x = np.arange(n) % len(CLASSES), np.full((n, 32, 32, 3), 60.0)
    rows, columns = np.mgrid[:32, :32]
    for image, label in zip(x, y):
        far = np.hypot(rows - rng.integers(11, 21), columns - rng.integers(11, 21))
        shape = (far < 8, (columns + rng.integers(8)) % 8 < 4, abs(far - 8) < 2, rng.random((32, 32)) < 0.5)[label]
        image[shape, min(label, 2)] = 220
        if label == 3:
            image[...] = image[..., 2:]
    return np.clip(x + rng.normal(0, 12, x.shape), 0, 255).astype(np.uint8), y


def upload(page: Page) -> None:
    """Give the page's chooser of images the file of the set."""
    at_rest(page)
    x, y = pictures()
    content = npz(x=x, y=y, classes=np.array(CLASSES))
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput").first
    chooser.set_input_files({"name": "shapes.npz", "mimeType": "application/zip", "buffer": content})


def view(page: Page) -> Locator:
    return page.locator("canvas.marks")


def walk(page: Page, address: str, shot: Callable[[str], object] = lambda name: None) -> None:
    page.goto(f"{address}/train?of=images&images=file&widths=12&b=none&steps=60&batch=32")
    upload(page)
    expect(page.get_by_role("combobox", name="Images")).to_have_value("shapes.npz: 240 of 3×32×32")
    expect(view(page)).to_have_attribute("data-regions", COUNTED)
    page.locator(".st-key-train-play button").first.click()
    expect(page.get_by_text("All steps are done")).to_be_visible()
    expect(page).to_have_url(re.compile("images=own-[0-9a-f]{16}"))
    shot("1-train")

    page.locator(".st-key-train-to-Slices button").first.click()
    expect(page).to_have_url(re.compile("/slices"))
    expect(page.get_by_test_id("count").first).to_contain_text("linear regions, found in")
    expect(page.get_by_test_id("stMain")).to_contain_text("red <b>disc</b>")  # as text, not as HTML
    page.get_by_role("button", name=re.compile("^a: ")).click()
    expect(page.get_by_test_id("distances")).to_contain_text("Fast-Lin")
    expect(page.get_by_test_id("verdict").first).to_contain_text("No perturbation with")
    shot("2-slices")

    page.get_by_role("button", name=re.compile("Every bound and attack")).first.click()
    expect(page).to_have_url(re.compile("/certify"))
    expect(page.get_by_test_id("verdict").first).to_be_visible()
    expect(page.get_by_text(re.compile("The network sees"))).to_be_visible()
    expect(page.get_by_role("combobox", name="Network")).to_have_value(
        re.compile("Plain, .* steps, sent from another page")
    )
    shot("3-certify-ladder")

    page.get_by_text("The whole data set").click()
    expect(page.get_by_text("Robust error", exact=True).first).to_be_visible()
    expect(page.get_by_test_id("verdict").first).to_be_visible()
    shot("4-certify-data-set")

    page.get_by_text("One point: the ladder").click()
    page.get_by_role("button", name="All outputs an adversary reaches").click()
    expect(page).to_have_url(re.compile("/polytope"))
    expect(page.get_by_test_id("verdict").first).to_be_visible()
    expect(view(page).first).to_have_attribute("data-regions", COUNTED)
    expect(page.locator('[data-testid="stMain"]')).to_contain_text(re.compile("disc|bars|ring|noise"))
    assert page.locator('[data-testid="stMain"] .legend b', has_text="disc").count() == 0
    shot("5-polytope")


@pytest.mark.slow
def test_own_images_go_from_training_to_slices_certify_and_polytope(page: Page, address: str):
    walk(page, address)


def test_cifar_without_its_files_is_answered_with_an_uploader(page: Page, address: str):
    page.goto(f"{address}/slices?images=cifar-10")
    expect(page.get_by_text("cifar-10-binary.tar.gz").first).to_be_visible()
    at_rest(page)
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput").first
    records = np.random.default_rng(0).integers(0, 256, (12, 3073), np.uint8)
    records[:, 0] = np.arange(12) % 10
    chooser.set_input_files(
        {"name": "test_batch.bin", "mimeType": "application/octet-stream", "buffer": records.tobytes()}
    )
    expect(page.get_by_test_id("count").first).to_contain_text("linear regions, found in")
    expect(page.get_by_test_id("stMain")).to_contain_text("automobile")
