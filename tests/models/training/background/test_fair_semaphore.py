"""Places are given in the order of rank, then of asking; who waits can give up at once."""

from __future__ import annotations

import threading

import pytest

from models.training.background import fair_semaphore as module
from models.training.background.fair_semaphore import URGENT_WORK, FairSemaphore, Rank, Rest
from tests.models.waiting import wait_until


def test_places_go_round_in_the_order_of_asking() -> None:
    places, order = FairSemaphore(1), []
    assert places.acquire("first")

    def ask(who: str) -> None:
        assert places.acquire(who)
        order.append(who)
        places.release()

    threads = []
    for place, who in enumerate("abc", 1):
        threads.append(threading.Thread(target=ask, args=(who,)))
        threads[-1].start()
        wait_until(lambda place=place, who=who: places.place(who) == place)
    assert places.place("first") is None
    assert not places.acquire("impatient", lambda: True)
    places.release()
    for thread in threads:
        thread.join(90)
    assert order == ["a", "b", "c"]
    assert places.acquire("again")


def test_who_is_told_to_look_again_gives_up_at_once_however_seldom_it_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASK", 1000.0)
    places, end, answers = FairSemaphore(1), threading.Event(), []
    assert places.acquire("first")
    thread = threading.Thread(target=lambda: answers.append(places.acquire("second", end.is_set)))
    thread.start()
    wait_until(lambda: places.place("second") == 1)
    end.set()
    places.look_again("second")
    thread.join(90)
    assert answers == [False] and places.place("second") is None


def test_who_goes_first_comes_before_all_who_wait() -> None:
    places, order = FairSemaphore(1), []
    assert places.acquire("holder")

    def ask(who: str, rank: Rank) -> None:
        assert places.acquire(who, rank=rank)
        order.append(who)
        places.release()

    ranks = {"a": Rank.TRAINING, "b": Rank.TRAINING, "picture": Rank.PICTURE, "pin": Rank.ASKED}
    threads = [threading.Thread(target=ask, args=one) for one in ranks.items()]
    for waiting, thread in enumerate(threads, 1):
        thread.start()
        wait_until(lambda waiting=waiting: len(places._queue) == waiting)
    places.release()
    for thread in threads:
        thread.join(90)
    assert order == ["pin", "picture", "a", "b"] and places.taken == 0


def test_who_asks_for_a_place_within_some_time_does_without_after_it() -> None:
    places = FairSemaphore(1)
    with places, places.within(0.01):
        assert not places.acquire("another", lambda: True)
    with places.within(10):
        assert not places.acquire("another", lambda: True)
    assert places.acquire("another", lambda: True)


def test_what_follows_rests_for_interactions_for_some_time_in_all() -> None:
    rest, interaction = Rest(0.05), object()
    assert not rest.due
    URGENT_WORK.begin(interaction)
    try:
        rest()
        assert not rest.due
    finally:
        URGENT_WORK.end(interaction)
    assert rest.rested < 30
