"""Rows of the sidebar on data and networks of the plane, which Explore and Certify have."""

from __future__ import annotations

from tests.browser import control_effects as effect
from tests.browser.control_files import points_file
from tests.browser.control_table import Row, choice, options

COMPLAINT = '[data-testid="stAlert"]:has-text("in the link")'
PROGRESS = '[data-testid="stProgress"]'
TRAINS = Row("train", "button", "Train", effect.shows("how far it is", PROGRESS))
STOPS_TRAINING = Row("stop", "button", "Stop", effect.shows("that it can go on", ".st-key-train button"),
    elsewhere="test_explore.test_training_moves_the_picture_and_stops")  # fmt: skip
DATA, NETWORK = choice("data", "Data", "data"), options("network", "Build|Load|Ready|Small|Large", "network")
FORMULA = Row("formula-formula", "textbox", "Class 1 where", effect.link("formula"), "y > x")
OWN_NETWORK = (
    Row("rewind", "button", "Rewind", effect.no_link("steps")),
    Row("undo-changes", "button", "Undo all", effect.no_link("changes")),
    Row("new-weights", "button", "New weights", effect.link("init")),
    Row("widths", "textbox", "Hidden widths", effect.link("widths"), "8"), choice("units", "Units", "units"),
)  # fmt: skip
FILES = (
    Row("", "button", "Undo all", effect.no_link("points")),
    Row("dismiss", "button", "Dismiss", effect.hides("the complaint", COMPLAINT)),
    Row("data-file|network-file", "button", "Upload", effect.chooser()),
    Row("data-file", "file", ".*", effect.changes("the picture", "canvas.marks", "data-points"), points_file),
    Row("data-file", "button", "Add files", effect.chooser()),
    Row("data-file", "button", "Remove .*", effect.hides("it", "[data-testid=stFileChipDeleteBtn]")),
    Row("network-file", "file", ".*", effect.keeps_value(),
        elsewhere="test_network_panel.test_explore_draws_the_regions_of_a_file"),
)  # fmt: skip
