"""Which of a browser's events were answered, by the key of the view that sent them: each is given out once."""

from __future__ import annotations

from pages.shared.link import SEEN
from pages.shared.state import Record, Values


class AnsweredState(Record):
    """Of views of all kinds."""

    last: Values[int] = Values(f"{{}}{SEEN}")  # the number of the last event


ANSWERED = AnsweredState()
