"""The live picture in a browser: gestures, the events that Python receives, and what is painted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

from geometry import enumerate_regions
from tests.browser.waiting import at_rest, still_box, until
from tests.strategies import mlp

SCRIPT = Path(__file__).parent / "region_view_app.py"
NETWORK = mlp([2, 40, 40, 3], seed=0)


@dataclass
class Screen:
    """The app as a test sees it."""

    page: Page

    @property
    def picture(self) -> dict[str, str]:
        """The description of the canvas."""
        return self.page.locator("canvas.marks").evaluate("canvas => ({...canvas.dataset})")

    @property
    def heard(self) -> dict[str, Any]:
        """The events that Python has received."""
        return json.loads(self.page.locator(".st-key-heard").inner_text())

    @property
    def window(self) -> list[float]:
        return [float(value) for value in self.picture["view"].split(",")]

    def place(self, s: float, t: float) -> tuple[float, float]:
        """Where (s, t) is on the screen."""
        box = still_box(self.page.locator("canvas.ground"))
        s0, s1, t0, t1 = self.window
        return box["x"] + (s - s0) / (s1 - s0) * box["width"], box["y"] + (t1 - t) / (t1 - t0) * box["height"]

    def until(self, holds: Callable[[], object], what: str) -> None:
        try:
            until(self.page, holds, what)
        except AssertionError as error:
            raise AssertionError(f"{what}; the canvas says {self.picture}, Python {self.heard}") from error


@pytest.fixture
def screen(page: Page, app_server: Callable[[Path], str]) -> Screen:
    page.goto(app_server(SCRIPT))
    page.locator(".st-key-heard").wait_for()
    screen = Screen(page)
    screen.until(lambda: screen.picture.get("frame"), "the frame should be painted")
    at_rest(page)
    return screen


def test_the_frame_that_python_sent_is_painted(screen):
    assert screen.picture["frame"] == screen.heard["frame"]
    assert int(screen.picture["regions"]) == screen.heard["regions"]
    colours = screen.page.locator("canvas.ground").evaluate(
        """canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    assert colours > 50


