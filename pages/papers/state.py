"""State of the page in the session."""

from __future__ import annotations

from pages.shared.state import Record, Value

PREFIX = "papers-"


class PapersState(Record):
    """The row whose details show."""

    row: Value[str] = Value(f"{PREFIX}row", "")


STATE = PapersState()
