"""A saved page, opened from a file without a network: the picture is alive, and says what it knows."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from figures import PageMoment, PagePicture, WebPage, web_page
from figures.regions.frames import region_frame
from figures.regions.overlays import Overlays, ViewOptions
from figures.words import three_digits
from geometry import Plane, enumerate_regions, theorem_3_1
from tests.browser.waiting import until
from tests.strategies import mlp

NETWORK = mlp([2, 20, 3], seed=1)
WINDOW = (-1.0, 1.0, -1.0, 1.0)
REGIONS = enumerate_regions(NETWORK, WINDOW)
FRAME = region_frame(REGIONS)
HOSTILE = "</script><script>globalThis.ended = true</script><img src=x onerror='globalThis.ended = true'>"
DATA = Overlays(points=np.array([[0.5, 0.5], [-0.4, 0.2]]), labels=np.array([2, 0]))


def one_picture() -> WebPage:
    options = ViewOptions(class_names=(HOSTILE, "b", "c"))
    return web_page(
        PagePicture(HOSTILE, [PageMoment(FRAME, DATA)], options), title="A & B", lead=HOSTILE, measured="inputs",
        about={HOSTILE: HOSTILE},
    )  # fmt: skip


def film() -> WebPage:
    def picture(seed: int) -> PagePicture:
        moments = []
        for step in range(4):
            network = mlp([2, 10 + 4 * step, 2], seed=seed)
            moments.append(PageMoment(region_frame(enumerate_regions(network, WINDOW)), DATA, f"note {step}"))
        return PagePicture(f"objective {seed}", moments)

    return web_page(picture(3), picture(4), captions=[f"step {step}" for step in range(4)], measured="inputs")


@pytest.fixture
def open_file(page: Page, tmp_path: Path):
    """Opens a page as a file, without a network; returns the description of its first picture."""

    def opened(web: WebPage) -> Locator:
        page.context.set_offline(True)
        file = tmp_path / "page.html"
        web.save(file)
        page.goto(file.as_uri())
        marks = page.get_by_test_id("region-view").first
        expect(marks).to_have_attribute("data-frame", re.compile("."))
        return marks

    return opened


def pinned(marks: Locator) -> np.ndarray:
    return np.array([float(value) for value in (marks.get_attribute("data-pin") or "").split(",")])


def number(page: Page, name: str) -> Locator:
    return page.locator(f".panel [data-number={name}] strong").first


def pin_at(page: Page, marks: Locator, s: float, t: float) -> np.ndarray:
    box = page.locator("canvas.ground").first.bounding_box()
    assert box is not None
    s0, s1, t0, t1 = map(float, (marks.get_attribute("data-view") or "").split(","))
    before = marks.get_attribute("data-pin")
    page.mouse.click(box["x"] + (s - s0) / (s1 - s0) * box["width"], box["y"] + (t1 - t) / (t1 - t0) * box["height"])
    expect(marks).not_to_have_attribute("data-pin", before or "")
    return pinned(marks)


def test_a_file_shows_the_frame_that_python_made_and_no_text_becomes_markup(page: Page, open_file):
    marks = open_file(one_picture())
    expect(marks).to_have_attribute("data-frame", FRAME.hash)
    expect(marks).to_have_attribute("data-regions", str(len(FRAME)))
    expect(marks).to_have_attribute("data-points", "2")
    expect(page).to_have_title("A & B")
    expect(page.locator(".lead")).to_have_text(HOSTILE)
    page.locator("summary").click()
    expect(page.locator("footer dd")).to_have_text(HOSTILE)
    assert page.locator("img").count() == 0
    assert page.evaluate("globalThis.ended") is None


def test_the_cursor_reads_the_network(page: Page, open_file):
    marks, ground = open_file(one_picture()), page.locator("canvas.ground")
    box = ground.bounding_box()
    assert box is not None
    x, y = round(box["x"] + 0.4 * box["width"]), round(box["y"] + 0.7 * box["height"])
    page.mouse.move(x, y)
    expect(page.locator(".readout")).to_be_visible()
    s0, s1, t0, t1 = map(float, (marks.get_attribute("data-view") or "").split(","))
    s, t = s0 + (x - box["x"]) / box["width"] * (s1 - s0), t1 - (y - box["y"]) / box["height"] * (t1 - t0)
    logits = NETWORK(torch.tensor([[s, t]], dtype=torch.float64))[0].detach().numpy()
    second, first = np.argsort(logits)[-2:]
    said = page.locator(".readout").inner_text().replace("−", "-")
    assert said.startswith([HOSTILE, "b", "c"][first])
    assert float(re.search(r"margin (\S+)", said)[1]) == pytest.approx(logits[first] - logits[second], rel=0.02)


@pytest.mark.parametrize(("button", "p"), [("ℓ₁", 1), ("ℓ₂", 2), ("ℓ∞", math.inf)])
def test_a_pin_has_the_networks_distances_in_every_norm(page: Page, open_file, button: str, p: float):
    marks = open_file(one_picture())
    page.get_by_role("button", name=button).click()
    pin = pin_at(page, marks, 0.13, -0.21)
    near = theorem_3_1(NETWORK, pin, p)
    for name, value in (("d_B", near.d_B), ("d_D", near.d_D), ("radius", near.radius)):
        shown = float(number(page, name).inner_text().replace("≥", ""))
        assert shown <= value + 1e-5  # the description has six digits of the pin
        assert shown == pytest.approx(value, rel=0.02)
    expect(page.locator(".claim")).to_contain_text("No perturbation with")
    expect(marks).to_have_attribute("data-balls", "2")
    page.keyboard.press("Escape")
    expect(marks).to_have_attribute("data-pin", "")
    expect(page.locator(".panel")).to_contain_text("Click in the picture")


def test_where_the_region_goes_on_beyond_the_window_the_distance_is_at_least_that_to_its_side(page: Page, open_file):
    far = enumerate_regions(NETWORK, (5.0, 6.0, 5.0, 6.0))
    marks = open_file(web_page(far))
    pin = pin_at(page, marks, 5.97, 5.52)
    assert theorem_3_1(NETWORK, pin, 2).d_B > 6 - pin[0]
    expect(number(page, "d_B")).to_have_text(re.compile("^≥ "))
    assert float(number(page, "d_B").inner_text().lstrip("≥ ")) <= 6 - pin[0] + 1e-5
    expect(page.locator(".claim")).to_contain_text("goes on beyond this picture")


def test_on_a_slice_the_page_says_that_it_does_not_know_the_other_dimensions(page: Page, open_file):
    plane = Plane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 0.6, 0.8]))
    network = mlp([3, 12, 2], seed=0)
    marks = open_file(web_page(enumerate_regions(network, WINDOW, plane)))
    pin = pin_at(page, marks, 0.2, 0.3)
    expect(page.locator(".claim")).to_contain_text("takes the network itself, which this page does not hold")
    expect(marks).to_have_attribute("data-balls", "0")
    assert page.locator("[data-number=d_D]").count() == 0
    x = torch.tensor(plane.embed(np.array([pin]))[0], requires_grad=True)
    first, second = network.double()(x[None])[0]
    gap = first - second
    (slope,) = torch.autograd.grad(gap, x)
    within = np.array([slope.numpy() @ plane.u, slope.numpy() @ plane.v])
    d_D = abs(gap.item()) / np.linalg.norm(within)
    shown = float(page.locator('[data-number="d_D on the plane"] strong').inner_text())
    assert d_D * 0.99 <= shown <= d_D  # three digits, rounded down


def test_fills_layers_lines_data_and_legend_are_switched(page: Page, open_file):
    marks = open_file(one_picture())
    page.get_by_label("Colours show").select_option("Margin")
    expect(marks).to_have_attribute("data-fill", "margin")
    drawn = int(marks.get_attribute("data-edges") or 0)
    page.get_by_role("button", name="1", exact=True).click()
    until(page, lambda: int(marks.get_attribute("data-edges") or 0) < drawn, "the layer's edges should go")
    for name in ("Colour-blind", "Decision boundary", "Data", "Legend"):
        before = page.locator("figure").screenshot()
        box = page.get_by_role("checkbox", name=name)
        box.click()
        until(page, lambda before=before: page.locator("figure").screenshot() != before, f"{name} should change it")


def test_light_and_dark_are_the_systems_until_one_is_chosen(page: Page, open_file):
    page.emulate_media(color_scheme="dark")
    open_file(one_picture())
    view = page.locator(".view")
    expect(view).to_have_attribute("data-theme", "dark")
    page.get_by_label("Theme").select_option("Light")
    expect(view).to_have_attribute("data-theme", "light")
    page.get_by_label("Theme").select_option("As the system")
    expect(view).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(view).to_have_attribute("data-theme", "light")


def test_the_view_zooms_and_what_is_not_in_the_frame_is_hatched(page: Page, open_file):
    marks = open_file(one_picture())
    before = marks.get_attribute("data-view")
    marks.hover()
    page.mouse.wheel(0, -300)
    expect(marks).not_to_have_attribute("data-view", before or "")
    page.locator(".view").focus()
    page.keyboard.press("0")
    expect(marks).to_have_attribute("data-view", before or "")
    for _ in range(3):
        page.keyboard.press("-")
    expect(marks).to_have_attribute("data-notes", "hatched: beyond the window of this picture")


def test_two_networks_play_their_film_together(page: Page, open_file):
    web = film()
    open_file(web)
    both, slider = page.get_by_test_id("region-view"), page.get_by_role("slider")
    expect(page.locator("output")).to_have_text("step 3")
    ends = [both.nth(slot).get_attribute("data-frame") for slot in range(2)]
    assert ends[0] != ends[1]
    slider.fill("0")
    expect(page.locator("output")).to_have_text("step 0")
    expect(page.locator("figcaption span")).to_have_text(["note 0", "note 0"])
    expect(both.nth(0)).not_to_have_attribute("data-frame", ends[0] or "")
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    expect(page.locator("output")).to_have_text("step 1")
    page.keyboard.press("Space")
    expect(page.locator("output")).to_have_text("step 3")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(both.nth(1)).to_have_attribute("data-frame", ends[1] or "")


def test_the_views_of_two_networks_zoom_and_pin_together(page: Page, open_file):
    marks = open_file(film())
    other = page.get_by_test_id("region-view").nth(1)
    pin_at(page, marks, 0.1, 0.1)
    expect(other).to_have_attribute("data-pin", marks.get_attribute("data-pin") or "")
    expect(page.locator(".claim")).to_have_count(2)
    before = other.get_attribute("data-view")
    marks.hover()
    page.mouse.wheel(0, -300)
    expect(other).not_to_have_attribute("data-view", before or "")
    until(page, lambda: other.get_attribute("data-view") == marks.get_attribute("data-view"), "views should agree")


def test_the_page_around_hears_of_a_pin(page: Page, open_file):
    marks = open_file(one_picture())
    page.evaluate("addEventListener('region-view', ({ detail }) => { globalThis.heard = detail; })")
    pin = pin_at(page, marks, 0.3, 0.3)
    (report,) = page.evaluate("globalThis.heard")
    assert report["kind"] == "pin"
    assert report["value"] == pytest.approx(pin, rel=1e-4, abs=1e-6)


def test_a_pin_that_came_with_the_page_is_certified_in_it(page: Page, open_file):
    overlays = Overlays(pin=(0.2, -0.3))
    open_file(web_page(PagePicture("", [PageMoment(FRAME, overlays)]), measured="inputs"))
    shown = theorem_3_1(NETWORK, np.array([0.2, -0.3]), 2)
    expect(number(page, "d_B")).to_have_text(three_digits(shown.d_B, down=True))


def test_a_notebook_shows_the_page_in_a_frame_of_its_own(page: Page):
    page.set_content(web_page(FRAME, height=400)._repr_html_())
    inside = page.frame_locator("iframe").get_by_test_id("region-view")
    expect(inside).to_have_attribute("data-frame", FRAME.hash)
    box = page.locator("iframe").bounding_box()
    until(page, lambda: box is not None and box["height"] == 400, "the frame should be as high as asked")
