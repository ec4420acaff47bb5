"""Which scope the error of a cancelled computation ends at."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from geometry import enumerate_regions
from geometry.computation.cancellation import (
    CancelledError,
    CancelScope,
    cancellable,
    check_cancelled,
    is_cancelled,
    seconds_left,
)
from tests.strategies import mlp


def stop() -> bool:
    return True


def test_the_error_ends_at_the_scope_that_was_cancelled_if_that_is_partial() -> None:
    reached = []
    with CancelScope(lambda: False), CancelScope(stop, partial=True):
        reached.append("before")
        check_cancelled()
        reached.append("after")
    assert reached == ["before"]
    with pytest.raises(CancelledError), CancelScope(stop):
        check_cancelled()


def test_the_error_of_a_scope_around_passes_through_partial_ones() -> None:
    for inner in (CancelScope(partial=True), CancelScope(lambda: False, partial=True), CancelScope(stop, partial=True)):
        reached = []
        with CancelScope(stop, partial=True):
            with inner:
                check_cancelled()
            reached.append("behind the inner scope")
        assert reached == []


def test_no_other_error_ends_at_a_scope() -> None:
    with pytest.raises(ValueError, match="wrong"), CancelScope(stop, partial=True):
        raise ValueError("wrong")


def test_a_scope_without_limits_leaves_nothing_to_ask_for() -> None:
    with CancelScope():
        assert not cancellable() and seconds_left() == math.inf
    with CancelScope(lambda: False):
        assert cancellable() and not is_cancelled() and seconds_left() == math.inf
    assert not cancellable()


def test_the_earliest_deadline_counts_and_none_is_left_of_what_is_cancelled() -> None:
    now = time.perf_counter()
    with CancelScope(deadline=now + 500), CancelScope(deadline=now + 1000), CancelScope(lambda: False):
        assert 0 < seconds_left() <= 500
        with CancelScope(stop):
            assert seconds_left() == 0


def test_a_scope_is_of_its_own_thread_unless_another_gets_its_context() -> None:
    with CancelScope(stop), ThreadPoolExecutor(1) as pool:
        assert not pool.submit(is_cancelled).result()
        assert pool.submit(copy_context().run, is_cancelled).result()


def test_a_result_keeps_nothing_of_whoever_could_have_cancelled_it() -> None:
    stopped = False
    regions = enumerate_regions(mlp([2, 12, 3], seed=0), (-2, 2, -2, 2), cancelled=lambda: stopped)
    stopped = True
    assert len(regions.classes) == len(regions) == len(regions.areas()) == len(regions.pieces)
