"""Rows of the panel for a network from a file, which several pages have."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import control_effects as effect
from tests.browser.control_files import ambiguous_file, cascade_file, network_file
from tests.browser.control_table import Row, Scene

UPLOAD = '[data-testid="stSidebar"] input[type=file]'
LEVELS = '[aria-label="Levels of f"]'
LAYERS = '[data-testid="layers"]'


def network_panel_rows(key: str, file: Callable[[], str] = network_file) -> tuple[Row, ...]:
    """For the panel under this key, without a file at first, beside inputs that fit the network in `file`: digits."""
    read = effect.changes("what was read", LAYERS)
    return (
        Row(key, "button", "Upload", effect.chooser()),
        Row(key, "file", ".*", effect.shows("what was read", LAYERS), file),
        Row(f"{key}-.*-normalise", "combobox", "Inputs are normalised", read, "by own mean"),
        Row(f"{key}-.*-Mean", "textbox", "Mean", read, "0.5"),
        Row(f"{key}-.*-Deviation", "textbox", "Deviation", read, "0.5"),
        Row(
            f"{key}-.*-outputs", "combobox", "Its outputs are", effect.shows("levels of one of them", LEVELS), "numbers"
        ),
        Row(f"{key}-.*-output", "spinbutton", "Which output", effect.changes("the levels", LEVELS, "value"), "2"),
        Row(f"{key}-.*-levels", "textbox", "Levels of f", effect.keeps_value(), "1, 2"),
        Row(key, "button", "Add files", effect.chooser()),
        Row(key, "button", "Remove .*", effect.shows("which file stays in use", "text=Still in use")),
    )


def given(file: Callable[[], str], control: str) -> Callable[[Page], None]:
    """Upload the file to the panel, and wait for the control that asks about it."""

    def begin(page: Page) -> None:
        page.locator(UPLOAD).set_input_files(file())
        expect(page.get_by_label(control, exact=True)).to_be_visible()

    return begin


def questions(link: str, key: str, ready: str) -> tuple[Scene, ...]:
    """Scenes with files about which the panel asks: the panel under this key of the page that the link opens."""
    which = Row(f"{key}-.*", "spinbutton", "Which network of the cascade", effect.changes("what was read", LAYERS), "1")
    clear = Row(f"{key}-.*", "button", "Clear value", effect.shows("the question again", "text=choose one"))
    meant = Row(f"{key}-.*", "combobox", "Read as", effect.shows("what was read", LAYERS), "average-pooling")
    return (
        Scene("a file of several networks", link, (which,), ready, given(cascade_file, which.name)),
        Scene("a file that several networks fit", link, (meant, clear), ready, given(ambiguous_file, meant.name)),
    )
