"""First weights: distributed as their names say, reproducible, and torch's own by default."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from models.networks.builders import image_mlp, mlp, small_cnn
from models.networks.initial_weights import INITIAL_WEIGHTS, draw_weights


def affine(network: nn.Module) -> list[nn.Linear | nn.Conv2d]:
    return [layer for layer in network.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]


def test_uniform_is_what_torch_draws_with_the_same_seed() -> None:
    network = mlp((5, 7, 3))
    draw_weights(network, "uniform", 9)
    torch.manual_seed(9)
    layers = [nn.Linear(5, 7), nn.Linear(7, 3)]
    for found, expected in zip(affine(network), layers):
        assert torch.equal(found.weight, expected.weight)
        assert torch.equal(found.bias, expected.bias)


@pytest.mark.parametrize("network", [image_mlp((1024,)), small_cnn()])
def test_a_truncated_normal_has_the_variance_of_the_known_formula_and_ends_at_two_deviations(
    network: nn.Sequential,
) -> None:
    """Its variance, of the normal's, is 1 - 2 a φ(a) / (2 Φ(a) - 1) at a = 2."""
    draw_weights(network, "truncated-normal", 1)
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    share = 1 - 4 * density / math.erf(2 / math.sqrt(2))
    for layer in affine(network):
        weights = layer.weight.detach()
        deviation = math.sqrt(2 / weights[0].numel())
        assert weights.abs().max() <= 2 * deviation * (1 + 1e-6)
        assert float(weights.var()) == pytest.approx(share * deviation**2, rel=10 / math.sqrt(weights.numel()))
        assert not layer.bias.detach().any()


def test_glorots_reach_counts_inputs_and_outputs() -> None:
    network = small_cnn()
    draw_weights(network, "glorot", 1)
    for layer, joined in zip(affine(network), (16 + 256, 256 + 512, 1568 + 100, 100 + 10)):
        reach = math.sqrt(6 / joined)
        assert 0.9 * reach < float(layer.weight.detach().abs().max()) <= reach
        assert not layer.bias.detach().any()


@pytest.mark.parametrize("initial", INITIAL_WEIGHTS)
def test_the_same_seed_draws_the_same_weights_and_leaves_torchs_randomness_alone(initial: str) -> None:
    one, again, other = mlp((4, 6, 2)), mlp((4, 6, 2), seed=3), mlp((4, 6, 2))
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    draw_weights(one, initial, 5)
    draw_weights(again, initial, 5)
    draw_weights(other, initial, 6)
    assert torch.equal(torch.rand(2), expected)
    assert torch.equal(one[0].weight, again[0].weight) and torch.equal(one[2].bias, again[2].bias)
    assert not torch.equal(one[0].weight, other[0].weight)


def test_layers_without_a_bias_stay_without() -> None:
    network = nn.Sequential(nn.Linear(3, 2, bias=False), nn.BatchNorm1d(2))
    draw_weights(network, "glorot")
    assert network[0].bias is None
    assert torch.equal(network[1].weight, torch.ones(2))


def test_an_unknown_name_is_told_the_others() -> None:
    with pytest.raises(ValueError, match=r"truncated-normal.*none named 'he'"):
        draw_weights(mlp((2, 2)), "he")
