"""The surface in a link: what is written is read back, and what means nothing is refused."""

from __future__ import annotations

import math
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.regions.overlays import ViewOptions
from figures.regions.surface import Surface, read_surface

NUMBERS = st.floats(-1000, 1000).map(lambda value: float(f"{value:.4g}"))
KINDS = st.sampled_from(["margin", "difference", "scores", "score-0", "score-12"])


@given(st.builds(Surface, KINDS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_a_link_reopens_the_surface_that_it_was_written_for(surface):
    assert read_surface(surface.text) == surface


def test_a_height_alone_is_turned_as_at_first():
    assert read_surface("margin") == Surface("margin")


REFUSED = ["", "depth", "margin,1", "margin,1,2,3", "margin,a,b", "margin,nan,1", "score-", "score-x"]


@pytest.mark.parametrize("text", REFUSED)
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match=r"height|surface"):
        read_surface(text)


@pytest.mark.parametrize("azimuth", [math.nan, math.inf, 1e9])
def test_a_turn_is_a_finite_number(azimuth):
    with pytest.raises(ValueError, match="finite"):
        Surface("margin", azimuth)


def test_the_browser_gets_the_surface_by_its_parts():
    surface = Surface("score-1", 10, 20)
    assert ViewOptions(surface=surface).as_json()["surface"] == asdict(surface)
    assert ViewOptions().as_json()["surface"] is None
