"""The points on screen as a file."""

from __future__ import annotations

import numpy as np

from models import Dataset, read_points, window_around
from pages.shared.plane.data import DataControls, points_csv


def test_a_file_of_points_says_what_they_are_and_gives_them_back() -> None:
    x = np.random.default_rng(0).normal(size=(9, 2))
    shown = Dataset(x, np.arange(9) % 3, "moons", window_around(x))
    text = points_csv(DataControls(shown, "moons", {}, in_link=True))
    notes = [line for line in text.splitlines() if line.startswith("#")]
    assert any(line.startswith(f"# data: {shown.name}") for line in notes) and any("# made: " in line for line in notes)
    found = read_points(text.encode(), "moons.csv")
    assert np.array_equal(found.x, shown.x) and np.array_equal(found.y, shown.y)
