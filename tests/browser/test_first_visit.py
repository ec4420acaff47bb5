"""The first visit, with nothing in the browser's cache: the picture's place is kept, and no large code is fetched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from geometry import as_network, theorem_3_1
from models import load_preset
from tests.browser import waiting
from tests.browser.waiting import still_box, until

APP = Path(__file__).parents[2] / "app.py"

LARGE, SMALL = (1440, 900), (1280, 720)
MOST_SHIFT = 0.1  # the sum of all layout shifts on the way; up to here web.dev/cls calls a page good
SEEN = 20  # frames at least that are looked at
# Once per painted frame: the height of the picture's place. And how much of what is on screen moves, and how far.
WATCH = """() => {
  globalThis.heights = [];
  globalThis.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  const look = () => {
    const name = /st-key-(explore|certify|polytope-inputs|train-view-0|slices-view-0)\\S*-(place|box)( |$)/;
    const place = [...document.querySelectorAll("[class*='st-key-']")].find((each) => name.test(each.className));
    if (place) globalThis.heights.push(Math.round(place.getBoundingClientRect().height));
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


@pytest.fixture
def fetched(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page of a browser that has never been here, 1440 × 900, and the addresses that it asks for."""
    context = browser.new_context(viewport={"width": LARGE[0], "height": LARGE[1]})
    page = context.new_page()
    page.add_init_script(f"({WATCH})()")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page, asked
    context.close()


def kept_its_place(page: Page) -> None:
    expect(page.locator("canvas.marks").first).to_have_attribute("data-covered", "true")
    waiting.at_rest(page)
    page.wait_for_function("(seen) => globalThis.heights.length > seen", arg=SEEN)
    # A place without a height has no style yet. If it moved anything when that comes, the shift would say so.
    heights = [height for height in page.evaluate("() => globalThis.heights") if height]
    assert len(set(heights)) == 1 and heights[0] > 300, "a picture has its final height before it is there"
    assert page.evaluate("() => globalThis.shift") < MOST_SHIFT


def test_explore_needs_no_plotly_and_its_picture_never_moves(fetched: tuple[Page, list[str]], address: str):
    page, asked = fetched
    page.goto(f"{address}/explore?data=mmr&pin=0.3,0.2")  # its name leads to it as well
    kept_its_place(page)
    expect(page).to_have_url(re.compile(r"127\.0\.0\.1:\d+/\?.*data=mmr"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Explore")).to_have_count(1)
    expect(page.locator(".histogram")).to_have_count(2)
    for histogram in page.locator(".histogram").all():
        histogram.scroll_into_view_if_needed()
        expect(histogram).to_have_attribute("aria-label", re.compile("half of them below"))
        expect(histogram.locator(".bar").first).to_have_attribute("title", re.compile(": "))
    assert not [url for url in asked if "plotly" in url.lower()]


def test_words_are_there_before_any_script(fetched: tuple[Page, list[str]], address: str):
    page, _ = fetched
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{address}/train")
    expect(page.get_by_text("The linear regions of ReLU networks")).to_be_visible()


PLOTS = {"certify?data=mmr": 0, "train?data=mmr&widths=12": 6, "polytope?pin=0,0&p=inf": 2, "slices": 2}


@pytest.mark.slow
@pytest.mark.parametrize("path", PLOTS)
def test_a_page_needs_no_plotly_at_first_and_hardly_moves(fetched: tuple[Page, list[str]], address: str, path: str):
    page, asked = fetched
    page.set_viewport_size({"width": SMALL[0], "height": SMALL[1]})
    page.goto(f"{address}/{path}")
    kept_its_place(page)
    assert not [url for url in asked if "plotly" in url.lower()]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "plots"), PLOTS.items())
def test_plotly_comes_where_a_plot_is_in_view(fetched: tuple[Page, list[str]], address: str, path: str, plots: int):
    page, asked = fetched
    page.goto(f"{address}/{path}")
    kept_its_place(page)
    page.wait_for_timeout(2000)  # nothing is to come
    assert not [url for url in asked if "plotly" in url.lower()]
    if plots:
        expect(page.locator("[class*='st-key-'][class*='-place']:not(:has(canvas))")).to_have_count(plots)
        page.locator("[class*='st-key-'][class*='-place']:not(:has(canvas))").last.scroll_into_view_if_needed()
        expect(page.locator(".js-plotly-plot")).to_have_count(plots)


LINK = "() => new URL(location).searchParams.get('pin')"
LINK_SAYS = f"""([s, t, near]) => {{
  const pin = ({LINK})().split(",").map(Number);
  return Math.abs(pin[0] - s) < near && Math.abs(pin[1] - t) < near;
}}"""


def drag_the_pin(page: Page, across: float, up: float) -> tuple[float, float]:
    """Drag the pin by so many px; returns its position in the link."""
    canvas, ground = page.locator("canvas.marks"), page.locator("canvas.ground")
    expect(canvas).to_have_attribute("data-covered", "true")
    waiting.at_rest(page)
    box = still_box(ground)
    before = canvas.get_attribute("data-pin") or ""
    s, t = map(float, before.split(","))
    s0, s1, t0, t1 = map(float, (canvas.get_attribute("data-view") or "").split(","))
    x, y = box["x"] + (s - s0) / (s1 - s0) * box["width"], box["y"] + (t1 - t) / (t1 - t0) * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y - up, steps=12)
    page.mouse.up()
    expect(canvas).not_to_have_attribute("data-pin", before)
    moved = s + across * (s1 - s0) / box["width"], t + up * (t1 - t0) / box["height"]
    near = 3 * (s1 - s0) / box["width"]
    page.wait_for_function(LINK_SAYS, arg=[*moved, near])
    waiting.at_rest(page)
    s, t = map(float, page.evaluate(LINK).split(","))
    assert (s, t) == pytest.approx(moved, abs=near)
    expect(canvas).to_have_attribute("data-pin", f"{s:#.6g},{t:#.6g}")  # link and picture say one point
    return s, t


@pytest.mark.slow
def test_after_a_drag_link_picture_and_panel_say_one_point(page: Page, address: str):
    page.goto(f"{address}/?data=mmr&pin=0.3,0.2")
    pin = drag_the_pin(page, 90, 60)
    theorem = theorem_3_1(as_network(load_preset("mmr").network, (2,)), pin, 2)
    shown = page.locator(".st-key-reading-distances").get_by_test_id("stMetricValue")
    expected = pytest.approx((theorem.d_B, theorem.d_D, theorem.radius), rel=0.011)
    until(page, lambda: tuple(map(float, shown.all_inner_texts())) == expected, "the panel should say the same")


@pytest.mark.slow
def test_after_a_drag_on_polytope_link_picture_and_verdict_say_one_point(page: Page, address: str):
    page.goto(f"{address}/polytope?from=explore&data=tight&pin=0.2,0.5&p=inf&eps=0.02&bounds=fast-lin")
    drag_the_pin(page, 60, -40)
    said = page.get_by_test_id("verdict").inner_text()
    page.reload()
    expect(page.get_by_test_id("verdict")).to_have_text(said, use_inner_text=True)
