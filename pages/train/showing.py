"""Which picture is on screen: the one that is wanted, once it is computed; until then the one before."""

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

SHORTLY = 0.15  # seconds that a click which lets pictures follow one another waits for the first of them
TELL = 0.1  # seconds between words while a picture is waited for; what is asked for meanwhile begins there
EARLIER = 1.5  # a picture that will be asked for is begun so many times what one takes before

COMPUTING = '<div class="train-says">These pictures are being computed …</div>'


@dataclass(frozen=True)
class Shown:
    """What is drawn now."""

    moments: tuple[Moment, ...]
    late: bool  # another picture is wanted, and not there yet
    picture: Picture | None  # whose moments they are, if they are new and were computed for this


@dataclass(frozen=True)
class Showing:
    """The page's way to its pictures: for a setup, a window in view, and a pin."""

    run: Run
    reel: Reel
    setup: Setup
    window: Window
    pin: Point | None

    def now(self, waits: bool, tell: Callable[[], object]) -> Shown:
        """The picture to draw.

        Parameters
        ----------
        waits : until the wanted picture is there, or shortly while pictures follow one another. Otherwise, if it is not
            there, what was shown before is shown again
        tell : called now and then while it waits for long
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
        """Let the next picture be there when it is asked for, in so many seconds."""
        run, painter = self.run, self.run.painter
        if not painter.busy:
            took = 0.0 if painter.last is None else painter.last.took
            begin = time.monotonic() + seconds - EARLIER * took
            painter.want(Picture(lambda: self._moments(run.shown(self.reel.ahead(run.steps))), self.pin, begin=begin))

    def _moments(self, snapshots: Sequence[Snapshot]) -> tuple[Moment, ...]:
        return self.run.album.moments(self.run.trainers, snapshots, self.setup, self.window)

    @property
    def _follows(self) -> bool:
        """Whether pictures follow one another."""
        return self.reel.film or (self.run.moving and self.reel.at is None)

    def _alike(self, moments: Sequence[Moment]) -> bool:
        """Whether the views of such a picture mean what those wanted mean, at another moment or of another window."""
        own = (self.setup.subject.key, self.setup.eps, self.setup.p)
        return len(moments) == len(self.run.trainers) and all(
            (moment.subject.key, moment.eps, moment.p) == own for moment in moments
        )

    def _ahead(self, seconds: float, wanted: tuple[Moment, ...]) -> tuple[Moment, ...]:
        """What was prepared for now; if it is not there yet, what was shown before."""
        self._raise_trouble()
        last, reel = self.run.painter.last, self.reel
        if last is None or last.started < reel.since or not self._alike(last.shown) or _same(last.shown, reel.shown):
            return self._soon(seconds, wanted)
        return last.shown

    def _soon(self, seconds: float, wanted: tuple[Moment, ...]) -> tuple[Moment, ...]:
        """What is wanted, if it is there within so many seconds; else what was shown before."""
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


def _same(some: Sequence[Moment], others: Sequence[Moment]) -> bool:
    return len(some) == len(others) and all(one is other for one, other in zip(some, others))
