"""The checkpoint files of a run, one per objective, from which it is resumed after its page was closed."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from uuid import uuid4

import torch

from models import OBJECTIVES, Lockstep, Trainer
from models.data.images.images import runs_folder
from models.files.ownership import ENDING, Ownership
from models.training.checkpointer import Checkpointer, load_checkpoint, save_checkpoint
from pages.train.setup import Setup
from pages.train.training_data import shared_points

KEPT_DAYS = 7  # limits the disk space of runs that nobody resumes
PATIENCE = 2.0  # seconds that a run waits until its former page has saved it
RUN_ID = re.compile(r"[0-9a-f]{32}")
CHECKPOINT = re.compile(RUN_ID.pattern + rf"(-\d\.safetensors|{re.escape(ENDING)})")


def new_id() -> str:
    return uuid4().hex


def run_id(text: str) -> str:
    """The id of a run in a link. Raises a ValueError if the text cannot be one."""
    if not RUN_ID.fullmatch(text):
        raise ValueError("it must be the name of a run, 32 digits and letters a to f")
    return text


def path_of(run: str, slot: int) -> Path:
    return runs_folder() / f"{run_id(run)}-{slot}.safetensors"


def own(run: str) -> Ownership | None:
    """The right to write a run's checkpoints. None if the folder cannot be written, which the checkpointers report.

    It deletes files of runs older than `KEPT_DAYS`.

    Raises
    ------
    OwnedElsewhereError
        If another tab, or another server on the same data folder, has it.
    """
    try:
        runs_folder().mkdir(parents=True, exist_ok=True)
        for old in runs_folder().iterdir():
            ours = CHECKPOINT.fullmatch(old.name)  # other files in the folder are not the page's
            if ours and time.time() - old.stat().st_mtime > KEPT_DAYS * 86_400:
                old.unlink()
        return Ownership(runs_folder() / run_id(run), PATIENCE)
    except OSError:
        return None


def checkpointers(run: str, trainers: tuple[Trainer, ...]) -> tuple[Checkpointer, ...]:
    """Checkpointers that write a run's checkpoints from now on."""
    return tuple(Checkpointer(trainer, path_of(run, slot)) for slot, trainer in enumerate(trainers))


def save_all(run: str, trainers: tuple[Trainer, ...]) -> None:
    """Save a last checkpoint of each trainer. If that fails, the one before remains; no page can show the error."""
    for slot, trainer in enumerate(trainers):
        with contextlib.suppress(OSError, ValueError):
            save_checkpoint(trainer, path_of(run, slot))


def can_resume(run: str, objectives: int) -> bool:
    return all(path_of(run, slot).is_file() for slot in range(objectives))


def load_all(run: str, setup: Setup, lockstep: Lockstep) -> tuple[Trainer, ...]:
    """The trainers of a run, paused at their last checkpoints.

    Raises
    ------
    ValueError, FileNotFoundError
        If a file is missing or damaged, or was written for other points or another setup.
    """
    x, y = shared_points(setup.data)
    trainers = tuple(
        load_checkpoint(path_of(run, slot), x, y, device=setup.device, lockstep=lockstep)
        for slot in range(len(setup.objectives))
    )
    weights = setup.network.state_dict()
    for trainer, chosen in zip(trainers, setup.objectives):
        engine = trainer.engine
        same = type(engine.objective) is OBJECTIVES[chosen.name].run and engine.initial.keys() == weights.keys()
        same = same and (engine.batch_size, engine.seed) == (setup.batch, setup.seed)
        if not same or not all(torch.equal(engine.initial[name].cpu(), weights[name]) for name in weights):
            raise ValueError("that training had other objectives, another network or other batches than are chosen now")
    return trainers
