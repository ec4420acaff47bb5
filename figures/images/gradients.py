"""Pictures of signed images: input gradients and first-layer filters, as small multiples (MMR Figs. 5-10)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from figures.images.inputs import laid_out
from figures.style.palette import Theme, from_hex
from geometry.network.network import Network
from geometry.norms import Array

ENDS: dict[Theme, tuple[str, str, str]] = {  # negative, zero, positive
    "light": ("#B2452F", "#F6F6F4", "#20639B"),
    "dark": ("#F0806A", "#1B202B", "#62B0EA"),
}
GAP = 2  # pixels between tiles


def signed_picture(image: Array, theme: Theme = "light", scale: float | None = None) -> NDArray[np.uint8]:
    """A signed input of any shape, such as (channels, height, width) -> (height, width, 3) bytes.

    The colour scale runs from red at -scale over the background to blue at +scale; the default scale is the largest
    absolute value. Three channels are colours around grey; other shapes are arranged by `laid_out`.
    """
    largest = scale or float(np.abs(image).max()) or 1.0
    share = np.clip(image / largest, -1, 1)
    if share.ndim == 3 and len(share) == 3:
        return np.rint(255 * (0.5 + 0.5 * share.transpose(1, 2, 0))).astype(np.uint8)
    below, zero, above = (from_hex(colour) for colour in ENDS[theme])
    flat = laid_out(share, empty=0.0)[..., None]
    mixed = zero + np.maximum(flat, 0) * (above - zero) + np.maximum(-flat, 0) * (below - zero)
    return np.rint(255 * mixed).astype(np.uint8)


def mosaic(tiles: Sequence[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """(height, width, 3) tiles of one size in rows, with gaps between."""
    height, width, _ = tiles[0].shape
    rows = -(-len(tiles) // columns)
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3), 127, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = (number // columns) * (height + GAP), (number % columns) * (width + GAP)
        sheet[top : top + height, left : left + width] = tile
    return sheet


def strongest_filters(network: Network, count: int) -> Array:
    """(count, *shape) weights of the first layer's units with the largest norms: images, or a convolution's kernels."""
    first = network.layers[0].affine
    weight = next(iter(first.weights())).detach().cpu().double().numpy()
    filters = weight if weight.ndim == 4 else weight.reshape(len(weight), *network.input_shape)
    order = np.argsort(-np.linalg.norm(filters.reshape(len(filters), -1), axis=1), kind="stable")
    return np.asarray(filters[order[:count]])
