"""What the tests of the papers' experiments share."""

from __future__ import annotations

from pathlib import Path

import pytest

from papers.experiments import EXPERIMENTS
from tests.papers.toy import NAME, TOY


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an experiment that is in the table during the test."""
    monkeypatch.setitem(EXPERIMENTS, NAME, TOY)
    return NAME


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where results go."""
    return tmp_path / "results"
