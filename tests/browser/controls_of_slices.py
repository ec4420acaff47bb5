"""The rows of the table of controls for the Slices page, by the states in which links open it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser import control_effects as effect
from tests.browser.control_effects import Act, Effect
from tests.browser.control_files import aircraft_file, images_file, numbers_network_file, picture_file
from tests.browser.control_table import (
    COLUMNS,
    HEAD,
    NAVIGATION,
    NORMS,
    PICTURE,
    PRESENTING,
    RESET,
    SEARCH,
    SURFACE,
    TOUR,
    WHOLE,
    Row,
    Scene,
    choice,
    download,
    number,
    options,
    slider,
    switch,
)
from tests.browser.found_controls import Control
from tests.browser.network_panel_rows import network_panel_rows
from tests.browser.toy_sidebar import COMPLAINT

ONE = "/slices?first=untrained&second=none"
LONG = "/slices?first=mnist-cnn-linf-plain&second=none"
TWO = "/slices?first=untrained&second=mnist-fc1-linf-mmr"
MISSING = "text=Change what the sidebar says is missing"
DIALOG = '[data-testid="stPopoverBody"]'
TILES = ".st-key-slices-tiles-grid"
BAR = '[data-testid="stMain"] [data-testid="stProgress"]'


def puts_into() -> Effect:
    """The next image chosen from the grid goes to this corner."""

    def see(page: Page, act: Act, control: Control) -> None:
        act()
        take = page.locator(
            f"{TILES} button:visible"
        ).last  # a control with help is in the page twice: for a mouse and for a touch screen
        effect.link(control.name).see(page, take.click, control)

    return Effect("the next image that is taken from the grid goes there", see)


FROM_GRID = (
    Row("slices-class", "radio|button", r"\d", effect.changes("which images are offered", TILES)),
    Row("slices-slot", "radio", "a|b|c", puts_into()),
    Row("slices-More", "button", "More", effect.changes("which images are offered", TILES)),
    Row("slices-Back", "button", "Back", effect.changes("which images are offered", TILES)),
    Row(r"slices-take-\d+", "button", r"\d+", effect.link("a", "b", "c")),
    Row("slices-image-file", "button", "Upload|Browse files", effect.chooser()),
    Row("slices-image-file", "file", ".*", effect.link("a", "b", "c"), picture_file),
    Row("slices-image-file", "button", "Add files", effect.chooser()),
    Row("slices-image-file", "button", "Remove .*", effect.hides("it", "[data-testid=stFileChipDeleteBtn]")),
)
LOOK = (
    choice("slices-fill", "Colours show", "fill"), switch("slices-boundary", "Decision boundary", "boundary"),
    switch("slices-edges", "Edges of regions", "edges"),
    switch("slices-thumbnails", "The images on the plane", "thumbnails"),
    switch("slices-refine", "Find what is in view afresh", "refine"),
    switch("slices-colours", "Colour-blind lines", "colours"),
    switch("slices-pixels", "Pixels in .*", "pixels"),
)  # fmt: skip
EXPORT = (
    Row("slices-export", "button", "Export", effect.opens("what can be taken away", DIALOG)),
    download("slices-svg-0", "Picture .SVG.", r"slice-1\.svg"),
    download("slices-csv-0", "Regions .CSV.", r"slice-1-regions\.csv"),
    download("slices-graph-0", "Region graph .JSON.", r"slice-1-graph\.json"),
    download("slices-web-page", "Save as web page", r"slice\.html"),
    download("slices-numbers-csv", "Numbers .CSV.", r"slice-numbers\.csv"),
)
EXPORT_OF_SECOND = (
    download("slices-svg-1", "Picture .SVG.", r"slice-2\.svg"),
    download("slices-csv-1", "Regions .CSV.", r"slice-2-regions\.csv"),
    download("slices-graph-1", "Region graph .JSON.", r"slice-2-graph\.json"),
)
BELOW = options("slices-below", "Regions and classes|Along the triangle|Heat maps|Gradients and filters", "below")
THIRD_AXIS = choice("slices-axis", "The plane", "axis", "moves along")
PLANE = options("slices-plane", "Three images|One image|Brightness and contrast", "plane")
WINDOW = (slider("slices-size", "Size", "size"), choice("slices-about", "Centred on", "about"))
IMAGES = (
    Row("slices-[abc]", "spinbutton", "Image [abc]", effect.link("a", "b", "c")),
    Row("slices-random", "button", "Three others at random", effect.link("a", "b", "c")),
    Row("slices-images", "combobox", "Images", effect.shows("that they are missing", MISSING), leaves=True),
)
NETWORKS = (
    choice("slices-first", "Network", "first", "MMR for ℓ∞"),
    choice("slices-second", "Second network, beside it", "second", "untrained"),
)  # fmt: skip
PRESETS = Row(
    "slices-preset", "radio|button", "MMR Fig.*|Proved robust|To the adversary|What training does|ACAS Xu.*",
    effect.link("first", "second", "plane", "of"), leaves=True,
)  # fmt: skip
FORMULA = ".steps[data-kind=formula]"
OF_PIN = (
    Row("slices-steps-.*", "button", "How does this come about.|Again|Back|Next",
        effect.changes("the step", ".steps", "data-step"),
        elsewhere="test_steps.test_a_formula_is_written_out_and_agrees_with_the_network"),
    Row("slices-certify-.", "button", "Every bound and attack.*", effect.goes("/certify"), leaves=True),
    Row("slices-polytope-.", "button", "All outputs it reaches", effect.goes("/polytope"), leaves=True),
    Row("slices-formula", "switch", "Formula of.*", effect.shows("the formula", FORMULA)),
    Row("slices-unpin", "button", "Take the pin away", effect.no_link("pin")),
)  # fmt: skip

OF = options("slices-of", "Images|Numbers", "of")
EDITOR = (
    Row("slices-inputs-.*", "button", "Download as CSV.*", effect.file(r".*\.csv")),
    Row("slices-inputs-.*", "button", "Search.*", effect.shows("a field for what is looked for", SEARCH), leaves=True),
    Row("slices-inputs-.*", "button", "Show/hide columns.*", effect.opens("the columns", COLUMNS)),
)
NEEDED = "text=The network is not there yet"
TABLE = '[data-testid="stFileUploader"]'


def give_table(page: Page) -> None:
    """Upload a table of aircraft, and wait for its rows."""
    page.locator(f"{TABLE} input[type=file]").first.set_input_files(aircraft_file())
    expect(page.get_by_label("The other inputs as in row", exact=True)).to_be_visible()


SLICES = (
    Scene("one network", f"{ONE}&view=-0.8,0.7,-0.5,0.6", (
        WHOLE, *PICTURE, *SURFACE, RESET,
        *LOOK, NORMS, *EXPORT, Row("slices-pin-.", "button", "[abc]: .*", effect.link("pin"), leaves=True),
        *WINDOW, PLANE, THIRD_AXIS, BELOW, *FROM_GRID, *IMAGES, *NETWORKS, PRESETS, OF, *HEAD, *NAVIGATION,
    )),
    Scene("two networks and a pinned image", f"{TWO}&pin=0,0&view=-0.8,0.7,-0.5,0.6", (
        *PICTURE, *SURFACE, RESET, *EXPORT, *EXPORT_OF_SECOND, *OF_PIN,
    ), '[data-testid="distances"]'),
    Scene("too many regions", "/slices?first=mnist-cnn-linf-plain&second=none", (
        Row("slices-largest-.", "button", "Zoom to all regions", effect.link("view"), leaves=True),
    ), ".st-key-slices-largest-0 button:not([disabled])"),
    Scene("along directions", f"{ONE}&plane=directions", (
        number("slices-seed", "Draw", "seed"), choice("slices-u", "One direction", "u"),
        choice("slices-v", "The other", "v"),
    )),
    Scene("brightness and contrast", f"{ONE}&plane=brightness&pin=1,0.05&view=0.7,1.3,-0.2,0.2", (
        *PICTURE, *SURFACE, PLANE, number("slices-contrast-from", "Contrast from", "contrast-from", "0.9"),
        number("slices-contrast-to", "Contrast to", "contrast-to", "1.1"),
        number("slices-brightness-from", "Brightness from", "brightness-from", "-0.05"),
        number("slices-brightness-to", "Brightness to", "brightness-to", "0.05"),
        Row("slices-unpin", "button", "Take the pin away", effect.no_link("pin")),
        *EXPORT[:-1], download("slices-proof-0", "Proof .JSON.", r"slice-1-proof\.json"),
    ), '[data-testid="plane-verdict"]'),
    Scene("a long proof", f"{LONG}&plane=brightness&contrast-from=0&contrast-to=3", (
        Row("slices-stop-proof", "button", "Stop",
            effect.shows("a way to begin again", ".st-key-slices-proof-again button")),
        Row("slices-proof-again", "button", "Again",
            effect.shows("the way to stop it", ".st-key-slices-stop-proof button")),
    ), ".st-key-slices-stop-proof button"),
    Scene("a rectangle of shares", f"{ONE}&prove=1", (
        *(number(f"slices-share-{one}-{end}", f"Share of image . {end}", f"share-{one}-{end}", value)
          for one in "uv" for end, value in (("from", "-0.1"), ("to", "0.1"))),
        switch("slices-prove", "Prove the class on a rectangle", "prove"),
    ), '[data-testid="plane-verdict"]'),
    Scene("moved along a third axis", f"{ONE}&axis=moves&along=d&d=5", (
        choice("slices-along", "Direction", "along", "principal component 1"), number("slices-d", "Image d", "d"),
        slider("slices-far", "How far", "far"),
        Row("slices-film", "button", "Play", effect.link("far"), leaves=True),
    )),
    Scene("turned about the pin", f"{ONE}&axis=turns&pin=0,0", (
        slider("slices-turn", "Turned by.*", "turn"), number("slices-drawn", "Draw of the direction", "drawn"),
    )),
    Scene("along the triangle", f"{TWO}&below=edges", (BELOW,)),
    Scene("heat maps", f"{TWO}&below=maps&heat=fast-lin", (
        Row("slices-stop-map", "button", "Stop",
            effect.shows("a way to begin again", ".st-key-slices-map-again button")),
        Row("slices-map-again", "button", "Again", effect.shows("how far it is", BAR)),
        options("slices-heat", "d_B|d_D|Fast-Lin radius|margin", "heat"),
    ), ".st-key-slices-stop-map button"),
    Scene("gradients and filters", f"{TWO}&below=gradients", (BELOW,), ".st-key-slices-gradients img"),
    Scene("images of one's own", "/slices?images=file&below=purple", (
        Row("dismiss", "button", "Dismiss", effect.hides("the complaint", COMPLAINT)),
        Row("slices-images-file", "button", "Upload|Browse files", effect.chooser()),
        Row("slices-images-file", "file", ".*", effect.link("images"), images_file),
    ), '[data-testid="stFileUploader"]'),
    Scene("a network of one's own", "/slices?first=file&second=none", (
        *network_panel_rows("slices-network-0"),
    ), '[data-testid="stFileUploader"]'),
    Scene("numbers", "/slices?of=numbers&edges=0", (
        slider(r"slices-at-\d.*", r"(\w+ \(.*\)|input \d)", "at"), *EDITOR,
        switch("slices-pixels", "Within the ranges", "pixels"),
        choice("slices-second", "Second network, beside it", "second", "ACAS Xu 1-1"),
        choice("slices-x", "Across", "x", "v_own"), choice("slices-y", "Upwards", "y", "v_int"), OF,
        Row("slices-net", "combobox", "Network", effect.shows("what it needs", NEEDED), "from a file", leaves=True),
        Row("slices-rows", "combobox", "Rows", effect.shows("what can be given", TABLE), "a file", leaves=True),
    )),
    Scene("numbers along a third axis", "/slices?of=numbers&edges=0&axis=moves", (
        choice("slices-along", "Direction", "along", "random"), slider("slices-far", "How far", "far"),
        Row("slices-film", "button", "Play", effect.link("far"), leaves=True),
    )),
    Scene("a point among numbers", "/slices?of=numbers&edges=0&pin=0.25,0.5", (*OF_PIN,), '[data-testid="distances"]'),
    Scene("numbers and a table", "/slices?of=numbers&edges=0&rows=file", (
        options("slices-through", "Two inputs|Three rows|One row", "through"),
        Row("slices-a", "spinbutton", "The other inputs as in row", effect.link("a")),
        Row("slices-[abc]", "spinbutton", "Row [abc]", effect.link("a", "b", "c")),
    ), TABLE, give_table),
    Scene("a table of one's own", "/slices?of=numbers&edges=0&rows=file", (
        Row("slices-table-file", "button", "Upload|Browse files", effect.chooser()),
        Row("slices-table-file", "file", ".*", effect.link("rows"), aircraft_file, leaves=True),
    ), TABLE),
    Scene("numbers and a network of one's own", "/slices?of=numbers&net=file", (
        *network_panel_rows("slices-numbers-network", numbers_network_file),
    ), TABLE),
    Scene("presenting", f"{ONE}&present=1", (PRESENTING,)),
    Scene("on a tour", "/slices?tour=slices-1", TOUR),
)  # fmt: skip
