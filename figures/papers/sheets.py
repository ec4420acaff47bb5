"""Sheets of small pictures: gradients and filters of several networks (MMR Figs. 5-10, KW Figs. 8, 9), and regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from figures.images.gradients import mosaic, signed_picture
from figures.images.inputs import pixels
from figures.style.palette import Theme, from_hex, palette

ENLARGED = 3  # times, so that the browser does not blur small pictures
BLANK = 127  # grey where there is no picture


def signed_sheet(rows: Sequence[NDArray[np.floating]], theme: Theme) -> NDArray[np.uint8]:
    """Rows of signed pictures (n, *shape), each with its own scale: zero is the ground, blue above, red below."""
    columns = max(map(len, rows))
    tiles: list[NDArray[np.uint8]] = []
    for row in rows:
        scale = float(np.abs(row).max()) or 1.0
        drawn = [signed_picture(np.asarray(tile, np.float64), theme, scale) for tile in row]
        tiles += [*drawn, *[np.full_like(drawn[0], BLANK)] * (columns - len(drawn))]
    return enlarged(mosaic(_same_size(tiles), columns))


def image_row(images: NDArray[np.floating]) -> list[NDArray[np.uint8]]:
    """(n, channels, height, width) images as tiles."""
    tiles = [np.atleast_3d(pixels(image)) for image in images]
    return [np.repeat(tile, 3, axis=2) if tile.shape[2] == 1 else tile for tile in tiles]


def gradient_sheet(
    images: NDArray[np.floating], gradients: Sequence[NDArray[np.floating]], theme: Theme
) -> NDArray[np.uint8]:
    """The images, and under them a row of gradients for each network. Every gradient has its own scale.

    Gradients of colour images are clipped to three standard deviations, as in MMR App. D.
    """
    tiles = image_row(images)
    for row in gradients:
        for gradient in row:
            scale = 3 * float(gradient.std()) if gradient.shape[0] == 3 else float(np.abs(gradient).max())
            tiles.append(signed_picture(np.asarray(gradient, np.float64), theme, scale=scale or 1.0))
    return enlarged(mosaic(tiles, len(images)))


def boundary_sheet(masks: Sequence[NDArray[np.bool_]], theme: Theme, columns: int = 2) -> NDArray[np.uint8]:
    """Masks (rows, columns) of region boundaries, row 0 at the bottom, side by side."""
    colours = palette(theme)
    line, ground = from_hex(colours.edges[0]), from_hex(colours.pale)
    tiles = [np.rint(255 * np.where(mask[::-1, :, None], line, ground)).astype(np.uint8) for mask in masks]
    return mosaic(tiles, columns)


def enlarged(picture: NDArray[np.uint8], factor: int = ENLARGED) -> NDArray[np.uint8]:
    """Each pixel repeated so many times in both directions."""
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def _same_size(tiles: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Smaller tiles enlarged by a whole factor and framed, so that all have the size of the largest."""
    height, width = (max(tile.shape[side] for tile in tiles) for side in (0, 1))
    sheet = []
    for tile in tiles:
        grown = enlarged(tile, max(1, min(height // tile.shape[0], width // tile.shape[1])))
        space = np.full((height, width, 3), BLANK, np.uint8)
        space[: grown.shape[0], : grown.shape[1]] = grown
        sheet.append(space)
    return sheet


def class_sheet(
    maps: Sequence[NDArray[np.integer]],
    window: tuple[float, float, float, float],
    points: NDArray[np.floating],
    labels: NDArray[np.integer],
    eps: float,
    theme: Theme,
) -> NDArray[np.uint8]:
    """Maps (rows, columns) of classes, row 0 at the bottom, with points (n, 2) and their l_inf boxes, side by side."""
    colours = palette(theme)
    fills = np.stack([from_hex(colour) for colour in colours.class_fills])
    s0, s1, t0, t1 = window
    tiles = []
    for classes in maps:
        tile = np.rint(255 * fills[classes]).astype(np.uint8)
        rows, columns = classes.shape
        for (s, t), label in zip(points, labels):
            ink = np.rint(255 * from_hex(colours.class_points[int(label)])).astype(np.uint8)
            left, right = (round((s + step - s0) / (s1 - s0) * columns) for step in (-eps, eps))
            low, high = (round((t + step - t0) / (t1 - t0) * rows) for step in (-eps, eps))
            _frame(tile, low, high, left, right, ink)
            middle, across = round((t - t0) / (t1 - t0) * rows), round((s - s0) / (s1 - s0) * columns)
            tile[max(0, middle - 2) : middle + 3, max(0, across - 2) : across + 3] = ink
        tiles.append(tile[::-1])
    return mosaic(tiles, len(tiles))


def _frame(
    tile: NDArray[np.uint8], low: int, high: int, left: int, right: int, ink: NDArray[np.uint8], width: int = 2
) -> None:
    """Draw the outline of a rectangle, as far as it lies in the tile."""
    rows, columns = np.arange(tile.shape[0])[:, None], np.arange(tile.shape[1])
    inside = (rows >= low) & (rows < high) & (columns >= left) & (columns < right)
    inner = (rows >= low + width) & (rows < high - width) & (columns >= left + width) & (columns < right - width)
    tile[inside & ~inner] = ink
