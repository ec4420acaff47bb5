"""Runs of these tests end with them, and their checkpoints lie in a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.data.images.images import FOLDER_VARIABLE
from pages.train import current_run as run_module
from pages.train.run import Run


@pytest.fixture(autouse=True)
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[Run]]:
    """Every run that a test makes, the latest last."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    made: list[Run] = []
    make = run_module.make_run

    def noted(*arguments) -> Run:
        made.append(make(*arguments))
        return made[-1]

    monkeypatch.setattr(run_module, "make_run", noted)
    yield made
    for run in made:
        run.end()
