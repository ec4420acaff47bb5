"""Benchmarks need no files outside the repository, and report which they leave out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import bounds, distances, exact, outside, regions
from models.gallery import load_shipped


@pytest.fixture(autouse=True)
def nothing_beside_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outside, "SHARED", tmp_path / "shared")
    for known in (outside.digits, outside.left_out):
        known.cache_clear()
    yield
    outside.digits.cache_clear()


def test_digits_come_with_the_project():
    x, y = outside.digits()
    assert x.shape[1:] == (1, 28, 28) and len(x) == len(y)
    assert set(y) == set(range(10))
    assert 0 <= x.min() < x.max() <= 1
    assert np.array_equal(outside.first_digits(3), x[:3].astype(np.float32))


def test_the_gallerys_network_takes_the_published_ones_place():
    ours = [parameter.shape for parameter in load_shipped(outside.OWN_CNN).network.parameters()]
    assert [parameter.shape for parameter in outside.kw_network().parameters()] == ours
    layers = [tuple(shape) for shape in ours if len(shape) > 1]
    assert layers == [(16, 1, 4, 4), (32, 16, 4, 4), (100, 1568), (10, 100)]


def test_what_is_left_out_is_said_once(capsys: pytest.CaptureFixture[str]):
    for _ in range(2):
        assert outside.prototype("regions") is None
        outside.digits()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "regions.py" in said[0] and "MNIST" in said[1]


def test_a_workload_is_measured_without_a_prototype(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(regions, "REPEATS", 1)
    found = regions.measure("W1")
    assert found["prototype"] is None and found["regions"] > 1000 and found["best"] > 0


def test_no_comparison_is_found_where_there_is_none():
    assert bounds.prototype("bounds") is None
    assert exact.prototype("region_search") is None
    assert distances.prototype() is None


def test_only_one_module_looks_outside():
    folder = Path(outside.__file__).parent
    looking = [file.name for file in folder.glob("*.py") if '"shared"' in file.read_text(encoding="utf-8")]
    assert looking == ["outside.py"]
