"""Escapes text from files and their names, so that Streamlit's Markdown shows it unchanged."""

from __future__ import annotations

import re

import streamlit as st

from figures.words import sentence

MOST_CHARACTERS = 600  # a limit on the length of a message
BREAK = "\u2060"  # word joiner: it has no width, and breaks the patterns that act on finished text

HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")  # control, direction
SYNTAX = re.compile(r"[\\`*\[\]<~$|]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])")
FIRST = re.compile(r"^(?:(\d{1,9})([.)])|([#>+=-]))")
LATE = re.compile(r"(?<=:)(?=\S)|(?<=@)|(?<=www)(?=\.)|(?<=[-~<>])(?=[-=>])", re.IGNORECASE)

ADDRESS = re.compile(rf"\bhttps?:{BREAK}//\S+")


def plain(text: object, most: int = MOST_CHARACTERS) -> str:
    """Markdown that shows as this text, on one line: for labels, buttons, captions, errors and options.

    Markdown's syntax is escaped by a backslash. So is the start of a list, a heading or a quote at the start of a line.
    Patterns that Streamlit replaces in rendered text (`:smile:`, `:material/x:`, addresses, arrows) are broken by a
    character without width. Direction marks and control characters are shown as �.
    """
    line = " ".join(str(text).split())
    line = HIDDEN.sub("\ufffd", line if len(line) <= most else f"{line[: most - 1]}…")
    line = SYNTAX.sub(lambda match: f"\\{match[0]}", line)
    line = FIRST.sub(lambda match: f"{match[1]}\\{match[2]}" if match[1] else f"\\{match[3]}", line)
    return LATE.sub(BREAK, line)


def plain_with_addresses(text: str) -> str:
    """As `plain`, but addresses stay whole, as links: for the project's own texts, never for what others wrote."""
    return ADDRESS.sub(lambda match: match[0].replace(BREAK, "").replace("\\", ""), plain(text))


def complain(error: Exception | str) -> None:
    """Show an error, which may quote a file, as a sentence."""
    st.error(plain(sentence(error)), icon=":material/error:")
