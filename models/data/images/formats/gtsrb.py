"""The German Traffic Sign Recognition Benchmark (GTSRB) as published: folders of PPM pictures with CSV files.

Training: a folder for each class, 00000 to 00042, with pictures 00000_00000.ppm and so on, and their table
GT-00000.csv. Test: pictures 00000.ppm to 12629.ppm, and their table GT-final_test.csv, which is an archive of its own.
A table's row is Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId. The sign fills the region of interest (ROI),
and around it is a border of a tenth of its size, of 5 pixels at least.

Pictures have 15 to 250 pixels a side. Each is cropped to its ROI, without column X2 and row Y2 (the border then has 5
pixels on all four sides of the smallest pictures), and resized to 32x32 by Pillow's bilinear filter.

Source: https://benchmark.ini.rub.de/gtsrb_dataset.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.data.images.formats.bundle import Bundle
from models.data.images.formats.format import Format, Found
from models.data.images.formats.ppm import MAX_BYTES, read_ppm
from models.data.images.images import Part, Stored
from models.data.images.names import short_name

SIDE = 32  # pixels of a picture after resizing
CLASSES = 43
MAX_TABLE = 4_000_000  # bytes; the largest has 390 thousand: a limit on memory
COLUMNS = ("Filename", "Width", "Height", "Roi.X1", "Roi.Y1", "Roi.X2", "Roi.Y2", "ClassId")
TRAIN_TABLE = re.compile(r"GT-([0-9]{5})\.csv")
TEST_TABLE = "GT-final_test.csv"
TEST_PICTURE = re.compile(r"[0-9]{5}\.ppm")
CLASS_NAMES = (
    "speed limit 20", "speed limit 30", "speed limit 50", "speed limit 60", "speed limit 70", "speed limit 80",
    "end of speed limit 80", "speed limit 100", "speed limit 120", "no overtaking", "no overtaking by lorries",
    "priority at the next crossing", "priority road", "give way", "stop", "no vehicles", "no lorries", "no entry",
    "danger", "bend to the left", "bend to the right", "double bend", "uneven road", "slippery road",
    "road narrows on the right", "road works", "traffic lights", "pedestrians", "children", "cyclists", "snow or ice",
    "wild animals", "end of all limits", "turn right", "turn left", "straight on", "straight on or right",
    "straight on or left", "keep right", "keep left", "roundabout", "end of no overtaking",
    "end of no overtaking by lorries",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One picture: its file, size in pixels, ROI (left, upper, right, lower) and class."""

    file: str
    size: tuple[int, int]
    roi: tuple[int, int, int, int]
    label: int


def rows(data: bytes, name: str) -> list[Row]:
    """The rows of a table. `name` is for messages.

    Raises
    ------
    ValueError
        Naming the row that is damaged, or whose numbers are out of range, and the column that is missing.
    """
    try:
        lines = data.decode("utf-8-sig").split()
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} is no text; download it again") from error
    if not lines or tuple(lines[0].split(";")) != COLUMNS:
        remedy = " (of the archive GTSRB_Final_Test_GT.zip)" if "ClassId" not in "".join(lines[:1]) else ""
        raise ValueError(f"{name} should begin with {';'.join(COLUMNS)}{remedy}")
    if len(lines) == 1:
        raise ValueError(f"{name} has no rows; download it again")
    return [_row(line, name, number) for number, line in enumerate(lines[1:], 2)]


def _row(line: str, name: str, number: int) -> Row:
    file, *cells = line.split(";")
    if len(cells) != len(COLUMNS) - 1 or not all(re.fullmatch("[0-9]{1,5}", cell) for cell in cells):
        raise ValueError(f"{name}, row {number}: {line[:60]!r} is no file name with seven whole numbers")
    width, height, left, upper, right, lower, label = map(int, cells)
    if label >= CLASSES:
        raise ValueError(f"{name}, row {number}: the class is {label}; GTSRB's go from 0 to {CLASSES - 1}")
    if not (left < right <= width and upper < lower <= height):
        corners = f"({left}, {upper}) to ({right}, {lower})"
        raise ValueError(f"{name}, row {number}: the ROI {corners} does not lie in {width} x {height} pixels")
    return Row(file, (width, height), (left, upper, right, lower), label)


