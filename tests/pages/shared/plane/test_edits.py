"""Edits of points survive the link, and repeat what the user did."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import DATASETS
from pages.shared.plane.edits import Edit, apply, from_events, from_link, to_link
from pages.shared.point_edit import PointEdit

coordinates = st.floats(-5, 5).map(lambda value: round(value, 4))
places = st.tuples(coordinates, coordinates)
edits = st.one_of(
    st.builds(Edit, st.none(), places, st.integers(0, 7)),
    st.builds(Edit, st.integers(0, 30), places),
    st.builds(Edit, st.integers(0, 30), st.none()),
)


@given(st.lists(edits, min_size=1, max_size=30).map(tuple))
def test_a_link_brings_edits_back(done):
    assert from_link(to_link(done)) == done


@given(st.lists(edits, max_size=30))
def test_points_come_and_go_as_often_as_hands_say(done):
    data = DATASETS["kw"]()
    count = len(data)
    for edit in done:
        if edit.index is None:
            count += 1
        elif edit.place is None and edit.index < count:
            count -= 1
    assert len(apply(data, done)) == count


def test_a_moved_point_keeps_its_class():
    data = DATASETS["moons"]()
    moved = apply(data, [Edit(3, (0.5, -0.5))])
    assert moved.x[3].tolist() == [0.5, -0.5]
    assert (moved.y == data.y).all()
    assert (np.delete(moved.x, 3, 0) == np.delete(data.x, 3, 0)).all()


def test_a_new_class_is_counted():
    assert apply(DATASETS["moons"](), [Edit(None, (0.0, 0.0), 4)]).classes == 5


def test_events_become_edits_that_a_link_holds_exactly():
    done = from_events((PointEdit("add", None, (1 / 3, 2 / 3)), PointEdit("remove", 2, None)), label=1)
    assert from_link(to_link(done)) == done
    assert done[0].label == 1


@pytest.mark.parametrize(
    "text", ["", "a", "b1:0:0", "a9:0:0", "m1:x:0", "m1:1e9:0", "d-1", "a1:0:0,a1:0:0", "a1:nan:0"]
)
def test_nonsense_is_refused(text):
    with pytest.raises(ValueError):
        from_link(text)
