"""Images of one's own: PNG pictures and NumPy archives. Nobody vouches for them, so sizes are checked first."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from models.architecture import IMAGE_SHAPES
from models.archives import read_npz
from models.images.images import MAX_NUMBERS, Images, Part, of_bytes

MAX_BYTES = 256_000_000
MAX_SIDE = 4096  # pixels of a picture
MAX_LABEL = 9999
CHANNELS = {1: "L", 3: "RGB"}  # Pillow's names
PNG = b"\x89PNG\r\n\x1a\n"
NAMES: dict[str, tuple[str, str]] = {"x": ("x", "images"), "y": ("y", "labels")}


def read_images(
    data: bytes, *, channels: int | None = None, size: tuple[int, int] | None = None, name: str = "own images"
) -> Images:
    """The picture in a PNG file or the images in a NumPy archive, in [0, 1]; y is -1 where there are no labels.

    Parameters
    ----------
    data : the file. An archive holds x (or images) and, if known, y (or labels). x is (n, height, width), (n, channels,
        height, width), (n, height, width, channels), or (n, 784), (n, 1024), (n, 3072) flat; uint8, or real in [0, 1]
    channels : 1 for grey, 3 for colour: a picture is turned into it; None leaves it as it is
    size : (height, width) that a picture is resized to, by averaging; None leaves it as it is

    Raises
    ------
    ValueError
        If the file is damaged, too large or of another kind, or an archive would have to be changed to fit.
    """
    if channels not in (None, *CHANNELS):
        raise ValueError(f"images have 1 or 3 channels, got {channels}")
    if len(data) > MAX_BYTES:
        raise ValueError(f"the file has {len(data):,} bytes; images up to {MAX_BYTES:,} are read")
    if data.startswith(PNG):
        x = read_png(data, channels, size)[None]
        return Images(x, np.full(1, -1), name)
    if not data.startswith(b"PK"):
        raise ValueError("this is neither a PNG picture nor a NumPy archive (.npz) of images")
    x, y = load(read_npz(data, MAX_BYTES), None)
    if (channels or x.shape[1]) != x.shape[1] or (size or x.shape[2:]) != x.shape[2:]:
        raise ValueError(f"the archive's images are {x.shape[1:]}; only pictures are turned into another shape")
    return Images(x, y, name)


def load(arrays: Mapping[str, NDArray[Any]], part: Part | None) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(n, channels, height, width) in [0, 1] and labels, from x and y, or those of a part from x_train and y_train."""
    found = {kind: _named(arrays, names, part) for kind, names in NAMES.items()}
    x, y = found["x"], found["y"]
    if x is None:
        raise ValueError(f"the archive holds {sorted(arrays)[:6]}; expected images x, and labels y if they are known")
    if y is not None and (y.shape != (len(x),) or y.dtype.kind not in "iu" or y.size == 0):
        raise ValueError(f"y should be {len(x)} whole numbers, one for each image, got {y.dtype} {y.shape}")
    if y is not None and not (y.min() >= -1 and y.max() <= MAX_LABEL):
        raise ValueError(f"labels go from 0 to {MAX_LABEL}, got {y.min()} to {y.max()}")
    return _scaled(_channels_first(x)), np.full(len(x), -1) if y is None else y.astype(np.int64)


def parts_in(names: list[str]) -> list[str]:
    """What parts arrays of these names make: train, test or both, or the one there is as test."""
    split = [part for part in ("train", "test") if any(f"{name}_{part}" in names for name in NAMES["x"])]
    return split or (["test"] if any(name in names for name in NAMES["x"]) else [])


def read_png(data: bytes, channels: int | None = None, size: tuple[int, int] | None = None) -> NDArray[np.float32]:
    """(channels, height, width) in [0, 1]; what is transparent lies on black. See `read_images`."""
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


def _named(arrays: Mapping[str, NDArray[Any]], names: tuple[str, str], part: Part | None) -> NDArray[Any] | None:
    wanted = [f"{name}_{part}" for name in names] + list(names) if part is not None else list(names)
    return next((arrays[name] for name in wanted if name in arrays), None)


def _channels_first(x: NDArray[Any]) -> NDArray[Any]:
    if x.ndim == 2 and x.shape[1] in IMAGE_SHAPES:
        x = x.reshape(len(x), *IMAGE_SHAPES[x.shape[1]])
    if x.ndim == 3:
        x = x[:, None]
    if x.ndim == 4 and x.shape[1] not in CHANNELS and x.shape[3] in CHANNELS:
        x = x.transpose(0, 3, 1, 2)
    if x.ndim != 4 or x.shape[1] not in CHANNELS or 0 in x.shape or max(x.shape[2:]) > MAX_SIDE:
        raise ValueError(f"x has the shape {x.shape}; expected (n, height, width), grey, or (n, 3, height, width)")
    if math.prod(x.shape) > MAX_NUMBERS:
        raise ValueError(f"x has {math.prod(x.shape):,} numbers; up to {MAX_NUMBERS:,} are read")
    return x


def _scaled(x: NDArray[Any]) -> NDArray[np.float32]:
    if x.dtype == np.uint8:
        return of_bytes(np.ascontiguousarray(x))
    lowest, highest = float(x.min()), float(x.max())
    if not (lowest >= 0 and highest <= 1):
        raise ValueError(f"x goes from {lowest:g} to {highest:g}; expected real numbers from 0 to 1, or uint8")
    return np.ascontiguousarray(x, dtype=np.float32)
