"""Training of the network on the points, in the background, while a browser has the page open."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from uuid import uuid4

import streamlit as st
from torch import nn

from figures.words import counted, sentence
from geometry import Network
from models import OBJECTIVES, Lockstep, Snapshot, Trainer, check_learnable
from models.data.toy import Dataset
from models.training.step_memory import training_memory
from models.training.trainer import State
from pages.shared import link
from pages.shared.background.sessions import away_of, own_session, session_resource
from pages.shared.plane.changes import own_units
from pages.shared.plane.data import DataControls
from pages.shared.plane.network import NetworkControls, new_weights, use_own
from pages.shared.plane.settings import settings_now
from pages.shared.plane.state import OWN, PLANE, Changes, PlaneNetwork, PlaneState, Run, Settings
from pages.shared.visitor import sets_aside

EPOCHS = 2000  # of every training on this page, with Adam
FOLLOW = 0.7  # seconds between pictures of a training: a limit on the load of the server


@dataclass(frozen=True, eq=False)
class Trained:
    """The network to show, at the current step of its training."""

    module: nn.Sequential
    network: Network  # in float64
    title: str
    moment: tuple[str, int] | None  # the run and its step; None without training
    link: dict[str, str | None]
    in_link: bool  # whether a link reopens these weights
    bands: tuple[str, ...] = ()  # the names of its classes where they are bands of a number


@session_resource(end=Trainer.stop)
def _new_trainer(run: str, _network: nn.Sequential, _data: Dataset, _settings: Settings) -> Trainer:
    """The session's only trainer: the next one, or the end of the session, stops it.

    Raises
    ------
    NoRoomError
        If the server has too little free memory for it.
    """
    lockstep = Lockstep()
    lockstep.aside = away_of(own_session())
    trainer = Trainer(
        _network,
        _data.x,
        _data.y,
        _settings.objective,
        epochs=EPOCHS,
        lr=_settings.lr,
        lockstep=lockstep,
        **dict(_settings.options),
    )
    weakref.finalize(trainer, training_memory([trainer.engine]).reserve().release)
    return trainer


def training_controls(base: NetworkControls, data: DataControls, wide: bool = False) -> Trained:
    """Buttons to train, stop, rewind and draw new weights. Returns the network at the current step.

    `wide` is for a row over the picture: it has all buttons at any time, and one for a single step.
    """
    settings, parts = settings_now(data.dataset.window)
    run = PLANE.run
    if run is None or run.network_key != base.network.network.key:
        if run is not None:
            _end(run)
        run = _resume(base, data, settings)
    if run is not None and run.settings != settings:
        run = _follow(run, settings)
    shown = _shown(run, base, data, parts)
    try:
        _check(base, data)
        (_row if wide else _buttons)(run, shown, base, data, settings)
    except ValueError as error:
        st.warning(sentence(error), icon=":material/school:")
    return shown


def _check(base: NetworkControls, data: DataControls) -> None:
    """Raise a ValueError that says what is missing, unless the network can be trained on the points."""
    check_learnable(data.dataset)
    if base.network.bands:
        raise ValueError("This network's output is read as a number, and training here is for classes.")
    network_classes, data_classes = base.network.network.classes, data.dataset.classes
    if data_classes > network_classes:
        raise ValueError(
            f"The points have {data_classes} classes, this network knows {network_classes}: "
            "choose *Build* for one that fits the points."
        )


def _shown(run: Run | None, base: NetworkControls, data: DataControls, parts: Mapping[str, str | None]) -> Trained:
    if run is None:
        own = base.network
        return Trained(own.module, own.network, own.title, None, {**parts}, base.in_link, own.bands)
    snapshot = run.trainer.snapshot()
    reproducible = run.from_start and run.data_key == data.dataset.key and base.in_link
    now = _at(run.id, snapshot.step, run.trainer, snapshot)
    return Trained(
        module=now.module,
        network=now.network,
        title=f"{base.network.title}, {counted(snapshot.step, 'step')}",
        moment=(run.id, snapshot.step),
        link={**parts, "steps": str(snapshot.step) if reproducible and snapshot.step else None},
        in_link=reproducible,
    )


@st.cache_resource(show_spinner=False, max_entries=32)
def _at(run: str, step: int, _trainer: Trainer, _snapshot: Snapshot) -> PlaneNetwork:
    """The network of a run at a step."""
    return PlaneNetwork.of(_trainer.network(_snapshot), "")


def _begin(
    base: NetworkControls, data: DataControls, module: nn.Sequential, settings: Settings, from_start: bool
) -> Run:
    name = uuid4().hex
    trainer = _new_trainer(name, module, data.dataset, settings)
    run = Run(name, trainer, base.network.network.key, data.dataset.key, from_start, settings)
    PLANE.run = run
    return run


def _end(run: Run) -> None:
    run.trainer.stop()
    if PLANE.run is run:  # a second click may arrive before the page is redrawn
        del PLANE.run


def _follow(run: Run, settings: Settings) -> Run:
    """The run with other settings from its next step on; another objective waits for the next click on Train."""
    if run.settings.objective != settings.objective:
        if run.trainer.state in ("running", "waiting"):
            run.trainer.pause()
        return run
    try:
        run.trainer.change(**settings.changeable)
    except ValueError as error:
        st.toast(sentence(error), icon=":material/school:", duration="long")
        return run
    changed = replace(run, settings=settings, from_start=run.from_start and run.trainer.snapshot().step == 0)
    PLANE.run = changed
    return changed


def _resume(base: NetworkControls, data: DataControls, settings: Settings) -> Run | None:
    """Once per session: train for the link's number of steps."""
    steps = link.opened("steps", link.whole(1, 10 * EPOCHS), 0)
    if not steps or PLANE.resumed:
        return None
    try:
        _check(base, data)
        with st.spinner(f"Training {counted(steps, 'step')}, as the link says …"):  # a newer request may interrupt here
            run = _begin(base, data, base.network.module, settings, from_start=True)
            run.trainer.step(steps)
            PLANE.resumed = True
    except ValueError as error:
        PLANE.resumed = True
        st.warning(f"The link asks for a training that cannot be: {error}", icon=":material/school:")
        return None
    return run


