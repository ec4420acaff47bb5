"""Results in files: what is written is read again, and nothing else is."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from models.files.atomic_writes import replace_file
from papers import result_files as module
from papers.result_files import Result, add, packed, read, rounded, shown, unpacked

RESULT = Result(
    values={"te": 2.25, "lb": math.nan, "ub": math.inf},
    points=1000,
    seconds=5.0,
    network="mnist-fc1-linf-mmr",
    kind="gallery",
    weights="abc",
    epochs=100,
    seed=0,
    asked={"points": 1000, "epochs": None},
    took=12.5,
    hardware="2 cores",
    date="2026-11-30",
    note="a note",
    series={"lines": [1.0, "inf"]},
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "mmr-table-1.json"
    add(path, "first", RESULT)
    add(path, "second", RESULT)
    (first, second) = read(path).values()
    assert math.isnan(first.values["lb"]) and math.isinf(first.values["ub"])
    assert first.to_json() == RESULT.to_json() == second.to_json()
    assert not list(path.parent.glob("*.lock"))


def test_json_has_no_numbers_that_json_does_not_know(tmp_path: Path) -> None:
    add(tmp_path / "a.json", "row", RESULT)

    def refused(text: str) -> None:
        raise AssertionError(text)

    json.loads((tmp_path / "a.json").read_text(), parse_constant=refused)


def test_results_that_ran_here_hide_those_that_come_with_the_project(tmp_path: Path) -> None:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    add(shipped / "a.json", "both", RESULT)
    add(shipped / "a.json", "shipped", RESULT)
    add(own / "a.json", "both", Result(**{**RESULT.__dict__, "note": "mine"}))
    found = shown("a", (own, shipped))
    assert (found["both"].note, found["shipped"].note) == ("mine", "a note")
    assert shown("nothing", (own, shipped)) == {}


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "[]",
        '{"rows": []}',
        '{"rows": {"a": 3}}',
        '{"rows": {"a": {"values": {"te": "many"}}}}',
        '{"rows": {"a": {"values": {}, "unheard": 1}}}',
    ],
)
def test_a_file_with_something_else_is_refused_and_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"a\.json holds no results"):
        read(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path / "a.json", "row", RESULT)
    monkeypatch.setattr(module, "LARGEST", 10)
    with pytest.raises(ValueError, match="bytes"):
        read(tmp_path / "a.json")


def test_a_full_disk_leaves_the_earlier_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    add(path, "first", RESULT)

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "replace_file", full)
    with pytest.raises(OSError, match="No space"):
        add(path, "second", RESULT)
    monkeypatch.setattr(module, "replace_file", replace_file)
    assert list(read(path)) == ["first"]
    add(path, "second", RESULT)
    assert list(read(path)) == ["first", "second"]


@pytest.mark.parametrize("array", [np.arange(6, dtype=np.int8).reshape(2, 3), np.zeros((0, 4)), np.array([True])])
def test_an_array_is_packed_and_unpacked(array: np.ndarray) -> None:
    stored = json.loads(json.dumps(packed(array)))
    again = unpacked(stored)
    assert again.dtype == array.dtype and again.shape == array.shape and (again == array).all()


@pytest.mark.parametrize(
    "change", [{"shape": [10**9]}, {"shape": [3]}, {"dtype": "O"}, {"zlib": "????"}, {"dtype": "nothing"}]
)
def test_a_damaged_array_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no array"):
        unpacked({**packed(np.zeros(2)), **change})


def test_numbers_of_a_series_are_rounded_to_significant_digits() -> None:
    assert rounded(np.array([1234.567, 0.000123456, np.inf])) == [1235.0, 0.0001235, "inf"]
