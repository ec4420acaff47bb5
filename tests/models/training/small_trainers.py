"""Trainers of a small network on the moons, for tests."""

from __future__ import annotations

import torch

from models.data.toy import DATASETS
from models.networks.builders import mlp
from models.training.timeline import Snapshot
from models.training.trainer import Trainer

MOONS = DATASETS["moons"](60)


def trainer(trainers: list[Trainer], *arguments: object, **options: object) -> Trainer:
    network = mlp((2, 16, 2))
    settings = {"epochs": 100_000, "batch_size": 32, **options}
    trainers.append(Trainer(network, MOONS.x, MOONS.y, *arguments, **settings))  # type: ignore[arg-type]
    return trainers[-1]


def same(a: Snapshot, b: Snapshot) -> bool:
    return a.weights.keys() == b.weights.keys() and all(
        torch.equal(a.weights[name], b.weights[name]) for name in a.weights
    )