def _row(run: Run | None, shown: Trained, base: NetworkControls, data: DataControls, settings: Settings) -> None:
    """Train or stop, one step, rewind, new weights: all there at any time, so that none changes its place."""
    state = _play(run, shown, base, data, settings, "content")
    st.button(
        "Step",
        icon=":material/skip_next:",
        on_click=_step,
        args=(shown, base, data, settings),
        key="one-step",
        help="One step of the training: one batch of points.",
    )
    st.button(
        "Rewind",
        icon=":material/replay:",
        on_click=_rewind,
        disabled=run is None and PLANE.changes.start is None,
        key="rewind",
        help="Back to the weights before the training here.",
    )
    st.button(
        "New weights",
        icon=":material/casino:",
        on_click=_start_anew,
        args=(base, data),
        disabled=own_units(base.network) is None,
        key="new-weights",
        help="Random weights for a network of the same size, to train from the beginning; click again for others.",
    )
    if run is not None:
        with st.container(key="training-progress", width=168):
            st.fragment(_progress, run_every=FOLLOW if _is_busy(state) else None)(run, shown.moment, state)


def _play(
    run: Run | None,
    shown: Trained,
    base: NetworkControls,
    data: DataControls,
    settings: Settings,
    width: Literal["stretch", "content"],
) -> State:
    """The button that trains or stops; the state that it is about."""
    state = run.trainer.state if run is not None else "paused"
    if _is_busy(state):
        st.button("Stop", icon=":material/pause:", on_click=_pause, width=width, type="primary", key="stop")
    else:
        st.button(
            "Train",
            icon=":material/play_arrow:",
            on_click=_train,
            args=(shown, base, data, settings),
            width=width,
            type="primary" if width == "content" else "secondary",
            key="train",
            help=f"Fits the network to the points on screen: {OBJECTIVES[settings.objective].title}, Adam, "
            f"learning rate {settings.lr:g}.",
        )
    return state


