"""Effects of the controls of the Polytope page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from figures.certify.polytope import bound_styles, set_title
from tests.browser.control_effects import Act, Effect
from tests.browser.found_controls import Control
from tests.browser.waiting import until

OUTPUTS = "output-view"
NEAR = 0.01  # of the picture's size: it eases to its place


def _said(page: Page, name: str) -> str:
    return page.get_by_test_id(OUTPUTS).get_attribute(f"data-{name}") or ""


def radius(value: float) -> Effect:
    """ε has this value, as a number and in the picture."""

    def see(page: Page, act: Act, control: Control) -> None:
        number = page.get_by_role("spinbutton", name="ε", exact=True)
        assert float(number.input_value()) != value, control
        act()
        until(page, lambda: float(number.input_value()) == value, f"{control} should set ε to {value}")
        until(page, lambda: float(_said(page, "eps")) == value, f"{control} should draw the sets at ε = {value}")

    return Effect(f"ε is {value} in its field and in the picture", see)


def draws() -> Effect:
    """The set of this bound appears or disappears, in picture and link."""

    def see(page: Page, act: Act, control: Control) -> None:
        bound = next(name for name in bound_styles() if set_title(name) == control.name)

        def drawn() -> bool:
            return bound in _said(page, "sets").split(",")

        before, link = drawn(), parse_qs(urlsplit(page.url).query).get("bounds")
        act()
        until(page, lambda: drawn() != before, f"{control} should be drawn, or no more: {_said(page, 'sets')}")
        until(
            page, lambda: parse_qs(urlsplit(page.url).query).get("bounds") != link, f"{control} should be in the link"
        )

    return Effect("the set of this bound is drawn, or no more, and the link has it", see)


def grows() -> Effect:
    """ε in the picture grows up to its largest value."""

    def see(page: Page, act: Act, control: Control) -> None:
        until(page, lambda: int(_said(page, "film")) > 0, "the film should be computed")
        seen = {_said(page, "eps")}
        act()
        until(page, lambda: seen.add(_said(page, "eps")) or len(seen) > 4, f"{control} should let ε grow: {seen}")
        reach = float(
            page.get_by_test_id("stNumberInputContainer").locator("input[aria-label='Largest ε']").input_value()
        )
        until(page, lambda: float(_said(page, "eps")) == reach, f"{control} should end at ε = {reach}")

    return Effect("ε grows in the picture up to the largest", see)


def resets_outputs() -> Effect:
    """The output plane shows again what it showed before the wheel was turned over it."""

    def see(page: Page, act: Act, control: Control) -> None:
        def view() -> list[float]:
            return [float(part) for part in _said(page, "view").split(",")]

        def away(one: list[float], other: list[float]) -> float:
            sizes = [one[2], one[3], one[2], one[3]]
            return max(abs(a - b) / size for a, b, size in zip(one, other, sizes))

        rests(page)
        canvas, before = page.get_by_test_id(OUTPUTS), view()
        canvas.hover()
        page.mouse.wheel(0, -240)
        until(page, lambda: away(before, view()) > 10 * NEAR, "the wheel should change the view")
        act()
        until(page, lambda: away(before, view()) < NEAR, f"{control} should bring back the view {before}, not {view()}")

    return Effect("the picture shows again what it showed before the wheel was turned", see)


def rests(page: Page) -> None:
    """The film is complete, and the picture has stopped moving."""
    canvas, seen = page.get_by_test_id(OUTPUTS), [""]
    expect(canvas).not_to_have_attribute("data-film", "0")

    def same() -> bool:
        seen.append(_said(page, "view"))
        page.wait_for_timeout(200)
        return len(seen) > 5 and len(set(seen[-5:])) == 1

    until(page, same, "the output plane should come to rest")
