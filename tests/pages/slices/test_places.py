"""Work of sessions that have left the page takes no place from others."""

from __future__ import annotations

from pages.slices.places import Places


class Visitor:
    def __init__(self) -> None:
        self.here = True

    def __call__(self) -> bool:
        return self.here


def test_so_many_have_a_place_and_another_once_one_gives_it_back():
    places, (first, second, third) = Places(2), (Visitor() for _ in range(3))
    assert places.take(first) and places.take(second) and not places.take(third)
    places.give(first)
    assert places.take(third) and not places.take(first)


def test_who_is_away_keeps_nobody_waiting_and_counts_again_when_back():
    places, visitors = Places(2), [Visitor() for _ in range(5)]
    assert places.take(visitors[0]) and places.take(visitors[1])
    visitors[0].here = False
    assert places.take(visitors[2]) and not places.take(visitors[3])
    visitors[0].here = True
    places.give(visitors[1])
    assert not places.take(visitors[3])  # two of them are here
    places.give(visitors[0])
    assert places.take(visitors[3])
