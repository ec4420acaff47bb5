"""What a run of the page has to do with work in the background: others rest while it draws, and it may wait for one."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from streamlit.delta_generator import DeltaGenerator

from models.training.background.fair_semaphore import FairSemaphore, Rank
from pages.shared.background.sessions import own_session
from pages.shared.background.turns import TURNS
from pages.shared.background.worker import Progress, Worker

T = TypeVar("T")
QUICK = 0.15  # seconds of waiting that nobody needs to be told of
LOOK = 0.004  # seconds between looks at a worker
TELL = 0.1  # seconds between words; another run of the page that is asked for begins there


# Pages that are drawn at once: one a core. With thirty visitors on two cores (benchmarks.class_of_thirty), 95 % of the
# pins came within 0.90 s on Explore and 0.16 s on Train; with two pages a core within 0.92 to 1.03 s and 0.37 s.
PAGES = FairSemaphore(os.cpu_count() or 1)
QUEUE = 2.0  # seconds in which those who are drawn should be; then the next go on beside them
_here = threading.local()


@contextmanager
def drawing(asked: bool = True) -> Iterator[None]:
    """Within this block the page is drawn: what runs in the background rests, here and in other sessions.

    Few pages are drawn at once, and what was not `asked` for by a hand, as a picture that follows training, comes last:
    nothing rests for it. A block within another is part of that one.
    """
    if getattr(_here, "draws", False):
        yield
        return
    _here.draws = True
    try:
        rank = Rank.ASKED if asked else Rank.PICTURE
        patience = QUEUE * (1 + PAGES.ahead(rank) // PAGES.count)  # else all who came together would lose it together
        with PAGES.within(patience, rank), TURNS.drawing(own_session()) if asked else nullcontext():
            yield
    finally:
        _here.draws = False


def wait_for(worker: Worker[T], place: DeltaGenerator, doing: str) -> Progress[T]:
    """Wait until a worker has ended. `place` says meanwhile what it does, or for whom it waits."""
    words = place.empty()
    began = told = time.monotonic()
    while worker.busy:
        now = time.monotonic()
        if now - began > QUICK and now - told > TELL:
            told, waits = now, worker.waits
            words.caption(
                f":material/hourglass_top: {doing}: {waits}." if waits else f":material/hourglass_top: {doing} …"
            )
        time.sleep(LOOK)
    words.empty()
    return worker.progress()
