"""The Polytope page without a browser: its states, its presets, its links, and what it says to bad input."""

from __future__ import annotations

import math
import re

import pytest
from streamlit.testing.v1 import AppTest

from certify import polytopes
from models import load_preset, random_network
from pages.polytope import sets
from pages.polytope.network_and_data import FIRST_DRAW
from pages.polytope.presets import PRESETS
from pages.polytope.state import PolytopeState
from pages.shared.background.worker import Progress, State
from tests.pages.driving import ROOT, link_of, opened, settled, texts, until
from tests.slow import others_slow

SMALL = {"from": "explore", "data": "tight", "pin": "0.1,0.55", "p": "inf", "bounds": "interval,fast-lin"}


def polytope(**link: str) -> AppTest:
    """The page, opened by a link, after its first run."""
    return opened("pages/polytope/page.py", link, 90)


def areas(app: AppTest) -> dict[str, str]:
    table = app.dataframe[0].value
    return dict(zip(table["set"], table["area"]))


def test_it_opens_with_the_papers_random_network_and_its_areas():
    app = until(polytope(), lambda app: "LP" in areas(app))
    found = polytopes(random_network(seed=FIRST_DRAW).double(), [0, 0], 0.12, math.inf, None, ("crown", "lp"))
    for title, name in (("true set", "true"), ("CROWN", "crown"), ("LP", "lp")):
        assert float(areas(app)[title]) == pytest.approx(found.areas[name], rel=6e-3)
    assert "No perturbation with" in texts(app)


def test_a_larger_eps_is_another_picture():
    app = polytope(**SMALL, eps="0.1")
    before = areas(app)
    app.number_input(key="polytope-eps-field-0").set_value(0.2).run()
    assert not app.exception
    assert areas(app) != before or "0.200" in texts(app)
    assert link_of(app)["eps"] == "0.2"


def test_where_eps_is_refused_it_can_be_made_smaller_and_is_not_asked_for_again_by_the_clock(monkeypatch):
    input_map = sets.input_map

    def refusing(chosen, question, reach, window, busy):
        if reach > 0.15:
            raise ValueError("The ball's window holds too many regions; choose a smaller eps.")
        return input_map(chosen, question, reach, window, busy)

    monkeypatch.setattr(sets, "input_map", refusing)
    app = polytope(**SMALL, eps="0.2", reach="0.1")
    assert "choose a smaller eps" in app.error[0].value
    assert not app.session_state[PolytopeState.busy.key]
    app.number_input(key="polytope-eps-field-0").set_value(0.1).run()
    assert not app.exception and not app.error
    assert areas(app)
    assert link_of(app)["eps"] == "0.1"


@pytest.mark.parametrize("name", others_slow(PRESETS, quick=[*PRESETS][:2]))
def test_every_preset_shows_its_bounds_and_is_lit(name: str):
    app = polytope(bounds="none")
    next(pills for pills in app.pills if pills.key == "polytope-preset").set_value(name).run()
    assert not app.exception
    assert not [error.value for error in app.error]
    assert app.session_state["polytope-preset"] == name
    assert app.number_input(key="polytope-eps-field-0").value == PRESETS[name].eps
    quick = [bound for bound in PRESETS[name].bounds if bound != "lp"]
    assert len(areas(app)) >= 2 + len(quick)
    again = polytope(**link_of(app))
    assert link_of(again) == link_of(app)
    assert areas(again).items() <= areas(app).items() or areas(app).items() <= areas(again).items()


def test_tights_network_is_proved_though_two_units_are_unstable():
    app = polytope(**SMALL, eps="0.2")
    assert "Fast-Lin stays on class 1" in texts(app).replace("\\'", "'").replace("&#x27;", "'")
    assert "Interval crosses" in texts(app)
    app.number_input(key="polytope-unit").set_value(1).run()
    assert "unstable" in texts(app)
    assert link_of(app)["unit"] == "1"


def test_robust_training_made_the_bound_tight():
    pin = "0.8632,0.5415"
    plain = polytope(**{"from": "explore"}, data="kw", pin=pin, eps="0.08", p="inf", bounds="fast-lin")
    robust = polytope(**{"from": "robust"}, pin=pin, eps="0.08", p="inf", bounds="fast-lin")
    assert "no bound here proves it" in texts(plain)
    assert "no bound here proves it" not in texts(robust)
    least = polytopes(load_preset("kw-robust").network, [0.8632, 0.5415], 0.08, math.inf, None, ("fast-lin",)).margins
    assert least["fast-lin"] > 0


