"""Events of the drawn network count only if they are well formed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.network_view.events import NetworkEvents, parse_network_events

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
kinds = st.sampled_from(["unit", "change", "undo", "nonsense"])
entries = st.fixed_dictionaries({"serial": st.integers(0, 20) | anything, "kind": kinds | anything, "value": anything})


def event(serial, kind, value):
    return {"serial": serial, "kind": kind, "value": value}


@settings(deadline=None)
@given(anything | st.lists(entries), st.integers(0, 10))
def test_whatever_arrives_parses_to_units_and_texts(raw, after):
    events, seen = parse_network_events(raw, after)
    assert seen >= after and (events.unit is None or events.unit >= 0)
    assert all(isinstance(change, str) for change in events.changes)


def test_events_are_given_out_once_and_in_order():
    raw = [event(6, "change", "u2"), event(5, "change", "u1"), event(7, "unit", 3), event(8, "undo", "1")]
    events, seen = parse_network_events(raw, 0)
    assert events == NetworkEvents(lit=True, unit=3, changes=("u1", "u2"), undone=1)
    assert parse_network_events(raw, seen) == (NetworkEvents(), seen)


def test_a_unit_can_be_put_out_and_everything_undone():
    events, _ = parse_network_events([event(1, "unit", None), event(2, "undo", "1"), event(3, "undo", "all")], 0)
    assert events == NetworkEvents(lit=True, undone=-1)


@pytest.mark.parametrize("value", [-1, True, 1.5, "3", [1], 10**7])
def test_what_is_no_unit_lights_none(value):
    assert not parse_network_events([event(1, "unit", value)], 0)[0]
