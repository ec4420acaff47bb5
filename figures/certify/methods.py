"""Titles and line styles of methods, from their records (`certify.records`)."""

from __future__ import annotations

from certify.bounds.certificates import CERTIFICATES
from certify.bounds.methods import METHODS
from certify.records import Style
from certify.rungs import RECORDS
from figures.style.palette import Theme, mix

LIGHTER = 0.2  # share of white in the colours of lines on a dark background


def method_title(name: str) -> str:
    """The title of a method; an unknown name is returned as it is."""
    return RECORDS[name].title if name in RECORDS else name


def takes_article(name: str) -> bool:
    """Whether the title has the article "the" in a sentence."""
    return name in RECORDS and RECORDS[name].article


def method_style(name: str) -> Style:
    """The line style of a bound or certificate, on a light background."""
    return METHODS[name].style if name in METHODS else CERTIFICATES[name].style


def method_colour(name: str, theme: Theme) -> str:
    """The colour of a bound in every chart; a little lighter in the dark theme."""
    return mix(method_style(name).colour, "#FFFFFF", LIGHTER if theme == "dark" else 0.0)
