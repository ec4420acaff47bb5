"""Convolutional networks by their layers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.networks.convolutional import LARGE_FAMILY, SMALL_FAMILY, TIGHT, Convolution, Convolutional


def shapes(network: nn.Sequential, image: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The shape after each ReLU, and of the logits, by a forward pass."""
    x, found = torch.zeros(1, *image), []
    for layer in network:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            found.append(tuple(x.shape[1:]))
    return [*found, tuple(x.shape[1:])]


def test_the_large_networks_are_tights() -> None:
    large = shapes(TIGHT["large"](), (1, 28, 28))
    assert large == [(32, 28, 28), (32, 14, 14), (64, 14, 14), (64, 7, 7), (512,), (512,), (10,)]
    xlarge = shapes(TIGHT["xlarge"](shape=(3, 32, 32)), (3, 32, 32))
    assert xlarge == [(64, 32, 32), (64, 32, 32), *[(128, 16, 16)] * 3, (512,), (10,)]


def test_the_families_have_ten_and_eight_different_networks() -> None:
    assert (len(SMALL_FAMILY), len(LARGE_FAMILY)) == (10, 8)
    everything = {**SMALL_FAMILY, **LARGE_FAMILY, **TIGHT}
    assert len({tuple(shapes(make(), (1, 28, 28))) for make in SMALL_FAMILY.values()}) == 10
    assert len(set(LARGE_FAMILY.values())) == 8
    assert all(shapes(make(classes=3), (1, 28, 28))[-1] == (3,) for make in everything.values())


def test_the_seed_alone_decides_the_weights() -> None:
    first, again, other = (SMALL_FAMILY["family-a"](seed) for seed in (3, 3, 4))
    assert torch.equal(first[0].weight, again[0].weight) and not torch.equal(first[0].weight, other[0].weight)


@pytest.mark.parametrize(
    ("shape", "classes", "said"),
    [((784,), 10, "takes images"), ((1, 28, 28), 1, "two classes"), ((1, 2, 2), 10, "2×2 pixels are too small")],
)
def test_inputs_that_do_not_fit_are_refused(shape: tuple[int, ...], classes: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Convolutional((Convolution(2, 5, padding=0),), (3,))(shape=shape, classes=classes)
