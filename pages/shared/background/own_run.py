"""Page runs and work in the background: the work rests while a page is drawn, and a page may wait for it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from streamlit.delta_generator import DeltaGenerator

from models.training.background.fair_semaphore import FairSemaphore, Rank
from pages.shared.background.scheduler import TURNS
from pages.shared.background.sessions import own_session
from pages.shared.background.worker import Progress, Worker

T = TypeVar("T")
# The next three are not measured: they limit how long a page shows no text, and how late it notices an end.
QUICK = 0.15  # seconds of waiting without a text
LOOK = 0.004  # seconds between looks at a worker
TELL = 0.1  # seconds between updates of the text; Streamlit begins a newer run of the page there
# Pages that are drawn at once: one a core. With thirty visitors on two cores (benchmarks.class_of_thirty), 95 % of the
# pins came within 0.90 s on Explore and 0.16 s on Train; with two pages a core within 0.92 to 1.03 s and 0.37 s.
PAGES = FairSemaphore(os.cpu_count() or 1)
QUEUE = 2.0  # seconds that pages wait for those that are drawn, so that a slow page does not stop all others
_this_thread = threading.local()


@contextmanager
def drawing(asked: bool = True) -> Iterator[None]:
    """Within this block the page is drawn: work in the background rests, in this session and in others.

    Few pages are drawn at once. A drawing that no user has `asked` for, such as a picture that follows training, comes
    last, and no work rests for it. A nested block is part of the outer one.
    """
    if getattr(_this_thread, "draws", False):
        yield
        return
    _this_thread.draws = True
    try:
        rank = Rank.ASKED if asked else Rank.PICTURE
        patience = QUEUE * (1 + PAGES.ahead(rank) // PAGES.count)  # all who came together would end it together
        with PAGES.within(patience, rank), TURNS.drawing(own_session()) if asked else nullcontext():
            yield
    finally:
        _this_thread.draws = False


def wait_for(worker: Worker[T], place: DeltaGenerator, doing: str) -> Progress[T]:
    """Wait until a worker has ended. Meanwhile `place` shows what the worker does, or for whom it waits."""
    text = place.empty()
    began = told = time.monotonic()
    while worker.busy:
        now = time.monotonic()
        if now - began > QUICK and now - told > TELL:
            told, waits = now, worker.waits
            text.caption(
                f":material/hourglass_top: {doing}: {waits}." if waits else f":material/hourglass_top: {doing} …"
            )
        time.sleep(LOOK)
    text.empty()
    return worker.progress()
