"""What the tours ask for, done by hand in the browser, by the claim of the sentence that asks."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from pages.teaching.steps import PLACES
from tests.browser.waiting import until

Action = Callable[[Page], None]


def _place(page: Page, name: str) -> Locator:
    return page.locator(PLACES[name])


def _middle(page: Page, where: Locator, s: float = 0.5, t: float = 0.5) -> tuple[float, float]:
    box = where.bounding_box()
    assert box is not None
    return box["x"] + s * box["width"], box["y"] + t * box["height"]


def _in_url(page: Page, text: str) -> None:
    expect(page).to_have_url(re.compile(text))


def _step(page: Page) -> int:
    return int(page.locator(".timeline[data-moments]").last.get_attribute("aria-valuenow") or -1)


def _hover_units(page: Page) -> None:
    page.mouse.move(*_middle(page, page.locator("canvas.ground").first, 0.4, 0.4))
    expect(page.locator(".readout")).to_contain_text(re.compile(r"\d/6 on"))


def _affine_map(page: Page) -> None:
    _place(page, "explore-map").get_by_text("Affine map and pattern").click()
    expect(page.get_by_text("f₁ =", exact=False)).to_be_visible()


def _zoom(page: Page) -> None:
    marks = page.locator("canvas.marks").first
    before = marks.get_attribute("data-view") or ""
    page.mouse.move(*_middle(page, page.locator("canvas.ground").first))
    page.mouse.wheel(0, -240)
    expect(marks).not_to_have_attribute("data-view", before)


def _found_afresh(page: Page) -> None:
    marks = page.locator("canvas.marks").first
    frame = marks.get_attribute("data-frame") or ""
    for _ in range(3):
        page.mouse.move(*_middle(page, page.locator("canvas.ground").first))
        page.mouse.wheel(0, 240)  # out, to what was not found before
        page.wait_for_timeout(100)
    expect(marks).not_to_have_attribute("data-frame", frame)


def _norms(page: Page) -> None:
    page.keyboard.press("1")
    _in_url(page, r"[?&]p=1")
    page.keyboard.press("3")
    _in_url(page, r"[?&]p=inf")


def _slide(place: str, name: str) -> Action:
    def act(page: Page) -> None:
        slider = _place(page, place).get_by_role("slider")
        before = slider.get_attribute("aria-valuenow") or ""
        slider.press("ArrowRight")
        expect(slider).not_to_have_attribute("aria-valuenow", before)
        _in_url(page, rf"[?&]{name}=")

    return act


def _button(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-train-{name} button:visible")


def _play(page: Page) -> None:
    _button(page, "play").click()
    until(page, lambda: _step(page) > 2, "pictures should follow training")
    _pause(page)


def _pause(page: Page) -> None:
    play = _button(page, "play")
    expect(play).to_be_enabled()
    if "Pause" in play.inner_text():
        play.click()
    expect(play).to_contain_text("Play")


def _drag(page: Page) -> None:
    if _step(page) < 3:
        _play(page)
    line = page.locator(".timeline[data-moments]").last
    line.focus()
    page.keyboard.press("Home")
    until(page, lambda: _step(page) == 0, "the pictures should go back")


def _film(page: Page) -> None:
    if _step(page) < 1 and _button(page, "latest").is_enabled():
        _button(page, "latest").click()
    film = _button(page, "film")
    expect(film).to_be_enabled()
    film.click()
    expect(film).to_contain_text("Stop film")
    film.click()
    expect(film).not_to_contain_text("Stop film")


def _rewind(page: Page) -> None:
    rewind = _button(page, "rewind")
    if not rewind.is_enabled():
        _play(page)
    rewind.click()
    expect(rewind).to_be_disabled()
    until(page, lambda: _step(page) == 0, "all should be back at the initial weights")


ON_A_CURVE = """(plot) => {
  const { xaxis, yaxis } = plot._fullLayout, { left, top } = plot.getBoundingClientRect();
  const line = plot._fullData.find(({ x }) => x?.length > 2), at = Math.floor(line.x.length / 2);
  const across = xaxis._offset + xaxis.d2p(line.x[at]), down = yaxis._offset + yaxis.d2p(line.y[at]);
  return [left + across, top + down];
}"""


def _curve(page: Page) -> None:
    _play(page)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    click_a_curve(page)
    _in_url(page, r"[?&]at=")


def click_a_curve(page: Page) -> None:
    """At the middle one of the first curve's points."""
    chart = _place(page, "train-loss").last
    chart.scroll_into_view_if_needed()  # a plot comes when it is in view
    expect(chart.locator(".js-plotly-plot")).to_have_count(1)  # that of before has made way
    expect(chart.locator(".scatterlayer path.js-line").first).to_be_visible()
    chart.scroll_into_view_if_needed()
    page.mouse.click(*chart.locator(".js-plotly-plot").evaluate(ON_A_CURVE), delay=60)


def _export(page: Page) -> None:
    _place(page, "train-export").get_by_role("button").first.click()
    for what in ("Make a film", "Curves (CSV)", "network (safetensors)", "picture (SVG)"):
        expect(page.get_by_role("button", name=what).first).to_be_visible()
    page.keyboard.press("Escape")


def _outputs(page: Page) -> None:
    page.mouse.move(*_middle(page, page.locator("canvas.ground").first, 0.52, 0.52))
    expect(page.locator(".outputs .tip")).to_contain_text("is taken to")


def _inputs(page: Page) -> None:
    canvas = page.get_by_test_id("output-view")
    expect(canvas).to_have_attribute("data-vertices", re.compile(r"[1-9]"))
    box = canvas.bounding_box()
    assert box is not None
    for share in (k / 24 for k in range(3, 22)):
        for height in (k / 24 for k in range(3, 22)):
            page.mouse.move(box["x"] + share * box["width"], box["y"] + height * box["height"])
            if page.locator(".outputs .tip").is_visible():
                expect(page.locator(".outputs .tip")).to_contain_text("reached by")
                expect(page.locator(".readout").first).to_be_visible()
                return
    raise AssertionError("no vertex answered")


def _grows(page: Page) -> None:
    canvas, play = page.get_by_test_id("output-view"), page.get_by_role("button", name="Let ε grow")
    expect(canvas).to_have_attribute("data-film", re.compile(r"[1-9]"))
    before = canvas.get_attribute("data-eps") or ""
    play.click()
    expect(canvas).not_to_have_attribute("data-eps", before)
    play.click()


def _image(page: Page) -> None:
    page.mouse.move(*_middle(page, page.locator("canvas.ground").first, 0.55, 0.6))
    for slot in range(2):
        expect(page.locator(".readout").nth(slot)).to_be_visible()
        expect(page.locator(".readout .seen canvas").nth(slot)).to_be_visible()


ACTIONS: dict[str, Action] = {
    "hover: units on": _hover_units,
    "open: affine map": _affine_map,
    "wheel: zoom": _zoom,
    "keys: norms": _norms,
    "press: play": _play,
    "slide: λ": _slide("train-lambda", "b-lam"),
    "slide: ε": _slide("train-eps", "eps"),
    "drag: timeline": _drag,
    "press: film": _film,
    "press: rewind": _rewind,
    "click: curve": _curve,
    "open: export": _export,
    "hover: outputs": _outputs,
    "hover: inputs": _inputs,
    "press: ε grows": _grows,
    "hover: an image and its scores": _image,
    "wheel: found afresh": _found_afresh,
}
