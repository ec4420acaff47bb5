"""Gradients of the margin at the images, and the filters of the first layer with the largest norms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from figures.images.gradients import mosaic, signed_picture, strongest_filters
from figures.images.inputs import pixels
from geometry.norms import Array
from pages.shared.plain import plain
from pages.shared.theme import browser_theme
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.plane import margin_gradient

FILTERS = 24  # three rows of eight


def gradients(chosen: Sequence[ShownNetwork], choice: Choice) -> None:
    """Per network: the gradient of the margin at each image, and the filters with the largest norms."""
    with st.container(key="slices-gradients"):
        columns = st.columns(2, gap="large")
    for net, column in zip(chosen, columns):
        with column:
            st.markdown(f"**{plain(net.title)}**")
            tiles = []
            for slot in range(3):
                image = choice.image(slot)
                picture = np.atleast_3d(pixels(image, choice.limits))
                tiles.append(np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture)
            tiles += [
                signed_picture(margin_gradient(net.network, choice.image(slot)), browser_theme()) for slot in range(3)
            ]
            st.image(
                _enlarged(mosaic(tiles, 3)),
                "the images, and the gradients of their margins",
                width="stretch",
                alt="Gradients of the margins at the images",
            )
            filters = strongest_filters(net.network, FILTERS)
            strips = [signed_picture(_first_channels(weights), browser_theme()) for weights in filters]
            st.image(
                _enlarged(mosaic(strips, 8)),
                "first-layer filters with the largest norms",
                width="stretch",
                alt="Filters of the first layer",
            )
    st.caption(
        "Blue is positive, red negative; each tile has its own scale. Robust networks look at strokes, not at noise."
    )


def _first_channels(weights: Array) -> Array:
    """The first three channels of a filter that has more."""
    return weights[:3] if weights.ndim == 3 and len(weights) > 3 else weights


def _enlarged(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each pixel repeated four times in both directions, so that the browser does not blur it."""
    return picture.repeat(4, axis=0).repeat(4, axis=1)
