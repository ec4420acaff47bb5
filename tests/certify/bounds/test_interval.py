"""The first layer's exact ranges where its map picks units: rows are made some at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from certify.bounds import tuning
from certify.bounds.interval import first_layer, row_norms, row_parts
from certify.perturbation.perturbation import perturbation
from geometry.network.affine import dense_matrix
from geometry.network.network import as_network
from geometry.norms import dual_norm


def pooled() -> nn.Sequential:
    torch.manual_seed(0)
    layers = nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 2)
    return nn.Sequential(*layers).double().requires_grad_(False)


@pytest.mark.parametrize("p", [1, 2, math.inf])
@pytest.mark.parametrize("box", [None, (0.0, 1.0)])
def test_ranges_of_a_map_that_picks_units_are_those_of_its_matrix(p, box, monkeypatch):
    affine = as_network(pooled(), (1, 8, 8)).layers[0].affine
    monkeypatch.setattr(tuning, "NUMBERS_AT_ONCE", 500)
    assert len(list(row_parts(affine))) > 10  # of 162 rows with up to 108 numbers
    x = np.random.default_rng(0).uniform(0, 1, (3, 1, 8, 8))
    ball = perturbation(torch.from_numpy(x), 0.2, p, box, (1, 8, 8))
    lower, upper = first_layer(affine, ball)
    matrix, flat = dense_matrix(affine), torch.from_numpy(x).flatten(1)
    torch.testing.assert_close(row_norms(affine, dual_norm(p)), torch.linalg.vector_norm(matrix, dual_norm(p), dim=1))
    middle, directions = flat @ matrix.T + affine.bias, np.random.default_rng(1).normal(size=(2000, 64))
    steps = 0.2 * directions / np.linalg.norm(directions, p, axis=1)[:, None]
    if box is None:
        reach = 0.2 * torch.linalg.vector_norm(matrix, dual_norm(p), dim=1)
        torch.testing.assert_close(lower, middle - reach)
        torch.testing.assert_close(upper, middle + reach)
    for k in range(3):
        inside = flat[k].numpy() + steps
        inside = inside if box is None else inside.clip(*box)
        values = torch.from_numpy(inside) @ matrix.T + affine.bias
        assert (values >= lower[k] - 1e-12).all() and (values <= upper[k] + 1e-12).all()
