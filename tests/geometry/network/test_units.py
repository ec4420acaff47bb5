"""Activations with other bends and slopes than a ReLU's, as units of slopes in [0, 1]."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from geometry.network.absolute_value import Abs
from geometry.network.affine import Conv, dense_matrix, evaluate
from geometry.network.blocks import Block, Blocks, Taps, entries_are_weights
from geometry.network.composition import compose, identity
from geometry.network.network import Layer, UnsupportedLayerError, as_network
from geometry.network.rational import Dyadic, RationalNetwork, activated, exact_maps
from geometry.network.units import absolute_value
from tests.strategies import Case, seeds, unit_networks


@given(unit_networks(), seeds)
@settings(deadline=None, max_examples=60)
def test_the_converted_network_computes_what_the_module_does(case: Case, seed: int) -> None:
    x = 3 * torch.randn(50, *case.input_shape, generator=torch.Generator().manual_seed(seed)).double()
    torch.testing.assert_close(as_network(case.network, case.input_shape)(x), case.network(x), rtol=1e-12, atol=1e-12)


@given(unit_networks(), seeds)
@settings(deadline=None, max_examples=25)
def test_exact_arithmetic_agrees_with_floats(case: Case, seed: int) -> None:
    network = as_network(case.network, case.input_shape)
    x = np.random.default_rng(seed).normal(size=case.input_shape)
    floats = network.preactivations(torch.from_numpy(x)[None])
    for exact, rounded in zip(RationalNetwork(network).preactivations(x), floats):
        np.testing.assert_allclose(exact.floats(), rounded[0].numpy(), rtol=1e-12, atol=1e-12)


def test_the_absolute_value_is_exact() -> None:
    z = torch.tensor([[-3.7, 0.0, 0.1]], dtype=torch.float64)
    for shape in ((3,), (1, 1, 3), (3, 1, 1)):
        units = absolute_value(shape, z)
        assert units.before is not None and units.after is not None
        layer = Layer(units.before, units.slope)
        assert evaluate(units.after, layer.activate(evaluate(layer.affine, z))).tolist() == z.abs().tolist()
        assert layer.bending().sum() == 3


FUNCTIONS = {
    "abs": (Abs(), torch.abs),
    "clip": (nn.Hardtanh(0, 1), lambda z: z.clamp(0, 1)),
    "relu6": (nn.ReLU6(), F.relu6),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_layer_of_pairs_knows_the_units_of_its_module(name: str) -> None:
    unit, function = FUNCTIONS[name]
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Linear(2, 5), unit, nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 4), unit, nn.Linear(4, 2)
    ).double()
    network = as_network(module, (2,))
    assert network.widths == (10, 3, 8) and network.module_widths == (5, 3, 4)
    assert network.module_units().tolist() == [k for k in range(5) for _ in (0, 1)] + [5, 6, 7] + [
        k for k in range(8, 12) for _ in (0, 1)
    ]
    x = 4 * torch.randn(30, 2).double()
    z = [module[: end + 1](x) for end in (0, 2, 4)]
    torch.testing.assert_close(network(x), module(x), rtol=1e-12, atol=1e-12)
    patterns = torch.cat([layer.positive(v) for layer, v in zip(network.hidden, network.preactivations(x))], 1).numpy()
    assert (network.module_pattern(patterns) == (torch.cat(z, 1) > 0).numpy()).all()
    pair = network.layers[0].pair
    assert pair is not None
    by_pair = torch.where(z[0] > 0, z[0].clamp(max=pair.top), pair.below * z[0])
    assert torch.equal(by_pair, function(z[0]))
    columns = network.layers[0].module_columns(dense_matrix(network.layers[1].affine).detach().numpy())
    assert (columns == module[2].weight.detach().numpy()).all()


def test_pairs_count_in_the_key_and_stay_in_other_dtypes() -> None:
    network = as_network(nn.Sequential(nn.Linear(2, 3), Abs(), nn.Linear(3, 2)), (2,)).detached()
    alone = replace(network, layers=tuple(replace(layer, pair=None) for layer in network.layers))
    assert network.key != alone.key
    assert network.to(torch.float64).module_widths == (3,)


def test_a_layer_that_calls_itself_an_absolute_value_is_compared_with_one() -> None:
    class Other(Abs):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.abs() + 1

    with pytest.raises(UnsupportedLayerError, match="Other gives"):
        as_network(nn.Sequential(nn.Linear(2, 3), Other(), nn.Linear(3, 2)), (2,))


def test_clips_after_a_convolution_stay_convolutions() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU6(), nn.Flatten(), nn.Linear(8, 2)).eval()
    converted = as_network(network, (1, 4, 4))
    assert isinstance(converted.layers[0].affine, Conv)
    assert converted.layers[0].affine.out_shape == (4, 2, 2)


def test_gradients_reach_the_slopes() -> None:
    network = nn.Sequential(nn.Linear(2, 3), nn.PReLU(3), nn.Linear(3, 2))
    x = torch.randn(5, 2)
    as_network(network, (2,))(x).square().sum().backward()
    gradient = network[1].weight.grad.clone()
    network.zero_grad()
    network(x).square().sum().backward()
    torch.testing.assert_close(gradient, network[1].weight.grad)


def test_a_slope_that_changes_changes_the_key() -> None:
    network = nn.Sequential(nn.Linear(2, 3), nn.PReLU(), nn.Linear(3, 2))
    before = as_network(network, (2,)).key
    network[1].weight.data.mul_(0.5)
    assert as_network(network, (2,)).key != before


@pytest.mark.parametrize("bad", [nn.Sigmoid(), nn.Softplus(), nn.GELU()])
def test_other_activations_are_refused_by_name(bad: nn.Module) -> None:
    with pytest.raises(UnsupportedLayerError, match=f"layer 1: .*{type(bad).__name__}"):
        as_network(nn.Sequential(nn.Linear(2, 2), bad), (2,))


def test_a_slope_that_is_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="layer 0: weight holds NaN"):
        as_network(nn.Sequential(nn.PReLU(init=float("nan")), nn.Linear(2, 2)), (2,))


@given(st.lists(st.sampled_from([0.0, 0.1, 1.0, 5e-324, 0.5]), min_size=1, max_size=6), st.data())
def test_exact_activations_multiply_by_each_unit_s_own_slope(slopes: list[float], data: st.DataObject) -> None:
    active = np.array(data.draw(st.lists(st.booleans(), min_size=len(slopes), max_size=len(slopes))))
    values = np.arange(1.0, 1 + 2 * len(slopes)).reshape(-1, 2)
    after = activated(Dyadic.of(values), active, np.array(slopes)).fractions()
    factors = [Fraction(1) if on else Fraction(slope) for on, slope in zip(active, slopes)]
    assert after == [factors[i] * Fraction(value) for i, row in enumerate(values) for value in row]


def _maps(seed: int) -> tuple[Conv, Taps, Blocks]:
    random = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    conv = Conv(normal(3, 2, 2, 2), normal(12), (2, 3, 3), (3, 2, 2), (1, 1), (0, 0, 0, 0), (1, 1), 1)
    index = torch.stack([torch.randperm(12, generator=random)[:2] for _ in range(5)])
    taps = Taps(index, normal(5, 2), normal(5), (3, 2, 2), (5,))
    carried = identity((4,), normal(1))
    no_bias = Conv(conv.weight, torch.zeros(12).double(), *(getattr(conv, name) for name in (
        "in_shape", "out_shape", "stride", "padding", "dilation", "groups")))  # fmt: skip
    blocks = (Block(2, 0, no_bias), Block(0, 12, carried), Block(5, 3, identity((6,), normal(1))))
    return conv, taps, Blocks(blocks, normal(16), (20,), (16,))


@pytest.mark.parametrize("readers", [1, 2, 30])
def test_taps_are_transposed_however_many_outputs_read_an_input(readers: int) -> None:
    torch.manual_seed(readers)
    index = torch.randint(12, (30, 3)) if readers > 1 else torch.stack([torch.arange(30) % 12] * 3, 1)
    index[:, 0] = torch.arange(30) % (12 if readers < 30 else 1)
    weight = torch.randn(30, 3).double()
    weight[index[:, 1] == index[:, 0], 1] = 0.0  # no input with another weight occurs twice in a row
    weight[(index[:, 2] == index[:, 0]) | (index[:, 2] == index[:, 1]), 2] = 0.0
    taps = Taps(index, weight, torch.zeros(30).double(), (12,), (30,))
    matrix = torch.zeros(30, 12).double().scatter_add(1, index, weight)
    rows = torch.randn(4, 30).double()
    torch.testing.assert_close(taps.transpose(rows), rows @ matrix)
    weight.mul_(2)  # what is cached follows the weights
    torch.testing.assert_close(taps.transpose(rows), 2 * rows @ matrix)


@given(seeds)
@settings(max_examples=10)
def test_sparse_maps_agree_with_their_matrices(seed: int) -> None:
    conv, taps, blocks = _maps(seed)
    for affine in (taps, blocks, compose([conv, taps])):
        inputs, outputs = np.prod(affine.in_shape), np.prod(affine.out_shape)
        matrix = affine.linear(torch.eye(inputs).double()).T
        torch.testing.assert_close(affine.transpose(torch.eye(outputs).double()), matrix)
        torch.testing.assert_close(dense_matrix(affine), matrix)
        absolute = affine.absolute().linear(torch.eye(inputs).double()).T
        assert (absolute >= matrix.abs() - 1e-12).all()
        if entries_are_weights(affine):
            assert (absolute == matrix.abs()).all()
        values = Dyadic.of(np.column_stack([np.eye(inputs), np.zeros(inputs)]))
        for step in exact_maps(affine):
            values = step(values)
        np.testing.assert_allclose(values.floats()[:, :-1], matrix.numpy(), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(values.floats()[:, -1], affine.bias.numpy(), rtol=1e-12, atol=1e-12)
