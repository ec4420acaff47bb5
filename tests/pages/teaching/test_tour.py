"""Tours and presenter mode, in the whole app."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from pages.teaching.steps import PAGES, PLACES
from pages.teaching.tour import step_link
from pages.teaching.tours import TOURS
from tests.pages.driving import link_of, opened
from tests.slow import others_slow

APP = "app.py"
STEPS = [(name, number) for name, steps in TOURS.items() for number in range(1, len(steps) + 1)]


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def button(app: AppTest, key: str):
    return next(each for each in app.button if each.key == key)


@pytest.mark.parametrize(
    ("name", "number"),
    [pytest.param(*step, marks=[] if step[1] % 3 == 1 else pytest.mark.slow) for step in STEPS],
)
def test_every_step_is_a_link_that_its_page_understands(name: str, number: int):
    step, parts = TOURS[name][number - 1], dict(parse_qsl(urlsplit(step_link(name, number)).query))
    script = APP if PAGES[step.page].path == "/" else PAGES[step.page].script
    page = opened(script, parts)
    assert not page.error
    assert not [warning.value for warning in page.warning]


@pytest.mark.parametrize("name", TOURS)
def test_a_tour_has_five_to_eight_steps(name: str):
    assert 5 <= len(TOURS[name]) <= 8


def test_a_tour_begins_goes_on_goes_back_and_ends_where_one_is():
    app = opened(APP, {"data": "circles"})
    button(app, "tour-begin").click().run()
    assert f"1/{len(TOURS['explore'])}" in said(app)
    assert app.query_params["tour"] == "explore-1"
    assert app.selectbox(key="data").value == "xor"
    button(app, "tour-next").click().run()
    assert TOURS["explore"][1].title in said(app)
    assert app.session_state["pin"] == (0.4, 0.3)
    button(app, "tour-back").click().run()
    assert TOURS["explore"][0].title in said(app)
    assert app.session_state["pin"] is None
    button(app, "tour-leave").click().run()
    assert "tour" not in app.query_params
    assert app.selectbox(key="data").value == "circles"
    assert not app.exception


def test_who_opens_a_step_by_its_link_stays_there_when_leaving():
    app = opened(APP, {"tour": "explore-2", "data": "xor"})
    button(app, "tour-leave").click().run()
    assert "tour" not in app.query_params
    assert app.selectbox(key="data").value == "xor"


VISITED = {
    "data": "circles", "pin": "0.2,0.1", "p": "1", "view": "-0.5,0.5,-0.5,0.5", "fill": "active", "unit": "3",
    "hide": "1", "edit": "1", "points": "a1:0.5:0.5", "present": "1",
}  # fmt: skip


@pytest.mark.parametrize("number", others_slow(range(1, len(TOURS["explore"]) + 1), quick=(1, 7)))
def test_a_step_is_the_same_whatever_the_visitor_had_chosen(number: int):
    fresh = opened(APP, dict(parse_qsl(urlsplit(step_link("explore", number)).query)))
    app = opened(APP, VISITED)
    button(app, "tour-begin").click().run()
    for _ in range(number - 1):
        button(app, "tour-next").click().run()
    assert link_of(app) == {**link_of(fresh), "present": "1"}


def test_the_visitors_own_state_comes_back_at_the_end():
    app = opened(APP, VISITED)
    before, values = link_of(app), {key: app.session_state[key] for key in ("pin", "p", "view", "unit", "edit")}
    button(app, "tour-begin").click().run()
    assert app.session_state["pin"] is None
    button(app, "tour-next").click().run()
    button(app, "tour-leave").click().run()
    assert link_of(app) == before
    assert {key: app.session_state[key] for key in values} == values
    assert not app.exception


def test_a_tour_begins_without_the_visitors_training_which_comes_back():
    app = opened(APP, {"data": "xor", "network": "own", "widths": "6", "init": "3", "steps": "5"})
    run, before = app.session_state["training-run"], link_of(app)
    button(app, "tour-begin").click().run()  # the tour begins with this very network, untrained
    assert "training-run" not in app.session_state
    button(app, "tour-leave").click().run()
    assert app.session_state["training-run"] is run
    assert link_of(app) == before


@pytest.mark.parametrize("name", TOURS)
def test_what_a_step_speaks_of_has_a_place_on_its_page(name: str):
    for step in TOURS[name]:
        assert set(step.shows) <= set(PLACES)
        assert all(place.startswith(f"{step.page}-") for place in step.shows)
        assert step.shows


def test_the_last_step_leads_to_the_next_page():
    app = opened(APP, {"tour": f"explore-{len(TOURS['explore'])}"})
    assert button(app, "tour-next").label == "On to Certify"


@pytest.mark.parametrize("place", ["explore-0", "explore-99", "nowhere-1", "explore", "", "explore-1-1", "💥"])
def test_a_step_that_is_not_there_is_said_so(place: str):
    app = opened(APP, {"tour": place})
    assert not app.exception
    assert any("tour" in warning.value for warning in app.warning)


def test_presenter_mode_enlarges_the_type_and_ends():
    app = opened(APP, {})
    button(app, "present-button").click().run()
    assert app.query_params["present"] == "1"
    button(app, "unpresent").click().run()
    assert "present" not in app.query_params
    assert not app.exception


def test_presenter_mode_stays_through_a_tour():
    app = opened(APP, {"tour": "explore-1", "present": "1"})
    button(app, "tour-next").click().run()
    assert app.query_params["present"] == "1"
    assert app.query_params["tour"] == "explore-2"
