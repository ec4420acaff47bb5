"""Charts below the pictures: the titles of networks in them, and the button that saves one."""

from __future__ import annotations

from collections.abc import Sequence

from figures.provenance import About
from figures.style.ink import Figure, inked
from pages.shared.box_control import Box
from pages.shared.in_view import plot, save_button
from pages.shared.theme import browser_theme
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork


def chart(figure: Figure, name: str, alt: str, about: About) -> None:
    """A Plotly figure with a single toolbar button, which saves it; the file's name holds the provenance."""
    plot(inked(figure, browser_theme()), f"slices-chart-{name}", alt, save_button(about, name))


def titles(chosen: Sequence[ShownNetwork]) -> list[str]:
    """Distinct titles of the networks: two files may have the same name."""
    names = [net.title for net in chosen]
    return [f"{name} ({names[:at].count(name) + 1})" if name in names[:at] else name for at, name in enumerate(names)]


def within(box: Box | None, choice: Choice) -> str:
    """The limit on inputs, as the end of a clause; empty without a box."""
    return "" if box is None else choice.words.within.format(low=box[0], high=box[1])
