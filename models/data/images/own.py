"""Image files of the user: pictures, archives and files of published data sets, recognised by content and name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.data.images.archive import MAX_BYTES, NEEDS, read_archive
from models.data.images.formats.bundle import MAX_FILES, MAX_UNPACKED, ZIP, Bundle, bundled, uploaded
from models.data.images.formats.cifar10 import BINARY
from models.data.images.formats.cifar10_python import PICKLED
from models.data.images.formats.format import Format, Found
from models.data.images.formats.gtsrb import GTSRB
from models.data.images.formats.har import HAR
from models.data.images.formats.idx import IDX
from models.data.images.formats.matlab import MATLAB
from models.data.images.formats.pictures import PICTURES
from models.data.images.images import Images, Part
from models.data.images.names import short_name
from models.data.images.own_set import OwnSet
from models.data.images.picture import CHANNELS, PNG, read_png
from models.files.archives import open_zip

FORMATS = (GTSRB, HAR, MATLAB, BINARY, PICKLED, IDX, PICTURES)  # in the order in which files are compared with them
MOST_FILES = 8  # of one upload: CIFAR-10 has six
KINDS = (
    "MNIST's IDX files, CIFAR-10's binary or Python version, GTSRB's archives, SVHN's or the MMR release's .mat files, "
    "HAR's text files, or PNG pictures in a folder for each class, as a ZIP"
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

    The files are one NumPy archive, or those of a published set in the form in which it is published (KINDS), archives
    as they are or unpacked. File names tell training and test parts apart.

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
    archives = [(name, data) for name, data in files if is_npz(data)]
    if archives and len(files) > 1:
        raise ValueError("an NPZ is a whole set: upload it alone")
    if archives:
        (name, data) = archives[0]
        return read_archive(data, short_name(name))
    with uploaded(files) as bundle:
        known, paths_of = _recognised(bundle, short_name(files[0][0]))
        parts = {part: known.read(bundle, paths) for part, paths in paths_of.items()}
        classes = known.classes_in(bundle)
    return OwnSet(known.title or short_name(files[0][0]), parts, classes, known.limits)


def read_images_at(path: Path, part: Part = "test") -> Images:
    """The images in a folder or file on this machine: an NPZ, or a published set in any of its forms.

    Of a set with one part, that part is taken, whatever `part` says; the images' name states it.

    Raises
    ------
    FileNotFoundError
        If there is no such path.
    ValueError
        If it is no set of images, or a file is damaged.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    if path.is_file() and path.suffix == ".npz":
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"{path.name} has {path.stat().st_size:,} bytes; up to {MAX_BYTES:,} are read")
        return read_set([(path.name, path.read_bytes())]).images(part)
    with bundled(path.parent, [path.name]) as bundle:
        known, paths_of = _recognised(bundle, path.name)
        chosen = part if part in paths_of else next(iter(paths_of))
        stored, classes = known.read(bundle, paths_of[chosen]), known.classes_in(bundle)
    return OwnSet(f"{path.name} {chosen}", {chosen: stored}, classes, known.limits).images()


def is_npz(data: bytes) -> bool:
    """Whether a file is a zip archive that no published set is: a NumPy archive, or a damaged one."""
    if not data.startswith(ZIP):
        return False
    try:
        with open_zip(data, MAX_UNPACKED, MAX_FILES) as archive:
            names = archive.namelist()
    except ValueError:  # the reader of archives gives the reason
        return False
    return not names or any(name.endswith(".npy") for name in names)


def _recognised(bundle: Bundle, name: str) -> tuple[Format, Found]:
    """The format of these files, and the files of each part."""
    for known in FORMATS:
        if paths_of := known.find(bundle):
            return known, paths_of
    raise ValueError(f"{name} is neither an NPZ nor a set that is known: {KINDS}. {NEEDS}")
