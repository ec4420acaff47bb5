"""The rows of the table of controls for the Train page, by its states. See `control_table.py`."""

from __future__ import annotations

import re

from tests.browser import control_effects as effect
from tests.browser import train_effects as training
from tests.browser.control_files import images_file
from tests.browser.control_table import (
    HEAD,
    NAVIGATION,
    NORMS,
    PICTURE,
    PRESENTING,
    SURFACE,
    TOUR,
    TOY,
    Row,
    Scene,
    choice,
    download,
    number,
    options,
    slider,
    switch,
)
from tests.browser.link_effects import sets
from tests.browser.toy_sidebar import FILES

DIALOG = '[data-testid="stPopoverBody"]'
UPLOADER = "[data-testid=stFileUploader]"
SMALL = "widths=8&size=60&b=adversarial&steps=40"
PINNED = f"/train?data=circles&pin=0.4,0.3&{SMALL}&speed=1"  # so slow that a film has moments
LONG = "/train?data=circles&widths=8&size=60&b=adversarial&steps=600&speed=1"
IMAGES = "/train?of=images&images-size=300&widths=8&b=adversarial&steps=10"
RESET = Row("train-view-.", "button", "Reset the view", effect.resets_view())
EXPORT = Row("train-export", "button", "Export", effect.opens("what can be taken away", DIALOG))
MAKE_FILM = Row("train-make-film", "button", "Make a film|Film again",
    effect.shows("the film's files", training.GIF))  # fmt: skip
TAKE_AWAY = (
    download("train-curves-csv", r"Curves \(CSV\)", r"curves\.csv"),
    download("train-web-page", "Save as web page", r"regions\.html"),
    download("train-.*-safetensors", r".*: network \(safetensors\)", r".*\.safetensors"),
    download("train-.*-svg", r".*: picture \(SVG\)", r".*\.svg"),
)
SENT = Row("train-send", "combobox", "Send a network to", effect.keeps_value())


def sent(label: str, path: str, **there: str | None) -> Row:
    return Row(f"train-to-{label}", "button", label, training.sends(path, **there), leaves=True)


def preset(name: str, **there: str | None) -> Row:
    return Row("train-preset", "radio", re.escape(name), sets(**there), leaves=True)


