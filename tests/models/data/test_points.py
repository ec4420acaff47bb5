"""Points survive the way to a file and back, and bad files are refused in one sentence."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.data.points import read_points, write_points
from models.data.toy import DATASETS, Dataset, window_around

coordinates = st.floats(-1e6, 1e6, allow_nan=False)


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


@settings(deadline=None)
@given(hnp.arrays(np.float64, st.tuples(st.integers(2, 30), st.just(2)), elements=coordinates), st.data())
def test_csv_gives_back_the_same_points_to_the_last_bit(x: np.ndarray, data: st.DataObject) -> None:
    y = np.array([0, 1, *data.draw(st.lists(st.integers(0, 7), min_size=len(x) - 2, max_size=len(x) - 2))])
    written = Dataset(x, y, "mine", window_around(x))
    found = read_points(write_points(written).encode(), "mine.csv")
    assert np.array_equal(found.x, x)
    assert np.array_equal(found.y, y)


@pytest.mark.parametrize(
    "text",
    [
        "1,2,0\n3,4,1",
        "x,y,label\n1,2,0\n3,4,1\n",
        "a;b;c\r\n1;2;0\r\n3;4;1\r\n",
        "label\ty\tx\n0\t2\t1\n1\t4\t3",
        "\ufeffx,y,label\n\n1.0, 2e0 ,0\n\n3,4,1.0\n\n",
        '"x","y","label"\n"1","2","0"\n"3","4","1"\n',
    ],
)
def test_ways_to_write_the_same_csv(text: str) -> None:
    found = read_points(text.encode(), "points.csv")
    assert np.array_equal(found.x, [[1, 2], [3, 4]])
    assert np.array_equal(found.y, [0, 1])
    assert found.name == "points"


def test_npz_gives_back_the_same_points() -> None:
    moons = DATASETS["moons"]()
    found = read_points(npz(x=moons.x, y=moons.y), "moons.npz")
    assert np.array_equal(found.x, moons.x)
    assert np.array_equal(found.y, moons.y)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("x,y,label\n", "no rows"),
        ("x,y,label\n1,2,0\n3,four,1\n", "row 3, column 2: 'four'"),
        ("1,2,0\n3,nan,1\n", "row 2, column 2: nan"),
        ("1,2,0\n-inf,2,1\n", "row 2, column 1: -inf"),
        ("1,2,0\n3,4\n", "row 2: 2 columns"),
        ("1,2\n3,4\n", "row 1: 2 columns"),
        ("0,5;1;0\n1;2;1\n", "'0,5'"),
        ("1,2,0\n3,4,0.5\n", "label 0.5"),
        ("1,2,0\n3,4,-1\n", "label -1"),
        ("1,2,0\n3,4,8\n", "label 8"),
        ("1,2,0\n", "1 point"),
        ("1,2,1\n3,4,1\n", "class 1"),
        ("1,2,0\n3,1e300,1\n", "rescale"),
        ("1,2,0\n" * 10_002, "10,002 rows"),
        ("1," + "9" * 3_000_000, "bytes"),
    ],
)
def test_a_bad_csv_names_value_and_place(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_points(text.encode(), "points.csv")


def test_ten_million_rows_are_refused_without_taking_them_apart() -> None:
    data = b"0.5,0.5,1\n" * 10**7
    tracemalloc.start()
    with pytest.raises(ValueError, match="10,000,000 rows"):
        read_points(data, "points.csv")
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("arrays", "named"),
    [
        ({"x": np.zeros((3, 2))}, "no y"),
        ({"x": np.zeros((3, 3)), "y": np.zeros(3)}, r"\(3, 3\)"),
        ({"x": np.zeros((3, 2)), "y": np.zeros(4)}, r"\(4,\)"),
        ({"x": np.full((3, 2), np.nan), "y": np.zeros(3)}, "point 1"),
        ({"x": np.array([["a", "b"]]), "y": np.zeros(1)}, "real numbers"),
        ({"x": np.array([[object(), 1]]), "y": np.zeros(1)}, "real numbers"),
        ({"x": np.zeros((10_001, 2)), "y": np.zeros(10_001)}, "10,001 points"),
        ({"x": np.zeros((10**7, 2)), "y": np.zeros(10**7)}, "unpacks to"),
    ],
)
def test_a_bad_npz_names_what_is_wrong(arrays: dict[str, np.ndarray], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_points(npz(**arrays), "points.npz")


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.npz", "a"]))
def test_random_bytes_are_refused(data: bytes, name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_points(data, name)


@settings(deadline=None)
@given(st.data())
def test_a_cut_off_npz_is_refused(data: st.DataObject) -> None:
    whole = npz(x=np.eye(2), y=np.array([0, 1]))
    with pytest.raises(ValueError, match=r"\w"):
        read_points(whole[: data.draw(st.integers(0, len(whole) - 1))], "a.npz")


def test_lines_that_begin_with_a_hash_are_skipped() -> None:
    found = read_points(b"# content: points\n# data: moons, 2 points\nx,y,label\n1,2,0\n# between\n3,4,1\n", "mine.csv")
    assert found.x.tolist() == [[1, 2], [3, 4]] and found.y.tolist() == [0, 1]
