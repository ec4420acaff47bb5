"""Fixtures of the tests of training."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.training.trainer import Trainer


@pytest.fixture
def trainers() -> Iterator[list[Trainer]]:
    """Trainers put in here are stopped at the end of the test."""
    made: list[Trainer] = []
    yield made
    for trainer in made:
        trainer.stop()
