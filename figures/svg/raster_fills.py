"""The cells of a raster frame as a PNG inside an SVG."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def cells_png(
    colours: list[str], grid: tuple[int, int], ink: NDArray[np.uint8] | None = None, pen: str = "#000000"
) -> bytes:
    """#rrggbb per cell, row by row from below, as a PNG of one pixel each; `pen` covers the share `ink` / 255."""
    columns, rows = grid
    pixels = _rgb(colours)
    if ink is not None:
        share = ink[:, None] / 255
        pixels = (1 - share) * pixels + share * _rgb([pen])
    image = np.rint(pixels).astype(np.uint8).reshape(rows, columns, 3)[::-1]
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(file, "PNG")
    return file.getvalue()


def cells_image(png: bytes, x: float, y: float, width: float, height: float) -> str:
    """An SVG element that shows a PNG without smoothing."""
    text = base64.b64encode(png).decode()
    return (
        f'<image x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="data:image/png;base64,{text}"/>'
    )


def _rgb(colours: list[str]) -> NDArray[np.float64]:
    whole = np.frombuffer(bytes.fromhex("".join(colour[1:] for colour in colours)), np.uint8)
    return whole.reshape(-1, 3).astype(np.float64)
