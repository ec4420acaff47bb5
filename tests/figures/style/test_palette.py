"""Colours can be read and told apart."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from figures.style.palette import CLASS_COLOURS, CLASS_SHAPES, along, class_colour, contrast, from_hex, mix, palette
from models.networks.output_meaning import MOST_LEVELS

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


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("bands", range(2, MOST_LEVELS + 2))
def test_bands_of_a_number_run_one_way_in_lightness_and_neighbours_differ(theme, bands):
    colours = palette(theme, bands=bands)
    from_ground = [contrast(fill, colours.ground) for fill in colours.class_fills]
    assert len(from_ground) == len(colours.class_points) == bands and from_ground == sorted(from_ground)
    steps = [contrast(*pair) for pair in pairwise(colours.class_fills)]
    assert min(steps) >= (1.3 if bands <= 5 else 1.06)
    assert min(np.linalg.norm(from_hex(a) - from_hex(b)) for a, b in pairwise(colours.class_fills)) > 0.05
    for point, fill in zip(colours.class_points, colours.class_fills):
        assert contrast(point, fill) >= 1.6
    assert [class_colour(band, bands, theme) for band in range(bands)] == list(colours.class_fills)


@pytest.mark.parametrize("theme", THEMES)
def test_a_band_fill_stands_out_from_where_its_margin_is_zero(theme):
    colours = palette(theme, bands=5)
    assert all(contrast(fill, colours.pale) >= 1.15 for fill in colours.class_fills)


def test_classes_differ_in_colour_and_in_shape():
    assert len(set(CLASS_SHAPES)) == len(CLASS_COLOURS) == len(set(CLASS_COLOURS))
    assert min(np.linalg.norm(from_hex(a) - from_hex(b)) for a, b in combinations(CLASS_COLOURS, 2)) > 0.2


def test_a_mixture_starts_and_ends_at_its_colours():
    assert mix("#102030", "#ffffff", 0) == "#102030" and mix("#102030", "#ffffff", 1) == "#ffffff"
