"""The rows of the table of controls for each page, by the states in which links open it. See `control_table.py`."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

from tests.browser import control_effects as effect
from tests.browser.control_table import (
    HEAD,
    NAVIGATION,
    NORMS,
    PICTURE,
    PRESENTING,
    RESET,
    TO_POLYTOPE,
    TOUR,
    TOY,
    WHOLE,
    Row,
    Scene,
    choice,
    download,
    number,
    options,
    page_link,
    switch,
)

VIEW = "&view=-0.2,0.7,0,0.6"
DIALOG = '[data-testid="stPopoverBody"]'


def points_file() -> str:
    """A CSV of four points."""
    path = Path(tempfile.gettempdir()) / "reluscope-four-points.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("x", "y", "label"), (0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0)])
    return str(path)


TRAINS = Row("train", "button", "Train", effect.shows("how far it is", '[data-testid="stProgress"]'))
STOPS_TRAINING = Row("stop", "button", "Stop", effect.hides("the bar", '[data-testid="stProgress"]'),
    elsewhere="test_explore.test_training_moves_the_picture_and_stops")  # fmt: skip
NETWORK = options("network", "Own|File|Trained", "network")
EXPLORE = (
    Scene("a pinned point", f"/?pin=0.4,0.3{VIEW}", (
        WHOLE, *PICTURE, RESET,
        NORMS, *TOY, choice("fill", "Fill by", "fill"), options("layers-.*", r"\d", "hide"),
        switch("boundary", "Decision boundary", "boundary"), switch("data-points", "Data points", "data-points"),
        switch("colours", "Colour-blind lines", "colours"), number("unit", "Light one unit", "unit"),
        Row("window", "textbox", "Window", effect.link("window"), "0, 1, 0, 1"),
        choice("limit", "Regions at most", "limit"), switch("edit", "Edit points", "edit"),
        Row("", "button", "Export", effect.opens("what can be taken away", DIALOG)),
        download("explore-svg", "Picture .SVG.", r"regions\.svg"),
        download("explore-csv", "Regions .CSV.", r"regions\.csv"),
        download("explore-network", "Network .safetensors.", r"network\.safetensors"),
        download("explore-points", "Points .CSV.", r".*points\.csv"),
        Row("pytorch", "switch", "Copy as PyTorch", effect.shows("the code", '[data-testid="stCode"]')),
        Row("unit", "button", "Clear value", effect.no_link("unit")),
        TRAINS, STOPS_TRAINING,
        choice("data", "Data", "data"), NETWORK, *HEAD, TO_POLYTOPE,
        page_link("Every bound and attack on this point", "/certify"), *NAVIGATION,
    )),
    Scene("training", "/?steps=20&data=circles&network=own", (
        Row("rewind", "button", "Rewind", effect.no_link("steps")),
        Row("new-weights", "button", "New weights", effect.link("init")),
        Row("widths", "textbox", "Hidden widths", effect.link("widths"), "8"), choice("units", "Units", "units"),
        Row("", "button", "Pin a data point", effect.link("pin")),
    )),
    Scene("files and edits", "/?network=file&data=file&edit=1&points=d1&fill=purple", (
        Row("", "button", "Undo all", effect.no_link("points")),
        Row("dismiss", "button", "Dismiss", effect.hides("the complaint", "text=in the link")),
        Row("new-class", "radio", "class .", effect.keeps_value()),
        Row("data-file|network-file", "button", "Upload", effect.chooser()),
        Row("data-file", "file", ".*", effect.changes("the picture", "canvas.marks", "data-points"), points_file()),
        Row("data-file", "button", "Add files", effect.chooser()),
        Row("data-file", "button", "Remove .*", effect.hides("it", "[data-testid=stFileChipDeleteBtn]")),
        Row("network-file", "file", ".*", effect.keeps_value(),
            elsewhere="test_network_panel.test_explore_draws_the_regions_of_a_file"),
    )),
    Scene("presenting", "/?present=1", (PRESENTING,)),
    Scene("on a tour", "/?tour=explore-1", TOUR),
)  # fmt: skip

PAGES: dict[str, tuple[Scene, ...]] = {
    "explore": EXPLORE,
}  # fmt: skip
