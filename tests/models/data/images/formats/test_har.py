"""HAR's text files are read as UCI publishes them."""

from __future__ import annotations

import numpy as np
import pytest

from models.data.images import read_set
from tests.models.data.images.published import Files, har, har_text, zipped

FILES, ARRAYS = har()
ZIP = zipped({**FILES, "__MACOSX/UCI HAR Dataset/train/._X_train.txt": b"\x00\x05\x16\x07"})
TEST = {name.rpartition("/")[2]: data for name, data in FILES.items() if "_test" in name}


@pytest.mark.parametrize(
    "upload",
    [
        [("UCI HAR Dataset.zip", ZIP)],
        [("human+activity.zip", zipped({"UCI HAR Dataset.zip": ZIP, "UCI HAR Dataset.names": b"text"}))],
        [(name, data) for name, data in FILES.items() if name.endswith(("n.txt", "t.txt"))],
    ],
    ids=["zip", "zip in a zip", "files"],
)
def test_vectors_and_activities_come_back(upload: list[tuple[str, bytes]]) -> None:
    found = read_set(upload)
    assert (found.name, found.limits, found.shape) == ("HAR", (-1.0, 1.0), (561,))
    for part in ("train", "test"):
        images = found.images(part)
        assert np.allclose(images.x, ARRAYS[f"X_{part}"], rtol=1e-6) and images.x.dtype == np.float32
        assert np.array_equal(images.y, ARRAYS[f"y_{part}"] - 1)
        assert images.x.min() == -1 and images.x.max() == 1
    assert found.images("test").label(5) == "laying"


def changed(name: str, data: bytes | None) -> Files:
    files = {key: data if key == name else value for key, value in TEST.items()}
    return {key: value for key, value in files.items() if value is not None}


X = ARRAYS["X_test"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (changed("y_test.txt", None), "y_test.txt is missing beside X_test.txt"),
        (changed("X_test.txt", None), "X_test.txt is missing beside y_test.txt"),
        (changed("X_test.txt", har_text(X[:2])), "3 activities for 2 vectors in X_test.txt; one is cut off"),
        (changed("X_test.txt", har_text(X[:, :560])), "560 columns; HAR's vectors have 561"),
        (changed("X_test.txt", har_text(X)[:-100]), "X_test.txt is no table of numbers, or is damaged"),
        (changed("X_test.txt", har_text(X * 1.01)), "row 1, column 1: -1.01 does not lie between"),
        (changed("X_test.txt", har_text(X).replace(b" 1.0000000e+000", b"             nan")), "nan does not lie"),
        (changed("X_test.txt", har_text(X).replace(b" 1.0000000e+000", b"            text")), "no table of numbers"),
        (changed("X_test.txt", b""), "X_test.txt is empty"),
        (changed("X_test.txt", b"\xff\xfe\x00"), "no table of numbers"),
        (changed("y_test.txt", b"1\n2\n7\n"), "row 3: activities go from 1 to 6, got 7"),
        (changed("y_test.txt", b"0\n2\n3\n"), "row 1: activities go from 1 to 6, got 0"),
        (changed("y_test.txt", b"1\n2.5\n3\n"), "got 2.5"),
        (changed("y_test.txt", b"1 1\n2 2\n3 3\n"), "activities"),
    ],
)
def test_half_a_part_or_numbers_out_of_range_are_said(files: Files, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        read_set(list(files.items()))
    assert len(str(raised.value)) < 250