def _find(bundle: Bundle) -> Found:
    """The tables of training, and the table of the test part with its pictures."""
    names = {path: PurePosixPath(path).name for path in bundle.paths}
    train = [path for path, name in names.items() if TRAIN_TABLE.fullmatch(name)]
    table = [path for path, name in names.items() if name == TEST_TABLE][:1]
    pictures = [path for path, name in names.items() if TEST_PICTURE.fullmatch(name)]
    parts: dict[Part, list[str]] = {"train": sorted(train)} if train else {}
    return {**parts, "test": [*table, *pictures]} if table or pictures else parts


def _read(bundle: Bundle, paths: Sequence[str]) -> Stored:
    """(n, 3, 32, 32) bytes and (n,), by class and in each in the order of its table; of the test part in its order."""
    if TRAIN_TABLE.fullmatch(PurePosixPath(paths[0]).name):
        listed = list(_training(bundle, paths))
    else:
        listed = _test(bundle, paths)
    x = np.empty((len(listed), 3, SIDE, SIDE), np.uint8)
    for place, (path, row) in enumerate(listed):
        x[place] = _sign(bundle, path, row)
    return x, np.array([row.label for _, row in listed], dtype=np.int64)


def _training(bundle: Bundle, tables: Sequence[str]) -> Iterator[tuple[str, Row]]:
    """The paths and rows of all pictures, class by class."""
    of_class = {}
    for path in tables:
        match = TRAIN_TABLE.fullmatch(PurePosixPath(path).name)
        of_class[int(match[1]) if match else -1] = path
    if missing := sorted(set(range(CLASSES)) - of_class.keys()):
        lacking = ", ".join(f"GT-{label:05}.csv" for label in missing[:3]) + (", ..." if len(missing) > 3 else "")
        raise ValueError(
            f"GTSRB's training part has {CLASSES} classes; the tables of {len(missing)} are missing: {lacking}"
        )
    by_folder: dict[str, list[str]] = {}
    for path in bundle.paths:
        if path.endswith(".ppm"):
            by_folder.setdefault(path.rpartition("/")[0], []).append(path)
    for label, table in sorted(of_class.items()):
        folder = table.rpartition("/")[0]
        listed = _matched(bundle, table, {path.rpartition("/")[2]: path for path in by_folder.get(folder, ())})
        if wrong := {row.label for _, row in listed} - {label}:
            raise ValueError(f"{short_name(table)} has the class {min(wrong)}; its pictures are of class {label}")
        yield from listed


def _test(bundle: Bundle, paths: Sequence[str]) -> list[tuple[str, Row]]:
    table, *pictures = paths
    if PurePosixPath(table).name != TEST_TABLE:
        raise ValueError(f"the classes of GTSRB's test pictures are missing: {TEST_TABLE}, of GTSRB_Final_Test_GT.zip")
    if not pictures:
        raise ValueError("GTSRB's test pictures are missing: 00000.ppm and so on, of GTSRB_Final_Test_Images.zip")
    return _matched(bundle, table, {path.rpartition("/")[2]: path for path in pictures})


def _matched(bundle: Bundle, table: str, pictures: Mapping[str, str]) -> list[tuple[str, Row]]:
    """Each row of a table with the path of its picture; a ValueError unless both are complete."""
    name = short_name(table)
    listed = rows(bundle.read(table, MAX_TABLE), name)
    if missing := [row.file for row in listed if row.file not in pictures]:
        raise ValueError(
            f"{name} names {len(listed):,} pictures, of which {len(missing):,} are missing, such as "
            f"{short_name(missing[0])}; unpack the archive again"
        )
    if len(listed) != len(pictures):
        raise ValueError(f"{name} names {len(listed):,} of {len(pictures):,} pictures; it is cut off or repeats some")
    return [(pictures[row.file], row) for row in listed]


def _sign(bundle: Bundle, path: str, row: Row) -> NDArray[np.uint8]:
    """(3, 32, 32): the ROI of one picture, resized."""
    name = short_name(path)
    pixels = read_ppm(bundle.read(path, MAX_BYTES), name)
    height, width, _ = pixels.shape
    if (width, height) != row.size:
        stated = f"{row.size[0]} x {row.size[1]}"
        raise ValueError(f"{name} of class {row.label} has {width} x {height} pixels, but its table says {stated}")
    left, upper, right, lower = row.roi
    sign = Image.fromarray(np.ascontiguousarray(pixels[upper:lower, left:right]))
    return np.asarray(sign.resize((SIDE, SIDE), Image.Resampling.BILINEAR)).transpose(2, 0, 1)


GTSRB = Format("GTS", _find, _read, CLASS_NAMES)
