"""The choice of the picture on screen: the wanted one, once it is computed; until then the one before."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from figures.regions.overlays import Point, Window
from geometry.computation.cancellation import CancelledError
from models import Snapshot
from pages.train.painter import Picture
from pages.train.pictures import Moment
from pages.train.reel import Reel
from pages.train.run import Run
from pages.train.setup import Setup

# No benchmark chose these: they limit how long a page waits, and how late pictures come.
SHORTLY = 0.15  # seconds that a click waits for the first of a series of pictures
TELL = 0.1  # seconds between texts during a wait; Streamlit begins a newer run of the page there
EARLIER = 1.5  # a picture is begun this many times its duration before it is due

COMPUTING = '<div class="train-says">These pictures are being computed …</div>'


@dataclass(frozen=True)
class Shown:
    """The drawn picture."""

    moments: tuple[Moment, ...]
    late: bool  # whether the wanted picture is still computed
    picture: Picture | None  # the picture of these moments, if it is new


@dataclass(frozen=True)
class Showing:
    """The choice of pictures for a setup, a window in view, and a pin."""

    run: Run
    reel: Reel
    setup: Setup
    window: Window
    pin: Point | None

    def now(self, waits: bool, tell: Callable[[], object]) -> Shown:
        """The picture to draw.

        Parameters
        ----------
        waits : whether to wait for the wanted picture; at most `SHORTLY` seconds during a series of pictures. Otherwise
            the picture before is shown until the wanted one is computed
        tell : called every `TELL` seconds of a long wait
        """
        before, follows = self.reel.shown, self._follows
        wanted = self._moments(self.reel.moments(self.run))
        if all(moment.painted for moment in wanted):
            moments = wanted
        elif self._alike(before) and follows:
            moments = self._ahead(SHORTLY if waits else 0.0, wanted)
        elif self._alike(before) and not waits:
            moments = self._soon(0.0, wanted)
        else:
            moments = self._waited_for(wanted, tell)
        new = not _same(moments, before)
        self.reel.show(moments)
        last = self.run.painter.last
        picture = last if new and last is not None and _same(last.shown, moments) else None
        return Shown(moments, late=not new and not _same(moments, wanted), picture=picture)

    def prepare(self, seconds: float) -> None:
        """Begin the next picture so that it is computed in so many seconds."""
        run, painter = self.run, self.run.painter
        if not painter.busy:
            took = 0.0 if painter.last is None else painter.last.took
            begin = time.monotonic() + seconds - EARLIER * took
            painter.want(Picture(lambda: self._moments(run.shown(self.reel.ahead(run.steps))), self.pin, begin=begin))

    def _moments(self, snapshots: Sequence[Snapshot]) -> tuple[Moment, ...]:
        return self.run.album.moments(self.run.trainers, snapshots, self.setup, self.window)

    @property
    def _follows(self) -> bool:
        """Whether pictures form a series: a film, or running training."""
        return self.reel.film or (self.run.moving and self.reel.at is None)

    def _alike(self, moments: Sequence[Moment]) -> bool:
        """Whether moments have the run's data, norm and eps, so that they may replace the wanted ones for now."""
        own = (self.setup.data.key, self.setup.eps, self.setup.p)
        return len(moments) == len(self.run.trainers) and all(
            (moment.data.key, moment.eps, moment.p) == own for moment in moments
        )

    def _ahead(self, seconds: float, wanted: tuple[Moment, ...]) -> tuple[Moment, ...]:
        """The prepared moments; if they are not computed yet, those shown before."""
        self._raise_trouble()
        last, reel = self.run.painter.last, self.reel
        if last is None or last.started < reel.since or not self._alike(last.shown) or _same(last.shown, reel.shown):
            return self._soon(seconds, wanted)
        return last.shown

    def _soon(self, seconds: float, wanted: tuple[Moment, ...]) -> tuple[Moment, ...]:
        """The wanted moments if they are computed within so many seconds; else those shown before."""
        painter = self.run.painter
        if not painter.busy:
            painter.want(Picture(lambda: wanted, self.pin)).done.wait(seconds)
            self._raise_trouble()
        return wanted if all(moment.painted for moment in wanted) else self.reel.shown

    def _waited_for(self, wanted: tuple[Moment, ...], tell: Callable[[], object]) -> tuple[Moment, ...]:
        picture = self.run.painter.want(Picture(lambda: wanted, self.pin, asked=True))
        while not picture.done.wait(TELL):
            tell()
        if picture.error is not None and not isinstance(picture.error, CancelledError):
            raise picture.error
        return wanted

    def _raise_trouble(self) -> None:
        painter = self.run.painter
        trouble, painter.trouble = painter.trouble, None
        if trouble is not None:
            raise trouble


def _same(first: Sequence[Moment], second: Sequence[Moment]) -> bool:
    return len(first) == len(second) and all(moment is other for moment, other in zip(first, second))
