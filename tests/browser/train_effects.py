"""Effects of the controls of the Train page, and the actions that lead to its states."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.control_effects import Act, Effect
from tests.browser.found_controls import Control, element_of
from tests.browser.link_effects import have_parts
from tests.browser.waiting import at_rest, until

PLAY = ".st-key-train-play button:visible"
GIF = ".st-key-train-training-gif"


def timeline(page: Page) -> Locator:
    return page.locator(".timeline[data-moments]").last


def step(page: Page) -> int:
    """The step on screen."""
    return int(timeline(page).get_attribute("aria-valuenow") or "-1")


# ---- states -----------------------------------------------------------------------------------------------------


def play(page: Page) -> None:
    """Start training."""
    page.locator(PLAY).click()
    until(page, lambda: step(page) > 0, "it should train")


def trained(page: Page) -> None:
    """All steps are done."""
    play(page)
    expect(page.locator(".st-key-train-transport")).to_contain_text("All steps are done")
    at_rest(page)


def looks_back(page: Page) -> None:
    """Training is paused, and a moment before its last is on screen."""
    play(page)
    until(page, lambda: step(page) > 3, "it should train")
    page.locator(PLAY).click()
    expect(page.locator(PLAY)).to_contain_text("Play")
    at_rest(page)
    before = step(page)
    page.locator(".st-key-train-back button:visible").click()
    until(page, lambda: step(page) < before, "it should go back")
    at_rest(page)


def filmed(page: Page) -> None:
    """Train to the end, and make a film."""
    trained(page)
    page.locator(".st-key-train-export button").click()
    page.locator(".st-key-train-make-film button:visible").click()
    expect(page.locator(GIF)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    at_rest(page)


def plays_film(page: Page) -> None:
    """Train to the end, and play the film."""
    trained(page)
    page.locator(".st-key-train-film button:visible").click()
    expect(page.locator(".st-key-train-film button:visible")).to_contain_text("Stop film")


def interrupted(page: Page) -> None:
    """Open the page again while training runs."""
    play(page)
    page.locator(PLAY).click()
    expect(page).to_have_url(re.compile("run="))
    expect(page.locator(PLAY)).to_contain_text("Play")
    at_rest(page)
    page.reload()
    expect(page.locator(".st-key-train-go-on")).to_be_visible()
    at_rest(page)


# ---- effects ----------------------------------------------------------------------------------------------------


def trains() -> Effect:
    def see(page: Page, act: Act, control: Control) -> None:
        before = step(page)
        act()
        expect(page.locator(PLAY)).to_contain_text("Pause")
        until(page, lambda: step(page) > before, f"{control} should train on from step {before}")
        page.locator(PLAY).click()
        expect(page.locator(PLAY)).to_contain_text("Play")

    return Effect("the step on screen rises, and the button then says Pause", see)


def pauses() -> Effect:
    def see(page: Page, act: Act, control: Control) -> None:
        act()
        expect(page.locator(PLAY)).to_contain_text("Play")
        at_rest(page)
        before = step(page), page.locator("canvas.marks").first.get_attribute("data-frame")
        page.wait_for_timeout(1500)
        assert before == (step(page), page.locator("canvas.marks").first.get_attribute("data-frame")), control

    return Effect("steps and pictures stand still, and the button then says Play", see)


def steps(way: int) -> Effect:
    """One step forward, or back to the moment before."""

    def see(page: Page, act: Act, control: Control) -> None:
        before = step(page)
        act()
        until(page, lambda: step(page) != before, f"{control} should leave step {before}")
        at_rest(page)
        after = step(page)
        assert (after > before) == (way > 0), (control, before, after)

    return Effect("the step on screen is " + ("a later one" if way > 0 else "the one of the picture before"), see)


def holds_moment() -> Effect:
    def see(page: Page, act: Act, control: Control) -> None:
        act()
        expect(page.locator(".st-key-train-latest button:visible")).to_be_enabled()
        at_rest(page)
        shown, last = step(page), trained_steps(page)
        until(page, lambda: trained_steps(page) > last, "it should train on")
        assert step(page) == shown < last, (control, shown, last)

    return Effect("an earlier moment stays on screen while training goes on", see)


def rewinds() -> Effect:
    def see(page: Page, act: Act, control: Control) -> None:
        act()
        until(page, lambda: step(page) == 0, f"{control} should go back to step 0")
        expect(page.locator(".st-key-train-rewind button:visible")).to_be_disabled()
        expect(page.get_by_test_id("comparison")).to_contain_text("press Play")

    return Effect("all networks are at step 0 with their initial weights", see)


def films() -> Effect:
    def see(page: Page, act: Act, control: Control) -> None:
        seen: set[int] = set()
        act()
        expect(page.locator(".st-key-train-film button:visible")).to_contain_text("Stop film")
        until(page, lambda: seen.add(step(page)) or len(seen) > 2, f"{control} should show moments, showed {seen}")

    return Effect("moment after moment shows, and the button then says Stop film", see)


def shows_latest() -> Effect:
    def see(page: Page, act: Act, control: Control) -> None:
        act()
        expect(page.locator(".st-key-train-latest button:visible")).to_be_disabled()
        expect(page.locator(".st-key-train-film button:visible")).not_to_contain_text("Stop film")
        at_rest(page)
        assert "at" not in parse_qs(urlsplit(page.url).query), page.url
        until(page, lambda: step(page) == trained_steps(page), f"{control} should show the last step")

    return Effect("the last step that was trained is on screen", see)


def trained_steps(page: Page) -> int:
    """The last trained step on the timeline."""
    look = "(each) => parseFloat(each.querySelector('.done').style.width) / 100 * each.getAttribute('aria-valuemax')"
    return round(float(timeline(page).evaluate(look)))


def chooses_step() -> Effect:
    """Home goes to step 0, and a click in the middle of what is trained to a step there."""

    def see(page: Page, act: Act, control: Control) -> None:
        last, place = trained_steps(page), element_of(page, control)
        assert place is not None and last > 1, (control, last)
        place.focus()
        page.keyboard.press("Home")
        until(page, lambda: step(page) == 0, f"{control} should go to step 0")
        at_rest(page)
        box = timeline(page).bounding_box()
        assert box is not None
        share = last / int(timeline(page).get_attribute("aria-valuemax") or 0)
        page.mouse.click(box["x"] + share * box["width"] * 0.6, box["y"] + box["height"] * 0.7)
        until(page, lambda: 0 < step(page) < last, f"{control} should go to a step before {last}")

    return Effect("the picture of the step that is pointed at shows, or of step 0 after Home", see)


def compares(slot: int) -> Effect:
    """The objective that was chosen has a picture of its own, headed by its name."""

    def see(page: Page, act: Act, control: Control) -> None:
        def heads() -> list[str]:
            return page.locator(".train-head .title").all_inner_texts()

        before = heads()
        act()
        until(page, lambda: len(heads()) > slot and heads()[slot : slot + 1] != before[slot : slot + 1],
            f"{control} should change the objectives {before}")  # fmt: skip
        expect(page.locator("canvas.marks")).to_have_count(len(heads()))
        assert f"{'abc'[slot]}=" in page.url, page.url

    return Effect("a picture is headed by that objective, and the link has it", see)


def sends(path: str, **there: str | None) -> Effect:
    """The page opens with the chosen network, these data and this pin."""

    def see(page: Page, act: Act, control: Control) -> None:
        network = page.get_by_role("combobox", name="Send a network to").input_value()
        number = trained_steps(page)
        act()
        expect(page).to_have_url(re.compile(rf"^https?://[^/]+{path}(\?|$)"))
        expect(page.get_by_test_id("stSidebar")).to_contain_text(f"{network}, {number} step")
        at_rest(page)
        have_parts(page, there, control)
        assert page.get_by_test_id("stException").count() == 0

    words = ", ".join(f"`{name}={value}`" for name, value in there.items())
    return Effect(f"the page {path} opens and asks about the network on screen, with {words}", see)


def goes_on() -> Effect:
    """The run is back at the step at which it was interrupted."""

    def see(page: Page, act: Act, control: Control) -> None:
        assert step(page) == 0, control
        act()
        expect(page.locator(".st-key-train-resume")).to_have_count(0)
        until(page, lambda: step(page) > 0, f"{control} should go on where it was")

    return Effect("the step at which it was interrupted is on screen", see)


def begins_anew() -> Effect:
    def see(page: Page, act: Act, control: Control) -> None:
        act()
        expect(page.locator(".st-key-train-resume")).to_have_count(0)
        at_rest(page)
        have_parts(page, {"run": None}, control)
        assert step(page) == 0

    return Effect("the offer goes, and training is at step 0", see)
