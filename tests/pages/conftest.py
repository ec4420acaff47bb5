"""What the tests of all pages share."""

from __future__ import annotations

import time

import pytest

from pages.shared.background.worker import Worker


@pytest.fixture(autouse=True)
def nothing_goes_on_afterwards(monkeypatch):
    """Sessions of these tests never end by themselves, and their work would keep others waiting."""
    started: list[Worker] = []
    begin = Worker.__init__

    def noted(self, *arguments, **options) -> None:
        started.append(self)
        begin(self, *arguments, **options)

    monkeypatch.setattr(Worker, "__init__", noted)
    yield
    for worker in started:
        worker.stop()
    deadline = time.monotonic() + 60
    while any(worker.busy for worker in started) and time.monotonic() < deadline:
        time.sleep(0.02)
