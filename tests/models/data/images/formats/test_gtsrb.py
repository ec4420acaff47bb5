"""GTSRB's folders are read by their tables: the sign in its region of interest, resized."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.data.images.formats import gtsrb
from models.data.images.formats.bundle import bundled, uploaded
from models.data.images.formats.gtsrb import GTSRB, rows
from models.data.images.formats.ppm import read_ppm
from models.data.images.images import Stored
from tests.models.data.images.published import TABLE, Files, gtsrb_test, gtsrb_training, ppm, write, zipped

TRAINING = gtsrb_training()
TEST, CLASSES = gtsrb_test()
TRAIN_FOLDER = "GTSRB/Final_Training/Images"


def read(*files: Files, part: str = "train") -> Stored:
    with uploaded([("archive.zip", zipped(some)) for some in files]) as bundle:
        return GTSRB.read(bundle, GTSRB.find(bundle)[part])


def test_every_sign_is_cropped_to_its_region_and_resized(tmp_path: Path) -> None:
    write(tmp_path, {**TRAINING, **TEST, "GT-final_test.csv": CLASSES})
    with bundled(tmp_path, ["GTSRB", "GT-final_test.csv"]) as bundle:
        found = GTSRB.find(bundle)
        (x, y), (x_test, y_test) = (GTSRB.read(bundle, found[part]) for part in ("train", "test"))
    assert list(y) == [label for label in range(43) for _ in range(2)] and list(y_test) == [0, 1, 2, 3, 4]
    for signs, place in (
        (x[84:], f"{TRAIN_FOLDER}/00042/00000_0000{{}}.ppm"),
        (x_test, "GTSRB/Final_Test/Images/0000{}.ppm"),
    ):
        for number, sign in enumerate(signs):
            picture = Image.open(tmp_path / place.format(number))  # by another reader of PPM
            inside = picture.crop((5, 5, picture.width - 5, picture.height - 5))
            expected = np.asarray(inside.resize((32, 32), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
            assert np.array_equal(sign, expected)


def test_archives_hold_the_same_as_folders(tmp_path: Path) -> None:
    write(tmp_path, TRAINING)
    with bundled(tmp_path, [TRAIN_FOLDER]) as bundle:
        in_folders = GTSRB.read(bundle, GTSRB.find(bundle)["train"])
    for of_archive, of_folder in zip(read(TRAINING), in_folders):
        assert np.array_equal(of_archive, of_folder)


def test_a_region_of_one_colour_stays_that_colour() -> None:
    picture = np.zeros((30, 40, 3), np.uint8)
    picture[6:20, 7:31] = 10, 200, 30
    table = TABLE + "00000.ppm;40;30;7;6;31;20;14\n"
    x, y = read({"00000.ppm": ppm(picture)}, {"GT-final_test.csv": table.encode()}, part="test")
    assert (x == np.array([10, 200, 30]).reshape(1, 3, 1, 1)).all() and list(y) == [14]


def test_the_order_is_that_of_the_tables_not_that_of_the_archive() -> None:
    turned = dict(reversed(list(TRAINING.items())))
    assert np.array_equal(read(turned)[0], read(TRAINING)[0])


def without(files: Files, *ends: str) -> Files:
    return {name: data for name, data in files.items() if not name.endswith(ends)}


def with_table(text: str) -> Files:
    return {**TRAINING, f"{TRAIN_FOLDER}/00007/GT-00007.csv": text.encode()}


ROW = "00000_0000{};20;20;5;5;15;15;7\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (without(TRAINING, "GT-00007.csv", "GT-00031.csv"), "the tables of 2 are missing: GT-00007.csv, GT-00031.csv"),
        (without(TRAINING, *(f"{label:05}.csv" for label in range(20, 43))), "23 are missing: .*GT-00022.csv, ..."),
        (without(TRAINING, "00007/00000_00001.ppm"), "names 2 pictures, of which 1 are missing"),
        (with_table(TABLE), "has no rows"),
        (with_table(""), "should begin with Filename;Width"),
        (with_table(TABLE.replace(";ClassId", "")), "should begin with .*GTSRB_Final_Test_GT.zip"),
        (with_table(TABLE + "a;b\n"), "row 2: 'a;b' is no file name with seven whole numbers"),
        (with_table(TABLE + "00000_00000.ppm;20;20;5;5;15;15;43\n"), "the class is 43"),
        (with_table(TABLE + "00000_00000.ppm;20;20;5;5;21;15;7\n"), r"to \(21, 15\) does not lie in 20 x 20"),
        (with_table(TABLE + "00000_00000.ppm;20;20;9;5;9;15;7\n"), "ROI"),
        (with_table(TABLE + "00000_00000.ppm;20;20;5;5;-1;15;7\n"), "seven whole numbers"),
        (with_table(TABLE + "00000_00000.ppm;20;20;5;5;15;15;7\n"), "names 1 of 2 pictures"),
        (with_table(TABLE + "../../secret.ppm;20;20;5;5;15;15;7\n"), "missing, such as secret.ppm"),
        (with_table(TRAINING[f"{TRAIN_FOLDER}/00008/GT-00008.csv"].decode()), "class 8; its pictures are of class 7"),
        ({**TRAINING, f"{TRAIN_FOLDER}/00007/00000_00000.ppm": b"P5\n1 1\n255\n."}, "00000_00000.ppm is no PPM"),
        ({**TRAINING, f"{TRAIN_FOLDER}/00007/00000_00000.ppm": ppm(np.zeros((9, 9, 3), np.uint8))}, "9 x 9 pixels"),
        ({**TRAINING, f"{TRAIN_FOLDER}/00007/GT-00007.csv": b"\xff\xfe\x00"}, "is no text"),
    ],
)  # fmt: skip
def test_half_a_training_part_is_refused_in_one_sentence(files: Files, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        read(files)
    assert len(str(raised.value)) < 250


def test_a_test_part_needs_pictures_and_their_classes() -> None:
    with pytest.raises(ValueError, match=r"GT-final_test\.csv, of GTSRB_Final_Test_GT\.zip"):
        read(TEST, part="test")
    with pytest.raises(ValueError, match=r"of GTSRB_Final_Test_Images\.zip"):
        read({"GT-final_test.csv": CLASSES}, part="test")
    with pytest.raises(ValueError, match=r"of which 1 are missing, such as 00003\.ppm"):
        read(without(TEST, "00003.ppm"), {"GT-final_test.csv": CLASSES}, part="test")


def test_a_row_of_the_published_table() -> None:
    (row,) = rows((TABLE + "00000_00000.ppm;29;30;5;6;24;25;0\n").encode(), "GT-00000.csv")
    assert row == gtsrb.Row("00000_00000.ppm", (29, 30), (5, 6, 24, 25), 0)
    left, upper, right, lower = row.roi
    assert min(left, upper, 29 - right, 30 - lower) == 5  # the border that the publishers state, on all sides


@pytest.mark.parametrize("comment", [b"", b"# Generated by OpenCV 4.2.0\n", b"#a\n# b\n"])
def test_pictures_with_comments_are_read(comment: bytes) -> None:
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert np.array_equal(read_ppm(ppm(picture, comment), "a.ppm"), picture)


@pytest.mark.parametrize(
    "data",
    [b"", b"P6", b"P6 1 1 255", b"P6\n1 1\n255\nab", b"P6\n1 1\n255\nabcd", b"P6\n1 1\n65535\nabcdef",
     b"P3\n1 1\n255\n1 2 3", b"P6\n0 1\n255\n", b"P6\n99999 99999\n255\n", b"P6\n" + b"#" * 1000,
     b"P6\n-1 1\n255\nabc"],
)  # fmt: skip
def test_other_pictures_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"a\.ppm"):
        read_ppm(data, "a.ppm")
