"""Effects of controls that a browser can show: each waits until it has seen one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.found_controls import Control, element_of
from tests.browser.waiting import PATIENCE, at_rest, spot, until

Act = Callable[[], None]
VALUE = """(each) => (each.type === 'checkbox' || each.type === 'radio' ? String(each.checked)
  : each.getAttribute('aria-checked') ?? each.getAttribute('aria-pressed') ?? each.value
  ?? each.getAttribute('aria-valuenow') ?? '')"""


@dataclass(frozen=True)
class Effect:
    """`says` completes "when it is used, …"; `see` uses the control and waits until that is so."""

    says: str
    see: Callable[[Page, Act, Control], None]


def link(*names: str) -> Effect:
    """One of the link's parts of these names changes, appears or disappears."""
    words = ", ".join(f"`{name}`" for name in names)

    def see(page: Page, act: Act, control: Control) -> None:
        before = [_parts(page).get(name) for name in names]
        act()
        until(page, lambda: [_parts(page).get(name) for name in names] != before, f"{control} should change {words}")

    return Effect(f"{words} changes in the link", see)


def no_link(name: str) -> Effect:
    """The link loses its part of this name."""

    def see(page: Page, act: Act, control: Control) -> None:
        assert name in _parts(page), (control, page.url)
        act()
        until(page, lambda: name not in _parts(page), f"{control} should take {name} out of the link")

    return Effect(f"`{name}` leaves the link", see)


def goes(path: str) -> Effect:
    """Another page opens."""

    def see(page: Page, act: Act, control: Control) -> None:
        act()
        expect(page).to_have_url(re.compile(rf"^https?://[^/]+{path}(\?|$)"))
        expect(page.locator("h1").first).to_be_visible()

    return Effect(f"the page {path} opens", see)


def file(name: str) -> Effect:
    """The browser saves a file of this name that is not empty."""

    def see(page: Page, act: Act, control: Control) -> None:
        with page.expect_download(timeout=1000 * PATIENCE) as download:
            act()
        saved = download.value
        assert re.fullmatch(name, saved.suggested_filename), (control, saved.suggested_filename)
        assert saved.path().stat().st_size > 20, control

    return Effect(f"the file {name.replace(chr(92), '')} is saved", see)


def shows(what: str, css: str) -> Effect:
    def see(page: Page, act: Act, control: Control) -> None:
        expect(page.locator(css).filter(visible=True)).to_have_count(0)
        act()
        expect(page.locator(css).filter(visible=True).first).to_be_visible()

    return Effect(f"{what} shows", see)


def opens(what: str, css: str) -> Effect:
    """The element appears, and Escape closes it."""

    def see(page: Page, act: Act, control: Control) -> None:
        expect(page.locator(css).filter(visible=True)).to_have_count(0)
        act()
        expect(page.locator(css).filter(visible=True).first).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(css).filter(visible=True)).to_have_count(0)

    return Effect(f"{what} opens, and Escape closes it", see)


def folds() -> Effect:
    """The content folds or unfolds, and a second use undoes it."""

    def see(page: Page, act: Act, control: Control) -> None:
        for _ in range(2):
            before = _open(page, control)
            act()
            until(page, lambda before=before: _open(page, control) != before, f"{control} should fold")
            page.wait_for_timeout(800)  # it slides, and does not listen meanwhile

    return Effect("what it holds is folded away, and shown", see)


def focuses(what: str, css: str) -> Effect:
    """The keyboard focus moves to the element."""

    def see(page: Page, act: Act, control: Control) -> None:
        place = element_of(page, control)
        assert place is not None, control
        place.focus()
        page.keyboard.press("Enter")
        inside = f"document.activeElement?.closest({css!r}) !== null"
        until(page, lambda: bool(page.evaluate(inside)), f"{control} should lead to {what}")

    return Effect(f"the keyboard goes on in {what}", see)


def folds_sidebar() -> Effect:
    """The sidebar closes, and a button opens it again."""

    def see(page: Page, act: Act, control: Control) -> None:
        page.get_by_test_id("stSidebar").hover(position={"x": 5, "y": 5})  # it shows while the pointer is there
        act()
        back = page.get_by_test_id("stExpandSidebarButton")
        expect(back).to_be_visible()
        page.wait_for_timeout(500)  # it slides
        back.click()
        expect(back).to_have_count(0)
        page.wait_for_timeout(500)

    return Effect("the sidebar goes, and a button brings it back", see)


