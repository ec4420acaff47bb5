"""A small class: all train, all connections are lost at once, and everybody goes on where they were."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.class_of_thirty import PLAY, Learner, until
from benchmarks.health import slowest_health
from benchmarks.visitors import finished
from models.data.images.images import FOLDER_VARIABLE
from tests.browser.server import ROOT, end_server, start_server

VISITORS, WAIT = 6, 90.0


@pytest.mark.slow
def test_who_is_cut_off_comes_back_to_a_training_that_went_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    server, address = start_server(ROOT / "app.py", tmp_path / "server.log")
    try:
        asyncio.run(_cut_off_and_back(address))
    finally:
        end_server(server)


async def _cut_off_and_back(address: str) -> None:
    learners = [Learner(address, number) for number in range(VISITORS)]
    opened = await asyncio.gather(*(one.hear(finished, WAIT, one.open) for one in learners))
    assert None not in opened
    await asyncio.gather(*(one.press(PLAY) for one in learners))
    assert await until(lambda: all(one.steps and one.steps[-1] > 0 for one in learners), WAIT)
    before, sessions = [max(one.steps) for one in learners], [one.session for one in learners]
    health = asyncio.create_task(slowest_health(address, 4))
    for one in learners:
        one.cut()
        one.steps.clear()
    await asyncio.sleep(1)
    back = await asyncio.gather(*(one.hear(finished, WAIT, one.open) for one in learners))
    assert None not in back
    assert await until(lambda: all(max(one.steps, default=-1) > step for one, step in zip(learners, before)), WAIT)
    assert [one.session for one in learners] == sessions
    assert all(min(one.steps) >= step for one, step in zip(learners, before))  # nobody sees an earlier moment
    assert await health < 30  # it answers; how fast, `benchmarks.class_of_thirty` measures on a quiet machine
    await asyncio.gather(*(one.close() for one in learners))
