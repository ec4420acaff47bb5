"""Pictures of a run as a web page: the moment on screen, or a film of the whole training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from figures import PageMoment, PagePicture, web_page
from figures.live_view.web_page import Measured
from figures.regions.overlays import Point, ViewOptions
from figures.words import counted, thousands
from pages.train.pictures import Moment
from pages.train.provenance import about_picture
from pages.train.reel import current_reel
from pages.train.run import Run
from pages.train.setup import Setup
from pages.train.view_options import ViewControls, still_options

MOST_BYTES = 24_000_000  # of all frames in a film; packed they take about half of it. A limit on memory and on the file


@dataclass
class Film:
    """Moments for a film. Where they grow too large, every second one goes, so that they stay evenly spread."""

    steps: list[int] = field(default_factory=list)
    moments: list[list[PageMoment]] = field(default_factory=list)  # per step, the objectives side by side
    seen: int = 0
    one_in: int = 1

    def add(self, step: int, moments: Sequence[Moment], controls: ViewControls, *, last: bool) -> None:
        """Add the moments of a step if it is one of those kept; the last always is."""
        if self.seen % self.one_in == 0 or last:
            self.steps.append(step)
            self.moments.append([_saved(moment, None, controls) for moment in moments])
        self.seen += 1
        while len(self.steps) > 2 and sum(saved.frame.nbytes for row in self.moments for saved in row) > MOST_BYTES:
            self.steps, self.moments, self.one_in = self.steps[::2], self.moments[::2], 2 * self.one_in

    def page(self, run: Run, setup: Setup, last: Sequence[Moment], controls: ViewControls) -> str:
        """The film as HTML; `last` are the moments of the last step, for class names and provenance."""
        pictures = [
            PagePicture(title, [row[slot] for row in self.moments], _options(last[slot], controls))
            for slot, title in enumerate(run.titles)
        ]
        lead = f"{counted(len(self.steps), 'moment')} of the training on {setup.data.title}, all from the same weights."
        return _page(run, setup, pictures, last, lead, [f"step {thousands(step)}" for step in self.steps])


def page_now(run: Run, setup: Setup, controls: ViewControls, pin: Point | None) -> str:
    """The moment on screen as HTML, all objectives side by side."""
    moments = [
        run.album.moment(trainer, snapshot, setup)
        for trainer, snapshot in zip(run.trainers, run.shown(current_reel().at))
    ]
    pictures = [
        PagePicture(title, [_saved(moment, pin, controls)], _options(moment, controls))
        for title, moment in zip(run.titles, moments)
    ]
    lead = f"Step {thousands(max(moment.step for moment in moments))} of the training on {setup.data.title}."
    return _page(run, setup, pictures, moments, lead, [])


def _page(
    run: Run,
    setup: Setup,
    pictures: Sequence[PagePicture],
    moments: Sequence[Moment],
    lead: str,
    captions: Sequence[str],
) -> str:
    measured: Measured = "inputs" if setup.data.dataset is not None else "plane"
    about: dict[str, str] = {}
    for slot, title in enumerate(run.titles):
        for key, value in about_picture(run, setup, slot, moments[slot]).items():
            shared = slot > 0 and about.get(key) == value
            if not shared:
                about[f"{key}, {title}" if slot > 0 else key] = value
    title = " beside ".join(run.titles)
    return web_page(*pictures, title=title, lead=lead, captions=captions, measured=measured, about=about).text


def _saved(moment: Moment, pin: Point | None, controls: ViewControls) -> PageMoment:
    return PageMoment(moment.frame, moment.overlays(pin, controls.boxes), moment.note)


def _options(moment: Moment, controls: ViewControls) -> ViewOptions:
    axes = ("x₁", "x₂") if moment.data.dataset is not None else ("s", "t")
    return replace(still_options(moment.p, controls), axes=axes, class_names=moment.data.class_names)
