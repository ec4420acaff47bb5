"""Rows of the panel for a network from a file, which several pages have."""

from __future__ import annotations

from tests.browser import control_effects as effect
from tests.browser.control_files import network_file
from tests.browser.control_table import Row

LAYERS = '[data-testid="layers"]'


def network_panel_rows(key: str) -> tuple[Row, ...]:
    """For the panel under this key, without a file at first, beside images of digits."""
    read = effect.changes("what was read", LAYERS)
    return (
        Row(key, "button", "Upload", effect.chooser()),
        Row(key, "file", ".*", effect.shows("what was read", LAYERS), network_file),
        Row(f"{key}-.*-normalise", "combobox", "Inputs are normalised", read, "by own mean"),
        Row(f"{key}-.*-Mean", "textbox", "Mean", read, "0.5"),
        Row(f"{key}-.*-Deviation", "textbox", "Deviation", read, "0.5"),
        Row(key, "button", "Add files", effect.chooser()),
        Row(key, "button", "Remove .*", effect.shows("which file stays in use", "text=Still in use")),
    )
