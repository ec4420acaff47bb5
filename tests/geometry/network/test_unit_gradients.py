"""Norms of the first layer's rows, against those of the matrix written out, in longer floats."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from geometry.network.affine import dense_matrix
from geometry.network.network import as_network
from geometry.network.unit_gradients import unit_gradients

NETWORKS = {
    "dense": lambda: (nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 2)), (5,)),
    "convolution": lambda: (nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, 2)), (1, 6, 6)),
    "few units": lambda: (nn.Sequential(nn.Conv2d(1, 1, 4), nn.ReLU(), nn.Flatten(), nn.Linear(9, 2)), (1, 6, 6)),
    "max-pooling": lambda: (
        nn.Sequential(nn.Conv2d(1, 6, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(24, 2)),
        (1, 6, 6),
    ),
}


@pytest.mark.parametrize("size", [1.0, 1e-200, 1e200])
@pytest.mark.parametrize("name", NETWORKS)
def test_norms_of_the_first_rows_are_those_of_the_matrix(name: str, size: float) -> None:
    torch.manual_seed(0)
    module, shape = NETWORKS[name]()
    module[0].double().weight.data.mul_(size)
    network = as_network(module.double(), shape)
    rows = np.abs(dense_matrix(network.layers[0].affine).detach().numpy().astype(np.longdouble))
    expected = {1: rows.sum(axis=1), 2: np.sqrt((rows**2).sum(axis=1)), math.inf: rows.max(axis=1)}
    for q, norms in unit_gradients(network).first_norms.items():
        np.testing.assert_allclose(norms.numpy(), expected[q].astype(float), rtol=1e-13)
