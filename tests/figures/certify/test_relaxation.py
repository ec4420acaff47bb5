"""The picture of one unit's relaxation."""

from __future__ import annotations

import numpy as np
import pytest

from figures.certify.relaxation import relaxation_figure
from geometry.network.units import ABSOLUTE, Pair


@pytest.mark.parametrize("lower, upper", [(-1.0, 2.0), (-2.0, 0.5), (0.5, 1.5), (-2.0, -1.0), (0.0, 0.0)])
def test_the_relaxations_lines_hold_the_unit_between_them(lower, upper):
    figure = relaxation_figure(lower, upper, slope=0.1, reached=np.linspace(lower, upper, 5))
    z = np.linspace(lower, upper, 50)
    graph = np.maximum(z, 0.1 * z)
    lines = [trace for trace in figure.data if trace.name in ("Fast-Lin", "CROWN")]
    assert len(lines) == (4 if lower < 0 < upper else 0)
    for above, below in zip(lines[::2], lines[1::2]):
        assert (np.interp(z, above.x, above.y) >= graph - 1e-12).all()
        assert (np.interp(z, below.x, below.y) <= graph + 1e-12).all()


def test_relaxations_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="lower <= upper"):
        relaxation_figure(1.0, 0.0)
    with pytest.raises(ValueError, match="lines are drawn for"):
        relaxation_figure(-1.0, 1.0, ("interval",))


def test_a_units_bounds_are_shown_rounded_outwards():
    figure = relaxation_figure(-0.12345, 0.12341)
    assert {note.text for note in figure.layout.annotations} == {"ℓ = −0.124", "u = 0.124"}


@pytest.mark.parametrize("pair, unit", [(ABSOLUTE, np.abs), (Pair(0.0, 1.0), lambda z: np.clip(z, 0, 1))])
@pytest.mark.parametrize("lower, upper", [(-1.0, 2.0), (-2.0, 0.5), (0.5, 1.5), (-2.0, -1.0), (1.2, 1.5)])
def test_lines_and_area_hold_a_unit_that_folds_or_clips(pair, unit, lower, upper):
    figure = relaxation_figure(lower, upper, pair=pair)
    z = np.linspace(lower, upper, 201)
    own = next(trace for trace in figure.data if trace.name == "the unit itself")
    np.testing.assert_allclose(np.interp(z, own.x, own.y), unit(z), atol=1e-12)
    lines = [trace for trace in figure.data if trace.name in ("Fast-Lin", "CROWN")]
    bends = [bend for bend in (0, pair.top) if lower < bend < upper]
    assert len(lines) == (4 if bends else 0)
    for above, below in zip(lines[::2], lines[1::2]):
        assert (np.interp(z, above.x, above.y) >= unit(z) - 1e-12).all()
        assert (np.interp(z, below.x, below.y) <= unit(z) + 1e-12).all()
    for area in (trace for trace in figure.data if trace.fill == "toself"):
        half = len(area.x) // 2
        assert (np.interp(z, area.x[:half], area.y[:half]) <= unit(z) + 1e-12).all()
        assert (np.interp(z, area.x[half:][::-1], area.y[half:][::-1]) >= unit(z) - 1e-12).all()
