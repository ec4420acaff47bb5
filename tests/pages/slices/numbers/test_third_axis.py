"""The third axis of a plane over two named inputs: where it lies, and that it stays within the ranges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.slices.plane import Slice
from pages.slices.third_axis import reach_in_ranges
from tests.pages.driving import complaints, settled, texts
from tests.strategies import seeds


def asked(**link: str) -> tuple[Slice, AppTest]:
    """The plane that the sidebar of numbers gives, opened by a link."""

    def script(found):
        from pages.slices.numbers.sidebar import numbers_sidebar

        found.append(numbers_sidebar().where)

    found: list[Slice] = []
    app = AppTest.from_function(script, args=(found,), default_timeout=240)
    for name, value in link.items():
        app.query_params[name] = value
    settled(app)
    return found[-1], app


@pytest.mark.parametrize(("far", "value"), [("0.5", 0.75), ("-1", 0.0), ("1", 1.0), ("-0.5", 0.25)])
def test_along_an_input_the_plane_goes_to_the_ends_of_its_range(far: str, value: float):
    where, app = asked(axis="moves", along="input-2", far=far)
    rest, _ = asked()
    expected = rest.plane.origin.copy()
    expected[2] = value
    np.testing.assert_allclose(where.plane.origin, expected, atol=1e-12)
    assert (where.plane.u == rest.plane.u).all() and where.window == rest.window and where.axes == rest.axes
    assert where.moved.startswith("psi = ") and where.moved in texts(app)


def test_it_starts_where_the_sliders_stand():
    where, _ = asked(axis="moves", along="input-3", far="-1", at="3:300,4:600")
    assert where.plane.origin[3] == pytest.approx(0) and where.plane.origin[4] == pytest.approx(0.5, abs=0.1)
    there, _ = asked(axis="moves", along="input-3", at="3:300")
    assert not there.moved


@pytest.mark.parametrize("along", ["random", "gradient"])
def test_along_a_direction_it_stays_within_the_ranges_and_one_input_reaches_an_end(along: str):
    for far in ("1", "-1"):
        where, app = asked(axis="moves", along=along, far=far)
        others = where.plane.origin[2:]
        assert (others >= -1e-12).all() and (others <= 1 + 1e-12).all()
        assert min(np.abs(others).min(), np.abs(others - 1).min()) < 1e-12
        assert not complaints(app)


def test_a_plane_over_two_inputs_does_not_turn():
    where, app = asked(axis="turns", turn="0.5")
    assert not where.moved and app.selectbox(key="slices-axis").options == ["rests", "moves along a direction"]


@given(seeds, st.integers(1, 6))
def test_the_reach_is_the_largest_step_within_the_ranges(seed: int, d: int):
    rng = np.random.default_rng(seed)
    origin, direction = rng.uniform(0, 1, d), rng.normal(size=d) * rng.integers(0, 2, d)
    if not direction.any():
        direction[0] = 1.0
    for reach, sign in zip(reach_in_ranges(origin, direction), (1, -1)):
        inside, beyond = (origin + sign * share * reach * direction for share in (1 - 1e-9, 1 + 1e-6))
        assert (inside >= 0).all() and (inside <= 1).all()
        assert reach < 1e-9 or (beyond < 0).any() or (beyond > 1).any()