def test_a_link_reopens_the_same_state():
    asked = {
        **SMALL,
        "p": "1",
        "box": "-2,2",
        "eps": "0.15",
        "reach": "0.5",
        "axes": "turned",
        "unit": "3",
        "by": "interval",
        "curve": "areas",
    }
    app = polytope(**asked)
    assert link_of(app) == asked
    assert link_of(settled(app)) == asked


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    others_slow(
        [
            ("eps", "-0.1", "between 0 and"),
            ("eps", "nan", "finite"),
            ("reach", "0", "between"),
            ("bounds", "magic", "one of layerwise"),
            ("bounds", "simplex", "one of layerwise"),
            ("box", "1,0", "lo < hi"),
            ("from", "nowhere", "one of random"),
            ("axes", "3d", "one of outputs"),
            ("unit", "0", "whole number"),
            ("pin", "1", "2 finite"),
            ("flavour", "sweet", "means nothing here"),
        ],
        quick=("from", "pin"),
    ),
)
def test_a_broken_link_is_explained_and_the_page_goes_on(name: str, value: str, remedy: str):
    app = polytope(**{**SMALL, name: value})
    assert remedy in texts(app)
    assert areas(app)
    app.button(key="dismiss").click().run()
    assert not app.exception
    assert not app.warning


def test_without_a_ball_the_set_is_a_point():
    app = polytope(**SMALL, eps="0")
    assert areas(app)["true set"] == "0"
    assert "No perturbation" in texts(app)


def test_a_point_outside_the_legal_box_is_explained():
    app = polytope(**SMALL, box="0.3,1")
    assert any("box" in error.value for error in app.error)
    app.text_input(key="box").set_value("").run()
    assert not app.exception
    assert not [error.value for error in app.error]


def test_a_ball_outside_the_window_of_the_data_is_enumerated_apart():
    app = polytope(**{**SMALL, "pin": "40,30"}, eps="3")
    assert not [error.value for error in app.error]
    assert areas(app)


def test_of_three_outputs_the_predicted_and_the_runner_up_are_compared_unless_chosen():
    app = polytope(**{"from": "explore"}, data="blobs", p="inf", bounds="crown")
    assert "Of the other classes this picture says nothing" in texts(app)
    app.selectbox(key="polytope-first").select("2").run()
    app.selectbox(key="polytope-second").select("2").run()
    assert not app.exception
    assert any("Two different outputs" in warning.value for warning in app.warning)
    app.selectbox(key="polytope-second").select("0").run()
    assert not app.warning
    assert {link_of(app)["first"], link_of(app)["second"]} == {"2", "0"}


def test_the_lp_is_not_offered_where_it_is_not_known_and_comes_back():
    app = polytope(**{**SMALL, "bounds": "fast-lin,lp"})
    until(app, lambda app: "LP" in areas(app))
    app.segmented_control(key="p").select("2").run()
    assert not app.exception
    assert "LP" not in areas(app)
    assert any("LP is for ℓ₁ and ℓ∞ only: not drawn for ℓ₂" in caption.value for caption in app.caption)
    assert "The LP" not in verdict_of(app)
    app.segmented_control(key="p").select("inf").run()
    assert link_of(app)["bounds"] == "fast-lin,lp"
    assert not any("not drawn for" in caption.value for caption in app.caption)


def verdict_of(app: AppTest) -> str:
    return next(html.proto.body for html in app.get("html") if 'data-testid="verdict"' in html.proto.body)


class Held:
    """Work on slow bounds that stays where it is."""

    def __init__(self, state: State, message: str, waits: str) -> None:
        self.state = (state, message, waits)

    def progress(self) -> Progress[object]:
        state, message, waits = self.state
        return Progress(state, {}, message, waits)


