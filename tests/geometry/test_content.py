"""Keys name contents: what is equal has one key, whatever holds it, and what differs in any part has another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from geometry import Plane, as_network
from geometry.content import content_key
from geometry.network.network import Layer, Network

MODULE = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3)).requires_grad_(False)
A, B, C = np.random.default_rng(0).uniform(size=(3, 1, 4, 4))


def network(**changes: object) -> Network:
    return replace(as_network(MODULE, (1, 4, 4)), **changes)  # type: ignore[arg-type]


def strided() -> Layer:
    """The first layer as if it moved by two pixels: other numbers than weights count too."""
    first = network().layers[0]
    return replace(first, affine=replace(first.affine, stride=(2, 2)))  # type: ignore[call-arg]


def test_the_same_module_gives_networks_of_one_key_however_often_it_is_converted():
    assert network().key == network().key


@pytest.mark.parametrize(
    "other",
    [
        lambda: as_network(MODULE, (1, 4, 4)).to(torch.float64),
        lambda: network(layers=(replace(network().layers[0], slope=0.1), network().layers[1])),
        lambda: network(layers=network().layers[1:]),
        lambda: network(input_shape=(16,)),
        lambda: network(one_logit=True),
        lambda: network(layers=(strided(), network().layers[1])),
    ],
    ids=["dtype", "slope", "layers", "input shape", "one logit", "stride"],
)
def test_networks_that_differ_have_keys_that_differ(other):
    assert other().key != network().key


def test_a_weight_that_is_changed_in_place_changes_the_key():
    changed = as_network(nn.Sequential(nn.Linear(2, 2)).requires_grad_(False), (2,))
    before = changed.key
    assert changed.key == before
    next(changed.weights()).add_(1)
    assert changed.key != before


def test_planes_have_one_key_when_origin_and_directions_are_equal():
    assert Plane.through(A, B, C).key == Plane.through(A.copy(), B, C).key
    others = Plane.through(B, A, C), Plane.through(A, C, B), Plane.through(A, B, A + B)
    assert len({plane.key for plane in (Plane.through(A, B, C), *others)}) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 2), (1, 2, None)),
        ((1, 2), ((1, 2),)),
        (("a", "b"), ("ab",)),
        ((b"a", b"b"), (b"ab",)),
        ((b"a",), ("a",)),
        ((1,), (1.0,)),
        ((np.zeros(4),), (np.zeros((2, 2)),)),
        ((np.zeros(2, np.float32),), (np.zeros(1, np.float64),)),
        ((np.zeros(1), np.zeros(2)), (np.zeros(2), np.zeros(1))),
    ],
)
def test_contents_are_told_apart_by_kind_shape_and_place(one, other):
    assert content_key(*one) != content_key(*other)


def test_arrays_and_tensors_of_equal_numbers_have_one_key():
    values = np.arange(6.0).reshape(2, 3)
    assert content_key(values) == content_key(torch.from_numpy(values)) == content_key(np.asfortranarray(values))
