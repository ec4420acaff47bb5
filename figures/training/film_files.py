"""Encoders of a film: GIF, MP4 (H.264, which browsers and slide programs play), or a ZIP of PNGs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from fractions import Fraction

import av
import numpy as np
from PIL import Image

COLOURS = 256  # the most that a GIF's picture may have
QUALITY = "18"  # H.264's constant rate factor: lines and text look as they were drawn


def film_gif(
    pictures: Iterable[Image.Image], seconds: float = 0.1, last: float = 2.0, kept: Sequence[str] = ()
) -> bytes:
    """A GIF that repeats for ever: each picture `seconds` long, the last `last`.

    Parameters
    ----------
    kept : "#rrggbb" colours that stay exact; the others are rounded to a palette

    Raises
    ------
    ValueError
        If there is no picture.
    """
    indexed = [_in_few_colours(picture, kept) for picture in _at_least_one(pictures)]
    durations = [round(1000 * seconds)] * (len(indexed) - 1) + [round(1000 * last)]
    file = io.BytesIO()
    indexed[0].save(file, "GIF", save_all=True, append_images=indexed[1:], duration=durations, loop=0, optimize=False)
    return file.getvalue()


def film_mp4(pictures: Iterable[Image.Image], seconds: float = 0.1, last: float = 2.0) -> bytes:
    """An MP4: each picture `seconds` long, the last `last`.

    Raises
    ------
    ValueError
        If there is no picture.
    """
    shown = _at_least_one(pictures)
    shown += [shown[-1]] * (max(1, round(last / seconds)) - 1)
    width, height = (side + side % 2 for side in shown[0].size)  # even sides: H.264 halves the colours' resolution
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=Fraction(1 / seconds).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": QUALITY}
        stream.thread_count = 1
        for picture in shown:
            sheet = Image.new("RGB", (width, height), picture.getpixel((0, 0)))
            sheet.paste(picture)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(sheet), format="rgb24")))
        film.mux(stream.encode())
    return file.getvalue()


def film_pngs(pictures: Iterable[Image.Image]) -> bytes:
    """A ZIP of picture-0001.png and so on, the form that video programs import."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for number, picture in enumerate(pictures, 1):
            png = io.BytesIO()
            picture.save(png, "PNG")
            archive.writestr(f"picture-{number:04d}.png", png.getvalue())
    return file.getvalue()


def _at_least_one(pictures: Iterable[Image.Image]) -> list[Image.Image]:
    shown = list(pictures)
    if not shown:
        raise ValueError("a film needs a picture: train first")
    return shown


def _in_few_colours(picture: Image.Image, kept: Sequence[str]) -> Image.Image:
    """The picture with a palette of its own, which begins with the colours to keep."""
    own = picture.quantize(COLOURS - len(kept), dither=Image.Dither.NONE).getpalette() or []
    exact = [int(colour[at : at + 2], 16) for colour in kept for at in (1, 3, 5)]
    table = Image.new("P", (1, 1))
    table.putpalette([*exact, *own])
    return picture.quantize(palette=table, dither=Image.Dither.NONE)
