"""Index sets: a partition of the units that agrees with every input of the perturbation set."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import models
from certify import complete, index_counts, index_sets
from geometry import as_network
from tests import reference
from tests.strategies import boxes, mlp, networks, norms, points, random_directions


@given(networks(), norms(), st.sampled_from(["interval", "fast-lin", "crown-interval"]), st.booleans(), st.data())
@settings(deadline=None, max_examples=20)
def test_the_sets_partition_the_units_and_no_sample_contradicts_them(case, p, method, boxed, data):
    x = data.draw(points(case.input_shape, 2))
    box = data.draw(boxes(x)) if boxed else None
    found, network = index_sets(case.network, x, 0.1, p, method, box), as_network(case.network, case.input_shape)
    shapes = [layer.affine.out_shape for layer in network.hidden]
    assert [mask.shape for mask in found.unstable] == [(2, *shape) for shape in shapes]
    for i in range(2):
        z = x[i] + 0.1 * random_directions(case.input_shape, p, 200)
        z = z if box is None else np.clip(z, *box)
        values = network.preactivations(torch.from_numpy(z))[:-1]
        for layer, on, off, open_ in zip(values, found.active, found.inactive, found.unstable):
            on, off, open_ = (mask[i].ravel() for mask in (on, off, open_))
            assert (on.astype(int) + off + open_ == 1).all()
            rounding = 1e-12 * (1 + layer.abs().max().item())
            assert (layer[:, on] >= -rounding).all() and (layer[:, off] <= rounding).all()


def test_at_radius_zero_the_sets_are_the_activation_pattern():
    network, x = mlp([3, 9, 7, 2], 1), np.random.default_rng(0).uniform(-1, 1, (5, 3))
    found = index_sets(network, x, 0.0, 2)
    first = network[0](torch.from_numpy(x))
    np.testing.assert_array_equal(found.active[0], (first > 0).numpy())
    np.testing.assert_array_equal(found.active[1], (network[:3](torch.from_numpy(x)) > 0).numpy())
    assert not any(mask.any() for mask in found.unstable)


def test_counts_over_a_grid_are_the_masks_counted_and_grow_less_certain():
    network, x, grid = mlp([3, 9, 7, 2], 1), np.random.default_rng(0).uniform(-1, 1, (5, 3)), [0.01, 0.1, 1.0]
    found = complete(index_counts(network, x, grid, 2, chunk=2))
    assert found.counts.shape == (5, 3, 2, 3)
    np.testing.assert_array_equal(found.counts.sum(-1), np.broadcast_to(found.widths, (5, 3, 2)))
    for column, eps in enumerate(grid):
        np.testing.assert_array_equal(found.counts[:, column], index_sets(network, x, eps, 2).counts())
    assert (np.diff(found.counts[:, :, 0, 2], axis=1) >= 0).all()


def test_a_unit_that_is_always_zero_is_inactive():
    network = mlp([2, 4, 2], 0)
    network[0].weight[1], network[0].bias[1] = 0, 0
    found = index_sets(network, np.zeros((1, 2)), 0.5, 2)
    assert found.inactive[0][0, 1] and not found.active[0][0, 1]


def test_a_network_without_hidden_units_has_no_sets():
    with pytest.raises(ValueError, match="no hidden units"):
        index_sets(nn.Sequential(nn.Linear(2, 2)), np.zeros((1, 2)), 0.1, 2)


@pytest.mark.parametrize("name", reference.NAMES)
def test_unstable_units_are_as_many_as_others_counted(name):
    values = reference.values(name)
    for norm, eps in values["eps"].items():
        some = [point for point in values["points"] if norm in point.get("n_unstable", {})][:2]
        images = reference.mnist_images()[[point["index"] for point in some]]
        counts = index_sets(reference.network(name), images, eps, reference.KEYS[norm]).counts()
        np.testing.assert_array_equal(counts[:, :, 2], [point["n_unstable"][norm] for point in some])


@pytest.mark.parametrize("activation", ["abs", "clip"])
@pytest.mark.parametrize("eps", [0.01, 0.1, 0.4])
def test_a_unit_that_folds_or_clips_is_one_unit_and_no_sample_contradicts_its_set(activation, eps):
    network, rng = models.mlp([3, 9, 7, 2], activation, seed=1).double(), np.random.default_rng(0)
    with torch.no_grad():
        network[0].weight.mul_(4)  # so that values pass 1
    x = rng.uniform(-1, 1, (4, 3))
    found, bends = index_sets(network, x, eps, math.inf), [0.0] if activation == "abs" else [0.0, 1.0]
    assert [mask.shape for mask in found.unstable] == [(4, 9), (4, 7)]
    for i in range(4):
        near = torch.from_numpy(x[i] + eps * rng.uniform(-1, 1, (400, 3)))
        first = network[0](near)
        for z, on, off, open_ in zip(
            (first, network[2](network[1](first))), found.active, found.inactive, found.unstable, strict=True
        ):
            assert (on[i].astype(int) + off[i] + open_[i] == 1).all()
            assert (z[:, on[i]] >= -1e-9).all() and (z[:, off[i]] <= 1e-9).all()
            for bend in bends:  # a unit that is no longer open lies on one side of every bend
                z_of_closed = z[:, ~open_[i]] - bend
                assert ((z_of_closed >= -1e-9).all(0) | (z_of_closed <= 1e-9).all(0)).all()
