"""The provenance of the page's files: the networks' weights, and all that training was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from figures.provenance import origin, perturbations
from figures.words import counted
from geometry import as_network
from geometry.norms import NORM_NAMES
from pages.train.objectives import ChosenObjective
from pages.train.pictures import Moment
from pages.train.run import Run
from pages.train.setup import Setup

BETWEEN = " · "  # tables take commas and semicolons for ends of cells, and leave them out


def about_picture(run: Run, setup: Setup, slot: int, moment: Moment) -> dict[str, str]:
    """The provenance of the picture of an objective's moment."""
    title, data = run.titles[slot], moment.data
    network = f"{title}, {counted(moment.step, 'step')}"
    of_network = origin("linear regions in training", network, data.title, weights=moment.network.key)
    asked = {"objective": _objective(setup.objectives[slot])} | _training(run, setup)
    return of_network | asked | perturbations(moment.p, data.box, moment.eps)


def about_curves(run: Run, setup: Setup) -> dict[str, str]:
    """The provenance of the curves of all objectives. Their weights are those at the last step, in their order."""
    eps, p = run.gauge
    snapshots = run.shown(None)
    networks = [
        as_network(trainer.network(snapshot), setup.data.shape, compare="never").to(torch.float64)
        for trainer, snapshot in zip(run.trainers, snapshots)
    ]
    weights = BETWEEN.join(network.key for network in networks)
    objectives = {f"objective {number}": _objective(chosen) for number, chosen in enumerate(setup.objectives, start=1)}
    return {
        **origin("curves of a training, one row per step", ", ".join(run.titles), setup.data.title, weights=weights),
        "steps": BETWEEN.join(str(snapshot.step) for snapshot in snapshots),
        **objectives,
        **_training(run, setup),
        **perturbations(p, setup.data.box, eps),
        "units": "loss and its terms have no unit. Errors and optimal are shares of points. Distances are in input "
        "units in the norm. Regions and unstable units are counted",
    }


def _training(run: Run, setup: Setup) -> dict[str, str]:
    """What all objectives share."""
    drop = "" if setup.lr_drop is None else f"{BETWEEN}a tenth of it after {setup.lr_drop:g} of training"
    return {
        "architecture": setup.title,
        "seed of the initial weights": setup.link.get("init") or "0",
        "points": str(len(setup.data.x)),
        "learning rate": f"{setup.lr!r}{drop}",
        "batch size": str(setup.batch),
        "seed of the batches": str(setup.seed),
        "steps at most": str(setup.stop.steps),
        "device": run.device,
    }


def _objective(chosen: ChosenObjective) -> str:
    """An objective's title, and its options as they are now: some may change during training."""
    options: Mapping[str, Any] = {**chosen.live, **chosen.fixed}
    return BETWEEN.join([chosen.title, *(f"{name} = {_value(name, value)}" for name, value in options.items())])


def _value(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return " to ".join(repr(float(end)) for end in value)
    return f"l{NORM_NAMES[value]}" if name == "p" else repr(value)
