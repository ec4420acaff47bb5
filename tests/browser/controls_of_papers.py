"""The rows of the table of controls for the Papers page, by the states in which links open it."""

from __future__ import annotations

from tests.browser import control_effects as effect
from tests.browser.control_table import NAVIGATION, PRESENT, PRESENTING, Row, Scene, choice, download

TABLE = '[data-testid="papers-table"]'
PAPERS = (
    Scene("a figure", "/papers?experiment=mmr-figure-5", (
        choice("papers-rows", "Rows", "rows", "Not run"), choice("papers-experiment", "Table or figure", "experiment"),
        choice("papers-paper", "Paper", "paper"),
        Row("papers-table", "button", ".*", effect.link("row")),
        download("papers-csv", "CSV", r"mmr-figure-5\.csv"),
        PRESENT, *NAVIGATION,
    ), ready=TABLE),
    Scene("a row", "/papers?experiment=mmr-figure-5&row=plain", (
        Row("papers-details", "button", "Copy to clipboard|Copied",
            effect.shows("that it is copied", 'button[aria-label="Copied"]')),
        Row("papers-open-slices", "button", "Open in Slices", effect.goes("/slices"), leaves=True),
        Row("papers-open-certify", "button", "Open in Certify", effect.goes("/certify"), leaves=True),
    ), ready=TABLE),
    Scene("presenting", "/papers?present=1", (PRESENTING,), ready=TABLE),
)  # fmt: skip
