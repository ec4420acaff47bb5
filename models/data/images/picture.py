"""PNG pictures as arrays. The files are untrusted, so sizes are checked before anything is unpacked."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from models.data.images.images import of_bytes

MAX_SIDE = 4096  # pixels of a picture: a limit on memory
CHANNELS = {1: "L", 3: "RGB"}  # Pillow's names
PNG = b"\x89PNG\r\n\x1a\n"


def read_png(data: bytes, channels: int | None = None, size: tuple[int, int] | None = None) -> NDArray[np.float32]:
    """(channels, height, width) in [0, 1], transparency on a black ground; see `models.data.images.own.read_images`."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            if max(picture.size) > MAX_SIDE:
                raise ValueError(
                    f"the picture has {picture.width} x {picture.height} pixels, {MAX_SIDE} a side are read"
                )
            picture.load()
            return _pixels(picture, channels, size)
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError, IndexError, KeyError, OverflowError) as error:
        raise ValueError("the PNG picture is damaged or cut off; save it again") from error
    except Image.DecompressionBombError as error:
        raise ValueError("the PNG picture unpacks to too many pixels") from error


def _pixels(picture: Image.Image, channels: int | None, size: tuple[int, int] | None) -> NDArray[np.float32]:
    if picture.mode in ("I", "I;16"):  # 16 bits a pixel, which Pillow would clip to 8
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("LA", "RGBA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "black"), picture)
        grey = picture.convert("RGB")
        pixels = np.asarray(grey)
        picture = grey.convert("L") if (pixels == pixels[..., :1]).all() else grey
    mode = CHANNELS[channels] if channels is not None else "L" if picture.mode in ("1", "L") else "RGB"
    picture = picture.convert(mode)
    if size is not None:
        height, width = size
        if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
            raise ValueError(f"a picture's size is from 1 to {MAX_SIDE} pixels, got {size}")
        picture = picture.resize((width, height), Image.Resampling.BOX)
    pixels = np.asarray(picture)
    return of_bytes(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
