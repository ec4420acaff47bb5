"""KW's robust training on the points of KW Fig. 3: what plain training leaves open to attack is proved safe."""

from __future__ import annotations

import math

import torch
from torch import nn

from certify import margins
from models.data.toy import DATASETS
from models.networks.builders import mlp
from models.training.fitting import fit

EPS = 0.08


def certified_errors(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> int:
    least = margins(network, x, y, EPS, math.inf, "fast-lin")
    return int((least.scatter(1, y[:, None], math.inf).min(dim=1).values <= 0).sum())


def test_robust_training_leaves_fewer_points_unproved_than_plain_training():
    data = DATASETS["kw"]()
    x, y = torch.tensor(data.x, dtype=torch.float32), torch.tensor(data.y)
    plain, robust = mlp((2, 64, 64, 2)), mlp((2, 64, 64, 2))
    fit(plain, x, y, "plain", epochs=150, batch_size=12, lr=5e-3)
    fit(robust, x, y, "kw", epochs=150, batch_size=12, lr=5e-3, eps=EPS)
    assert certified_errors(robust, x, y) < certified_errors(plain, x, y)