def _is_busy(state: State) -> bool:
    return state in ("running", "waiting")


def _buttons(run: Run | None, shown: Trained, base: NetworkControls, data: DataControls, settings: Settings) -> None:
    left, right = st.columns(2)
    with left:
        state = _play(run, shown, base, data, settings, "stretch")
    busy = _is_busy(state)
    if run is not None:
        right.button("Rewind", icon=":material/replay:", on_click=_end, args=(run,), width="stretch", key="rewind")
    elif base.source == OWN:
        right.button(
            "New weights",
            on_click=new_weights,
            width="stretch",
            key="new-weights",
            help="Other random weights to begin with.",
        )
    if run is not None:
        st.fragment(_progress, run_every=FOLLOW if busy else None)(run, shown.moment, state)


def _train(shown: Trained, base: NetworkControls, data: DataControls, settings: Settings) -> None:
    try:
        _run_for(shown, base, data, settings).trainer.start()
    except ValueError as error:
        st.toast(sentence(error), icon=":material/school:", duration="long")


def _step(shown: Trained, base: NetworkControls, data: DataControls, settings: Settings) -> None:
    try:
        _run_for(shown, base, data, settings).trainer.step(1)
    except ValueError as error:
        st.toast(sentence(error), icon=":material/school:", duration="long")


def _run_for(shown: Trained, base: NetworkControls, data: DataControls, settings: Settings) -> Run:
    """The run; on other points, for another objective, or the first time, a new one from the weights on screen."""
    run = PLANE.run
    if (
        run is None
        or run.data_key != data.dataset.key
        or run.settings.objective != settings.objective
        or run.trainer.state in ("finished", "failed", "stopped")
    ):
        return _begin(base, data, shown.module, settings, from_start=run is None)
    return run


def _rewind() -> None:
    if PLANE.run is not None:
        _end(PLANE.run)
    if PLANE.changes.start is not None:
        PLANE.changes = Changes()


def _start_anew(base: NetworkControls, data: DataControls) -> None:
    """Other random weights. In place of a trained network that comes with the data, those its training began with."""
    plain = own_units(base.network)
    if plain is None:
        return
    if PLANE.run is not None:
        _end(PLANE.run)
    changed = bool(PLANE.changes.made) or PLANE.changes.start is not None
    if base.source != OWN or changed:
        use_own(*plain, base.source, data.dataset)
    if base.source == OWN:
        new_weights()


def _pause() -> None:
    run = PLANE.run
    if run is not None:
        run.trainer.pause()


def _progress(run: Run, shown: tuple[str, int] | None, shown_state: str) -> None:
    """The progress of training; reruns the page when the network has changed."""
    trainer = run.trainer
    snapshot: Snapshot = trainer.snapshot()
    share = min(1.0, snapshot.step / trainer.total_steps)
    st.progress(share, f"step {snapshot.step:,} · error {_percent(snapshot)}")
    if (place := trainer.place) is not None:
        st.info(f"Many are training on this machine: you are number {place} in the queue.", icon=":material/group:")
    if trainer.message:
        st.error(trainer.message, icon=":material/error:")
    moved_on = ((run.id, snapshot.step), trainer.state) != (shown, shown_state)
    if moved_on and PLANE.run is run:
        st.rerun()


def _percent(snapshot: Snapshot) -> str:
    return f"{100 * snapshot.metrics['error']:.1f} %"


sets_aside(PlaneState.run, lambda run: run.trainer.pause())
