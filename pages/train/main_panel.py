"""The main panel: one view per objective, all at the same step, drawn again picture by picture during training."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from figures.regions.overlays import Overlays, ViewOptions
from figures.style.palette import SLOTS, Palette, palette
from figures.words import counted, plural, sentence, thousands, three_digits
from geometry.computation.cores import cores
from geometry.computation.memory import NoRoomError
from models import Trainer
from models.training.background.fair_semaphore import PICTURE_SECONDS, PROCESSOR, Rank
from pages import heights
from pages.region_view import Turn, region_view, take_events, window_to_find
from pages.shared import link
from pages.shared.background.own_run import drawing
from pages.shared.measures import PageMeasures, note_shown
from pages.shared.surface import surface_link, take_surface
from pages.shared.theme import browser_theme
from pages.shared.view_options import set_norm
from pages.train.charts import drawn_for
from pages.train.comparison import comparison
from pages.train.legend import SIGNS, legend
from pages.train.pictures import Moment
from pages.train.provenance import about_picture
from pages.train.reel import Reel, crowd, current_reel
from pages.train.resume import named_run
from pages.train.run import Run
from pages.train.setup import Setup
from pages.train.showing import COMPUTING, Showing, Shown
from pages.train.state import STATE
from pages.train.transport import buttons, timeline
from pages.train.view_options import ViewControls, pin_now, set_pin

# No benchmark chose these: they limit what pictures take from training, and how late they come.
SHARE = 0.09  # of the time, for the pictures of a run while it trains
LATE = 0.3  # of the time between pictures, until the page looks again for a late one
QUICKEST = 0.1  # seconds between a drawn picture and the next, at least
POLL = 0.3  # seconds between looks for a picture while nothing moves
WATCHDOG = 6.0  # seconds after which the main panel is drawn again if the browser's answer is lost


def main_panel(run: Run, setup: Setup, controls: ViewControls, parts: Mapping[str, str | None]) -> None:
    """Transport, pictures and timeline, drawn again while something moves."""
    around = _around(run, current_reel())
    interval = crowd() * WATCHDOG if around[0] or run.refusal else None
    st.fragment(_main_panel, run_every=interval)(run, setup, controls, parts, around)


Around = tuple[bool, tuple[int | None, int | None]]


def _around(run: Run, reel: Reel) -> Around:
    """What the rest of the page shows: whether something moves, and the charts' marker and end."""
    return run.moving or reel.film, drawn_for(run, reel)


def _main_panel(
    run: Run, setup: Setup, controls: ViewControls, parts: Mapping[str, str | None], around: Around
) -> None:
    interactions = _take_interactions(run, current_reel())
    with drawing(interactions.asked), cores(run.cores):
        try:
            _draw(run, setup, controls, parts, around, interactions)
        except NoRoomError as error:  # of the pictures; training reports its own
            st.error(sentence(error), icon=":material/memory:")


def _draw(
    run: Run,
    setup: Setup,
    controls: ViewControls,
    parts: Mapping[str, str | None],
    around: Around,
    interactions: Interactions,
) -> None:
    began, reel, pin = Began(time.thread_time(), time.monotonic()), current_reel(), pin_now()
    buttons(run, reel)
    _troubles(run)
    first = not reel.shown  # no picture is on screen
    showing = Showing(run, reel, setup, window_to_find(_key(0), setup.data.window, controls.view), pin)
    verdict = Verdict(st.container(key="train-verdict"))
    shown = showing.now(interactions.waits, lambda: verdict.preliminary(COMPUTING))
    # training waits once; otherwise both would wait for each other at every call of torch
    with PROCESSOR.within(PICTURE_SECONDS, Rank.ASKED if interactions.asked else Rank.PICTURE):
        # all first, so that the views arrive together
        overlays = [moment.overlays(pin, controls.boxes) for moment in shown.moments]
        if reel.at is None:
            run.note(shown.moments)
        columns = st.columns(len(shown.moments), gap="small")
        heads = [column.container() for column in columns]
        colours = SLOTS[browser_theme()]
        texts = [
            _head(title, colour, _facts(moment, palette(browser_theme())))
            for title, colour, moment in zip(run.titles, colours, shown.moments)
        ]
        if first:  # a text's place is taken at once
            _say(heads, texts)
        for slot, column in enumerate(columns):
            with column:
                turn = _turn(showing, shown, began) if slot == len(columns) - 1 else None
                _view(run, setup, slot, shown.moments[slot], overlays[slot], controls, turn)
        if not first:  # after the pictures: before, new numbers would stand over old pictures
            _say(heads, texts)
        verdict.final(comparison(run.titles, shown.moments))
        st.html(legend(shown.moments[0], overlays, controls, browser_theme()))
        timeline(run, reel, max(moment.step for moment in shown.moments))
    note_shown(PageMeasures("train", tuple(_numbers(moment) for moment in shown.moments)))
    _write_link(parts, run, reel)
    if not reel.held and _around(run, reel) != around:  # only now: elements that are not drawn would leave the page
        st.rerun()


