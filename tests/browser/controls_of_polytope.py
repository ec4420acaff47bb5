"""The rows of the table of controls for the Polytope page, by its states. See `control_table.py`."""

from __future__ import annotations

from dataclasses import replace

from tests.browser import control_effects as effect
from tests.browser import polytope_effects as polytope
from tests.browser.control_files import images_file
from tests.browser.control_table import (
    HEAD,
    NAVIGATION,
    NORMS,
    PICTURE,
    PRESENTING,
    TOUR,
    TOY,
    Row,
    Scene,
    choice,
    download,
    number,
    options,
)
from tests.browser.link_effects import sets
from tests.browser.network_panel_rows import network_panel_rows
from tests.browser.toy_sidebar import DATA, FILES, NETWORK, OWN_NETWORK, STOPS_TRAINING, TRAINS

READY = '[data-testid="output-view"][data-sets]'
SMALL = "from=explore&data=tight&pin=0.2,0.5&bounds=fast-lin"
KW_POINT = "0.8632,0.5415"


def preset(name: str, **there: str | None) -> Row:
    return Row("polytope-preset", "radio", name, sets(**there), leaves=True)


def radius(key: str, value: float) -> Row:
    return Row(f"eps-{key}", "button", f"{value:g}", polytope.radius(value))


PICTURES = (
    *PICTURE,
    Row("polytope-inputs", "button", "Reset the view", effect.resets_view()),
    Row("polytope-outputs", "button", "Reset the view", polytope.resets_outputs()),
    Row("polytope-outputs", "button", "Save as PNG", effect.file(r"polytope\.png")),
    Row("polytope-outputs", "slider", "ε", effect.link("eps")),
    Row("polytope-outputs", "button", "Let ε grow", polytope.grows(), leaves=True),
)
BOX = Row("box.*", "textbox", "Box", effect.link("box"), "-0.5, 1.5")
BOUNDS = Row("polytope-bounds-.*", "button", "(?!Help ).*", polytope.draws())
EPS = (
    number("polytope-eps-field-0", "ε", "eps", "0.07"), radius("0-05", 0.05), radius("0-25", 0.25), radius("0-1", 0.1),
    number("polytope-reach-.*", "Largest ε", "reach", "0.4"),
)  # fmt: skip
AXES = options("polytope-axes", "the outputs|difference, sum", "axes")
CURVES = options("polytope-curve", "areas|relative to the hull", "curve")
UNIT = (
    number("polytope-unit", "Unit", "unit", "2"),
    Row("polytope-unit", "button", "Clear value", effect.no_link("unit")),
    choice("polytope-by", "ℓ and u by", "by"),
)
FILES_TO_TAKE = (
    download("polytope-areas-csv", r"Areas \(CSV\)", r"areas\.csv"),
    download("polytope-polytope-svg", r"Output plane \(SVG\)", r"polytope\.svg"),
)
PRESETS = (
    preset("KW Fig. 6", **{"from": None}, eps="0.1", axes=None),
    preset("Fig. 7, before", **{"from": "explore"}, data="kw", pin=KW_POINT, eps="0.08"),
    preset("Fig. 7, after", **{"from": "robust"}, pin=KW_POINT, eps="0.08"),
    preset("Naive box", **{"from": "explore"}, data="xor", bounds="layerwise,interval,fast-lin,lp"),
    preset("Tight App. A", **{"from": "explore"}, data="tight", bounds="interval,fast-lin,lp"),
    preset("One ReLU", **{"from": "explore"}, unit="2", pin="0.55,-0.27"),
    preset("A digit", **{"from": "images"}, image="3", trained="mnist-fc1-linf-kw"),
)
POLYTOPE = (
    Scene("a random network", "/polytope?bounds=fast-lin", (
        *PICTURES, BOUNDS, AXES, CURVES, *UNIT, *EPS, *FILES_TO_TAKE,
        number("polytope-draw", "Weights, draw", "draw"), NORMS, BOX,
        choice("polytope-from", "Network", "from"), *HEAD, *NAVIGATION,
    ), READY),
    Scene("experiments", "/polytope?data=circles&pin=0.1,0.2&from=explore&bounds=fast-lin&eps=0.02", PRESETS, READY),
    Scene("KW's robust network", "/polytope?from=robust&bounds=fast-lin", (
        NORMS, BOUNDS, AXES, *EPS, *FILES_TO_TAKE,
    ), READY),
    Scene("Explore's network", f"/polytope?{SMALL}", (
        *PICTURES, BOUNDS, AXES, *UNIT, *FILES_TO_TAKE,
        DATA, NETWORK, Row("train", "button", "Train", TRAINS.effect, leaves=True),
    ), READY),
    Scene("a network of one's own in training", "/polytope?from=explore&steps=20&data=circles&network=own", (
        *TOY, *OWN_NETWORK, TRAINS, replace(STOPS_TRAINING, elsewhere=""),
    ), READY),
    Scene("files and edits", "/polytope?from=explore&network=file&data=file&points=d1&axes=purple", FILES, READY),
    Scene("an image", "/polytope?from=images&trained=mnist-fc1-linf-kw&image=3&bounds=fast-lin", (
        *PICTURES, BOUNDS, *FILES_TO_TAKE,
        choice("polytope-first", "Output", "first", "7"), choice("polytope-second", "and", "second", "2"),
        number("image", "Image", "image"), BOX, choice("trained", "Network", "trained", "FC1 · plain"),
        Row("images", "combobox", "Images", effect.shows("a place for the file", "[data-testid=stFileUploader]"),
            "a file of your own"),
    ), READY),
    Scene("images of one's own", "/polytope?from=images&images=file", (
        Row("images-file", "button", "Upload", effect.chooser()),
        Row("polytope-back", "button", "KW's random network", effect.no_link("from"), leaves=True),
        Row("images-file", "file", ".*", effect.shows("what is still missing", "text=Upload a network"), images_file),
    ), ".st-key-polytope-back button"),
    Scene("a network of one's own", "/polytope?from=images&trained=file&bounds=fast-lin", (
        *network_panel_rows("certify-network-file"),
    ), ".st-key-polytope-back button"),
    Scene("presenting", f"/polytope?{SMALL}&present=1", (PRESENTING,), READY),
    Scene("on a tour", "/polytope?tour=polytope-2", TOUR, READY),
)  # fmt: skip
