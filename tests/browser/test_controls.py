"""Buttons do what they say, in a real browser: drawn in a fragment, some of them change what lies outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ElementHandle, Error, Page, expect

from tests.browser.control_pages import PAGES
from tests.browser.control_table import EVERYWHERE, Row, Scene, row_of
from tests.browser.control_use import use
from tests.browser.found_controls import (
    Control,
    all_controls,
    close_popover,
    element_of,
    found_controls,
    open_all,
    open_popover,
)
from tests.browser.waiting import at_rest
from tests.tables import read_table

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(scope="module")
def address(app_server: Callable[[Path], str]) -> str:
    return app_server(APP)


def opened(browser: Browser, address: str, scene: Scene) -> Page:
    """The scene in a fresh session, at rest."""
    page = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True).new_page()
    page.add_init_script("delete window.showSaveFilePicker")  # the system's dialog, which nobody here can answer
    reopen(page, address, scene)
    return page


def reopen(page: Page, address: str, scene: Scene) -> None:
    page.goto(f"{address}{scene.link}")
    expect(page.locator(scene.ready).first).to_be_attached()
    at_rest(page)
    if scene.begin is not None:
        scene.begin(page)


def ordered(scene: Scene, controls: dict[Control, int | None], done: set[Control]) -> list[Control]:
    """The controls to use, in the order of the table, without those that another state has covered.

    Those that every page has come last: they change the state that the scene is about.
    """
    place = {id(row): number for number, row in enumerate(scene.rows, 1)}

    def used(control: Control) -> bool:
        row = row_of(scene, control)
        return row is not None and not row.elsewhere and (control not in done or id(row) in place)

    def key(control: Control) -> tuple[int, bool, Control]:
        return place.get(id(row_of(scene, control)), len(place) + 1), control.name == "Decrement", control

    return sorted(filter(used, controls), key=key)


def in_the_table(name: str, control: Control) -> bool:
    """Whether some state of this page has a row for the control, and so uses it."""
    return any(row_of(scene, control) is not None for scene in PAGES[name])


class Sweep:
    """Uses all controls of a scene, one after the other; `done` is what other scenes of the page have used already."""

    def __init__(self, page: Page, address: str, name: str, scene: Scene, done: set[Control]) -> None:
        self.name = name
        self.page, self.address, self.scene = page, address, scene
        self.controls = all_controls(page)
        self.failed: list[str] = []
        self.rows: set[int] = set()  # that were used
        self.done = done
        self.left = False  # another page or state is there: it is opened again before the next control

    def run(self) -> None:
        queue = ordered(self.scene, self.controls, self.done)
        while queue:
            control = queue.pop(0)
            if self.left:
                self.reopen()
            if queue and queue[0].key == control.key and self.is_chosen(control):  # another of the group comes first
                queue.insert(1, control)
                control = queue.pop(0)
            row = row_of(self.scene, control)
            assert row is not None
            self.rows.add(id(row))
            queue = self.check(control, row) + queue

    def check(self, control: Control, row: Row) -> list[Control]:
        """Use the control, and check the effect in its row, and that no error shows. What appeared is used next."""
        new: list[Control] = []
        try:
            place = self.place(control)
            if self.is_chosen(control):
                place = self.after_another(control, row)
            if control.name in ("Increment", "Decrement") and place.is_disabled():
                return []  # the number is at an end
            row.effect.see(self.page, lambda: use(self.page, control, row.given), control)
            at_rest(self.page)
            assert self.page.get_by_test_id("stException").count() == 0, "an exception shows"
            new = [] if row.leaves else self.noticed(self.controls[control])
            close_popover(self.page)
        except (AssertionError, Error) as error:
            self.failed.append(f"{control}: {str(error)[:300]}")
            print("\nfailed:", self.failed[-1])  # seen at once with `pytest -s`
            self.left = True
        else:
            self.done.add(control)
            self.left = row.leaves
        return new

    def place(self, control: Control) -> ElementHandle:
        """The control in the current page, or else in the page that the link opens."""
        for attempt in range(2):
            popover = self.controls[control]
            if element_of(self.page, control) is None and popover is not None:
                open_popover(self.page, popover)
            if (place := element_of(self.page, control)) is not None:
                if control.kind != "file" and not place.is_visible():
                    open_all(self.page)  # it is in a part that is folded again
                return place
            if attempt == 0:
                self.reopen()
        raise AssertionError("it is not there")

    def after_another(self, control: Control, row: Row) -> ElementHandle:
        """The control, which is chosen since the page was opened again, once another of its group is."""
        group = [other for other in found_controls(self.page) if (other.key, other.kind) == (control.key, control.kind)]
        other = min(each for each in group if each != control)
        row.effect.see(self.page, lambda: use(self.page, other), other)
        at_rest(self.page)
        return self.place(control)

    def noticed(self, popover: int | None) -> list[Control]:
        """Controls that appeared after another was used: they are in the table, and are used unless their row was.

        They may be in the popover of that other one, which is still open.
        """
        new = dict.fromkeys(found_controls(self.page) - self.controls.keys(), popover)
        self.controls |= new
        self.failed += [f"not in the table: {control}" for control in new if not in_the_table(self.name, control)]
        rows = {id(row) for row in self.scene.rows} - self.rows
        return [control for control in ordered(self.scene, new, self.done) if id(row_of(self.scene, control)) in rows]

    def is_chosen(self, control: Control) -> bool:
        place = element_of(self.page, control)
        return control.kind == "radio" and place is not None and place.get_attribute("aria-checked") == "true"

    def reopen(self) -> None:
        reopen(self.page, self.address, self.scene)
        open_all(self.page)
        self.left = False


def missing_of(browser: Browser, address: str, name: str, scene: Scene) -> list[Control]:
    """The controls of the scene without a row in the table."""
    page = opened(browser, address, scene)
    missing = [control for control in all_controls(page) if not in_the_table(name, control)]
    page.context.close()
    return sorted(missing)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_every_control_of_a_page_is_in_the_table(browser: Browser, address: str, name: str):
    assert {scene.title: missing_of(browser, address, name, scene) for scene in PAGES[name]} == {
        scene.title: [] for scene in PAGES[name]
    }


DONE: dict[str, set[Control]] = {name: set() for name in PAGES}
SCENES = {f"{name}, {scene.title}": (name, scene) for name, scenes in PAGES.items() for scene in scenes}


@pytest.mark.slow
@pytest.mark.parametrize("title", SCENES)
def test_every_control_does_what_its_label_promises(browser: Browser, address: str, title: str):
    name, scene = SCENES[title]
    page = opened(browser, address, scene)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sweep = Sweep(page, address, name, scene, DONE[name])
    sweep.run()
    page.context.close()
    unused = [
        row for row in scene.rows if not row.elsewhere and id(row) not in sweep.rows and not used_before(row, name)
    ]
    assert (sweep.failed, unused, errors) == ([], [], [])


def used_before(row: Row, name: str) -> bool:
    """Whether the controls of a row were used in another state of this page."""
    return any(row.matches(control) for control in DONE[name])


def test_what_the_table_says_is_tested_elsewhere_is_a_test():
    for row in (*EVERYWHERE, *(row for _, scene in SCENES.values() for row in scene.rows)):
        if row.elsewhere:
            module, name = row.elsewhere.split(".")
            assert f"\ndef {name}(" in (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8"), row


@pytest.mark.slow
def test_pin_a_data_point_pins_it_and_again_climbs_anew(page: Page, address: str):
    page.goto(f"{address}/certify?data=mmr&methods=simplex,cw")
    page.get_by_role("button", name="Pin a data point").click()
    expect(page.get_by_test_id("verdict")).to_contain_text("perturbation")
    expect(page).to_have_url(re.compile(r"pin="))
    again = page.get_by_role("button", name="Again")
    again.click()  # Carlini and Wagner's attack has come to its end
    with page.expect_download() as download:  # asked for before there is anything to take away
        page.get_by_role("button", name="CSV").click(force=True)
    _, rungs = read_table(Path(download.value.path()).read_text(encoding="utf-8"))
    assert rungs
    expect(again).to_be_visible()


def test_new_weights_are_other_weights_in_sidebar_link_and_pictures(page: Page, address: str):
    page.goto(f"{address}/train?data=mmr&widths=12")
    canvas = page.locator("canvas.marks").first
    expect(canvas).to_have_attribute("data-regions", re.compile(r"[1-9]"))
    at_rest(page)
    before = canvas.get_attribute("data-frame")
    page.get_by_role("button", name="New weights").click()
    expect(page).to_have_url(re.compile(r"init=1"))
    expect(page.get_by_role("spinbutton", name="Initial weights")).to_have_value("1")
    expect(canvas).not_to_have_attribute("data-frame", before or "")


@pytest.mark.slow
def test_a_run_over_the_data_stops_goes_on_and_its_table_downloads(page: Page, address: str, tmp_path: Path):
    page.goto(f"{address}/certify?data=mmr&show=data&use=100&curves=interval,lp&p=inf")  # linear programs take long
    page.locator(".st-key-stop-run button").click()
    go_on = page.locator(".st-key-go-on button")
    expect(go_on).to_be_visible()
    go_on.click()
    expect(go_on).to_have_count(0)
    csv = page.locator(".st-key-csv-error").get_by_role("button", name="CSV")
    expect(csv).to_be_visible()
    with page.expect_download() as download:
        csv.click()
    download.value.save_as(tmp_path / "error.csv")
    about, rows = read_table((tmp_path / "error.csv").read_text(encoding="utf-8"))
    assert rows and about["norm"] == "linf"
