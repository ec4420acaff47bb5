"""What methods are called and how their lines look, from their records (`certify.bounds.records`)."""

from __future__ import annotations

from certify.bounds.certificates import CERTIFICATES
from certify.bounds.methods import METHODS
from certify.bounds.records import Style
from certify.rungs import RECORDS
from figures.style.palette import Theme, mix


def method_title(name: str) -> str:
    """What people call a method; a name that is none stays as it is."""
    return RECORDS[name].title if name in RECORDS else name


def takes_article(name: str) -> bool:
    """Whether a sentence says "the" before the title."""
    return name in RECORDS and RECORDS[name].article


def method_style(name: str) -> Style:
    """How the line of a bound or certificate looks on a light ground."""
    return METHODS[name].style if name in METHODS else CERTIFICATES[name].style


def method_colour(name: str, theme: Theme) -> str:
    """Of a bound, wherever it is drawn: on a dark ground all are a little lighter."""
    return mix(method_style(name).colour, "#FFFFFF", 0.2 if theme == "dark" else 0.0)
