"""The table of all controls: what a row of it says, and the rows that several pages have.

`control_pages.py` has the rows of each page. `python -m tests.browser.controls` prints the whole table as Markdown.
`pytest tests/browser/test_controls.py -m "slow or not slow"` finds every control of the pages in the table, sees
that the table has it, uses each in Chromium in a fresh session, and sees the effect that the table says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser import control_effects as effect
from tests.browser.control_effects import Effect
from tests.browser.control_files import lesson_file
from tests.browser.found_controls import Control

COLUMNS = "[data-testid=stDataFrameColumnVisibilityMenu]"
SEARCH = ".gdg-search-bar"


@dataclass(frozen=True)
class Row:
    """Controls by regular expressions of their key, kind and name, and their effect.

    `value` is typed, chosen or uploaded; of a file it is what writes the file and gives its path. `leaves` says that
    another page or state is there afterwards. `elsewhere` is the test that uses it, `module.function`, where that is
    not the test of the whole table.
    """

    key: str
    kind: str
    name: str
    effect: Effect
    value: str | Callable[[], str] | None = None
    leaves: bool = False
    elsewhere: str = ""

    @property
    def given(self) -> str | None:
        """The value that is typed, chosen or uploaded."""
        return self.value() if callable(self.value) else self.value

    def matches(self, control: Control) -> bool:
        parts = ((self.key, control.key), (self.kind, control.kind), (self.name, control.name))
        return all(re.fullmatch(pattern, text) for pattern, text in parts)


@dataclass(frozen=True)
class Scene:
    """A state of a page: opened by a link, and from there by the actions in `begin` where no link can.

    `ready` shows when it is open; `rows` are used in their order. Those that every page has are used as well, each
    control once a page.
    """

    title: str
    link: str
    rows: tuple[Row, ...]
    ready: str = "canvas.marks, .js-plotly-plot"
    begin: Callable[[Page], None] | None = None


def switch(key: str, name: str, part: str) -> Row:
    return Row(key, "switch", name, effect.link(part))


def number(key: str, name: str, part: str, value: str | None = None) -> Row:
    return Row(key, "spinbutton", name, effect.link(part), value)


def slider(key: str, name: str, part: str) -> Row:
    return Row(key, "slider", name, effect.link(part))


def choice(key: str, name: str, part: str, value: str | None = None) -> Row:
    return Row(key, "combobox", name, effect.link(part), value)


def options(key: str, names: str, part: str) -> Row:
    """A row of buttons of which one or several are on."""
    return Row(key, "radio|button", names, effect.link(part))


def download(key: str, name: str, file: str) -> Row:
    return Row(key, "button", name, effect.file(file))


def page_link(name: str, path: str) -> Row:
    return Row("", "link", name, effect.goes(path), leaves=True)


EXPLANATION = Row(".*", "button", "Help.*", effect.tip())
HANDS = "test_region_view.test_a_click_pins_and_the_certificate_comes_back"
EVERYWHERE = (
    EXPLANATION,
    Row("", "link", "Skip to main content", effect.focuses("the main part", "#stMain"), leaves=True),
    Row("", "button", "Main menu", effect.opens("Streamlit's menu", '[data-testid="stMainMenuPopover"]')),
    Row("", "button", "Collapse sidebar", effect.folds_sidebar()),
    Row("", "button", "Navigate to home page", effect.goes("/"), leaves=True),
    Row(".*", "button", "Fullscreen.*", effect.opens("it in the whole window", '[aria-label^="Close fullscreen"]')),
    Row("", "button", "Download as CSV", effect.file(r".*\.csv")),
    Row("", "button", "Search", effect.shows("a field for what is looked for", SEARCH), leaves=True),
    Row("", "button", "Show/hide columns", effect.opens("the columns", COLUMNS)),
    Row(".*", "button", "Open", effect.listed()),
    Row(".*", "button", "Increment", effect.sibling_value()),
    Row(".*", "button", "Decrement", effect.sibling_value()),
    Row(".*", "expander", ".*", effect.folds()),
    Row("(chart|polytope-chart|slices-chart|train-chart|train-curve).*", "button|link", "Download plot.*",
        effect.file(r".*\.(png|svg)")),
    Row(".*", "picture", ".*", effect.keeps_value(), elsewhere=HANDS),
)  # fmt: skip
COPY = ("button", "Copy to clipboard|Copied", effect.shows("that it is copied", 'button[aria-label="Copied"]'))
NAVIGATION = tuple(
    page_link(name, path)
    for name, path in (
        ("Certify", "/certify"), ("Train", "/train"), ("Polytope", "/polytope"), ("Slices", "/slices"),
        ("Papers", "/papers"), ("Explore", "/"),
    )
)  # fmt: skip
PICTURE = (
    Row("(?!polytope-outputs).*", "button", "Keys and gestures",
        effect.opens("the list of keys", '.help[role="dialog"]')),
    Row("(?!polytope-outputs).*", "button", "Save as PNG", effect.file(r".*\.png")),
)  # fmt: skip
PRESENT = Row("present-button", "button", "Present", effect.link("present"), leaves=True)
MENU = '[data-testid="stPopoverBody"]'
HEAD = (
    PRESENT,
    Row("lessons", "button", "Lessons", effect.opens("exercises, files and the form", MENU)),
    download("exercises-file", "The exercises as a file", r"exercises\.txt"),
    Row("lesson-file", "button", "Upload|Browse files", effect.chooser()),
    Row("lesson-file", "file", ".*", effect.shows("the lesson", ".st-key-lesson-begin"), lesson_file),
    Row("lesson-file", "button", "Add files", effect.chooser()),
    Row("lesson-file", "button", "Remove .*", effect.hides("it", "[data-testid=stFileChipDeleteBtn]")),
    Row("lesson-begin", "button", "Begin this lesson", effect.link("lesson"), leaves=True),
    Row("lesson-step", "textbox", "Title of this step", effect.keeps_value(), "Look here"),
    Row("lesson-words", "textarea|textbox", "What to see", effect.keeps_value(), "A line"),
    Row("lesson-add", "button", "Add this view", effect.shows("the view", ".st-key-lesson-remove-0")),
    Row("lesson-title", "textbox", "Title of the lesson", effect.keeps_value(), "Mine"),
    download("lesson-save", "Save the lesson", r"lesson\.txt"),
    Row("lesson-try", "button", "Try it", effect.link("lesson"), elsewhere="test_lessons.test_views_become_a_lesson"),
    Row("lesson-remove-0", "button", "Remove", effect.hides("the view", ".st-key-lesson-remove-0")),
    Row("exercises-begin", "button", "Begin the exercises", effect.link("tour"), leaves=True),
    Row("tour-begin", "button", "Tour", effect.link("tour"), leaves=True),
)
SURFACE = (
    Row("(?!polytope-outputs).*", "button", "Flat|Surface", effect.link("surface"),
        elsewhere="test_surface.test_the_surface_rises_turns_and_the_link_has_it"),
    Row("(?!polytope-outputs).*", "select", "Height of the surface", effect.link("surface"),
        elsewhere="test_surface.test_another_height_is_another_surface"),
)  # fmt: skip
RESET = Row(".*", "button", "Reset the view", effect.no_link("view"), leaves=True)
WHOLE = Row("(picture-tools|slices-whole)", "button", "Whole window", effect.no_link("view"), leaves=True)
PRESENTING = Row("unpresent", "button", "Show controls", effect.no_link("present"))
TOUR = (
    Row("tour-next", "button", "Next", effect.link("tour")),
    Row("tour-back", "button", "Back", effect.link("tour")),
    Row("tour-leave", "button", "Leave", effect.no_link("tour"), leaves=True),
)
NORMS = options("p", "ℓ₁|ℓ₂|ℓ∞", "p")
TOY = (
    slider("size-.*", "Points", "size"),
    slider("noise-.*", "Noise", "noise"),
    slider("classes-.*", "Classes", "classes"),
    number("seed-.*", "Seed", "seed"),
    slider("test-share", "Test points, %", "test"),
)
TO_POLYTOPE = Row("to-polytope", "button", "All outputs an adversary reaches", effect.goes("/polytope"), leaves=True)


def row_of(scene: Scene, control: Control) -> Row | None:
    """The first row that matches, the scene's before those of every page."""
    return next((row for row in (*scene.rows, *EVERYWHERE) if row.matches(control)), None)