SETUP = (
    number("train-init", "Initial weights", "init"),
    Row("train-widths", "textbox", "Hidden widths", effect.link("widths"), "9"),
    choice("train-units", "Units", "units"),
    number("train-lr", "Learning rate", "lr", "0.02"),
    slider("train-speed", "Steps a second", "speed"),
    choice("train-device", "Train on the device", "device"),
    options("train-stop", "Steps|Seconds|Error", "stop"),
    number("train-steps", "Steps at most", "steps"),
    number("train-seconds", "Seconds", "seconds", "50"),
    number("train-until", "Error in %", "until", "5"),
    switch("train-drop", "Learning rate ÷ 10 for the last tenth", "drop"),
    number("train-batch", "Batch size", "batch"),
    number("train-order", "Seed of the batches", "order"),
)
LOOK = (
    choice("train-fill", "Colours show", "fill"), switch("train-boxes", "ε-balls around the data", "boxes"),
    switch("train-data-points", "Data points", "data-points"),
    switch("train-boundary", "Decision boundary", "boundary"),
    switch("train-colours", "Colour-blind lines", "colours"),
)  # fmt: skip
OBJECTIVES = tuple(
    Row(f"train-{name}", "combobox", f"Objective {name.upper()}", training.compares(place))
    for place, name in enumerate("abc")
)
OPTIONS, MORE_OPTIONS = (
    tuple(
        Row(f"train-[abc]-{name}", "slider", ".*", effect.link(*(f"{slot}-{name}" for slot in "abc"))) for name in names
    )
    for names in (("lam", "k", "gamma-B", "gamma-D", "weight", "kappa", "beta"), ("ratio", "alpha"))
)
TRADE_OFF = (
    Row("train-front", "combobox", "Networks", effect.keeps_value()),
    download("train-front-csv", r"Errors \(CSV\)", r"trade-off\.csv"),
)
TRAIN = (
    Scene("before it trains", f"{LONG}&pin=0.4,0.3", (
        *PICTURE, *SURFACE, RESET, NORMS, choice("train-data", "Data", "data"), *TOY,
        slider("train-eps", "ε", "eps"), *SETUP, *LOOK, *OBJECTIVES,
        EXPORT, *TAKE_AWAY, MAKE_FILM, SENT, *TRADE_OFF,
        Row("train-keys", "button", "Keys", effect.opens("the list of keys", DIALOG)),
        Row("train-new", "button", "New weights", effect.link("init")),
        Row("train-step", "button", "Step", training.steps(1)),
        Row("train-play", "button", "Play", training.trains(), leaves=True),
        Row("train-of", "radio", "Images", sets(of="images"), leaves=True),
        *HEAD, *NAVIGATION,
    )),
    Scene("objectives with options", "/train?data=circles&widths=8&size=60&a=kmmr&b=tight-r&c=crown-ibp", OPTIONS),
    Scene("objectives between attack and bound", "/train?data=circles&widths=8&size=60&a=sabr&b=mtl-ibp", MORE_OPTIONS),
    Scene("while it trains", LONG, (
        Row("train-play", "button", "Pause", training.pauses(), leaves=True),
        Row("train-step", "button", "Step", training.pauses(), leaves=True),
        Row("train-back", "button", "Back", training.holds_moment(), leaves=True),
        Row("train-rewind", "button", "Rewind", training.rewinds(), leaves=True),
        Row("train-new", "button", "New weights", sets(init="1"), leaves=True),
        Row("train-timeline", "slider", "Step on screen", training.chooses_step(), leaves=True),
        slider("train-eps", "ε", "eps"), slider("train-speed", "Steps a second", "speed"),
    ), begin=training.play),
    Scene("a moment before the last on screen", LONG, (
        Row("train-timeline", "slider", "Step on screen", training.chooses_step()),
        Row("train-step", "button", "Step", training.steps(1)),
        Row("train-back", "button", "Back", training.steps(-1)),
        Row("train-latest", "button", "Latest", training.shows_latest(), leaves=True),
        Row("train-film", "button", "Film", training.films(), leaves=True),
        Row("train-rewind", "button", "Rewind", training.rewinds(), leaves=True),
        Row("train-play", "button", "Play", training.trains(), leaves=True),
    ), begin=training.looks_back),
    Scene("all steps are done", PINNED, (
        EXPORT, *TAKE_AWAY,
        Row("train-film", "button", "Film", training.films(), leaves=True),
        Row("train-rewind", "button", "Rewind", training.rewinds(), leaves=True),
        sent("Explore", "/", data="circles", pin="0.4,0.3", network="file"),
        sent("Certify", "/certify", data="circles", pin="0.4,0.3", network="file"),
        sent("Polytope", "/polytope", data="circles", pin="0.4,0.3", network="file", **{"from": "explore"}),
        SENT,
    ), begin=training.trained),
    Scene("the film on screen", PINNED, (
        Row("train-film", "button", "Stop film", training.shows_latest(), leaves=True),
    ), begin=training.plays_film),
    Scene("a film made", PINNED, (
        download("train-training-gif", r"Film \(GIF\)", r"training\.gif"),
        download("train-training-html", r"Film \(web page\)", r"training\.html"),
        download("train-training-mp4", r"Film \(MP4\)", r"training\.mp4"),
        download("train-training-pictures-zip", r"Film \(PNG sequence, ZIP\)", r"training-pictures\.zip"),
        Row("train-stop-film", "button", "Stop", effect.hides("the bar", ".st-key-train-stop-film"),
            elsewhere="test_train_film.test_a_film_that_is_being_made_stops"),
    ), begin=training.filmed),
    Scene("after a reload", LONG, (
        Row("train-go-on", "button", "Resume", training.goes_on(), leaves=True),
        Row("train-anew", "button", "Begin anew", training.begins_anew(), leaves=True),
    ), begin=training.interrupted),
    Scene("images", IMAGES, (
        Row("train-of", "radio", "Plane", sets(of=None), leaves=True),
        number("train-images-size", "Images to learn from", "images-size", "400"),
        number("train-three", "Which three images span the plane", "three"),
        choice("train-network", "Network", "network", "FC1"),
        Row("train-images", "combobox", "Images", effect.shows("a place for the file", UPLOADER), "a file of your own",
            leaves=True),
        sent("Slices", "/slices", first="file", images=None), sent("Certify", "/certify", of="images", trained="file"),
        sent("Polytope", "/polytope", trained="file", **{"from": "images"}),
    ), begin=training.trained),
    Scene("a file of images", "/train?of=images&images=file&widths=8", (
        Row("train-images-file", "button", "Upload", effect.chooser()),
        Row("train-images-file", "file", ".*", effect.shows("its pictures", "canvas.marks"), images_file, leaves=True),
    ), ready=UPLOADER),
    Scene("a file of points", "/train?data=file&points=d1&fill=purple&widths=8", FILES),
    Scene("experiments", "/train?data=moons&widths=8", (
        preset("Larger regions (MMR Fig. 2)", data=None, widths=None, b=None),
        preset("Proved boxes (KW Fig. 3)", data="kw", widths="100, 100, 100, 100", b="kw", p="inf"),
        preset("Plain, attacked, proved", data="moons", widths="32, 32", b="adversarial", c="kw", p="inf"),
        preset("Handwritten digits", of="images", b=None, p="inf"),
    )),
    Scene("presenting", "/train?present=1&widths=8", (PRESENTING,)),
    Scene("on a tour", "/train?tour=train-2", TOUR),
)  # fmt: skip
