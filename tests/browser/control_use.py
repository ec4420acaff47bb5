"""How a user operates each kind of control."""

from __future__ import annotations

from playwright.sync_api import ElementHandle, Error, Locator, Page, TimeoutError, expect

from tests.browser.control_effects import VALUE
from tests.browser.found_controls import Control, element_of
from tests.browser.waiting import until

TOOLBAR = "[data-testid=stElementToolbar]"
CODE = '[data-testid="stCode"]'
SOON = 3  # seconds until the pointer is moved again, or a click repeated


def use(page: Page, control: Control, value: str | None = None) -> None:
    """An element that is redrawn at this moment is tried again."""
    for attempt in range(5):
        place = element_of(page, control)
        try:
            if place is None:
                raise Error(f"{control} is not there")
            _use(page, control.kind, place, value)
            return
        except Error as error:
            gone = any(words in str(error) for words in ("not attached", "not there", "detached"))
            if attempt == 4 or not gone:
                raise
            page.wait_for_timeout(300)


def _use(page: Page, kind: str, place: ElementHandle, value: str | None) -> None:
    place.scroll_into_view_if_needed()
    owner = f"(each) => each.closest({TOOLBAR!r})?.parentElement ?? each.closest({CODE!r})"
    table = place.evaluate_handle(owner).as_element()
    if table is not None:
        _click_in_toolbar(page, table, place)
    elif kind == "slider":
        before = place.evaluate(VALUE)
        place.press("ArrowRight")
        if place.evaluate(VALUE) == before:
            place.press("ArrowLeft")
    elif kind == "spinbutton":
        place.fill(value if value is not None else _another_number(place))
        place.press("Enter")
    elif kind in ("textbox", "textarea"):
        place.fill(value or "")
        place.press("Enter")
    elif kind == "combobox":
        options = _opened_options(page, place)
        wanted = page.locator('[role="option"][aria-selected="false"]').first
        (wanted if value is None else options.filter(has_text=value).first).click()
    elif kind == "file":
        place.set_input_files(value or "")
    elif kind == "switch":
        label = place.evaluate_handle("(each) => each.closest('label') ?? each").as_element()
        assert label is not None
        label.click()
    else:
        place.click()


def _opened_options(page: Page, place: ElementHandle) -> Locator:
    """The options of a select box. A page that is redrawn at the moment of the click loses it: it is clicked again."""
    options = page.get_by_role("option")

    def opened() -> bool:
        place.click()
        try:
            expect(options.first).to_be_visible(timeout=1000 * SOON)
        except AssertionError:
            return False
        return True

    until(page, opened, "the options should show")
    return options


def _click_in_toolbar(page: Page, table: ElementHandle, place: ElementHandle) -> None:
    """Click a button that shows while the pointer is over its table or code.

    These may move until the page has come to rest.
    """

    def clicked() -> bool:
        table.hover()
        try:
            place.click(timeout=1000 * SOON)
        except TimeoutError:
            return False
        return True

    until(page, clicked, "the button should be there")


def _another_number(place: ElementHandle) -> str:
    """A whole number that a field does not hold: the next, or the one before where it is at its largest."""
    now = int(place.input_value() or 0)
    return str(now - 1 if place.get_attribute("max") == str(now) else now + 1)
