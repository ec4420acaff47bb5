"""Tables of vectors: what of a CSV is read, and what is said of one that cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from models import Images
from models.vectors import table as module
from models.vectors.table import feature_names, read_csv, table_of

HEADER = b"rho [ft],theta (rad),v\n"


def test_a_header_gives_names_and_units_and_columns_their_ranges() -> None:
    table = read_csv(HEADER + b"1,2,3\n4,-1,3\n", "t.csv")
    assert table.columns == ("rho", "theta", "v")
    assert table.units == ("ft", "rad", "")
    assert table.x.tolist() == [[1, 2, 3], [4, -1, 3]]
    assert [(item.low, item.high) for item in table.inputs.items] == [(1, 4), (-1, 2), (1.5, 4.5)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_without_a_header_is_read_with_any_usual_delimiter(delimiter: str) -> None:
    table = read_csv(f"1{delimiter}2\n3{delimiter}4.5\n".encode(), "t.csv")
    assert table.x.tolist() == [[1, 2], [3, 4.5]]
    assert table.columns == ("input 1", "input 2")


def test_a_column_of_text_is_the_class_and_rows_that_miss_a_value_are_left_out() -> None:
    table = read_csv(b"a,b,kind\n1,2,yes\n,3,no\n4,5,no\n6,nan,no\n7,8,\n", "t.csv")
    assert table.x.tolist() == [[1, 2], [4, 5], [7, 8]]
    assert table.classes == ("no", "yes")
    assert table.y.tolist() == [1, 0, -1]
    assert table.note == "2 of 5 rows miss a value and are left out."


def test_classes_are_numbered_as_the_network_names_them() -> None:
    table = read_csv(b"a,kind\n1,Right\n2,left\n3,other\n", "t.csv").with_classes(("left", "right"))
    assert table.y.tolist() == [1, 0, -1]


def test_one_column_too_many_is_the_class_if_it_can_be() -> None:
    table = read_csv(b"a,b,c\n1,2,0\n3,4,1\n", "t.csv")
    assert table.for_network(3) is table
    assert table.for_network(2).y.tolist() == [0, 1]
    with pytest.raises(ValueError, match="3 columns of numbers, but the network takes 5 inputs"):
        table.for_network(5)
    with pytest.raises(ValueError, match="takes 1 inputs"):
        read_csv(b"a,b\n1,0.5\n", "t.csv").for_network(1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x00\x01,2\n", "a binary file"),
        (b"a,b\n", "a header and no rows"),
        (b"a,b\n1,2\n3\n", "row 3: 1 values, where 2 are expected"),
        (b"a,b\n1,2\n3,x\n5,6\n", "row 3, column b: 'x' is no number"),
        (b"a,b\n1,2\n3,inf\n", "row 3, column b: 'inf' is not finite"),
        (b"a,b,c\n1,x,y\n2,x,y\n", "2 columns hold text, b and c"),
        (b"a,b\nx,1\n", None),
        (b"kind\nx\n", "no column of numbers besides the classes"),
        (b"a,b\n1,\n,2\n", "each of the 2 rows of t.csv misses a value"),
        (b"a\n" + b"".join(b"1,v%d\n" % k for k in range(300)), "where 1 are expected"),
        (b"a,kind\n" + b"".join(b"1,v%d\n" % k for k in range(300)), "300 different values"),
        (b'a,b\n"1,2\n' + b"9" * 200_000, "no CSV file"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(content: bytes, said: str | None) -> None:
    if said is None:
        assert read_csv(content, "t.csv").x.tolist() == [[1]]
        return
    with pytest.raises(ValueError, match=said):
        read_csv(content, "t.csv")


def test_a_table_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    with pytest.raises(ValueError, match="tables up to 10"):
        read_csv(b"a,b\n1,2\n3,4\n", "t.csv")
    monkeypatch.setattr(module, "MAX_BYTES", 10**6)
    monkeypatch.setattr(module, "MAX_NUMBERS", 3)
    with pytest.raises(ValueError, match="4 values; up to 3"):
        read_csv(b"a,b\n1,2\n3,4\n", "t.csv")
    wide = b",".join([b"1"] * (module.MOST_INPUTS + 2)) + b"\n"
    with pytest.raises(ValueError, match="columns; up to"):
        read_csv(wide, "t.csv")


def test_a_set_of_vectors_is_a_table_with_its_limits_as_ranges() -> None:
    images = Images(np.zeros((2, 3), np.float32), np.array([0, 1]), "some", ("a", "b"), (-1.0, 1.0))
    table = table_of(images, ("f", "f", "g"))
    assert table.columns == ("f", "f (2)", "g")
    assert [(item.low, item.high) for item in table.inputs.items] == [(-1.0, 1.0)] * 3
    with pytest.raises(ValueError, match="2 names were given for the 3 inputs"):
        table_of(images, ("f", "g"))
    with pytest.raises(ValueError, match="no vectors"):
        table_of(Images(np.zeros((1, 1, 2, 2), np.float32), np.zeros(1, np.int64), "digits"))


def test_hars_features_are_numbered_names() -> None:
    assert feature_names(b"1 tBodyAcc-mean()-X\n2 energy()-1,8\n3 energy()-1,8\n") == (
        "tBodyAcc-mean()-X", "energy()-1,8", "energy()-1,8 (3)",
    )  # fmt: skip
    with pytest.raises(ValueError, match="line 2: expected 2 and a name"):
        feature_names(b"1 a\n3 b\n")
