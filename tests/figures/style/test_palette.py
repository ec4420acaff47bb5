"""Colours can be read and told apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from figures.style.palette import CLASS_COLOURS, CLASS_SHAPES, along, contrast, from_hex, mix, palette

THEMES = ["light", "dark"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("colour_blind", [False, True])
def test_text_and_certificates_stand_out_from_the_ground(theme, colour_blind):
    colours = palette(theme, colour_blind)
    for name in ("ink", "d_B", "d_D", "lit"):
        assert contrast(getattr(colours, name), colours.ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_a_class_point_stands_out_from_its_own_fill(theme):
    colours = palette(theme)
    for point, fill in zip(colours.class_points, colours.class_fills):
        assert contrast(point, fill) >= 1.6  # its rim and shape do the rest


@pytest.mark.parametrize("theme", THEMES)
def test_the_scale_runs_one_way_in_lightness(theme):
    colours = palette(theme)
    from_ground = [contrast(along(colours.scale, share), colours.ground) for share in np.linspace(0, 1, 9)]
    assert from_ground == sorted(from_ground)


def test_classes_differ_in_colour_and_in_shape():
    assert len(set(CLASS_SHAPES)) == len(CLASS_COLOURS) == len(set(CLASS_COLOURS))
    assert min(np.linalg.norm(from_hex(a) - from_hex(b)) for a, b in combinations(CLASS_COLOURS, 2)) > 0.2


def test_a_mixture_starts_and_ends_at_its_colours():
    assert mix("#102030", "#ffffff", 0) == "#102030" and mix("#102030", "#ffffff", 1) == "#ffffff"
