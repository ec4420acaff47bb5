"""The two parameters of the picture, and the rectangle of them over which the class is to be proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from certify import Family, blend, brightness_contrast
from certify.parametric.rectangle import as_rectangle
from figures.regions.overlays import Window
from geometry import Plane
from geometry.content import content_key
from geometry.norms import Array
from pages.shared.linked_controls import Linked
from pages.slices.images import Choice

AROUND = 0.25  # what the picture shows beyond the rectangle, in its sides


@dataclass(frozen=True, eq=False)
class ParameterPlane:
    """A family of images, the rectangle of its parameters, and the window to enumerate."""

    family: Family
    rectangle: Window
    window: Window
    points: Array  # (m, 2) the parameters of the images that span the family
    names: tuple[str, ...]  # "a", "b", "c"
    labels: NDArray[np.int64]
    link: dict[str, str | None]

    @property
    def plane(self) -> Plane:
        """That of the parameters themselves."""
        return Plane.identity()

    @property
    def key(self) -> str:
        """Identifies the family and the window."""
        return content_key(self.family.key, self.window)


@dataclass(frozen=True)
class Range:
    """The controls of one parameter's range."""

    title: str
    name: str  # in links, before "-from" and "-to"
    low: float
    high: float
    usual: tuple[float, float]


def brightness_controls(linked: Linked, choice: Choice) -> ParameterPlane:
    """Contrast and brightness of image a, clipped to the pixels' limits."""
    low, high = choice.limits
    size = high - low
    ranges = (
        Range("Contrast", "contrast", 0.0, 4.0, (0.8, 1.2)),
        Range("Brightness", "brightness", -size, size, (-0.1 * size, 0.1 * size)),
    )
    rectangle = _rectangle(linked, ranges)
    family = brightness_contrast(choice.image(0), choice.limits)
    return _plane(linked, choice, family, rectangle, ("a",))


def blend_controls(
    linked: Linked, choice: Choice, corners: Sequence[Array], ends: Sequence[str], titles: Sequence[str]
) -> ParameterPlane:
    """The images a + s (corner 1 - a) + t (corner 2 - a), clipped; `ends` names images "b" and "c", `titles` s and t.

    Raises
    ------
    ValueError
        If image a has pixels outside the limits.
    """
    ranges = [
        Range(f"{title[0].upper()}{title[1:]}", name, -2.0, 2.0, (-0.2, 0.2))
        for title, name in zip(titles, ("share-u", "share-v"))
    ]
    rectangle = _rectangle(linked, ranges)
    blends = blend(corners[0], corners[1], corners[2], choice.limits)
    return _plane(linked, choice, replace(blends, names=(titles[0], titles[1])), rectangle, ("a", *ends))


def _rectangle(linked: Linked, ranges: Sequence[Range]) -> Window:
    values = []
    for one in ranges:
        for column, end, usual in zip(st.columns(2, gap="small"), ("from", "to"), one.usual):
            with column:
                values.append(
                    linked.number(f"{one.title} {end}", f"{one.name}-{end}", one.low, one.high, usual, step=0.05)
                )
    s0, s1, t0, t1 = values
    for one, low, high in zip(ranges, (s0, t0), (s1, t1)):
        if low >= high:
            raise ValueError(f"{one.title} goes from {low:g} to {high:g}: choose a larger end, so that it is a range")
    return s0, s1, t0, t1


def _plane(linked: Linked, choice: Choice, family: Family, rectangle: Window, shown: Sequence[str]) -> ParameterPlane:
    places = dict(zip(shown, [family.original, (1.0, 0.0), (0.0, 1.0)]))
    names = [name for name in shown if name in ("a", "b", "c")]
    labels = np.array([choice.y[choice.chosen["abc".index(name)]] for name in names])
    points = np.array([places[name] for name in names])
    return ParameterPlane(
        family, as_rectangle(rectangle).window, _around(rectangle), points, tuple(names), labels, linked.parts
    )


def _around(rectangle: Window) -> Window:
    s0, s1, t0, t1 = rectangle
    s, t = AROUND * (s1 - s0), AROUND * (t1 - t0)
    return s0 - s, s1 + s, t0 - t, t1 + t