class Began(NamedTuple):
    """The begin of a drawing, in seconds of this thread's processor time and of the clock."""

    processor: float
    clock: float


def _turn(showing: Showing, shown: Shown, began: Began) -> Turn | None:
    """The time until the next picture, such that the pictures of all sessions leave training its share."""
    run, reel = showing.run, showing.reel
    if not (run.moving or reel.film or shown.late):
        return None
    cost, took = time.thread_time() - began.processor, time.monotonic() - began.clock
    if shown.picture is not None:
        cost, took = cost + shown.picture.cost, took + shown.picture.took
    # A single session gets pictures whatever else the machine does. With many sessions the time by the clock counts,
    # so that pictures become rarer on a busy machine: otherwise they would take all that is left, and pins would wait.
    factor = max(1.0, LATE * crowd()) if shown.late else crowd()
    share = (cost if crowd() == 1 else took) * (factor / SHARE - 1)
    wait = max(QUICKEST, share) if run.moving else QUICKEST if reel.film else POLL
    if run.moving or reel.film:
        showing.prepare(wait)
    return Turn(reel.send(wait), wait)


class Verdict:
    """The place of one sentence, which may change during a drawing."""

    def __init__(self, container: DeltaGenerator) -> None:
        self._container = container
        self._place: DeltaGenerator | None = None

    def preliminary(self, text: str) -> None:
        """Show a text that another one replaces."""
        self._place = self._place or self._container.empty()
        self._place.html(text)

    def final(self, text: str) -> None:
        (self._place or self._container).html(text)


@dataclass(frozen=True)
class Interactions:
    """The user's interactions since the last drawing."""

    asked: bool  # the user did something; otherwise the next picture was due
    waits: bool  # the drawing waits for the new picture; otherwise it may show an earlier one


def _take_interactions(run: Run, reel: Reel) -> Interactions:
    """Apply the interactions with any of the views to all of them."""
    pin_now()
    take_surface()
    pinned = followed = looked = False
    for slot in range(len(run.trainers)):
        happened = take_events(_key(slot))
        take_surface(happened)
        if happened.pin is not None or happened.unpinned:
            set_pin(happened.pin)
        moved = happened.view is not None or happened.whole or happened.surface is not None or happened.flat
        if happened.view is not None or happened.whole:
            STATE.view = happened.view
        pinned |= happened.pin is not None or happened.unpinned
        looked |= moved
        followed |= happened.turn is not None
        if slot == len(run.trainers) - 1:
            reel.heard(happened.turn)
        if happened.norm is not None:
            set_norm(happened.norm)
            st.rerun()
    follows = followed and not looked
    return Interactions(asked=pinned or not follows, waits=not (pinned or follows))


