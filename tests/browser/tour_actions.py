"""The actions that the tours ask for, in the browser, by the claim of the sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from pages.teaching.steps import PLACES
from tests.browser.waiting import at_rest, point_until, spot, until

Action = Callable[[Page], None]


def _place(page: Page, name: str) -> Locator:
    return page.locator(PLACES[name])


def _in_url(page: Page, text: str) -> None:
    expect(page).to_have_url(re.compile(text))


def _shown(place: Locator) -> str:
    """The text of the element, if it is visible."""
    return place.inner_text() if place.is_visible() else ""


def _step(page: Page) -> int:
    return int(page.locator(".timeline[data-moments]").last.get_attribute("aria-valuenow") or -1)


def _hover_units(page: Page) -> None:
    said, place = page.locator(".readout"), spot(page.locator("canvas.ground").first, 0.4, 0.4)
    point_until(page, *place, lambda: re.search(r"\d/6 on", _shown(said)), "the readout should say how many are on")


def _line_lights(page: Page) -> None:
    drawing, unit = page.locator(".network canvas"), page.locator('.network [data-unit="0.2"]')
    point_until(
        page, *spot(unit), lambda: drawing.get_attribute("data-pointed") == "2", "the unit should be pointed at"
    )
    page.mouse.move(0, 0)


def _formula(page: Page) -> None:
    page.locator(".st-key-explain-formula button:visible").first.click()
    expect(page.locator(".st-key-explore-steps-place")).to_contain_text("V")
    _in_url(page, "explain=formula")


def _training_button(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-training-bar .st-key-{name} button:visible").first


def _training_step(page: Page) -> int:
    said = re.search(r"step ([\d,]+)", _shown(page.locator(".st-key-training-progress")))
    return int(said[1].replace(",", "")) if said else 0


def _train(page: Page) -> None:
    _training_button(page, "train").click()
    until(page, lambda: _training_step(page) > 0, "it should train")


def _stop_step_rewind(page: Page) -> None:
    _training_button(page, "stop").click()
    expect(_training_button(page, "train")).to_be_visible()
    at_rest(page)
    before = _training_step(page)
    _training_button(page, "one-step").click()
    until(page, lambda: _training_step(page) == before + 1, "it should take one step")
    _training_button(page, "rewind").click()
    expect(page.locator(".st-key-training-progress")).to_have_count(0)
    expect(_training_button(page, "rewind")).to_be_disabled()


def _zoom(page: Page) -> None:
    marks = page.locator("canvas.marks").first
    place = spot(page.locator("canvas.ground").first)
    before = marks.get_attribute("data-view") or ""
    page.mouse.move(*place)
    page.mouse.wheel(0, -240)
    expect(marks).not_to_have_attribute("data-view", before)


def _found_afresh(page: Page) -> None:
    marks = page.locator("canvas.marks").first
    place = spot(page.locator("canvas.ground").first)
    frame = marks.get_attribute("data-frame") or ""
    for _ in range(3):
        page.mouse.move(*place)
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


AT = r"[?&]at="
ON_A_CURVE = """(plot) => {
  const { xaxis, yaxis } = plot._fullLayout, { left, top } = plot.getBoundingClientRect();
  const line = plot._fullData.find(({ x }) => x?.length > 2), at = Math.floor(line.x.length / 2);
  const across = xaxis._offset + xaxis.d2p(line.x[at]), down = yaxis._offset + yaxis.d2p(line.y[at]);
  return [left + across, top + down];
}"""


def _curve(page: Page) -> None:
    _play(page)
    at_rest(page)
    click_a_curve(page)


def click_a_curve(page: Page) -> None:
    """At the middle one of the first curve's points, until the link has a moment."""
    expect(page).not_to_have_url(re.compile(AT))
    chart = _place(page, "train-loss").last
    chart.scroll_into_view_if_needed()  # a plot comes when it is in view
    turn = 0

    def clicked() -> bool:
        nonlocal turn
        if turn % 60 == 0:  # while a plot is drawn, or drawn anew, it does not listen
            expect(chart.locator(".js-plotly-plot")).to_have_count(1)  # that of before has made way
            expect(chart.locator(".scatterlayer path.js-line").first).to_be_visible()
            chart.scroll_into_view_if_needed()
            spot(chart)
            page.mouse.click(*chart.locator(".js-plotly-plot").evaluate(ON_A_CURVE), delay=60)
        turn += 1
        return re.search(AT, page.url) is not None

    until(page, clicked, "a click on a curve should go to its moment")


def _export(page: Page) -> None:
    _place(page, "train-export").get_by_role("button").first.click()
    for what in ("Make a film", "Curves (CSV)", "network (safetensors)", "picture (SVG)"):
        expect(page.get_by_role("button", name=what).first).to_be_visible()
    page.keyboard.press("Escape")


def _outputs(page: Page) -> None:
    tip, place = page.locator(".outputs .tip"), spot(page.locator("canvas.ground").first, 0.52, 0.52)
    point_until(page, *place, lambda: "is taken to" in _shown(tip), "the output of the input should be told")


PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def _inputs(page: Page) -> None:
    canvas = page.get_by_test_id("output-view")
    expect(canvas).to_have_attribute("data-vertices", re.compile(r"[1-9]"))
    (left, top), (right, bottom) = spot(canvas, 0, 0), spot(canvas, 1, 1)
    tip, shares = page.locator(".outputs .tip"), [k / 24 for k in range(3, 22)]
    places = [(left + s * (right - left), top + t * (bottom - top)) for s in shares for t in shares]
    turn = 0

    def answers() -> bool:
        nonlocal turn
        page.mouse.move(*places[turn % len(places)])
        turn += 1
        page.evaluate(PAINTED)
        return "reached by" in _shown(tip) and page.locator(".readout").first.is_visible()

    until(page, answers, "a vertex should answer, and the input plane with it")


def _grows(page: Page) -> None:
    canvas, play = page.get_by_test_id("output-view"), page.get_by_role("button", name="Let ε grow")
    expect(canvas).to_have_attribute("data-film", re.compile(r"[1-9]"))
    before = canvas.get_attribute("data-eps") or ""
    play.click()
    expect(canvas).not_to_have_attribute("data-eps", before)
    play.click()


def _image(page: Page) -> None:
    place = spot(page.locator("canvas.ground").first, 0.55, 0.6)
    images = page.locator(".readout:visible .seen canvas:visible")
    point_until(page, *place, lambda: images.count() == 2, "both readouts should show the image")


ACTIONS: dict[str, Action] = {
    "hover: units on": _hover_units,
    "hover: its line lights": _line_lights,
    "press: formula": _formula,
    "press: train": _train,
    "press: stop, step and rewind": _stop_step_rewind,
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
