"""Events from a browser count only if they are well formed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.regions.surface import Surface
from pages.region_view.events import ViewEvents, parse_events
from pages.shared.point_edit import PointEdit

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
kinds = st.sampled_from(["pin", "add", "move", "remove", "view", "norm", "turn", "surface", "nonsense"])
entries = st.fixed_dictionaries({"serial": st.integers(0, 20) | anything, "kind": kinds | anything, "value": anything})


def event(serial, kind, value):
    return {"serial": serial, "kind": kind, "value": value}


@settings(deadline=None)
@given(anything | st.lists(entries), st.integers(0, 10))
def test_whatever_arrives_parses_to_finite_values(raw, after):
    events, seen = parse_events(raw, after)
    numbers = [*(events.pin or ()), *(events.view or ()), *(x for edit in events.edits for x in edit.point or ())]
    assert all(math.isfinite(number) for number in numbers) and seen >= after


def test_events_are_given_out_once():
    raw = [event(5, "pin", [1, 2]), event(6, "add", [0, 0])]
    events, seen = parse_events(raw, 0)
    assert events == ViewEvents(pin=(1, 2), edits=(PointEdit("add", None, (0, 0)),))
    assert parse_events(raw, seen) == (ViewEvents(), seen)


def test_the_latest_pin_counts_and_edits_keep_their_order():
    raw = [event(3, "remove", 4), event(1, "pin", [1, 1]), event(2, "move", [0, 5, 6]), event(4, "pin", [2, 2])]
    events, _ = parse_events(raw, 0)
    assert events.pin == (2, 2)
    assert events.edits == (PointEdit("move", 0, (5, 6)), PointEdit("remove", 4, None))


def test_taking_the_pin_away_is_no_pin_at_nowhere():
    events, _ = parse_events([event(1, "pin", None)], 0)
    assert events.unpinned and events.pin is None
    assert not parse_events([event(1, "pin", ["x", 2])], 0)[0].unpinned


TURNED = {"height": "margin", "azimuth": 10, "elevation": 30.5, "zoom": 1, "x": 0, "y": 0}


def test_a_turned_surface_arrives_and_a_flat_picture_is_no_surface():
    assert parse_events([event(1, "surface", TURNED)], 0)[0].surface == Surface("margin", 10, 30.5)
    events, _ = parse_events([event(1, "surface", TURNED), event(2, "surface", None)], 0)
    assert events.flat and events.surface is None


WRONG = [{}, [], 3, TURNED | {"height": "<b>"}, TURNED | {"zoom": None}, TURNED | {"x": 1e300}]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_malformed_surface_is_dropped_and_is_not_flat(wrong):
    events, _ = parse_events([event(1, "surface", wrong)], 0)
    assert events.surface is None and not events.flat


def test_back_to_the_whole_is_no_view_and_what_is_malformed_is_not_back():
    events, _ = parse_events([event(1, "view", [0, 1, 0, 1]), event(2, "view", None)], 0)
    assert events.whole and events.view is None
    assert not parse_events([event(1, "view", [0, 1])], 0)[0].whole


@pytest.mark.parametrize("name, norm", [("1", 1), ("2", 2), ("inf", math.inf), ("3", None), (2, None)])
def test_norms_by_name(name, norm):
    assert parse_events([event(1, "norm", name)], 0)[0].norm == norm


@pytest.mark.parametrize("window", [[0, 0, 0, 1], [1, 0, 0, 1], [0, 1, 0, math.nan], [0, 1, 0], "0101"])
def test_a_window_without_area_is_no_window(window):
    assert parse_events([event(1, "view", window)], 0)[0].view is None


@pytest.mark.parametrize("value, turn", [(3, 3), (0, 0), (-1, None), (1.5, None), ("1", None), (True, None)])
def test_a_turn_is_a_whole_number(value, turn):
    assert parse_events([event(1, "turn", value)], 0)[0].turn == turn
