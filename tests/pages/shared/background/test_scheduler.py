"""The order of work: first what users wait for, then sessions in turn; work of disconnected sessions rests."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from models.training.background import tuning as of_training
from models.training.background.fair_semaphore import URGENT_WORK
from pages.shared.background import tuning
from pages.shared.background.scheduler import Claim, Rank, Turns
from pages.shared.background.words import waits_for
from tests.models.waiting import wait_until


class Work:
    """A thread that computes step after step until it is told to end; a step that is stuck never looks."""

    def __init__(self, turns: Turns, claim: Claim) -> None:
        self.turns, self.claim = turns, claim
        self.end, self.stuck = threading.Event(), threading.Event()
        self.steps = 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @property
    def computes(self) -> bool:
        return self.claim.granted.is_set()

    def _run(self) -> None:
        if self.turns.take(self.claim, self.end.is_set):
            while not self.end.is_set():
                self.steps += 1
                while self.stuck.is_set() and not self.end.is_set():
                    time.sleep(0.005)
                time.sleep(0.002)
                self.turns.rest(self.claim, self.end.is_set)
        self.turns.give(self.claim)

    def stop(self) -> None:
        self.end.set()
        self.thread.join(90)
        assert not self.thread.is_alive()


@pytest.fixture
def patient(monkeypatch):
    """Nothing goes first because time has passed, as it does while this machine is busy with something else."""
    for of, name in ((of_training, "URGENT"), (tuning, "PATIENCE"), (tuning, "OVERDUE")):
        monkeypatch.setattr(of, name, 1000.0)


@pytest.fixture
def begin():
    """(turns, claim) -> Work; all of it ends with the test."""
    begun: list[Work] = []

    def start(turns: Turns, claim: Claim) -> Work:
        begun.append(Work(turns, claim))
        return begun[-1]

    yield start
    for work in begun:
        work.end.set()
    for work in begun:
        work.stop()


def test_what_a_hand_asks_for_goes_before_what_runs_in_the_background(begin, patient):
    turns = Turns(1)
    heat_map = begin(turns, Claim("heat map", session="a"))
    wait_until(lambda: heat_map.computes)
    pin = begin(turns, Claim("pin", asked=True, session="b"))
    wait_until(lambda: pin.computes and not heat_map.computes)
    before = heat_map.steps
    time.sleep(0.1)
    assert heat_map.steps <= before + 1
    pin.stop()
    wait_until(lambda: heat_map.steps > before + 1)


def test_a_pin_is_not_behind_a_step_that_does_not_look(begin):
    turns = Turns(1)
    ladder = begin(turns, Claim("ladder", asked=True, session="a"))
    wait_until(lambda: ladder.steps > 0)
    ladder.stuck.set()
    pin = begin(turns, Claim("pin", asked=True, session="b"))
    wait_until(lambda: pin.computes)
    assert ladder.stuck.is_set() and ladder.computes


def test_what_a_hand_asked_for_and_takes_long_goes_behind_a_pin(begin, monkeypatch):
    claim = Claim("ladder", asked=True, session="a")
    assert claim.rank(0.0) is Rank.ASKED
    claim.used = of_training.URGENT
    assert claim.rank(0.0) is Rank.BEHIND
    monkeypatch.setattr(tuning, "TURN", 1000.0)  # so that nobody goes first because turns are over
    turns = Turns(1)
    ladder = begin(turns, claim)
    wait_until(lambda: ladder.computes)
    pin = begin(turns, Claim("pin", asked=True, session="b"))
    wait_until(lambda: pin.computes and not ladder.computes)


def test_sessions_take_turns_however_much_one_of_them_wants(begin, monkeypatch):
    monkeypatch.setattr(tuning, "TURN", 0.02)
    turns, seated = Turns(1), list[str]()
    place = turns._place

    def noted(claim: Claim, now: float, patient: bool) -> None:
        seated.append(claim.session)
        place(claim, now, patient)

    monkeypatch.setattr(turns, "_place", noted)
    many = [begin(turns, Claim("run", session="greedy")) for _ in range(6)]
    wait_until(lambda: all(work.steps for work in many))
    begin(turns, Claim("run", session="modest"))
    wait_until(lambda: seated.count("modest") > 5)
    first = seated.index("modest")
    assert seated[first : first + 10] == ["modest", "greedy"] * 5  # and not six turns of one for each of the other


def test_work_of_a_session_that_is_lost_rests_until_it_comes_back(begin):
    connected = threading.Event()
    connected.set()
    turns = Turns(1)
    film = begin(turns, Claim("film", session="a", connected=connected.is_set))
    wait_until(lambda: film.computes)
    connected.clear()
    program = begin(turns, Claim("linear program", session="b"))
    wait_until(lambda: program.computes and not film.computes)
    program.stop()
    time.sleep(2 * tuning.GLANCE)
    assert not film.computes
    connected.set()
    wait_until(lambda: film.computes)


def test_background_work_rests_while_a_page_is_drawn_but_not_for_ever(begin, monkeypatch):
    monkeypatch.setattr(tuning, "PATIENCE", 0.3)
    turns = Turns(2)
    run = begin(turns, Claim("run", session="a"))
    wait_until(lambda: run.computes)
    with turns.drawing("b"), turns.drawing("c"):
        wait_until(lambda: not run.computes)
        before = run.steps
        wait_until(lambda: run.steps > before + 1)


def test_who_gives_up_leaves_the_queue(begin):
    turns = Turns(1)
    first = begin(turns, Claim("run", session="a"))
    wait_until(lambda: first.computes)
    second, third = Claim("run", session="b"), Claim("run", session="c")
    assert not turns.take(second, lambda: True)
    waiting = begin(turns, third)
    wait_until(lambda: turns.ahead(third)[1].total() == 1)
    first.stop()
    wait_until(lambda: waiting.computes)


def test_those_who_wait_are_told_what_goes_first(begin, monkeypatch):
    monkeypatch.setattr(tuning, "TURN", 1000.0)
    turns = Turns(1)
    works = [begin(turns, Claim("heat map", session="me"))]
    wait_until(lambda: works[0].computes)
    for session, title in (("other", "ladder"), ("third", "ladder"), ("me", "film")):
        works.append(begin(turns, Claim(title, session=session)))
        wait_until(lambda: works[-1].claim in turns._waiting)
    own, others = turns.ahead(works[-1].claim)
    assert (own, others) == (Counter({"heat map": 1}), Counter({"ladder": 2}))
    assert waits_for(own, others) == "waits for its turn: 1 heat map of yours and 2 ladders of others run first"
    assert waits_for(Counter(), Counter({"pin": 1})) == "waits for its turn: 1 pin of others runs first"
    assert turns.ahead(works[0].claim) == (Counter(), Counter())


def test_work_that_is_given_its_place_slowly_is_not_taken_for_ended(monkeypatch):
    begin = URGENT_WORK.begin

    def slow(claim):
        time.sleep(2 * tuning.GLANCE)  # the waiting work looks between leaving the queue and having the place
        begin(claim)

    monkeypatch.setattr(URGENT_WORK, "begin", slow)
    turns = Turns(1)
    first, second = Claim("map", asked=True), Claim("ladder", asked=True)
    assert turns.take(first)
    taken: list[bool] = []
    waiting = threading.Thread(target=lambda: taken.append(turns.take(second)))
    waiting.start()
    time.sleep(2 * tuning.GLANCE)
    turns.give(first)
    waiting.join(90)
    assert taken == [True]
