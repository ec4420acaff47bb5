"""The rows of the table of controls for each page, by the states in which links open it. See `control_table.py`."""

from __future__ import annotations

from tests.browser import control_effects as effect
from tests.browser.control_table import (
    COPY,
    HEAD,
    NAVIGATION,
    NORMS,
    PICTURE,
    PRESENTING,
    RESET,
    SURFACE,
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
    slider,
    switch,
)
from tests.browser.controls_of_certify import CERTIFY
from tests.browser.controls_of_papers import PAPERS
from tests.browser.controls_of_polytope import POLYTOPE
from tests.browser.controls_of_slices import SLICES
from tests.browser.controls_of_train import TRAIN
from tests.browser.toy_sidebar import DATA, FILES, FORMULA, NETWORK, OWN_NETWORK, STOPS_TRAINING, TRAINS

VIEW = "&view=-0.2,0.7,0,0.6"
DIALOG = '[data-testid="stPopoverBody"]'


DRAWN = "test_drawn_network."
DRAWING = (
    Row("explore-drawing.*", "button", r"Unit \d+ of layer \d+", effect.link("unit"),
        elsewhere=f"{DRAWN}test_a_click_keeps_a_unit_lit_and_the_link_has_it"),
    Row("explore-drawing.*", "button", r"Output \d", effect.keeps_value(),
        elsewhere=f"{DRAWN}test_an_outputs_bias_opens_by_a_click"),
    Row("explore-drawing.*", "button", r"(Add|Remove) .*", effect.link("changes"),
        elsewhere=f"{DRAWN}test_units_and_layers_come_and_go_by_a_click_and_the_link_has_them"),
    Row("explore-drawing.*", "button", "Undo|Undo all", effect.no_link("changes"),
        elsewhere=f"{DRAWN}test_a_change_is_undone"),
    Row("explore-drawing.*", "select", "Which weight of the unit", effect.keeps_value(),
        elsewhere=f"{DRAWN}test_every_weight_of_a_unit_is_in_the_editors_list"),
    Row("explore-drawing.*", "slider|spinbutton|button", "Bias of .*|.* → .*|Value|Close", effect.link("changes"),
        elsewhere=f"{DRAWN}test_a_weight_follows_the_hand_and_so_do_regions_and_link"),
)  # fmt: skip
STEP = effect.changes("the step", ".steps", "data-step")
STEPS = (
    Row("explore-steps.*", "button", "How does this come about.", STEP),
    Row("explore-steps.*", "button", "Again", STEP),
    Row("explore-steps.*", "button", "Back|Next", STEP,
        elsewhere="test_steps.test_a_formula_is_written_out_and_agrees_with_the_network"),
)  # fmt: skip
EXPLORE = (
    Scene("a pinned point", f"/?pin=0.4,0.3&more=1{VIEW}", (
        WHOLE, *PICTURE, *SURFACE, RESET,
        NORMS, *TOY, choice("fill", "Colours show", "fill"), options("layers-.*", r"\d", "hide"),
        switch("boundary", "Decision boundary", "boundary"), switch("data-points", "Data points", "data-points"),
        switch("colours", "Colour-blind lines", "colours"), number("unit", "Line of one unit", "unit"),
        Row("window", "textbox", "Window", effect.link("window"), "0, 1, 0, 1"),
        choice("limit", "Regions at most", "limit"), switch("edit", "Edit points", "edit"),
        Row("", "button", "Export", effect.opens("what can be taken away", DIALOG)),
        download("explore-svg", "Picture .SVG.", r"regions\.svg"),
        download("explore-web-page", "Save as web page", r"regions\.html"),
        download("explore-csv", "Regions .CSV.", r"regions\.csv"),
        download("explore-graph", "Region graph .JSON.", r"region-graph\.json"),
        download("explore-network", "Network .safetensors.", r"network\.safetensors"),
        download("explore-points", "Points .CSV.", r".*points\.csv"),
        Row("pytorch", "switch", "Copy as PyTorch", effect.shows("the code", '[data-testid="stCode"]')),
        Row("", *COPY),
        Row("unit", "button", "Clear value", effect.no_link("unit")),
        Row("complexity", "expander", ".*", effect.folds()),
        Row("complexity-map", "switch", "Map", effect.shows("the map", '[class*="st-key-complexity-chart"]')),
        *DRAWING,
        Row("explain-formula", "button", "Formula", effect.link("explain"), leaves=True),
        Row("explain-proof", "button", "Watch the proof", effect.link("explain"), leaves=True),
        TRAINS, STOPS_TRAINING,
        DATA, NETWORK, *HEAD, TO_POLYTOPE,
        page_link("Every bound and attack on this point", "/certify"), *NAVIGATION,
    )),
    Scene("the formula of a region", "/?pin=0.4,0.3&explain=formula", (
        *STEPS, Row("explain", "radio|button", "Network", effect.no_link("explain"), leaves=True),
    )),
    Scene("a proof, region by region", "/?pin=0.4,0.3&explain=regions", (
        Row("explore-steps.*", "button", "Next step", STEP), Row("explore-steps.*", "button", "Again", STEP),
        Row("explore-steps.*", "button", "Fast", effect.changes("the pace", "[data-act=pace]", "aria-pressed")),
        Row("explore-steps.*", "button", "Play", STEP), Row("explore-steps.*", "button", "Pause|Play|Back|Next step",
            STEP, elsewhere="test_steps.test_a_proof_plays_to_its_end_pauses_and_begins_again"),
        Row("explain", "radio|button", "Formula", effect.link("explain"), leaves=True),
        Row("explain", "radio|button", "Cases", effect.link("explain"), leaves=True),
    )),
    Scene("a proof, case by case", "/?pin=0.3,0.2&explain=cases&within=0.3", (
        Row("explore-steps.*", "button", "Next step", STEP), Row("explore-steps.*", "button", "Again", STEP),
        Row("explain", "radio|button", "Proof", effect.link("explain"), leaves=True),
        Row("within", "button", "Clear value", effect.no_link("within"), leaves=True),
        number("within", "ε", "within", "0.2"),
    )),
    Scene("training", "/?steps=20&data=circles&network=own&changes=u1", (
        *OWN_NETWORK,
        Row("", "button", "Pin a data point", effect.link("pin")),
        Row("more", "switch", "More controls", effect.link("more"), leaves=True),
    )),
    Scene("settings of a training", "/?data=xor&more=1&objective=kw", (
        choice("activation", "Activation", "changes"),  # before a step: the link carries no changes of trained weights
        Row("one-step", "button", "Step", effect.link("steps")),
        slider("test-share", "Test points, %", "test"),
        slider("training-lr", "Learning rate", "lr"), slider("training-eps", "ε of the objective", "objective-eps"),
        choice("training-objective", "Objective", "objective"),
    )),
    Scene("files and edits", "/?network=file&data=file&edit=1&points=d1&fill=purple", (
        *FILES,
        Row("new-class", "radio", "class .", effect.keeps_value()),
    )),
    Scene("labels from a formula", "/?data=formula&network=own&widths=6", (FORMULA,)),
    Scene("presenting", "/?present=1", (PRESENTING,)),
    Scene("on a tour", "/?tour=explore-1", TOUR),
    Scene("an exercise", "/?data=xor&network=own&widths=3&tour=exercises-1", (
        Row("tour-hint", "button", "Hint", effect.opens("the hint", DIALOG)),
        Row("tour-choice-.*", "radio", r"\d", effect.shows("whether it is right", "text=/Right|Not this one/"),
            leaves=True),
        *TOUR,
    )),
)  # fmt: skip

PAGES: dict[str, tuple[Scene, ...]] = {
    "explore": EXPLORE,
    "certify": CERTIFY,
    "slices": SLICES,
    "train": TRAIN,
    "polytope": POLYTOPE,
    "papers": PAPERS,
}  # fmt: skip
