"""What the sidebar asks for: inputs, networks and a plane, of images or of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pages.shared.plain import complain
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.parameters.controls import ParameterPlane
from pages.slices.plane import Slice

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Asked:
    """The sidebar's answer; without a choice, networks or a plane it says itself what is missing."""

    choice: Choice | None = None
    chosen: Sequence[ShownNetwork] = ()
    where: Slice | ParameterPlane | None = None
    troubles: Sequence[str] = ()  # why a chosen network is not shown, as plain text
    link: Mapping[str, str | None] | None = None
    own: Sequence[str] = ()  # what a link does not hold


def tried(make: Callable[[], T]) -> T | None:
    """The result of `make`, or None after an error message."""
    try:
        return make()
    except ValueError as error:
        complain(error)
        return None
