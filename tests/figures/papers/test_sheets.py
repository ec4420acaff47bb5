"""Sheets of small pictures, and charts."""

from __future__ import annotations

import numpy as np
import pytest

from figures.papers.lines import Axis, Line, bar_chart, line_chart
from figures.papers.sheets import ENLARGED, boundary_sheet, class_sheet, gradient_sheet, signed_sheet
from figures.style.palette import Theme, from_hex, palette

THEMES: tuple[Theme, ...] = ("light", "dark")


@pytest.mark.parametrize("theme", THEMES)
def test_rows_of_different_length_and_size_make_one_sheet(theme: Theme) -> None:
    rows = [np.zeros((3, 1, 4, 4)), np.ones((5, 1, 16, 16))]
    sheet = signed_sheet(rows, theme)
    assert sheet.dtype == np.uint8 and sheet.shape[2] == 3
    assert sheet.shape[1] == ENLARGED * (5 * 16 + 4 * 2) and sheet.shape[0] == ENLARGED * (2 * 16 + 2)


def test_gradients_stand_under_their_images() -> None:
    images, gradients = np.ones((2, 1, 4, 4)), np.zeros((2, 1, 4, 4))
    gradients[0, 0, 0, 0] = 1
    sheet = gradient_sheet(images, [gradients], "light")
    step = ENLARGED * 6
    assert (sheet[:12, :12] == 255).all()  # the first image is white
    zero = sheet[step + 6, 6]
    assert (sheet[step, 0] != zero).any() and (sheet[step + 6, step + 6] == zero).all()


def test_gradients_of_colour_images_are_clipped_to_three_deviations() -> None:
    images, gradients = np.ones((1, 3, 4, 4)), np.full((1, 3, 4, 4), 0.01)
    gradients[0, 0, 0, 0] = 100.0
    sheet = gradient_sheet(images, [gradients], "light")
    assert sheet[ENLARGED * 6, 0, 0] == 255


def test_the_first_row_of_boundaries_is_at_the_bottom() -> None:
    mask = np.zeros((4, 4), bool)
    mask[0] = True
    sheet = boundary_sheet([mask, ~mask], "dark")
    line = np.rint(255 * from_hex(palette("dark").edges[0]))
    assert (sheet[3, 0] == line).all() and (sheet[0, 0] != line).any()
    assert (sheet[0, 6] == line).all() and (sheet[3, 6] != line).any()


def test_a_class_map_shows_points_and_boxes() -> None:
    sheet = class_sheet([np.zeros((100, 100), int)], (0, 1, 0, 1), np.array([[0.5, 0.25]]), np.array([1]), 0.1, "light")
    point = np.rint(255 * from_hex(palette("light").class_points[1]))
    for row, column in ((99 - 25, 50), (99 - 15, 50), (99 - 25, 40)):  # the point, and two sides of its box
        assert (sheet[row, column] == point).all()
    assert (sheet[99 - 25, 45] != point).any()


def test_lines_of_one_group_share_a_colour_and_differ_in_their_dash() -> None:
    lines = [Line("a, LP", [0, 1], [1, 2], "a"), Line("a, dual", [0, 1], [1, 1], "a"), Line("b", [0, 1], [0, 0])]
    first, second, third = line_chart(lines, Axis("x"), Axis("y", "%", log=True), "light").data
    assert first.line.color == second.line.color != third.line.color
    assert first.line.dash != second.line.dash


def test_bars_are_told_apart_by_more_than_colour() -> None:
    one, other = bar_chart({"a": {"x": 1.0}, "<b>": {"x": 2.0}}, Axis("y"), "dark").data
    assert one.marker.pattern.shape != other.marker.pattern.shape
    assert "<" not in other.name
