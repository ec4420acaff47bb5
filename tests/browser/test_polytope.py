"""The Polytope page in a browser: ε moves both pictures, and a click asks about another input."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from models import image_mlp, network_bytes
from tests.browser.waiting import at_rest, point_until, spot, still_box, until
from tests.models.data.images.builders import npz

APP = Path(__file__).parents[2] / "app.py"
NAMES = tuple(f"{which} of three classes, with a name of sixty letters in full, so it is long"[:60] for which in "ABC")


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def pixels(page: Page) -> str:
    return page.get_by_test_id("output-view").evaluate("canvas => canvas.toDataURL()")


@pytest.mark.slow
def test_eps_moves_both_pictures_and_a_click_asks_about_another_input(page: Page, address: str, tmp_path: Path):
    page.goto(f"{address}/polytope?eps=0.1&p=inf&pin=0,0&bounds=fast-lin")
    outputs, inputs = page.get_by_test_id("output-view"), page.locator("canvas.marks")
    verdict = page.get_by_test_id("verdict")
    expect(outputs).to_have_attribute("data-sets", "fast-lin,true,hull")
    expect(verdict).to_contain_text("No perturbation")
    expect(inputs).to_have_attribute("data-balls", "1")
    expect(outputs).to_have_attribute("data-film", "51")
    at_rest(page)
    before, claim = pixels(page), verdict.text_content() or ""
    until(page, lambda: int(outputs.get_attribute("data-vertices") or 0) > 10, "the true set has many corners")

    rail = page.get_by_role("slider", name="ε")
    rail.focus()
    for _ in range(3):
        rail.press("PageUp")
    expect(outputs).not_to_have_attribute("data-eps", "0.1")
    expect(page).not_to_have_url(re.compile(r"eps=0\.1(&|$)"))
    expect(verdict).not_to_have_text(claim)
    until(page, lambda: pixels(page) != before, "the picture is another")

    page.goto(f"{address}/polytope?eps=0.25&p=inf&pin=0,0&bounds=fast-lin,lp")
    expect(verdict).to_contain_text("Some perturbation")
    expect(outputs).to_have_attribute("data-eps", "0.25")
    at_rest(page)
    page.mouse.click(*spot(page.locator("canvas.ground"), 0.25, 0.75))
    expect(page).not_to_have_url(re.compile(r"pin=0%2C0(&|$)"))
    expect(verdict).to_contain_text("No perturbation")

    with page.expect_download() as download:
        page.get_by_role("button", name="Output plane (SVG)").click()
    download.value.save_as(tmp_path / "polytope.svg")
    picture = (tmp_path / "polytope.svg").read_text()
    assert 'data-set="true"' in picture and "norm: linf" in picture and "eps: 0.25" in picture

    with page.expect_download() as download:
        page.locator(".outputs").get_by_role("button", name="PNG").click()
    said = Image.open(io.BytesIO(Path(download.value.path()).read_bytes())).text
    assert (said["norm"], said["eps"]) == ("linf", "0.25") and said["bounds"].startswith("Fast-Lin")

    with page.expect_download() as download:
        page.get_by_role("button", name="Areas (CSV)").click()
    download.value.save_as(tmp_path / "areas.csv")
    head = [line for line in (tmp_path / "areas.csv").read_text().splitlines() if line.startswith("# ")]
    assert {line[2:].split(":")[0] for line in head} >= {"network", "data", "point", "norm", "box", "eps", "outputs"}

    page.get_by_role("radio", name="ℓ₂").or_(page.get_by_role("button", name="ℓ₂")).first.click()
    expect(page.get_by_text("The LP is for ℓ₁ and ℓ∞ only: not drawn for ℓ₂")).to_be_visible()
    expect(outputs).to_have_attribute("data-sets", "fast-lin,true,hull")


@pytest.mark.slow
def test_the_film_lets_eps_grow_and_both_planes_are_read_together(page: Page, address: str):
    page.goto(f"{address}/polytope?from=explore&data=tight&pin=0.2,0.5&p=inf&eps=0.02&bounds=fast-lin&axes=turned")
    outputs, verdict = page.get_by_test_id("output-view"), page.get_by_test_id("verdict")
    expect(outputs).to_have_attribute("data-film", "51")
    page.get_by_role("button", name="Let ε grow").click()
    expect(page).to_have_url(re.compile(r"eps=0\.2(&|$)"))  # the end of the rail
    expect(verdict).to_contain_text("0.2")
    expect(outputs).to_have_attribute("data-eps", "0.2")
    roles = {"proved": "proved", "attacked": "attacked", "open": "d_B"}

    def agree() -> bool:
        return outputs.get_attribute("data-role") == roles[verdict.get_attribute("data-kind") or ""]

    until(page, agree, "picture and verdict say the same")
    expect(page.get_by_test_id("input-legend")).to_contain_text("ball, ε = 0.200")

    said = page.get_by_text("the input under the cursor")
    point_until(page, *spot(page.locator("canvas.ground")), said.is_visible, "the outputs of the input are told")


def named_images() -> bytes:
    rng = np.random.default_rng(0)
    return npz(x=rng.integers(0, 255, (12, 3, 3)).astype(np.uint8), y=np.arange(12) % 3, classes=np.array(NAMES))


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_names_of_sixty_letters_fit_and_are_whole_where_one_points(page: Page, address: str, size: tuple[int, int]):
    page.goto(f"{address}/polytope?from=images&images=file&p=inf&eps=0.01&reach=0.02&bounds=crown&first=0&second=1")
    at_rest(page)
    uploader = page.get_by_test_id("stFileUploaderDropzoneInput")
    uploader.first.set_input_files({"name": "long.npz", "mimeType": "application/zip", "buffer": named_images()})
    expect(page.get_by_role("combobox", name="Images")).to_have_value(re.compile("long.npz"))
    at_rest(page)
    network = network_bytes(image_mlp((8,), (1, 3, 3), 3).eval())
    uploader.last.set_input_files({"name": "n.safetensors", "mimeType": "application/zip", "buffer": network})
    outputs, legend = page.get_by_test_id("output-view"), page.locator(".outputs .legend")
    expect(outputs).to_have_attribute("data-sets", "crown,true,hull")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    outputs.scroll_into_view_if_needed()
    expect(legend.get_by_title(f"{NAMES[0]} = {NAMES[1]}")).to_be_visible()
    box, tip = still_box(outputs), page.locator(".outputs .tip")
    assert box["x"] + box["width"] <= size[0]
    whole = f"output of {NAMES[1]}"
    point_until(page, box["x"] + 100, box["y"] + 24, lambda: tip.text_content() == whole, "the name is told whole")
    places = legend.locator("span").evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    assert all(place["right"] <= size[0] for place in places)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
