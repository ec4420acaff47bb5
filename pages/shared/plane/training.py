"""Training of the network on the points, in the background, while a browser has the page open."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from uuid import uuid4

import streamlit as st
from torch import nn

from figures.words import counted, sentence
from geometry import Network
from models import Lockstep, Snapshot, Trainer, check_learnable
from models.data.toy import Dataset
from models.training.step_memory import training_memory
from pages.shared import link
from pages.shared.background.sessions import away_of, own_session, session_resource
from pages.shared.plane.data import DataControls
from pages.shared.plane.network import NetworkControls, new_weights
from pages.shared.plane.state import OWN, PLANE, PlaneNetwork, PlaneState, Run
from pages.shared.visitor import sets_aside

EPOCHS, LEARNING_RATE = 2000, 0.01  # of every training on this page, with Adam
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
def _new_trainer(run: str, _network: nn.Sequential, _data: Dataset) -> Trainer:
    """The session's only trainer: the next one, or the end of the session, stops it.

    Raises
    ------
    NoRoomError
        If the server has too little free memory for it.
    """
    lockstep = Lockstep()
    lockstep.aside = away_of(own_session())
    trainer = Trainer(_network, _data.x, _data.y, "plain", epochs=EPOCHS, lr=LEARNING_RATE, lockstep=lockstep)
    weakref.finalize(trainer, training_memory([trainer.engine]).reserve().release)
    return trainer


def training_controls(base: NetworkControls, data: DataControls) -> Trained:
    """Buttons to train, stop, rewind and draw new weights. Returns the network at the current step."""
    run = PLANE.run
    if run is None or run.network_key != base.network.network.key:
        if run is not None:
            _end(run)
        run = _resume(base, data)
    shown = _shown(run, base, data)
    try:
        _check(base, data)
        _buttons(run, shown, base, data)
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


def _shown(run: Run | None, base: NetworkControls, data: DataControls) -> Trained:
    if run is None:
        own = base.network
        return Trained(own.module, own.network, own.title, None, {}, base.in_link, own.bands)
    snapshot = run.trainer.snapshot()
    reproducible = run.from_start and run.data_key == data.dataset.key and base.in_link
    now = _at(run.id, snapshot.step, run.trainer, snapshot)
    return Trained(
        module=now.module,
        network=now.network,
        title=f"{base.network.title}, {counted(snapshot.step, 'step')}",
        moment=(run.id, snapshot.step),
        link={"steps": str(snapshot.step) if reproducible and snapshot.step else None},
        in_link=reproducible,
    )


@st.cache_resource(show_spinner=False, max_entries=32)
def _at(run: str, step: int, _trainer: Trainer, _snapshot: Snapshot) -> PlaneNetwork:
    """The network of a run at a step."""
    return PlaneNetwork.of(_trainer.network(_snapshot), "")


def _begin(base: NetworkControls, data: DataControls, module: nn.Sequential, from_start: bool) -> Run:
    name = uuid4().hex
    trainer = _new_trainer(name, module, data.dataset)
    run = Run(name, trainer, base.network.network.key, data.dataset.key, from_start)
    PLANE.run = run
    return run


def _end(run: Run) -> None:
    run.trainer.stop()
    if PLANE.run is run:  # a second click may arrive before the page is redrawn
        del PLANE.run


def _resume(base: NetworkControls, data: DataControls) -> Run | None:
    """Once per session: train for the link's number of steps."""
    steps = link.opened("steps", link.whole(1, 10 * EPOCHS), 0)
    if not steps or PLANE.resumed:
        return None
    try:
        _check(base, data)
        with st.spinner(f"Training {counted(steps, 'step')}, as the link says …"):  # a newer request may interrupt here
            run = _begin(base, data, base.network.module, from_start=True)
            run.trainer.step(steps)
            PLANE.resumed = True
    except ValueError as error:
        PLANE.resumed = True
        st.warning(f"The link asks for a training that cannot be: {error}", icon=":material/school:")
        return None
    return run


def _buttons(run: Run | None, shown: Trained, base: NetworkControls, data: DataControls) -> None:
    state = run.trainer.state if run is not None else "paused"
    left, right = st.columns(2)
    busy = state in ("running", "waiting")
    if busy:
        left.button("Stop", icon=":material/stop:", on_click=_pause, width="stretch", type="primary", key="stop")
    else:
        left.button(
            "Train",
            icon=":material/play_arrow:",
            on_click=_train,
            args=(shown, base, data),
            width="stretch",
            key="train",
            help=f"Fits the network to the points on screen: cross entropy, Adam, learning rate {LEARNING_RATE}.",
        )
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


def _train(shown: Trained, base: NetworkControls, data: DataControls) -> None:
    """Continue the run; on other points, or the first time, begin a new one from the weights on screen."""
    run = PLANE.run
    try:
        if run is None or run.data_key != data.dataset.key or run.trainer.state in ("finished", "failed", "stopped"):
            run = _begin(base, data, shown.module, from_start=run is None)
        run.trainer.start()
    except ValueError as error:
        st.toast(sentence(error), icon=":material/school:", duration="long")


def _pause() -> None:
    run = PLANE.run
    if run is not None:
        run.trainer.pause()


def _progress(run: Run, shown: tuple[str, int] | None, shown_state: str) -> None:
    """The progress of training; reruns the page when the network has changed."""
    trainer = run.trainer
    snapshot: Snapshot = trainer.snapshot()
    share = min(1.0, snapshot.step / trainer.total_steps)
    st.progress(share, f"step {snapshot.step:,} of {trainer.total_steps:,} · error {_percent(snapshot)}")
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