def test_every_pixel_shows_the_region_it_lies_in(screen):
    width, height, ids, view = screen.page.evaluate(
        """() => {
            const [live] = globalThis.reluscope.links;
            const { width, height } = live.size;
            return [width, height, [...live.ids].filter((_, pixel) => pixel % 11 === 0), live.visibleWindow()];
        }"""
    )
    regions = enumerate_regions(NETWORK, (-1, 1, -1, 1))
    pixel = np.arange(0, width * height, 11)
    s = view[0] + (pixel % width + 0.5) / width * (view[1] - view[0])
    t = view[3] - (pixel // width + 0.5) / height * (view[3] - view[2])
    located = regions.locate(np.column_stack([s, t]))
    assert (np.where(np.array(ids) == len(regions), -1, ids) != located).mean() < 1e-4  # float32 corners


def test_hover_reads_the_network_at_the_cursor(screen):
    for point in ((0.31, 0.22), (-0.63, 0.4), (0.1, -0.77)):
        hovers(screen, point)


def hovers(screen: Screen, point: tuple[float, float]) -> None:
    """The pointer moves to a point in another region: the readout shows what the network computes there."""
    before, (x, y) = screen.picture["region"], (round(value) for value in screen.place(*point))
    screen.page.mouse.move(x, y)
    screen.until(lambda: screen.picture["region"] not in ("", before), "its region should be found")
    box, (s0, s1, t0, t1) = screen.page.locator("canvas.ground").bounding_box(), screen.window
    s, t = s0 + (x - box["x"]) / box["width"] * (s1 - s0), t1 - (y - box["y"]) / box["height"] * (t1 - t0)
    logits = NETWORK(torch.tensor([[s, t]], dtype=torch.float64))[0].numpy()
    second, first = np.argsort(logits)[-2:]
    text = screen.page.locator(".readout").inner_text().replace("−", "-")
    assert f"class {first}" in text
    assert float(re.search(r"margin (\S+)", text)[1]) == pytest.approx(logits[first] - logits[second], rel=0.02)
    subscripts = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
    assert f"f{first} - f{second} =" in text.translate(subscripts)
    active = [int((layer > 0).sum()) for layer in hidden_values(s, t)]
    assert [int(count) for count in re.findall(r"layer \d: (\d+)/40 on", text)] == active


@pytest.mark.slow
def test_a_hand_that_rests_reads_the_new_picture(screen):
    page = screen.page
    page.mouse.move(*(round(value) for value in screen.place(0.31, 0.22)))
    screen.until(lambda: screen.picture["region"] != "", "a region should be found")
    said, before = page.locator(".readout").inner_text(), screen.picture["frame"]
    page.locator("label").filter(has_text=re.compile("^1$")).evaluate("label => label.click()")  # the pointer stays
    screen.until(lambda: screen.picture["frame"] != before, "the other network should be painted")
    screen.until(page.locator(".readout").is_visible, "the readout should be there for the other network")
    assert page.locator(".readout").inner_text() != said


def hidden_values(s: float, t: float) -> list[torch.Tensor]:
    at = torch.tensor([[s, t]], dtype=torch.float64)
    return [NETWORK[:1](at)[0], NETWORK[:3](at)[0]]


def test_a_click_pins_and_the_certificate_comes_back(screen):
    screen.page.mouse.click(*screen.place(0.4, -0.3))
    screen.until(lambda: screen.picture["balls"] == "2", "both balls should be painted")
    screen.until(lambda: screen.heard["pin"] == pytest.approx([0.4, -0.3], abs=0.01), "Python should have the pin")
    assert [float(value) for value in screen.picture["pin"].split(",")] == pytest.approx(screen.heard["pin"], rel=1e-4)


def test_the_pin_can_be_dragged_and_taken_away(screen):
    page = screen.page
    page.mouse.click(*screen.place(0.4, -0.3))
    screen.until(lambda: screen.picture["pin"], "the pin should be painted")
    page.mouse.move(*screen.place(0.4, -0.3))
    page.mouse.down()
    page.mouse.move(*screen.place(0.0, 0.2), steps=5)
    page.mouse.up()
    screen.until(lambda: screen.heard["pin"] == pytest.approx([0, 0.2], abs=0.01), "Python should hear of the drag")
    page.keyboard.press("Escape")
    screen.until(lambda: screen.heard["pin"] is None and not screen.picture["pin"], "the pin should be gone")


@pytest.mark.slow
def test_zoom_survives_a_new_frame_a_new_fill_and_a_pin(screen):
    page, start = screen.page, screen.window
    page.mouse.move(*screen.place(0.2, 0.2))
    page.mouse.wheel(0, -400)
    screen.until(lambda: screen.heard["window"], "Python should hear of the new view")
    screen.until(lambda: screen.window == pytest.approx(screen.heard["window"], rel=1e-5), "both should agree on it")
    window = screen.window
    assert window[1] - window[0] < 0.7 * (start[1] - start[0])
    page.mouse.click(*screen.place(0.3, 0.3))
    screen.until(lambda: screen.picture["pin"], "the pin should be painted")
    page.get_by_text("gradient", exact=True).click()
    screen.until(lambda: screen.picture["fill"] == "gradient", "the fill should change")
    before = screen.picture["frame"]
    page.locator("label").filter(has_text=re.compile("^1$")).click()
    screen.until(lambda: screen.picture["frame"] != before, "the other network should be painted")
    assert screen.window == window


@pytest.mark.slow
def test_a_fixed_point_stays_under_the_cursor_while_zooming_and_0_brings_the_view_back(screen):
    start, place = screen.window, screen.place(0.5, -0.25)
    screen.page.mouse.move(*place)
    screen.page.mouse.wheel(0, -300)
    screen.until(lambda: screen.window != start, "the wheel should zoom")
    screen.until(lambda: screen.place(0.5, -0.25) == pytest.approx(place, abs=1), "the point should stay in place")
    screen.until(lambda: screen.heard["window"], "Python should hear where the view is")
    screen.page.mouse.click(*place)
    screen.page.keyboard.press("0")
    screen.until(lambda: screen.window == start, "0 should reset the view")
    screen.until(lambda: screen.heard["window"] is None, "Python should hear that the view is back")


@pytest.mark.slow
def test_dragging_the_ground_and_the_arrow_keys_pan(screen):
    page, start = screen.page, screen.window
    page.mouse.move(*screen.place(0.2, -0.2))
    page.mouse.down()
    page.mouse.move(*screen.place(0.4, -0.2), steps=4)
    page.mouse.up()
    screen.until(lambda: screen.window[0] == pytest.approx(start[0] - 0.2, abs=0.01), "the view should follow")
    assert screen.heard["pin"] is None
    moved = screen.window
    page.keyboard.press("ArrowRight")
    screen.until(lambda: screen.window[0] > moved[0], "the arrow should pan")


def test_points_are_added_moved_and_removed(screen):
    page = screen.page
    page.get_by_text("edit points").click()
    at_rest(page)
    page.mouse.click(*screen.place(-0.2, 0.6))
    screen.until(lambda: len(screen.heard["points"]) == 3, "the click should add a point")
    assert screen.heard["points"][2] == pytest.approx([-0.2, 0.6], abs=0.01)
    screen.until(lambda: screen.heard["pin"] is None, "no pin should stay where the point is")
    screen.until(lambda: screen.picture["points"] == "3", "it should be painted")
    page.mouse.move(*screen.place(-0.5, -0.5))
    page.mouse.down()
    page.mouse.move(*screen.place(-0.3, -0.7), steps=4)
    page.mouse.up()
    screen.until(lambda: screen.heard["points"][0] == pytest.approx([-0.3, -0.7], abs=0.01), "a drag should move it")
    moved = "[...globalThis.reluscope.links][0].overlays.points[0][0] > -0.4"
    screen.until(lambda: page.evaluate(moved), "the picture should have it there")
    page.mouse.move(*screen.place(0.49, 0.49))
    page.mouse.move(*screen.place(0.5, 0.5))
    cursor = page.locator(".stage")
    screen.until(lambda: "grab" in (cursor.get_attribute("style") or ""), "the point should be under the cursor")
    page.keyboard.press("Delete")
    screen.until(lambda: len(screen.heard["points"]) == 2, "Delete should remove the point under the cursor")


@pytest.mark.slow
def test_the_number_keys_choose_the_norm(screen):
    screen.page.mouse.click(*screen.place(0.1, 0.1))
    for key, norm in (("1", "1"), ("3", "inf"), ("2", "2")):
        screen.page.keyboard.press(key)
        screen.until(lambda norm=norm: screen.heard["norm"] == norm, f"{key} should choose p = {norm}")


def test_a_tap_pins(screen):
    screen.page.touchscreen.tap(*screen.place(-0.4, 0.1))
    screen.until(lambda: screen.heard["pin"] == pytest.approx([-0.4, 0.1], abs=0.01), "the tap should pin")


def test_a_pinch_zooms(screen):
    start, touch = screen.window, screen.page.context.new_cdp_session(screen.page)
    x, y = screen.place(0, 0)

    def fingers(kind: str, apart: float | None) -> None:
        points = [] if apart is None else [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 40)
    for apart in (50, 65, 80):
        fingers("touchMove", apart)
    fingers("touchEnd", None)
    width = pytest.approx((start[1] - start[0]) / 2, rel=0.05)
    screen.until(lambda: screen.window[1] - screen.window[0] == width, "the pinch should zoom to half the width")
    assert screen.heard["pin"] is None


def test_a_pin_does_not_send_the_frame_again(page, app_server):
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: received.append(len(payload))))
    page.goto(app_server(SCRIPT))
    page.locator(".st-key-heard").wait_for()
    screen = Screen(page)
    screen.until(lambda: screen.picture.get("frame"), "the frame should be painted")
    size = screen.heard["bytes"]
    assert max(received) > size
    page.mouse.click(*screen.place(0.3, 0.3))
    screen.until(lambda: screen.picture["pin"], "the pin should be painted")
    at_rest(page)
    received.clear()
    page.mouse.click(*screen.place(-0.3, 0.3))
    screen.until(lambda: screen.picture["pin"].startswith("-0.3"), "the pin should move")
    assert max(received) < size / 2


def test_the_picture_saves_as_png(screen, tmp_path):
    with screen.page.expect_download() as download:
        screen.page.get_by_role("button", name="Save as PNG").click()
    download.value.save_as(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_the_help_opens_with_a_key_and_escape_closes_it_and_gives_the_focus_back(screen):
    help_panel = screen.page.locator(".help")
    screen.page.locator(".view").focus()
    screen.page.keyboard.press("?")
    help_panel.wait_for(state="visible")
    screen.page.keyboard.press("Escape")
    help_panel.wait_for(state="hidden")
    assert screen.page.locator(".view").evaluate("(view) => view.getRootNode().activeElement === view")
