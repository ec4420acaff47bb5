"""The rows of the table of controls for the Certify page, by the states in which links open it."""

from __future__ import annotations

import re
from dataclasses import replace

from playwright.sync_api import Page, expect

from certify.ladder import STEPS
from figures.certify.methods import method_title
from tests.browser import control_effects as effect
from tests.browser.control_effects import Act, Effect
from tests.browser.control_files import images_file, property_file
from tests.browser.control_table import (
    COPY,
    HEAD,
    NAVIGATION,
    NORMS,
    PICTURE,
    PRESENTING,
    TO_POLYTOPE,
    TOUR,
    TOY,
    Row,
    Scene,
    choice,
    download,
    number,
    options,
)
from tests.browser.found_controls import Control
from tests.browser.network_panel_rows import network_panel_rows, questions
from tests.browser.toy_sidebar import DATA, FILES, NETWORK, OWN_NETWORK, STOPS_TRAINING, TRAINS
from tests.browser.waiting import at_rest

CAMERA = "a.modebar-btn, button.modebar-btn"
MISSING = ".st-key-back-to-plane button"
IMAGE = ".st-key-image input"
TAKES_SENT = ".st-key-certify-take-sent"
SENDS = ".st-key-slices-certify-0 button"
DIALOG = '[data-testid="stPopoverBody"]'
METHODS = "|".join(map(method_title, STEPS))


def sends_image(page: Page) -> None:
    """Open Certify with the image that is pinned in Slices."""
    page.locator(SENDS).first.click()
    expect(page).to_have_url(re.compile("/certify"))
    expect(page.locator(TAKES_SENT)).to_be_visible()
    at_rest(page)


BOX = Row("box.*", "textbox", "Box", effect.link("box"), "-0.5, 1.5")
SHOW = Row("show", "radio", "One point: the ladder|The whole data set|Point by point", effect.link("show"))
OF = Row("of", "radio", "Plane|Images|Property", effect.link("of"))
FORMAT = Row("picture-format", "radio", "PNG|SVG", effect.saved_as(CAMERA))
SEARCH = (options("methods.*", METHODS, "methods"), number("seconds", "Seconds for the exact search", "seconds", "5"))
STOP = Row("stop-ladder", "button", "Stop", effect.shows("that it can begin again", ".st-key-again button:visible"))
AGAIN = Row("again", "button", "Again", effect.shows("that it climbs", ".st-key-stop-ladder button"))
LADDER_CSV = download("ladder-csv", "CSV", r"ladder\.csv")
TABLES = tuple(
    download(f"csv-{name}", "CSV", rf"{name}\.csv")
    for name in ("error", "radii", "detection", "gap", "sets", "attacks")
)
RUN = (
    Row("eps", "slider", "ε.*", effect.link("eps")),
    Row("", "button", "Points, range, curves", effect.opens("what the run is about", DIALOG)),
    number("use", "Points", "use"), number("reach-.*", "Largest ε", "reach", "0.15"),
    options("curves-.*", METHODS, "curves"),
)  # fmt: skip

FORMULA = (
    Row("certify-formula", "switch", "Formula of.*", effect.shows("the formula", ".steps[data-kind=formula]")),
    Row("certify-steps.*", "button", "How does this come about.|Again|Back|Next",
        effect.changes("the step", ".steps", "data-step"),
        elsewhere="test_steps.test_a_formula_is_written_out_and_agrees_with_the_network"),
)  # fmt: skip
VERDICT = '[data-testid="verdict"]'
WRITES_PROOF = ".st-key-write-proof button"
PROOF = (
    number("proof-eps-.*", "ε.*", "proof", "0.02"),
    Row("write-proof", "button", "Write the proof", effect.shows("the proof", ".st-key-proof-file button"),
        elsewhere="test_certify.test_a_proof_is_written_saved_and_checked_by_the_program_beside_it"),
    Row("stop-proof", "button", "Stop", effect.shows("that it was stopped", VERDICT),
        elsewhere="test_certify.test_a_proof_in_the_making_can_be_stopped"),
)  # fmt: skip
WALL = '[data-testid="wall"]'
START = ".st-key-start-wall button"
PLAIN = "trained=mnist-fc1-linf-plain"
FEW_UNSTABLE = "trained=mnist-fc1-linf-mmr&eps=0.002"  # so that its linear programs are small


