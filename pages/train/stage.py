"""The stage: one view per objective, all at the same moment, following training picture by picture."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from html import escape

import streamlit as st

from figures.curves import SLOTS
from figures.overlays import Overlays, ViewOptions
from figures.palette import Palette, Theme, palette
from figures.words import sentence, thousands, three_digits
from geometry.cores import cores
from models import Trainer
from models.seats import FLOOR, PATIENCE
from pages.explore import link
from pages.explore.look import set_norm
from pages.region_view import Turn, region_view, take_events
from pages.train.comparison import comparison
from pages.train.legend import SIGNS, legend
from pages.train.look import VIEW, Look, pin_now
from pages.train.pictures import Moment
from pages.train.reel import Reel, current_reel
from pages.train.run import Run
from pages.train.setup import Setup
from pages.train.transport import buttons, timeline

SHARE = 0.09  # of the time that pictures may take while training runs
QUICKEST = 0.1  # seconds between a painted picture and the next
WATCHDOG = 6.0  # seconds after which the stage looks by itself, should an answer get lost
SQUARE = "clamp(300px, min(calc(100vh - 330px), calc((100vw - 345px) / {count} - 12px)), 900px)"
LINK_NAMES = frozenset({"pin", "view", "at"})


def stage(run: Run, setup: Setup, look: Look, parts: Mapping[str, str | None]) -> None:
    """Transport, pictures and timeline, drawn again by themselves for as long as something moves."""
    reel = current_reel()
    moving = run.moving or reel.film
    st.fragment(_stage, run_every=WATCHDOG if moving else None)(run, setup, look, parts, moving)


def _stage(run: Run, setup: Setup, look: Look, parts: Mapping[str, str | None], was_moving: bool) -> None:
    # training waits once, instead of the two for each other at every call of torch
    with FLOOR.within(PATIENCE), cores(run.cores):
        _draw(run, setup, look, parts, was_moving)


def _draw(run: Run, setup: Setup, look: Look, parts: Mapping[str, str | None], was_moving: bool) -> None:
    began, reel = time.monotonic(), current_reel()
    _take_hands(run, reel)
    snapshots = reel.moments(run)
    moving = run.moving or reel.film
    buttons(run, reel)
    _troubles(run)
    moments = [run.album.moment(trainer, snapshot, setup) for trainer, snapshot in zip(run.trainers, snapshots)]
    if reel.at is None:
        run.note(moments)
    with st.container(key="train-verdict"):
        st.html(comparison(run.titles, moments))
    shown = [
        (moment, moment.overlays(pin_now(), look.boxes)) for moment in moments
    ]  # all, so that they arrive together
    columns = st.columns(len(moments), gap="small")
    for slot, (column, (moment, overlays)) in enumerate(zip(columns, shown)):
        with column:
            turn = _turn(run, reel, began) if moving and slot == len(moments) - 1 else None
            _view(run, slot, moment, overlays, look, turn)
    st.html(legend(moments[0], look, _theme()))
    timeline(run, reel, max(moment.step for moment in moments))
    _write_link(parts, run, reel)
    if moving != was_moving:  # not before everything is drawn: what is not would be taken off the page
        st.rerun()


def _turn(run: Run, reel: Reel, began: float) -> Turn:
    """When the next picture may come: so late that pictures leave training its time."""
    cost = time.monotonic() - began  # training has waited for so long
    wait = max(QUICKEST, cost * (1 / SHARE - 1)) if run.moving else QUICKEST
    return Turn(reel.send(), wait)


def _take_hands(run: Run, reel: Reel) -> None:
    """What was done to any of the views counts for all."""
    pin_now()
    for slot in range(len(run.trainers)):
        happened = take_events(_key(slot))
        if happened.pin is not None or happened.unpinned:
            st.session_state["pin"] = happened.pin
        if happened.view is not None:
            st.session_state[VIEW] = happened.view
        if slot == len(run.trainers) - 1:
            reel.heard(happened.turn)
        if happened.norm is not None:
            set_norm(happened.norm)
            st.rerun()


def _theme() -> Theme:
    return "dark" if st.context.theme.type == "dark" else "light"


def _view(run: Run, slot: int, moment: Moment, overlays: Overlays, look: Look, turn: Turn | None) -> None:
    theme = _theme()
    st.html(_head(run.titles[slot], SLOTS[theme][slot], _facts(moment, palette(theme))))
    options = ViewOptions(
        fill=look.fill,
        norm=moment.p,
        show_boundary=look.boundary,
        show_points=look.points,
        colour_blind=look.colour_blind,
        badge=_badge(moment),
        axes=("x₁", "x₂") if moment.subject.dataset is not None else ("s", "t"),
        class_names=moment.subject.class_names,
        home=moment.subject.window,
        view=look.view,
        link="train",
        guides=False,
        page_keys=True,
        report_view=slot == 0 or len(run.trainers) == 1,
    )
    height = SQUARE.format(count=len(run.trainers))
    region_view(moment.frame, overlays=overlays, options=options, key=_key(slot), height=height, turn=turn)
    _state_of(run.trainers[slot])


def _badge(moment: Moment) -> str:
    count = thousands(len(moment.regions))
    return f"first {count} regions" if moment.regions.truncated else f"exact · {count} regions"


def _facts(moment: Moment, colours: Palette) -> str:
    """What stands over a picture: its numbers, at the moment it shows, each in a place of its own."""
    regions = thousands(len(moment.regions)) + ("+" if moment.regions.truncated else "")
    facts = [_fact("regions", regions, "regions"), _fact("error", f"{100 * moment.error:.1f} %", "error")]
    if moment.balls is not None:
        facts.append(_fact("mean-d-B", _distance(moment.mean_d_B), "mean <i>d</i><sub>B</sub>"))
        for name, sign in SIGNS.items():
            count = str(moment.balls.verdicts.count(name))
            facts.append(_fact(name, count, sign, f"{name} within ε", getattr(colours, name)))
    return "".join(facts)


def _fact(name: str, value: str, label: str, hint: str = "", colour: str = "inherit") -> str:
    return f'<span class="fact" data-fact="{name}" title="{hint}" style="color:{colour}"><b>{value}</b> {label}</span>'


def _distance(value: float) -> str:
    return three_digits(value) if math.isfinite(value) else "∞"


def _head(title: str, colour: str, facts: str) -> str:
    """The objective with its colour, and its numbers."""
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
    if run.trouble:
        st.warning(sentence(run.trouble), icon=":material/save:")


def _key(slot: int) -> str:
    return f"train-view-{slot}"


def _write_link(parts: Mapping[str, str | None], run: Run, reel: Reel) -> None:
    pin, view = pin_now(), st.session_state.get(VIEW)
    link.write(
        {
            **parts,
            "pin": None if pin is None else link.joined(pin, 12),
            "view": None if view is None else link.joined(view),
            "at": None if reel.at is None or reel.film else str(reel.at),
            "run": run.id if run.keepers else None,
        }
    )
