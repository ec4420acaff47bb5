"""A region search in steps: the regions of a two-dimensional input as they are opened, the bounds, and the words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from certify.exact.search_record import Bounds, OpenedRegion, SearchRecord
from certify.regions.by_pattern import Pattern
from figures.regions.overlays import Window
from figures.regions.pin_overlays import surroundings
from figures.words import NORM_SIGNS, class_name, counted, three_digits
from geometry.halfplanes import clip_all, window_polygon
from geometry.network.network import Network
from geometry.norms import NORM_NAMES, Array

WAITING_SHOWN = 8  # regions that come next, at most: more hide the picture
DIGITS = 9  # of coordinates


def search_steps(record: SearchRecord, network: Network, window: Window, names: Sequence[str] = ()) -> dict[str, Any]:
    """For the browser: the outlines of all regions that show, and per step the regions, the bounds and a sentence.

    Parameters
    ----------
    record : of a network with two inputs
    network : the searched one, which names the class at the witness
    window : on screen; unbounded regions are cut off well outside
    names : of the classes
    """
    outlines = _Outlines(record, surroundings(window))
    steps = [_step(record.start, None, [], _start_title(record), _start_words(record, network, names))]
    before = record.start
    for number, step in enumerate(record.steps, 1):
        title = f"Region {number} is opened"
        words = _opened_words(step, number, before, network, names)
        steps.append(_step(step.bounds, outlines.of(step.pattern), outlines.next(step), title, words))
        before = step.bounds
    title = "Proved" if record.optimal else "Stopped"
    steps.append(_step(record.end, None, [], title, end_words(record)))
    pin = [round(float(value), DIGITS) for value in record.x]
    return {"pin": pin, "norm": NORM_NAMES[record.p], "outlines": outlines.all, "steps": steps}


class _Outlines:
    """The polygons of patterns, each once."""

    def __init__(self, record: SearchRecord, around: Window) -> None:
        self.record, self.whole = record, window_polygon(around)
        self.all: list[list[list[float]]] = []
        self.places: dict[bytes, int | None] = {}  # None: the pattern has no area

    def of(self, pattern: Pattern) -> int | None:
        code = pattern.tobytes()
        if code not in self.places:
            polygon = self._polygon(pattern)
            self.places[code] = len(self.all) if len(polygon) > 2 else None
            if len(polygon) > 2:
                self.all.append(polygon.round(DIGITS).tolist())
        return self.places[code]

    def next(self, step: OpenedRegion) -> list[int]:
        found = (self.of(pattern) for pattern in step.waiting)
        return [place for place in found if place is not None][:WAITING_SHOWN]

    def _polygon(self, pattern: Pattern) -> Array:
        halfspaces = self.record.halfspaces(pattern)
        return np.zeros((0, 2)) if halfspaces is None else clip_all(self.whole, *halfspaces)


def _step(bounds: Bounds, opened: int | None, waiting: list[int], title: str, words: str) -> dict[str, Any]:
    return {
        "title": title,
        "words": words,
        "opened": opened,
        "waiting": waiting,
        "lower": _number(bounds.lower),
        "upper": _number(bounds.upper),
        "witness": None if bounds.witness is None else bounds.witness.round(DIGITS).tolist(),
    }


def _number(value: float) -> float | None:
    """JSON has no infinity."""
    return float(value) if math.isfinite(value) else None


def _start_title(record: SearchRecord) -> str:
    return "How far is the nearest other class?"


def _start_words(record: SearchRecord, network: Network, names: Sequence[str]) -> str:
    if record.start.witness is None:
        return "The attacks have found no other class. So nothing is known from above, and nothing is proved yet."
    other = class_at(network, record.start.witness, names)
    return (
        f"An attack has found {other} at the cross, {_up(record.start.upper)} away. "
        "Is there anything nearer? The search opens region after region, the nearest first."
    )


def _opened_words(step: OpenedRegion, number: int, before: Bounds, network: Network, names: Sequence[str]) -> str:
    begin = "The pin's own region." if number == 1 else f"Its nearest point is {_down(step.distance)} away."
    after = step.bounds
    if after.upper < before.upper and after.witness is not None:
        other = class_at(network, after.witness, names)
        found = f"In it {other} begins {_up(after.upper)} away: the upper bound falls."
    elif step.boundary < after.upper:
        found = f"Another class in it is at least {_down(step.boundary)} away."
    elif math.isinf(after.upper):
        found = "It has no other class."
    else:
        found = f"No other class in it is nearer than {_up(after.upper)}."
    proved = ""
    if after.lower > before.lower:
        proved = f" All that is nearer than {_down(after.lower)} is searched: the lower bound rises."
    return f"{begin} {found}{proved}"


def end_words(record: SearchRecord) -> str:
    """What is proved, in everyday words."""
    size, regions = NORM_SIGNS[record.p], counted(len(record.steps), "region")
    if record.optimal and math.isinf(record.end.upper):
        return f"{regions} opened, and none of another class: no change of any size changes the class."
    if record.optimal:
        return (
            f"Every region that begins nearer than the cross is opened, {regions} in all. So the cross is the nearest "
            f"point of another class: the smallest change has {size} ≈ {three_digits(record.end.upper)}. The "
            "bounds meet; what still differs is rounding."
        )
    above = "" if math.isinf(record.end.upper) else f" The cross shows that {_up(record.end.upper)} does."
    return (
        f"The search was ended after {regions}. Proved so far: no change with {size} < {_down(record.end.lower)} "
        f"changes the class.{above}"
    )


@torch.no_grad()
def class_at(network: Network, point: Array, names: Sequence[str]) -> str:
    scores = network.scores(torch.from_numpy(point).to(network.dtype)[None])
    return class_name(int(scores.argmax()), names)


def _down(value: float) -> str:
    return three_digits(value, down=True)


def _up(value: float) -> str:
    return three_digits(value, up=True)
