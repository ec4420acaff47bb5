"""Inputs of any shape as pictures, and text from outside in labels and tables."""

from __future__ import annotations

import html

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.images.inputs import change_shown, pixels, shown
from figures.images.slice_numbers import classes_figure
from figures.style.ink import plot_text


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((1, 4, 6), (4, 6)),
        ((3, 4, 6), (4, 6, 3)),
        ((2, 4, 6), (4, 13)),
        ((7,), (3, 3)),
        ((4, 6), (4, 6)),
        ((1,), (1, 1)),
    ],
)
def test_every_shape_has_a_picture_whose_values_are_those_of_the_input(shape: tuple[int, ...], size: tuple[int, ...]):
    x = np.random.default_rng(0).random(shape)
    picture = pixels(x)
    assert picture.shape == size
    assert set(np.rint(255 * x).astype(int).ravel()) <= set(picture.astype(int).ravel())


def test_values_are_shown_between_the_limits():
    assert pixels(np.array([[[-2.0, 0.0, 2.0]]]), (-2.0, 2.0)).tolist() == [[0, 128, 255]]
    assert pixels(np.array([[[-3.0, 9.0]]]), (-2.0, 2.0)).tolist() == [[0, 255]]


def test_small_pictures_are_enlarged_by_whole_factors():
    x = np.random.default_rng(0).random((1, 5, 8))
    assert np.array_equal(shown(x)[::10, ::10], pixels(x))


def test_no_change_is_grey_and_the_largest_is_black_or_white():
    assert set(change_shown(np.zeros((1, 2, 2))).ravel()) == {128}
    assert {0, 128} <= set(change_shown(np.array([[[0.0, -1e-9]]])).ravel())


@given(st.text())
def test_text_in_a_plot_has_no_markup_and_is_the_same_when_read(text: str):
    written = plot_text(text)
    assert not set("<>%$\"'") & set(written)
    assert html.unescape(written) == text or "\r" in text or any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)


def test_names_of_classes_are_no_html_in_a_figure():
    figure = classes_figure({"<i>net": np.array([0.5, 0.5])}, ("<b>a</b>", "%{x}"))
    assert "<b>a" not in figure.to_json().replace("\\u003c", "<")
    assert figure.data[1].name == "&#37;&#123;x&#125;"