def unavailable(why: str, css: str) -> Effect:
    """The control is disabled in this state, and the page says why."""

    def see(page: Page, act: Act, control: Control) -> None:
        place = element_of(page, control)
        assert place is not None and place.is_disabled(), control
        expect(page.locator(css).filter(visible=True).first).to_be_visible()

    return Effect(f"it cannot be used here, and the page says why: {why}", see)


def hides(what: str, css: str) -> Effect:
    def see(page: Page, act: Act, control: Control) -> None:
        expect(page.locator(css).filter(visible=True).first).to_be_visible()
        act()
        expect(page.locator(css).filter(visible=True)).to_have_count(0)

    return Effect(f"{what} is there no more", see)


def changes(what: str, css: str, attribute: str = "") -> Effect:
    """The text, or an attribute, of the first such element changes."""

    def read(page: Page) -> str:
        place = page.locator(css).first
        if not place.count():
            return ""
        return (place.get_attribute(attribute) if attribute else place.inner_text()) or ""

    def see(page: Page, act: Act, control: Control) -> None:
        before = read(page)
        act()
        until(page, lambda: read(page) != before, f"{control} should change {what}, {before!r}")

    return Effect(f"{what} changes", see)


def keeps_value() -> Effect:
    """The control shows the new value, and still does when no script runs any more."""

    def see(page: Page, act: Act, control: Control) -> None:
        before = _value(page, control)
        act()
        at_rest(page)
        until(page, lambda: _value(page, control) != before, f"{control} should change its own value, {before!r}")

    return Effect("it has the new value", see)


def sibling_value() -> Effect:
    """The number beside the button changes."""

    def see(page: Page, act: Act, control: Control) -> None:
        number = page.locator(f".st-key-{control.key} input").first
        before = number.input_value()
        act()
        until(page, lambda: number.input_value() != before, f"{control} should change the number {before}")

    return Effect("the number beside it changes", see)


def chooser() -> Effect:
    """The browser asks for a file."""

    def see(page: Page, act: Act, control: Control) -> None:
        with page.expect_file_chooser():
            act()

    return Effect("a file can be chosen", see)


def listed() -> Effect:
    """The list of options opens."""

    def see(page: Page, act: Act, control: Control) -> None:
        act()
        expect(page.get_by_role("option").first).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("option")).to_have_count(0)

    return Effect("its list opens", see)


def tip() -> Effect:
    """The pointer over the control shows the explanation."""

    def see(page: Page, act: Act, control: Control) -> None:
        place = element_of(page, control)
        assert place is not None, control
        place.scroll_into_view_if_needed()
        place.hover()
        expect(page.get_by_test_id("stTooltipContent").first).to_be_visible()
        page.mouse.move(2, 2)
        expect(page.get_by_test_id("stTooltipContent")).to_have_count(0)

    return Effect("its explanation shows", see)


def resets_view() -> Effect:
    """The picture shows again what it showed before the wheel was turned over it."""

    def see(page: Page, act: Act, control: Control) -> None:
        def view() -> str:
            place = element_of(page, control)
            look = "(each) => each.closest('.view').querySelector('canvas.marks').dataset.view ?? ''"
            return "" if place is None else str(place.evaluate(look))

        tools, before = element_of(page, control), view()
        assert tools is not None and before, control
        tools.scroll_into_view_if_needed()
        page.mouse.move(*spot(page.locator(f".st-key-{control.key} .view").first))
        page.mouse.wheel(0, -240)
        until(page, lambda: view() != before, f"the wheel should change the view {before}")
        act()
        until(page, lambda: view() == before, f"{control} should bring back the view {before}")

    return Effect("the picture shows again what it showed before the wheel was turned", see)


def saved_as(camera: str) -> Effect:
    """The camera over a picture then saves this kind of file."""

    def see(page: Page, act: Act, control: Control) -> None:
        act()
        suffix = f".{control.name.lower()}"
        until(page, lambda: _saved(page, camera).endswith(suffix), f"{control} should make the camera save {suffix}")

    return Effect("the camera over a picture saves this kind of file", see)


def _saved(page: Page, button: str) -> str:
    """The name of the file that a button saves."""
    with page.expect_download(timeout=1000 * PATIENCE) as download:
        page.locator(button).first.click()
    return download.value.suggested_filename


def _parts(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query, keep_blank_values=True)


def _open(page: Page, control: Control) -> bool:
    place = element_of(page, control)
    return place is not None and bool(place.evaluate("(each) => each.parentElement.open"))


def _value(page: Page, control: Control) -> str:
    place = element_of(page, control)
    return "" if place is None else str(place.evaluate(VALUE))
