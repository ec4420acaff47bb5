"""Drawing pages: few at once, and those first that a user waits for."""

from __future__ import annotations

import threading

import pytest

from models.training.background.fair_semaphore import URGENT_WORK, FairSemaphore
from pages.shared.background import own_run
from pages.shared.background.own_run import drawing
from tests.models.waiting import wait_until


@pytest.fixture
def one_at_once(monkeypatch: pytest.MonkeyPatch) -> FairSemaphore:
    pages = FairSemaphore(1)
    monkeypatch.setattr(own_run, "PAGES", pages)
    return pages


def test_what_hands_asked_for_is_drawn_before_what_follows_training(one_at_once, monkeypatch):
    monkeypatch.setattr(own_run, "QUEUE", 1e6)
    order: list[str] = []

    def draw(name: str, asked: bool) -> None:
        with drawing(asked):
            order.append(name)

    threads = [
        threading.Thread(target=draw, args=(name, name.startswith("pin")))
        for name in ("picture 1", "pin 1", "picture 2", "pin 2")
    ]
    with drawing():
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            wait_until(lambda waiting=waiting: len(one_at_once._queue) == waiting)
    for thread in threads:
        thread.join(90)
    assert order == ["pin 1", "pin 2", "picture 1", "picture 2"]


def test_a_page_does_not_wait_for_ever_for_one_that_takes_long(one_at_once, monkeypatch):
    monkeypatch.setattr(own_run, "QUEUE", 0.05)
    drawn = threading.Event()

    def draw() -> None:
        with drawing():
            drawn.set()

    with drawing():
        thread = threading.Thread(target=draw)
        thread.start()
        assert drawn.wait(90)
        thread.join(90)
    assert one_at_once.taken == 0


def test_a_part_of_a_page_that_is_drawn_takes_no_seat_of_its_own(one_at_once, monkeypatch):
    monkeypatch.setattr(own_run, "QUEUE", 1e6)
    with drawing(), drawing(), drawing(asked=False):
        assert one_at_once.taken == 1
    assert one_at_once.taken == 0


@pytest.mark.parametrize("asked", [True, False])
def test_trainings_rest_only_for_what_a_hand_asked_for(one_at_once, asked):
    before = len(URGENT_WORK._since)
    with drawing(asked):
        assert len(URGENT_WORK._since) == before + asked
    assert len(URGENT_WORK._since) == before


def test_pages_that_come_together_do_not_lose_patience_together(one_at_once, monkeypatch):
    monkeypatch.setattr(own_run, "QUEUE", 60.0)
    patience: list[float] = []
    within = one_at_once.within
    monkeypatch.setattr(
        one_at_once, "within", lambda seconds, rank: (patience.append(seconds), within(seconds, rank))[1]
    )

    def draw() -> None:
        with drawing():
            pass

    threads = [threading.Thread(target=draw) for _ in range(3)]
    with drawing():
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            wait_until(lambda waiting=waiting: len(one_at_once._queue) == waiting)
    for thread in threads:
        thread.join(30)
    assert patience == [60, 60, 120, 180]
