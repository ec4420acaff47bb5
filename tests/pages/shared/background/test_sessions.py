"""Resources of a session: made once, ended when replaced, and not by a lost connection alone."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from pages.shared.background import sessions as session_resources
from pages.shared.background.sessions import SessionResource, release_lost
from tests.models.waiting import wait_until


class Held:
    def __init__(self, name: str) -> None:
        self.name, self.ended = name, threading.Event()


class Sessions:
    """Which session's script runs, and which are connected."""

    def __init__(self) -> None:
        self.own, self.connected = "one", {"one", "two"}


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> Sessions:
    sessions, known = Sessions(), set()

    def own_session() -> str:
        known.add(sessions.own)
        return sessions.own

    monkeypatch.setattr(session_resources, "own_session", own_session)
    monkeypatch.setattr(session_resources, "is_connected", lambda session: session in sessions.connected)
    monkeypatch.setattr(session_resources, "_known", known)
    monkeypatch.setattr(session_resources, "_lost", {})
    monkeypatch.setattr(session_resources, "_RESOURCES", [])
    return sessions


def resource(most: int = 1) -> Callable[..., Held]:
    def make(name: str, _size: int = 0) -> Held:
        return Held(name)

    return SessionResource(make, lambda held: held.ended.set(), most)


def test_each_session_has_its_own_and_asks_for_it_again(sessions):
    held = resource()
    first = held("a", 1)
    assert held("a", 2) is first  # what begins with an underscore does not count
    sessions.own = "two"
    assert held("a") is not first


def test_what_has_a_key_is_known_by_it(sessions):
    class Network:
        def __init__(self, key: str) -> None:
            self.key = key

    held = resource()
    first = held(Network("equal weights"))
    assert held(Network("equal weights")) is first
    assert held(Network("other weights")) is not first


def test_one_more_than_there_is_room_for_ends_the_oldest(sessions):
    held = resource(most=2)
    first, second, third = held("a"), held("b"), held("c")
    wait_until(first.ended.is_set)
    assert not second.ended.is_set() and not third.ended.is_set()
    assert held("b") is second


def test_a_lost_connection_ends_nothing_until_the_session_cannot_come_back(sessions, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(session_resources.time, "monotonic", lambda: now[0])
    held = resource()
    value, _ = held("a"), release_lost(60)
    sessions.connected.discard("one")
    for seconds in (0, 30):
        now[0] += seconds
        release_lost(60)
    sessions.connected.add("one")  # back in time
    now[0] += 31
    release_lost(60)
    assert held("a") is value and not value.ended.is_set()
    sessions.connected.discard("one")
    for seconds in (0, 61):
        now[0] += seconds
        release_lost(60)
    assert value.ended.wait(90)
    assert held("a") is not value


def test_what_a_lost_session_left_can_be_taken_over_and_what_an_open_one_holds_cannot(sessions):
    held = resource()
    value = held("a")
    sessions.own = "two"
    mine = held("b")
    assert held.elsewhere(lambda other: other.name == "a")
    assert held.take(lambda other: other.name == "a", ("a",)) is None
    sessions.connected.discard("one")
    assert not held.elsewhere(lambda other: other.name == "a")
    assert held.take(lambda other: other.name == "a", ("a",)) is value
    assert held("a") is value
    wait_until(mine.ended.is_set)
    assert not value.ended.is_set()


def test_a_session_ends_some_of_its_own_results_and_none_of_others(sessions):
    held = resource(most=3)
    first, second = held("a"), held("b")
    sessions.own = "two"
    others = held("a")
    sessions.own = "one"
    held.end_own(lambda result: result.name == "a")
    assert first.ended.wait(5) and not second.ended.is_set() and not others.ended.is_set()
    assert held("b") is second and held("a") is not first


def test_an_end_that_takes_long_holds_nobody_up(sessions):
    gate = threading.Event()
    held = SessionResource(lambda name: name, lambda _: gate.wait(90), 1)
    held("a")
    held.clear()
    assert held("b") == "b"
    gate.set()
