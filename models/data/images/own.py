"""Image files of the user: pictures, archives and files of known data sets, recognised by their first bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from models.data.images import cifar10, idx
from models.data.images.archive import MAX_BYTES, NEEDS, one_line, read_archive
from models.data.images.images import Images, Part
from models.data.images.own_set import OwnSet, Stored
from models.data.images.picture import CHANNELS, PNG, read_png
from models.data.images.tar import is_tar, members, unpacked

ZIP = b"PK"
PICKLE = b"\x80"  # the first byte of every pickle since protocol 2
LONGEST_NAME = 60  # characters of a file's name: a limit for the pages
MOST_FILES = 8  # of one set: CIFAR-10 has six
PICKLED = (
    "{name} is the Python version of CIFAR-10: its batches are pickles, which can run any program when they are read, "
    "so they are not. Take the binary version, cifar-10-binary.tar.gz from "
    "https://www.cs.toronto.edu/~kriz/cifar.html, or save the images as an NPZ"
)


def read_images(
    data: bytes, *, channels: int | None = None, size: tuple[int, int] | None = None, name: str = "own images"
) -> Images:
    """The picture in a PNG file, in [0, 1], or the test part of a NumPy archive; y is -1 without labels.

    Parameters
    ----------
    data : the file; `models.data.images.archive.NEEDS` describes archives
    channels : converts a picture to 1 (grey) or 3 (colour) channels; None keeps its channels
    size : (height, width) to which a picture is resized by averaging; None keeps its size

    Raises
    ------
    ValueError
        If the file is damaged, too large or of another kind, or an archive does not have these channels and this size.
    """
    if channels not in (None, *CHANNELS):
        raise ValueError(f"images have 1 or 3 channels, got {channels}")
    if len(data) > MAX_BYTES:
        raise ValueError(f"the file has {len(data):,} bytes; images up to {MAX_BYTES:,} are read")
    if data.startswith(PNG):
        x = read_png(data, channels, size)[None]
        return Images(x, np.full(1, -1), name)
    if not data.startswith(ZIP):
        raise ValueError("this is neither a PNG picture nor a NumPy archive (.npz) of images")
    images = read_archive(data, name).images("test")
    if (channels or images.shape[0]) != images.shape[0] or (size or images.shape[1:]) != images.shape[1:]:
        raise ValueError(
            f"the archive's images are {images.shape}; only pictures are turned into another shape. An archive can be "
            "a set of its own: choose it under Images"
        )
    return images


def read_set(files: Sequence[tuple[str, bytes]]) -> OwnSet:
    """The image data set in files that were uploaded together.

    The files are one NumPy archive; or CIFAR-10's binary version, as .bin files or in one tar archive, gzipped or not;
    or IDX files of images and labels as MNIST's, gzipped or not. File names with "train" or "data_batch" form the train
    part.

    Parameters
    ----------
    files : name and content of each

    Raises
    ------
    ValueError
        Naming the file that is damaged, too large or of another kind, and the kinds that are read.
    """
    if not 1 <= len(files) <= MOST_FILES:
        raise ValueError(f"{len(files)} files were given; a set has 1 to {MOST_FILES}. {NEEDS}")
    archives = [(name, data) for name, data in files if data.startswith(ZIP)]
    if archives and len(files) > 1:
        raise ValueError("an NPZ is a whole set: upload it alone")
    if archives:
        (name, data) = archives[0]
        return read_archive(data, short_name(name))
    plain = [member for name, data in files for member in _opened(name, data)]
    if all(cifar10.is_records(data) for _, data in plain):
        return OwnSet("CIFAR-10", _by_part(plain, cifar10.part_of, _cifar), cifar10.CLASS_NAMES)
    if all(idx.is_idx(data) for _, data in plain):
        return OwnSet(short_name(files[0][0]), _by_part(plain, idx.part_of, _pair))
    name, data = next((name, data) for name, data in plain if not (cifar10.is_records(data) or idx.is_idx(data)))
    if data.startswith(PICKLE) or "cifar-10-python" in files[0][0]:
        raise ValueError(PICKLED.format(name=short_name(files[0][0])))
    raise ValueError(
        f"{short_name(name)} is neither an NPZ nor a file of MNIST's (IDX) or CIFAR-10's (binary version) kind. {NEEDS}"
    )


def short_name(name: str) -> str:
    """A file's name without folders, as one line."""
    return one_line(PurePosixPath(name.replace("\\", "/")).name, LONGEST_NAME) or "own images"


def _opened(name: str, data: bytes) -> list[tuple[str, bytes]]:
    """The unpacked file, or the files with images in a tar archive."""
    try:
        content = unpacked(data)
        if not is_tar(content):
            return [(name, content)]
        inside = members(content)
    except ValueError as error:
        raise ValueError(f"{short_name(name)} cannot be unpacked: {error}") from error
    binary = [(path, part) for path, part in inside if PurePosixPath(path).name in cifar10.ALL_FILES]
    if not binary and any(part.startswith(PICKLE) for _, part in inside):
        raise ValueError(PICKLED.format(name=short_name(name)))
    if not binary:
        raise ValueError(f"{short_name(name)} holds none of {', '.join(cifar10.ALL_FILES)}, CIFAR-10's binary version")
    return binary


def _by_part(
    files: Sequence[tuple[str, bytes]],
    part_of: Callable[[str], Part],
    read: Callable[[Sequence[tuple[str, bytes]]], Stored],
) -> Mapping[Part, Stored]:
    """The result of `read` for the files of each part, in the order of their names."""
    parts: dict[Part, list[tuple[str, bytes]]] = {}
    for name, data in sorted(files):
        parts.setdefault(part_of(name), []).append((name, data))
    return {part: read(of_part) for part, of_part in parts.items()}


def _cifar(files: Sequence[tuple[str, bytes]]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    return cifar10.split(np.concatenate([cifar10.records(data, short_name(name)) for name, data in files]))


def _pair(files: Sequence[tuple[str, bytes]]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    arrays = [idx.parsed(data, short_name(name)) for name, data in files]
    images, labels = ([array for array in arrays if array.ndim == size] for size in (3, 1))
    if len(images) != 1 or len(labels) != 1 or len(arrays) != 2:
        names = ", ".join(short_name(name) for name, _ in files)
        raise ValueError(f"upload two IDX files together for each part, its images and its labels; got {names}")
    return idx.matched(images[0], labels[0])
