"""Tables that the app gives away, read back."""

from __future__ import annotations

import csv
import io


def read_table(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """What the lines at the head say, and the rows by name of their columns."""
    lines = text.splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    about = dict(line.removeprefix("# ").rstrip("\n").split(": ", 1) for line in head)
    return about, list(csv.DictReader(io.StringIO("".join(lines[len(head) :]))))
