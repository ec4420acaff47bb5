"""The last browser event that the session has processed, by the key of its view: each event is processed once."""

from __future__ import annotations

from pages.shared.link import SEEN
from pages.shared.state import Record, Values


class AnsweredState(Record):
    """State of views of all kinds."""

    last: Values[int] = Values(f"{{}}{SEEN}")  # the number of the last event


ANSWERED = AnsweredState()
