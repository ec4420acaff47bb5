"""Pictures of a training are computed in the background; the page shows the latest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from geometry.computation.cancellation import CancelledError, check_cancelled
from models.training.background.fair_semaphore import PROCESSOR, URGENT_WORK
from pages.train.painter import Painter, Picture
from pages.train.reel import Reel
from pages.train.showing import Showing
from tests.pages.train.driving import until


class Slow:
    """A moment that takes until it may end."""

    def __init__(self, step: int = 0, may_end: bool = False) -> None:
        self.step, self.snapshot = step, step
        self.data, self.eps, self.p = SimpleNamespace(key="points"), 0.1, 2
        self.begun, self.may_end, self.painted = threading.Event(), threading.Event(), False
        if may_end:
            self.may_end.set()

    def paint(self, pin: object) -> None:
        self.begun.set()
        while not self.may_end.wait(0.002):
            check_cancelled()
        self.painted = True


@pytest.fixture
def painter() -> Iterator[Painter]:
    made = Painter(lambda: 1)
    yield made
    made.end()


def picture(*moments: Slow, **options: Any) -> Picture:
    return Picture(lambda: moments, **options)  # type: ignore[arg-type, return-value]


def test_a_picture_is_complete_when_it_is_done(painter):
    moments = Slow(may_end=True), Slow(may_end=True)
    wanted = painter.want(picture(*moments))
    assert wanted.done.wait(30)
    assert wanted.shown == moments and painter.last is wanted
    assert all(moment.painted for moment in moments)
    until(lambda: not painter.busy)


def test_what_somebody_waits_for_ends_a_picture_that_nobody_waits_for(painter):
    slow, quick = Slow(), Slow(may_end=True)
    following = painter.want(picture(slow))
    assert slow.begun.wait(30)
    asked = painter.want(picture(quick, asked=True))
    assert following.done.wait(30) and isinstance(following.error, CancelledError)
    assert asked.done.wait(30) and asked.error is None and quick.painted
    assert painter.last is asked


def test_a_picture_is_not_begun_before_its_time_and_shows_what_is_then_the_latest(painter):
    latest = [Slow(0, may_end=True)]
    begin = time.monotonic() + 0.3
    wanted = painter.want(Picture(lambda: tuple(latest), begin=begin))  # type: ignore[arg-type, return-value]
    latest[0] = Slow(7, may_end=True)
    assert wanted.done.wait(30)
    assert wanted.started >= begin and wanted.shown == (latest[0],)


def test_a_picture_that_is_wanted_instead_of_another_is_not_held_up_by_its_time(painter):
    later = painter.want(picture(Slow(), begin=time.monotonic() + 1000))
    now = painter.want(picture(Slow(may_end=True), asked=True))
    assert later.done.wait(30) and isinstance(later.error, CancelledError)
    assert now.done.wait(30) and now.error is None


def test_who_waits_is_told_why_there_is_no_picture(painter):
    class Broken(Slow):
        def paint(self, pin: object) -> None:
            raise ValueError("no room")

    wanted = painter.want(picture(Broken(), asked=True))
    assert wanted.done.wait(30)
    assert str(wanted.error) == "no room" == str(painter.trouble) and painter.last is None


def test_after_the_end_nobody_waits_in_vain(painter):
    slow = Slow()
    under_way = painter.want(picture(slow))
    assert slow.begun.wait(30)
    painter.end()
    for wanted in (under_way, painter.want(picture(Slow(), asked=True))):
        assert wanted.done.wait(30) and isinstance(wanted.error, CancelledError)


def test_a_picture_rests_without_the_floor_while_hands_ask_for_something(painter):
    slow, hand = Slow(), object()
    painter.want(picture(slow))
    assert slow.begun.wait(30)
    until(lambda: PROCESSOR.taken == 1)
    URGENT_WORK.begin(hand)
    try:
        until(lambda: PROCESSOR.taken == 0)
    finally:
        URGENT_WORK.end(hand)
    slow.may_end.set()
    until(lambda: slow.painted and PROCESSOR.taken == 0)


class FakeRun:
    """A run whose moments are given by step."""

    def __init__(self, painter: Painter, moving: bool, **moments: Slow) -> None:
        self.painter, self.moving, self.trainers = painter, moving, (object(),)
        self.by_step = {moment.step: moment for moment in moments.values()}
        self.steps, self.step = sorted(self.by_step), max(self.by_step)
        self.album = SimpleNamespace(moments=lambda trainers, shown, *view: tuple(self.by_step[one] for one in shown))

    def shown(self, step: int | None) -> tuple[int, ...]:
        return (self.step if step is None else step,)


def showing(run: FakeRun, reel: Reel) -> Showing:
    setup = SimpleNamespace(data=SimpleNamespace(key="points"), eps=0.1, p=2)
    return Showing(run, reel, setup, (0, 1, 0, 1), None)  # type: ignore[arg-type]


def told() -> tuple[list[int], Callable[[], object]]:
    count = [0]

    def tell() -> None:
        count[0] += 1

    return count, tell


def test_a_pin_while_pictures_follow_one_another_is_drawn_on_the_picture_that_there_is(painter):
    run, reel = FakeRun(painter, True, first=Slow(0, may_end=True)), Reel()
    begun = showing(run, reel).now(True, lambda: None)
    assert [moment.step for moment in begun.moments] == [0] and not begun.late
    run.by_step[5], run.step = Slow(5), 5
    reel.heard(reel.send(0.1))
    until(lambda: not painter.busy)
    late = showing(run, reel).now(False, lambda: None)
    assert [moment.step for moment in late.moments] == [0] and late.late
    run.by_step[5].may_end.set()
    until(lambda: painter.last is not None and painter.last.shown == (run.by_step[5],))
    there = showing(run, reel).now(False, lambda: None)
    assert [moment.step for moment in there.moments] == [5] and not there.late


def test_a_moment_that_hands_ask_for_is_waited_for_and_something_is_said_meanwhile(painter):
    run, reel = FakeRun(painter, False, first=Slow(0, may_end=True), last=Slow(9)), Reel()
    count, tell = told()

    def end_soon() -> None:
        tell()
        if count[0] == 2:
            run.by_step[9].may_end.set()

    shown = showing(run, reel).now(True, end_soon)
    assert [moment.step for moment in shown.moments] == [9] and count[0] >= 2


def test_what_was_prepared_before_hands_asked_for_another_moment_is_not_shown(painter):
    run, reel = FakeRun(painter, True, first=Slow(0, may_end=True)), Reel()
    showing(run, reel).now(True, lambda: None)
    prepared = painter.want(picture(Slow(5, may_end=True)))
    assert prepared.done.wait(30)
    run.by_step[3], run.step = Slow(3), 3
    reel.follow()  # as after a rewind
    until(lambda: not painter.busy)
    shown = showing(run, reel).now(False, lambda: None)
    assert shown.late and [moment.step for moment in shown.moments] == [0]
    assert run.by_step[3].begun.wait(30)
