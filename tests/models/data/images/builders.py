"""Files of images, made by hand or with the libraries that usually make them."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
from PIL import Image


def idx(array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def write_idx(folder: Path, n_images: int = 3, n_labels: int = 3) -> np.ndarray:
    """A test part of images 4 x 5, in two files of which one is gzipped."""
    folder.mkdir(parents=True, exist_ok=True)
    images = np.arange(n_images * 20, dtype=np.uint8).reshape(n_images, 4, 5)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(np.arange(n_labels, dtype=np.uint8)))
    return images


def png(pixels: np.ndarray, mode: str | None = None) -> bytes:
    stream = io.BytesIO()
    picture = Image.fromarray(pixels)
    (picture if mode is None else picture.convert(mode)).save(stream, "PNG")
    return stream.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()