def _view(
    run: Run, setup: Setup, slot: int, moment: Moment, overlays: Overlays, controls: ViewControls, turn: Turn | None
) -> None:
    options = ViewOptions(
        fill=controls.fill,
        norm=moment.p,
        show_boundary=controls.boundary,
        show_points=controls.points,
        thumbnails=True,  # where the points are images
        colour_blind=controls.colour_blind,
        badge=_badge(moment),
        axes=("x₁", "x₂") if moment.data.dataset is not None else ("s", "t"),
        class_names=moment.data.class_names,
        home=moment.data.window,
        view=controls.view,
        link="train",
        surfaces=True,
        surface=take_surface(),
        guides=False,
        page_keys=True,
        report_view=slot == 0,
        report_seen=slot == 0,
        count=len(moment.regions),
        about=about_picture(run, setup, slot, moment),
    )
    height = heights.train(len(run.trainers))
    region_view(moment.frame, overlays=overlays, options=options, key=_key(slot), height=height, turn=turn)
    _state_of(run.trainers[slot])


def _say(heads: Sequence[DeltaGenerator], texts: Sequence[str]) -> None:
    """Show the texts over the pictures."""
    for head, text in zip(heads, texts, strict=True):
        head.html(text)


def _badge(moment: Moment) -> str:
    count = counted(len(moment.regions), "region")
    return f"first {count}" if moment.regions.truncated else f"exact · {count}"


def _facts(moment: Moment, colours: Palette) -> str:
    """The numbers over a picture, at its step, each in a separate element."""
    regions = thousands(len(moment.regions)) + ("+" if moment.regions.truncated else "")
    facts = [
        _fact("regions", regions, plural(len(moment.regions), "region")),
        _fact("error", f"{100 * moment.error:.1f} %", "training error"),
    ]
    if moment.balls is not None:
        facts.append(_fact("mean-d-B", _distance(moment.mean_d_B), "mean <i>d</i><sub>B</sub>"))
        for name, sign in SIGNS.items():
            count = str(moment.balls.verdicts.count(name))
            facts.append(_fact(name, count, sign, f"{name} within ε", getattr(colours, name)))
    return "".join(facts)


def _numbers(moment: Moment) -> dict[str, float]:
    """The same numbers by their names in `MEASURES`."""
    network = moment.network
    numbers = {"error": 100 * moment.error, "eps": moment.eps, "step": moment.step, "units": sum(network.module_widths)}
    if not moment.regions.truncated:
        numbers["regions"] = len(moment.regions)
    if moment.balls is not None:
        counts = {str(name): float(moment.balls.verdicts.count(name)) for name in SIGNS}
        numbers |= {"points": len(moment.balls.verdicts), "mean-d_B": moment.mean_d_B, **counts}
    return numbers


def _fact(name: str, value: str, label: str, hint: str = "", colour: str = "inherit") -> str:
    return f'<span class="fact" data-fact="{name}" title="{hint}" style="color:{colour}"><b>{value}</b> {label}</span>'


def _distance(value: float) -> str:
    return three_digits(value) if math.isfinite(value) else "∞"


def _head(title: str, colour: str, facts: str) -> str:
    """The head of a view: the objective with its colour, and its numbers."""
    return (
        f'<div class="train-head"><span class="title" style="--slot:{colour}">{escape(title)}</span>'
        f'<span class="facts">{facts}</span></div>'
    )


def _state_of(trainer: Trainer) -> None:
    if trainer.message:
        st.error(f"{sentence(trainer.message)} Rewind to begin again.", icon=":material/error:")


def _troubles(run: Run) -> None:
    if run.state == "waiting":
        place = next((trainer.place for trainer in run.trainers if trainer.place is not None), None)
        where = "" if place is None else f" You are number {place} in the queue."
        st.info(
            f"This machine trains as many networks as it can.{where} Training begins by itself.",
            icon=":material/hourglass_top:",
        )
    if run.refusal:
        st.error(sentence(run.refusal), icon=":material/memory:")
    for trouble in filter(None, (run.trouble, run.notice)):
        st.warning(sentence(trouble), icon=":material/save:")


def _key(slot: int) -> str:
    return f"train-view-{slot}"


def _write_link(parts: Mapping[str, str | None], run: Run, reel: Reel) -> None:
    pin, view = pin_now(), STATE.view
    link.write(
        {
            **parts,
            "pin": None if pin is None else link.joined(pin, 12),
            "view": None if view is None else link.joined(view),
            **surface_link(),
            "at": None if reel.at is None or reel.film else str(reel.at),
            "run": run.id if run.checkpointers else named_run(),
        }
    )
