"""How long a row takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.training.recipes import RECIPES, Recipe
from papers.durations import expected_seconds, training_seconds
from papers.settings import Settings
from papers.sources import Trained
from tests.papers.toy import TOY


def test_a_training_takes_its_steps() -> None:
    plain = RECIPES["mnist-fc1-linf-plain"]
    assert training_seconds(plain, Settings()) == pytest.approx(100 * 60_000 / 128 * 4.9e-3)
    assert training_seconds(plain, Settings(epochs=1)) == pytest.approx(60_000 / 128 * 4.9e-3)
    larger = replace(plain, dataset="cifar-10")
    assert training_seconds(larger, Settings(epochs=1)) == pytest.approx(60_000 / 128 * 4.9e-3 * 3072 / 784)


def test_what_has_never_been_timed_is_unknown() -> None:
    assert training_seconds(Recipe("t", "moons", "4", "plain"), Settings()) is None
    assert expected_seconds(TOY.rows[2], Settings()) is None


def test_a_row_takes_its_training_and_its_points() -> None:
    row = replace(TOY.rows[0], points=1000, cost=0.5)
    assert expected_seconds(row, Settings()) == 500
    assert expected_seconds(row, Settings(points=10)) == 5
    untrained = replace(row, source=Trained("unheard", RECIPES["mnist-fc1-linf-plain"]))
    assert expected_seconds(untrained, Settings()) == pytest.approx(500 + 100 * 60_000 / 128 * 4.9e-3)