def shows_wall(page: Page, act: Act, control: Control) -> None:
    act()
    expect(page.locator(WALL)).to_be_visible()


def begins_a_run(page: Page) -> None:
    """Begin a run on the page; its wall shows."""
    page.locator(START).first.click()
    expect(page.locator(WALL)).to_be_visible()
    at_rest(page)


def begins_two_runs(page: Page) -> None:
    """Begin a run, and another one at a larger ε."""
    begins_a_run(page)
    page.locator(".st-key-wall-eps input").fill("0.02")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("eps=0.02"))
    begins_a_run(page)


def begins_another_run(page: Page) -> None:
    """Begin a run about another network, and come back."""
    here = page.url
    page.goto(here.partition("?")[0] + f"?of=images&{FEW_UNSTABLE}&p=inf&show=wall&use=2")
    begins_a_run(page)
    page.goto(here)
    expect(page.locator(START).first).to_be_visible()
    at_rest(page)


def writes_proof(page: Page) -> None:
    """Write the proof whose radius the link has."""
    page.locator(WRITES_PROOF).click()
    expect(page.locator(".st-key-proof-file button")).to_be_visible()
    at_rest(page)


CERTIFY = (
    Scene("a point whose answer is known", "/certify?data=mmr&pin=0.3,0.2&methods=simplex,deepfool,cw,exact", (
        Row("certify-picture", "button", "Reset the view", effect.resets_view()), *PICTURE,
        Row("whole-ladder", "button", "Run the other methods too",
            effect.hides("the button, for all have run,", ".st-key-whole-ladder button")),
        LADDER_CSV, *PROOF, *FORMULA, FORMAT, NORMS, BOX, *SEARCH,
        *TOY[:2], TOY[3], DATA, NETWORK, TRAINS, OF, SHOW, *HEAD, TO_POLYTOPE, *NAVIGATION,
    ), ".st-key-whole-ladder button"),
    Scene("a proof", "/certify?data=mmr&pin=0.3,0.2&methods=simplex,deepfool,cw,exact&proof=0.01", (
        download("proof-file", "The proof.*", r"proof\.json"), download("proof-checker", "The checker.*", r"check\.py"),
        Row("proof-command", *COPY), *PROOF,
    ), WRITES_PROOF, writes_proof),
    Scene("nothing pinned", "/certify?data=mmr", (
        Row("pin-somewhere", "button", "Pin .*", effect.link("pin")),
    )),
    Scene("training", "/certify?steps=20&data=circles&network=own&changes=u1", (
        *TOY, *OWN_NETWORK, TRAINS, replace(STOPS_TRAINING, elsewhere=""),
    )),
    Scene("files and edits", "/certify?network=file&data=file&points=d1&show=purple", FILES),
    Scene("an image, while the exact search runs", "/certify?of=images&methods=simplex,exact&seconds=600", (
        STOP, AGAIN, LADDER_CSV, FORMAT, BOX, *SEARCH,
        number("image", "Image", "image"),
        Row("images", "combobox", "Images", effect.shows("that they are missing", MISSING), leaves=True),
        choice("trained", "Network", "trained"), TO_POLYTOPE,
    ), ".st-key-stop-ladder button"),
    Scene("images of one's own", "/certify?of=images&images=file", (
        Row("images-file", "button", "Upload", effect.chooser()),
        Row("back-to-plane", "button", "Back to the plane", effect.no_link("of"), leaves=True),
        Row("images-file", "file", ".*",
            effect.shows("a place for a network that fits them", ".st-key-certify-network-file"), images_file),
    ), MISSING),
    Scene("a network of one's own", "/certify?of=images&trained=file&methods=interval", (
        *network_panel_rows("certify-network-file"),
    ), MISSING),
    *questions("/certify?of=images&trained=file&methods=interval", "certify-network-file", MISSING),
    Scene("an image sent from Slices", "/slices?first=untrained&second=none&pin=0,0", (
        Row("certify-take-sent", "switch", "The image sent from Slices",
            effect.shows("the number of another image", IMAGE)),
    ), SENDS, sends_image),
    Scene("a run over the data set", "/certify?data=mmr&show=data&use=100&curves=interval", (
        Row("stop-run", "button", "Stop", effect.shows("a way to go on", ".st-key-go-on button")),
        Row("go-on", "button", "Go on", effect.shows("a way to stop", ".st-key-stop-run button")),
    ), ".st-key-stop-run button"),
    Scene("a run that has ended", "/certify?data=mmr&p=inf&show=data&use=6&curves=interval,crown&reach=0.1", (
        *TABLES, FORMAT, *RUN,
    ), ".st-key-csv-gap button:enabled"),
    Scene("a run in ℓ₂ with a box", "/certify?data=mmr&box=-1,2&show=data&use=4&curves=crown", (
        Row("csv-gap", "button", "CSV", effect.unavailable("there is no linear program for ℓ₂",
            "text=There is no linear program for ℓ₂")),
        *(row for row in TABLES if row.key != "csv-gap"),
    ), ".st-key-csv-detection button:enabled"),
    Scene("a run over images", f"/certify?of=images&{FEW_UNSTABLE}&p=inf&show=data&use=2&curves=interval", (
        *TABLES, *RUN,
    ), ".st-key-csv-gap button:enabled"),
    Scene("the wall", "/certify?data=mmr&p=inf&show=wall&use=6&eps=0.05", (
        Row("start-wall", "button", "Run", Effect("the wall of the run shows", shows_wall)),
        number("wall-eps", "ε.*", "eps", "0.07"), number("wall-points", "Points", "use"),
        number("wall-exact", "Seconds of exact search", "exact", "5"),
    ), START),
    Scene("two runs over images on the wall", f"/certify?of=images&{FEW_UNSTABLE}&p=inf&show=wall&use=2", (
        Row("wall-state", "radio", "All|✓ Proved|✕ Attacked|≠ Wrong|\\? Open", effect.link("state")),
        Row("wall-opens", "radio", "its ladder|its slice", effect.link("opens")),
        choice("wall-run", "Run", "run"),
        download("csv-wall", "CSV", r"robust-error-.*\.csv"),
        Row("wall", "button", "point .*", effect.no_link("show"), leaves=True),
    ), START, begins_two_runs),
    Scene("a wall of two pages", "/certify?data=moons&size=420&p=inf&show=wall&use=420&eps=0.05", (
        number("wall-page", "Page of 2", "page", "2"),
    ), START, begins_a_run),
    Scene("a run on the wall that goes on", f"/certify?of=images&{PLAIN}&p=2&show=wall&use=3&eps=0.5&exact=600", (
        Row("stop-wall", "button", "Stop", effect.hides("the button", ".st-key-stop-wall button")),
    ), START, lambda page: page.locator(START).first.click()),
    Scene("a wall beside runs of other networks", "/certify?data=mmr&p=inf&show=wall&use=6&eps=0.05", (
        Row("wall-other-.*", "button", "Show", effect.link("trained"), leaves=True),
    ), START, begins_another_run),
    Scene("a property", "/certify?of=property&prop=wide", (
        number("certify-property-limit", "Seconds for the search", "limit"),
        download("property-json", "JSON", r"decision\.json"),
        Row("property-again", "button", "Again", effect.shows("the verdict again", VERDICT),
            elsewhere="test_certify.test_a_property_is_violated_where_the_picture_says_and_is_decided_again"),
        Row("certify-property-picture", "button", "Reset the view", effect.resets_view()),
        choice("certify-property-prop", "Property", "prop", "Property 1"),
        Row("certify-property-net", "combobox", "Network", effect.link("net"), "from a file", leaves=True),
    ), ".st-key-property-again button"),
    Scene("a property of one's own", "/certify?of=property&prop=file&limit=600", (
        Row("property-file", "button", "Upload", effect.chooser()),
        Row("property-file", "file", ".*", effect.shows("that it is sought", ".st-key-stop-property"), property_file),
        Row("stop-property", "button", "Stop",
            effect.shows("that it can begin again", ".st-key-property-again button:visible")),
        Row("property-file", "button", "Add files", effect.chooser()),
        Row("property-file", "button", "Remove .*", effect.shows("which stays in use", "text=Still in use")),
    ), ".st-key-property-file"),
    Scene("presenting", "/certify?data=mmr&pin=0.3,0.2&methods=simplex&present=1", (PRESENTING,)),
    Scene("on a tour", "/certify?tour=certify-1", TOUR),
)  # fmt: skip
