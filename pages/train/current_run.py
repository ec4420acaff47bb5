"""The session's run: creation, resuming, takeover, end, and the guard that stops it."""

from __future__ import annotations

import weakref
from typing import Any

from models import Lockstep, Records, Trainer
from models.files.ownership import Ownership
from models.training.companion_thread import start_companion_thread
from models.training.watch import Watch
from pages.shared.background.sessions import away_of, own_session, session_resource
from pages.shared.state import Record, Value
from pages.shared.visitor import sets_aside
from pages.train.checkpoints import checkpointers, load_all, new_id, own
from pages.train.clock import Clock
from pages.train.pictures import MEASURED
from pages.train.run import MOVING, Run, epochs_of
from pages.train.setup import Setup, options_of
from pages.train.training_data import shared_points

GUARD = 0.2  # seconds between checks whether training has to stop; limits how late it stops


class RunState(Record):
    """The session's only run."""

    run: Value[Run | None] = Value("train-run", None)


STATE = RunState()


def current_run(setup: Setup) -> Run:
    """The session's run of this setup, created if there is none. The run of another setup ends.

    A run that another one has replaced, such as that of a tour, is resumed from its checkpoints.

    Raises
    ------
    ValueError
        If network, data and objectives do not fit.
    """
    run = STATE.run
    if run is not None and run.key == setup.key and run.state == "stopped":
        run = _taken_up(run, setup)
    if run is None or run.key != setup.key:
        run = hold(new_id(), setup)
    run.steer(setup)
    return run


def _taken_up(run: Run, setup: Setup) -> Run | None:
    """The run, resumed from its checkpoints; None if it has none, or they cannot be read."""
    if not run.checkpointers:
        return None
    try:
        return hold(run.id, setup, resume=True)
    except (ValueError, FileNotFoundError):
        return None


def hold(run_id: str, setup: Setup, resume: bool = False) -> Run:
    """Make a run the session's own; with `resume`, an earlier one. The session's run before ends.

    A run that still trains, because its page has lost the connection, is taken over unchanged. One that has ended is
    resumed from its checkpoints.
    """
    run = None
    if resume:
        run = held_run.take(lambda other: other.id == run_id and other.key == setup.key, (run_id,))
    STATE.run = run = run or held_run(run_id, setup, resume)
    run.lockstep.aside = away_of(own_session())
    return run


def goes_on_elsewhere(run_id: str) -> bool:
    """Whether another open page trains this run."""
    return held_run.elsewhere(lambda other: other.id == run_id)


@session_resource(end=Run.end)
def held_run(run_id: str, _setup: Setup, _resume: bool) -> Run:
    """The session's only run: the next one, or the end of the session, ends it."""
    lockstep = Lockstep(_setup.pace)
    if not _resume:
        return make_run(run_id, _setup, lockstep)
    ownership = own(run_id)
    try:
        return make_run(run_id, _setup, lockstep, load_all(run_id, _setup, lockstep), ownership)
    except BaseException:
        if ownership is not None:
            ownership.release()
        raise


def make_run(
    run_id: str,
    setup: Setup,
    lockstep: Lockstep,
    resumed: tuple[Trainer, ...] | None = None,
    ownership: Ownership | None = None,
) -> Run:
    """A paused run: of resumed trainers, with the right to write their files, or of new trainers at step 0.

    Raises
    ------
    ValueError
        If network, data and objectives do not fit.
    """
    data = setup.data
    trainers = _new_trainers(setup, lockstep) if resumed is None else resumed
    measured: dict[str, Any] = {
        "eps": setup.eps,
        "p": setup.p,
        "box": data.box,
        "window": data.window,
        "plane": data.plane,
    }
    watches = tuple(Watch(trainer, data.x, data.y, points=MEASURED, **measured) for trainer in trainers)
    titles = tuple(chosen.title for chosen in setup.objectives)
    seen = tuple(Records() for _ in trainers)
    run = Run(run_id, setup.key, titles, trainers, watches, lockstep, Clock(setup.stop), (setup.eps, setup.p), seen)
    if resumed is not None:
        run.checkpointers, run.ownership = checkpointers(run_id, trainers), ownership
    _guard(run)
    return run


def _new_trainers(setup: Setup, lockstep: Lockstep) -> tuple[Trainer, ...]:
    x, y = shared_points(setup.data)
    common: dict[str, Any] = {
        "epochs": epochs_of(setup),
        "batch_size": setup.batch,
        "lr": setup.lr,
        "lr_drop": setup.lr_drop,
        "seed": setup.seed,
    }
    return tuple(
        Trainer(
            setup.network, x, y, chosen.name, device=setup.device, lockstep=lockstep, **common, **options_of(chosen)
        )
        for chosen in setup.objectives
    )


def _guard(run: Run) -> None:
    """Stop the run when its clock is over, and its clock when nothing moves, whether or not a page is open.

    The guard ends with the run, and does not keep it alive.
    """
    reference = weakref.ref(run)

    def look(_: Trainer) -> float:
        if (run := reference()) is not None:
            if run.moving and run.clock.over(run.trainers):
                run.lockstep.pause()
            if not any(trainer.state in MOVING for trainer in run.trainers):
                run.clock.pause()
        return GUARD

    start_companion_thread(run.trainers[0], "guard", look, run.ended)


sets_aside(RunState.run, Run.pause)
