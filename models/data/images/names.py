"""Names from outside, of files and classes, as one short line of text."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST_NAME = 60  # characters: a limit for the pages


def one_line(text: str, most: int) -> str:
    """Untrusted text as one line of at most so many characters, without control and direction marks."""
    spaced = re.sub(r"\s+", " ", text).strip()
    line = "".join(character for character in spaced if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co"))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def short_name(path: str) -> str:
    """A file's name without folders, as one line."""
    return one_line(PurePosixPath(path.replace("\\", "/")).name, LONGEST_NAME) or "own images"
