"""The Train page in a browser: play, watch the regions change, pause, scrub, download."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from models import load_network
from models.data.images.images import FOLDER_VARIABLE
from tests.browser.cut_off import proxy
from tests.browser.server import start_server
from tests.browser.tour_actions import click_a_curve
from tests.browser.waiting import at_rest, still_box, until

APP = Path(__file__).parents[2] / "app.py"
HEAVY = "/train?of=images&network=fc1&batch=4000&a=kw&b=mmr&p=2"
LINK = "/train?data=mmr&widths=24&steps=5000&speed=20"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("data")))
        return app_server(APP)


def opened(page: Page, address: str, link: str = LINK) -> Locator:
    """Both pictures, once they are painted."""
    page.goto(f"{address}{link}")
    canvases = page.locator("canvas.marks")
    expect(canvases).to_have_count(2)
    for canvas in canvases.all():
        expect(canvas).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))
        expect(canvas).to_have_attribute("data-covered", "true")
    settled(page)
    still_box(page.locator("canvas.ground").first)
    return canvases


def button(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-train-{name} button:visible")


def timeline(page: Page) -> Locator:
    return page.locator(".timeline[data-moments]").last


def frames(canvases: Locator) -> list[str | None]:
    return [canvas.get_attribute("data-frame") for canvas in canvases.all()]


def step(page: Page) -> int:
    return int(timeline(page).get_attribute("aria-valuenow") or "-1")


def marked(page: Page) -> int | None:
    """The step that the first chart marks."""
    plot = page.locator(".st-key-train-chart-loss .js-plotly-plot").last
    found: int | None = plot.evaluate("(plot) => plot.layout?.shapes?.[0]?.x0 ?? null")
    return found


def settled(page: Page) -> None:
    """Wait until nothing changes: in ten checks in a row no script ran, and pictures and timeline were the same."""
    at_rest(page)
    seen: list[object] = []

    def same() -> bool:
        runs = page.get_by_test_id("stApp").get_attribute("data-test-script-state") != "notRunning"
        seen.append(object() if runs else (step(page), frames(page.locator("canvas.marks"))))
        page.wait_for_timeout(50)
        return len(seen) >= 10 and all(each == seen[-1] for each in seen[-10:])

    until(page, same, "it should come to rest")


@pytest.mark.slow
def test_a_student_plays_watches_and_takes_it_away(page: Page, address: str, tmp_path: Path):
    page.set_viewport_size({"width": 1280, "height": 1500})  # with the curves
    canvases = opened(page, address)
    before = frames(canvases)
    assert before[0] == before[1]  # the same weights
    expect(page.get_by_test_id("comparison")).to_contain_text("press Play")

    button(page, "play").click()
    seen = {tuple(frames(canvases))}
    until(page, lambda: seen.add(tuple(frames(canvases))) or len(seen) >= 4, "pictures should follow training")
    expect(page.get_by_test_id("comparison")).to_contain_text("from the data")
    until(page, lambda: step(page) > 60, "there should be room on the timeline for a click in its middle")

    page.keyboard.press("Space")
    expect(button(page, "play")).to_contain_text("Play")
    settled(page)
    assert step(page) > 0
    last, latest = step(page), frames(canvases)
    page.wait_for_timeout(500)
    assert (step(page), frames(canvases)) == (last, latest)

    page.keyboard.press("ArrowRight")
    until(page, lambda: step(page) == last + 1, "an arrow should make a step")
    page.keyboard.press("ArrowLeft")
    until(page, lambda: step(page) <= last, "the other arrow should go back")
    until(page, lambda: marked(page) == step(page), "the curves should mark the step on screen")

    box = still_box(timeline(page))
    page.mouse.click(box["x"] + box["width"] * last / 10_000, box["y"] + box["height"] * 0.7)
    until(page, lambda: 0 < step(page) < last, "a click on the timeline should go there")
    until(page, lambda: 0 < (marked(page) or 0) < last, "and so should the mark")
    timeline(page).focus()
    page.keyboard.press("Home")
    until(page, lambda: frames(canvases) == before, "the first moment should look as it did")
    expect(page).to_have_url(re.compile(r"[?&]at=0"))
    until(page, lambda: marked(page) == 0, "the curves should mark the first moment")

    button(page, "latest").click()
    until(page, lambda: step(page) == last + 1, "and the latest should be back")
    until(page, lambda: marked(page) is None, "nothing is marked while the latest is shown")
    click_a_curve(page)
    until(page, lambda: 0 < step(page) <= last, "a click on a curve should go to its moment")
    until(page, lambda: marked(page) == step(page), "and the curves should mark it")
    button(page, "latest").click()
    until(page, lambda: step(page) == last + 1, "and the latest should be back")

    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="MMR: network").click()
    download.value.save_as(tmp_path / "mmr.safetensors")
    assert load_network(tmp_path / "mmr.safetensors")[0].out_features == 24
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    until(page, lambda: marked(page) is not None, "the curves should mark the step on screen")
    page.keyboard.press("r")
    until(page, lambda: step(page) == 0, "R should rewind")
    until(page, lambda: marked(page) is None, "nothing is marked after rewinding")
    for number in (1, 2):
        page.keyboard.press("ArrowRight")
        until(page, lambda number=number: step(page) == number, "an arrow should make a step")
    page.get_by_role("button", name="Export").click()
    button(page, "make-film").click()
    film = page.get_by_role("button", name="Film (GIF)")
    expect(film).to_be_visible()
    with page.expect_download() as download:
        film.click()
    picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert picture.format == "GIF" and picture.n_frames > 2


@pytest.mark.slow
def test_rewind_returns_to_the_first_picture_and_sessions_do_not_meet(browser: Browser, page: Page, address: str):
    canvases = opened(page, address)
    before = frames(canvases)
    other = browser.new_context(viewport=page.viewport_size)  # the same part of the plane in view
    elsewhere = opened(other.new_page(), address)
    page.bring_to_front()
    page.keyboard.press("ArrowRight")
    until(page, lambda: step(page) == 1 and frames(canvases) != before, "a step should change the pictures")
    assert frames(elsewhere) == before
    other.close()
    page.keyboard.press("r")
    until(page, lambda: step(page) == 0 and frames(canvases) == before, "R should rewind")


@pytest.mark.slow
def test_views_zoom_and_pin_together(page: Page, address: str):
    canvases = opened(page, address)
    ground = still_box(page.locator("canvas.ground").nth(1))
    page.mouse.move(ground["x"] + 60, ground["y"] + 80)
    page.mouse.wheel(0, -300)
    page.mouse.click(ground["x"] + 120, ground["y"] + 140)
    for canvas in canvases.all():
        expect(canvas).to_have_attribute("data-pin", re.compile(r"\d"))

    def together() -> bool:
        return len({canvas.get_attribute("data-view") for canvas in canvases.all()}) == 1

    until(page, together, "both should look at the same place")
    expect(page).to_have_url(re.compile(r"pin=.*view=|view=.*pin="))


@pytest.mark.slow
def test_a_reload_offers_to_go_on(page: Page, address: str):
    opened(page, address)
    button(page, "play").click()
    until(page, lambda: step(page) > 5, "it should train")
    button(page, "play").click()
    expect(page).to_have_url(re.compile("run="))
    settled(page)
    page.reload()
    go_on = button(page, "go-on")
    expect(go_on).to_be_visible()
    go_on.click()
    until(page, lambda: step(page) > 5, "it should go on where it was")


@pytest.mark.slow
def test_a_training_outlives_a_lost_connection(page: Page, address: str):
    with proxy(address) as between:
        opened(page, between.address)
        button(page, "play").click()
        until(page, lambda: step(page) > 5, "it should train")
        before = step(page)
        between.cut()
        page.wait_for_timeout(4000)
        between.mend()
        until(page, lambda: step(page) > before + 40, "it should have gone on meanwhile, and be followed again")
        expect(button(page, "play")).to_contain_text("Pause")
        expect(page.locator(".st-key-train-resume")).to_have_count(0)
        expect(page.locator("canvas.marks").first).to_have_attribute("data-regions", re.compile(r"[1-9]\d*"))


@pytest.mark.slow
def test_a_second_reload_offers_to_go_on_as_well(page: Page, address: str):
    opened(page, address)
    button(page, "play").click()
    until(page, lambda: step(page) > 5, "it should train")
    expect(page).to_have_url(re.compile("run="))
    for _ in range(2):
        page.reload()
        expect(button(page, "go-on")).to_be_visible()
        expect(page).to_have_url(re.compile("run="))
    button(page, "go-on").click()
    until(page, lambda: step(page) > 5, "it should go on where it is")


@pytest.mark.slow
def test_a_second_tab_leaves_a_training_alone(browser: Browser, page: Page, address: str):
    opened(page, address)
    button(page, "play").click()
    until(page, lambda: step(page) > 5, "it should train")
    expect(page).to_have_url(re.compile("run="))
    context = browser.new_context()
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator(".st-key-train-elsewhere")).to_contain_text("in another tab")
    expect(other.locator(".st-key-train-resume")).to_have_count(0)
    before = step(page)
    until(page, lambda: step(page) > before, "the first tab's training should go on")
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize(("presses", "says"), [(("play", "play"), "Pausing"), (("step",), "One step")])
def test_a_button_answers_in_the_middle_of_a_step_of_minutes(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, presses: tuple[str, ...], says: str
):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    server, own_address = start_server(APP, tmp_path / "server.log")  # its step would go on beside other tests
    try:
        page.goto(f"{own_address}{HEAVY}")
        for press in presses[:-1]:
            button(page, press).click()
            expect(button(page, "play")).to_contain_text("Pause")
            page.wait_for_timeout(1000)
        button(page, presses[-1]).click()
        expect(button(page, "play")).to_contain_text(says)  # as it does while the step goes on
        expect(page.get_by_text("The step under way ends first").first).to_be_visible()
        expect(button(page, "step")).to_be_disabled()
    finally:
        server.kill()