@pytest.mark.parametrize(
    ("state", "message", "waits", "said"),
    [
        ("running", "", "", "The LP is still being computed."),
        ("waiting", "", "waits for its turn: a film of yours runs first", "The LP waits for its turn: a film of yours"),
        ("failed", "the solver broke off", "", "The LP could not be computed: the solver broke off."),
        ("stopped", "", "", "The LP was stopped before it was computed."),
    ],
)
def test_what_is_said_follows_from_bounds_that_are_there_and_says_what_is_with_the_others(
    monkeypatch, state, message, waits, said
):
    monkeypatch.setattr("pages.polytope.sets.Work.slow", lambda _: Held(state, message, waits))
    app = polytope(**{**SMALL, "bounds": "interval,lp", "eps": "0.2"})
    app.run()
    assert said in verdict_of(app)
    assert ("no bound here proves it" in verdict_of(app)) == (state in ("failed", "stopped"))
    assert "LP" not in areas(app)
    assert 'data-kind="proved"' in verdict_of(app)
    assert any("in the true set the larger output stays larger" in html.proto.body for html in app.get("html"))


def test_without_an_lp_the_unit_is_described_without_one():
    app = polytope(**{**SMALL, "p": "2", "eps": "0.2", "unit": "1"})
    assert "in ℓ₂ there is no LP" in texts(app)
    assert "in ℓ₂ there is no LP" not in texts(polytope(**{**SMALL, "p": "1", "eps": "0.2", "unit": "1"}))


def test_files_say_what_they_are_of(monkeypatch):
    files = {}
    monkeypatch.setattr("pages.polytope.numbers.download", lambda label, make, *_, **__: files.update({label: make()}))
    polytope(**{**SMALL, "p": "1", "box": "-2,2", "eps": "0.15"})
    about = ("norm: l1", "box: -2.0 to 2.0", "outputs: 0 is class 0 and 1 is class 1", "point: 0.1 0.55", "Interval")
    for said in about:
        assert all(said in content for content in files.values()), said
    assert "eps: 1 radius up to 0.15" in files["Areas (CSV)"]
    assert "eps: 0.15" in files["Output plane (SVG)"]
    assert len(set(files.values())) == len(files) == 2


def test_no_bound_at_all_is_an_answerable_state():
    assert list(areas(polytope(**{**SMALL, "bounds": "none"}))) == ["true set", "convex hull"]


def test_a_pin_in_explore_is_taken_along():
    app = opened("app.py", {"data": "tight", "pin": "0.1,0.55", "p": "inf"})
    app.button(key="to-polytope").click().run()
    assert not app.exception
    assert link_of(app)["from"] == "explore"
    assert link_of(app)["pin"] == "0.1,0.55"
    assert areas(app)


REOPENED = """
import runpy
import streamlit as st
from pages.shared import link
if st.session_state.pop("reopen", False):
    link.reopen("polytope", {"from": "explore", "data": "tight", "pin": "0.1,0.55", "eps": "0.07"})
runpy.run_path("pages/polytope/page.py")
"""  # what a tour's next step does, without the other pages, which AppTest does not know


def test_the_next_step_of_a_tour_has_its_own_eps_though_the_browser_still_sends_the_last(monkeypatch):
    monkeypatch.chdir(ROOT)
    app = AppTest.from_string(REOPENED, default_timeout=90)
    for name, value in SMALL.items():
        app.query_params[name] = value
    app = settled(app)
    app.number_input(key="polytope-eps-field-0").set_value(0.16)
    settled(app)
    assert "0.160" in texts(app)
    before = app._tree.get_widget_states()  # what the browser sends until it has drawn the next step
    app.session_state["reopen"] = True
    settled(app)
    assert "0.0700" in texts(app)
    app._run(before)
    assert not app.exception
    assert "0.0700" in texts(app) and "0.160" not in texts(app)
    assert link_of(app)["eps"] == "0.07"


@pytest.mark.parametrize("value", ["", " ", " ratios", "ratios ", "**", "a*"])
def test_a_link_value_of_any_text_is_shown_as_it_is(value: str):
    (said,) = (warning.value for warning in polytope(**SMALL, curve=value).warning)
    bold = re.findall(r"\*\*(.*?)(?<!\\)\*\*", said)
    assert bold == ["curve"]  # no space at either end, with which Markdown would show the asterisks
    shown = re.search(r"= “(.*?)” in the link", said)
    assert shown and shown[1].replace("\u00a0", " ").replace("\\", "") == value
