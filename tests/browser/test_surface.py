"""The picture as a surface in a browser: it rises, turns, is read and pinned, and the link reopens it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

import models
from figures import web_page
from figures.regions.frames import region_frame
from geometry import enumerate_regions
from tests.browser.waiting import at_rest, spot, until
from tests.oracles import distances_by_jacobian
from tests.strategies import mlp

APP = Path(__file__).parents[2] / "app.py"
NETWORK = mlp([2, 30, 20, 3], seed=27)
REGIONS = enumerate_regions(NETWORK, (-1.0, 2.0, -1.0, 1.0))
# The colours of a canvas that WebGL paints, read in the task that painted it.
COLOURS = """async (canvas) => {
  const { promise, resolve } = Promise.withResolvers();
  requestAnimationFrame(() => {
    const copy = document.createElement("canvas");
    Object.assign(copy, { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d");
    LIVE.surface.draw();
    context.drawImage(LIVE.surface.model.canvas, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    const words = new Uint32Array(data.buffer);
    const painted = words.filter((word) => word >>> 24 > 200).length;
    resolve({ painted, all: words.length, colours: new Set(words).size });
  });
  return promise;
}""".replace("LIVE", "[...globalThis.reluscope.links][0]")
WITHOUT_WEBGL = """
  const before = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind === "webgl2" ? null : before.call(this, kind, ...rest);
  };
"""


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


@pytest.fixture
def explore(page: Page, address: str) -> Locator:
    """The picture of Explore, flat."""
    page.goto(address)
    marks = page.locator("canvas.marks")
    expect(marks).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
    at_rest(page)
    return marks


def rise(page: Page, marks: Locator, kind: str = "difference") -> None:
    page.get_by_role("button", name="Surface", exact=True).first.click()
    expect(marks).to_have_attribute("data-surface", kind)


def turn_of(marks: Locator) -> list[float]:
    return [float(value) for value in (marks.get_attribute("data-turn") or "").split(",")]


def drag(page: Page, marks: Locator, dx: float, dy: float) -> None:
    x, y = spot(marks)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up()


def test_the_surface_rises_turns_and_the_link_has_it(page: Page, explore: Locator):
    rise(page, explore)
    expect(page).to_have_url(re.compile("surface=difference"))
    expect(page.get_by_role("button", name="Surface", exact=True)).to_have_attribute("aria-pressed", "true")
    picture = page.get_by_role("application", name=re.compile("Linear regions as a surface.*flat facet"))
    expect(picture).to_be_visible()
    seen = page.locator("canvas.sheet").evaluate(COLOURS)
    assert seen["colours"] > 50 and 0.04 < seen["painted"] / seen["all"] < 0.9

    before = turn_of(explore)
    drag(page, explore, 120, 40)
    until(page, lambda: turn_of(explore)[:2] != before[:2], "a drag should turn the surface")
    azimuth, elevation, _ = turn_of(explore)
    assert azimuth != before[0] and elevation > before[1]
    expect(page).to_have_url(re.compile(rf"surface=difference(,|%2C){azimuth:g}(,|%2C){elevation:g}"))
    assert "pin" not in page.url

    at_rest(page)
    page.reload()
    expect(explore).to_have_attribute("data-surface", "difference")
    assert turn_of(explore) == pytest.approx([azimuth, elevation, 1], abs=0.1)
    page.get_by_role("button", name="Flat", exact=True).click()
    expect(explore).to_have_attribute("data-surface", "")
    expect(page).not_to_have_url(re.compile("surface="))


@pytest.mark.slow
def test_keys_turn_zoom_and_reset(page: Page, explore: Locator):
    page.locator(".view").focus()
    page.keyboard.press("f")
    expect(explore).to_have_attribute("data-surface", "difference")
    home = turn_of(explore)
    for key, part, sign in (("ArrowRight", 0, 1), ("ArrowUp", 1, 1), ("+", 2, 1)):
        before = turn_of(explore)
        page.keyboard.press(key)
        until(page, lambda: sign * (turn_of(explore)[part] - before[part]) > 0, f"{key} should change {before}")  # noqa: B023
    page.keyboard.press("0")
    until(page, lambda: turn_of(explore) == home, "0 should bring the first turn back")
    page.keyboard.press("f")
    expect(explore).to_have_attribute("data-surface", "")


@pytest.mark.slow
def test_another_height_is_another_surface(page: Page, explore: Locator):
    rise(page, explore)
    page.get_by_label("Height of the surface").select_option("scores")
    expect(explore).to_have_attribute("data-surface", "scores")
    expect(page).to_have_url(re.compile("surface=scores"))
    facets, triangles = (int(explore.get_attribute(f"data-{name}") or 0) for name in ("facets", "triangles"))
    assert facets > 100 and triangles > 2 * facets  # a sheet for each of two scores
    page.get_by_label("Height of the surface").select_option("margin")
    expect(explore).to_have_attribute("data-heights", re.compile("^0.00000,"))


@pytest.mark.slow
def test_hover_reads_the_region_and_a_click_pins_its_point(page: Page, explore: Locator):
    rise(page, explore)
    at_rest(page)
    s, t = 0.4, -0.6
    x, y = page.evaluate(
        """([s, t]) => {
          const [live] = globalThis.reluscope.links, { x, y } = live.placeOf([s, t]);
          const box = live.stage.getBoundingClientRect();
          return [box.x + x, box.y + y];
        }""",
        [s, t],
    )
    page.mouse.move(x, y)
    expect(explore).to_have_attribute("data-region", re.compile(r"\d"))
    expect(page.locator(".readout .map")).to_contain_text("−")
    page.mouse.click(x, y)
    expect(explore).to_have_attribute("data-pin", re.compile(r"\d"))
    pin = [float(value) for value in (explore.get_attribute("data-pin") or "").split(",")]
    assert pin == pytest.approx([s, t], abs=0.05)
    expect(page).to_have_url(re.compile("pin="))
    expect(explore).to_have_attribute("data-surface", "difference")


def rings_of(marks: Locator) -> dict[str, list[float]]:
    """By its role the point of each ring that the picture tells: s, t, and the height."""
    return {ring["role"]: ring["at"] for ring in json.loads(marks.get_attribute("data-rings") or "[]")}


def test_the_balls_of_a_pin_lie_on_the_surface_as_rings(page: Page, address: str):
    """A point of each ring is d_B or d_D from the pin, by derivatives; its height that of torch's scores."""
    pin, network = np.array([0.4, 0.3]), models.mlp((2, 6, 2), seed=2).double()
    page.goto(f"{address}/?data=xor&network=own&widths=6&init=2&pin=0.4,0.3&p=2")
    marks = page.locator("canvas.marks")
    expect(marks).to_have_attribute("data-balls", "2")
    at_rest(page)
    assert marks.get_attribute("data-rings") == ""
    rise(page, marks)
    until(page, lambda: set(rings_of(marks)) == {"d_B", "d_D"}, "both balls should lie on the surface")
    for role, distance in zip(("d_B", "d_D"), distances_by_jacobian(network, pin, 2)):
        s, t, height = rings_of(marks)[role]
        assert math.dist((s, t), pin) == pytest.approx(distance, rel=1e-3)
        one, other = network(torch.tensor([[s, t]], dtype=torch.float64))[0].tolist()
        assert height == pytest.approx(other - one, rel=1e-3, abs=1e-4)


@pytest.mark.slow
def test_a_proof_lies_on_the_surface(page: Page, address: str):
    page.goto(f"{address}/?data=moons&network=own&widths=5,4&init=3&pin=0.25,-0.5&p=2&explain=regions")
    marks = page.locator("canvas.marks")
    expect(marks).to_have_attribute("data-explained", re.compile(r"\d"))
    at_rest(page)
    rise(page, marks)
    assert "flat picture" not in (marks.get_attribute("data-notes") or "")
    steps = page.locator(".st-key-explore-steps")
    for _ in range(3):
        steps.get_by_role("button", name="Next step").click()
    until(page, lambda: "proved" in rings_of(marks), "what is proved so far should lie on the surface as a ring")
    assert int(marks.get_attribute("data-explained") or 0) > 0


@pytest.mark.slow
def test_training_keeps_the_surface_and_the_sheet_follows(page: Page, explore: Locator):
    rise(page, explore)
    before = explore.get_attribute("data-frame")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(explore).not_to_have_attribute("data-frame", before or "")
    expect(explore).to_have_attribute("data-surface", "difference")


@pytest.mark.slow
def test_without_webgl_a_painter_takes_its_place(page: Page, address: str):
    page.add_init_script(WITHOUT_WEBGL)
    page.goto(f"{address}/?surface=margin")
    marks = page.locator("canvas.marks")
    expect(marks).to_have_attribute("data-surface", "margin")
    expect(marks).to_have_attribute("data-backend", "painter")
    seen = page.locator("canvas.sheet").evaluate(COLOURS)
    assert seen["colours"] > 50 and 0.04 < seen["painted"] / seen["all"] < 0.9


@pytest.mark.slow
def test_who_wants_less_motion_sees_none(page: Page, address: str):
    page.emulate_media(reduced_motion="reduce")
    page.goto(address)
    marks = page.locator("canvas.marks")
    expect(marks).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
    at_rest(page)
    shares = page.evaluate(
        """async () => {
          const [live] = globalThis.reluscope.links, shares = [];
          live.tools.toggle();
          for (let i = 0; i < 5; i++) {
            shares.push(live.surface.share);
            await new Promise((done) => requestAnimationFrame(done));
          }
          return shares;
        }"""
    )
    assert set(shares) == {1}


@pytest.mark.slow
def test_a_link_that_asks_for_no_surface_is_explained(page: Page, address: str):
    page.goto(f"{address}/?surface=depth")
    expect(page.get_by_text("a height is margin, difference, scores")).to_be_visible()


def test_a_saved_page_has_the_surface_with_the_networks_scores(page: Page, tmp_path: Path):
    page.context.set_offline(True)
    file = tmp_path / "page.html"
    web_page(REGIONS, title="three classes").save(file)
    page.goto(file.as_uri())
    marks = page.locator("canvas.marks")
    expect(marks).to_have_attribute("data-frame", region_frame(REGIONS).hash)
    rise(page, marks, "margin")
    page.get_by_label("Height of the surface").select_option("score-2")
    expect(marks).to_have_attribute("data-surface", "score-2")
    heights = [float(value) for value in (marks.get_attribute("data-heights") or "").split(",")]
    scores = NETWORK(torch.tensor(REGIONS.vertices)).detach().numpy()[:, 2]  # affine on each region
    assert heights == pytest.approx([scores.min(), scores.max()], rel=1e-4)
    before = turn_of(marks)
    drag(page, marks, 100, 0)
    until(page, lambda: turn_of(marks)[0] != before[0], "a drag should turn it")
