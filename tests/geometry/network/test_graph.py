"""Networks with a forward of their own, recorded, against that forward."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from geometry import enumerate_regions
from geometry.network.blocks import Blocks
from geometry.network.network import UnsupportedLayerError, as_network
from geometry.network.rational import Dyadic, RationalNetwork
from tests.graphs import Residual, graph_networks, pooled_networks
from tests.programs import Forward, random_program
from tests.strategies import Case, seeds


@given(graph_networks(), seeds)
@settings(deadline=None, max_examples=80)
def test_random_graphs_compute_what_their_forward_does(case: Case, seed: int) -> None:
    x = 2 * torch.randn(100, *case.input_shape, generator=torch.Generator().manual_seed(seed)).double()
    torch.testing.assert_close(as_network(case.network, case.input_shape)(x), case.network(x), rtol=1e-11, atol=1e-11)


@given(seeds, st.sampled_from([(5,), (3, 4), (4, 4, 5)]), st.integers(1, 8))
@settings(deadline=None, max_examples=80)
def test_random_programs_of_torchs_operators_compute_what_their_forward_does(
    seed: int, shape: tuple[int, ...], steps: int
) -> None:
    module = random_program(seed, shape, steps).double()
    x = torch.randn(50, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    expected = module(x)
    assert float((as_network(module, shape)(x) - expected).abs().max()) <= 1e-9 * (1 + float(expected.abs().max()))


@given(pooled_networks(), seeds)
@settings(deadline=None, max_examples=15)
def test_residual_blocks_and_max_pooling_compute_what_torch_does(case: Case, seed: int) -> None:
    x = torch.randn(100, *case.input_shape, generator=torch.Generator().manual_seed(seed)).double()
    torch.testing.assert_close(as_network(case.network, case.input_shape)(x), case.network(x), rtol=1e-11, atol=1e-11)


@given(graph_networks(), seeds)
@settings(deadline=None, max_examples=20)
def test_exact_pieces_of_graphs_agree_with_their_values(case: Case, seed: int) -> None:
    network = as_network(case.network, case.input_shape)
    x = np.random.default_rng(seed).normal(size=case.input_shape)
    values = network.preactivations(torch.from_numpy(x)[None])
    signs = [layer.positive(z)[0].numpy() for layer, z in zip(network.hidden, values)]
    pattern = np.concatenate([np.zeros(0, bool), *signs])
    frame = Dyadic.of(np.column_stack([np.eye(x.size), np.zeros(x.size)]))
    for k, z in enumerate(values):
        piece = RationalNetwork(network).pieces(frame, pattern, k).floats()
        np.testing.assert_allclose(piece[:, :-1] @ x + piece[:, -1], z[0].numpy(), rtol=1e-11, atol=1e-11)


@given(graph_networks(), seeds)
@settings(deadline=None, max_examples=10)
def test_gradients_flow_to_the_weights(case: Case, seed: int) -> None:
    network = case.network.requires_grad_(True)
    x = torch.randn(20, *case.input_shape, generator=torch.Generator().manual_seed(seed)).double()
    parameters = list(network.parameters())
    for way in (as_network(network, case.input_shape), as_network(network, case.input_shape, compare="once")):
        converted = torch.autograd.grad(way(x).square().sum(), parameters, allow_unused=True, materialize_grads=True)
        own = torch.autograd.grad(network(x).square().sum(), parameters, allow_unused=True, materialize_grads=True)
        for one, other in zip(converted, own):
            torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "of",
    [
        lambda x: F.max_pool2d(x, 3, 2, 1).flatten(1),
        lambda x: F.max_pool2d(x, (1, 2)).flatten(1),
        lambda x: F.avg_pool2d(x, 2, padding=1, count_include_pad=False).flatten(1),
        lambda x: F.adaptive_avg_pool2d(x, 2).flatten(1),
        lambda x: x.mean((2, 3)),
        lambda x: x.sum(1).flatten(1),
        lambda x: F.pad(x, (1, 0, 0, 1), value=0.3).flatten(1)[:, ::3],
        lambda x: F.interpolate(x, scale_factor=2).flatten(1),
        lambda x: torch.stack([x[:, 0], -x[:, 1]], 1).permute(0, 2, 3, 1).reshape(len(x), -1),
        lambda x: torch.cat(x.flatten(1).chunk(4, 1)[::-1], 1),
        lambda x: F.relu6(3 * x).flatten(1) + F.hardtanh(x).flatten(1),
        lambda x: torch.min(x[:, 0], x[:, 1]).flatten(1),
        lambda x: (x - x.mean((2, 3), keepdim=True)).abs().flatten(1),
        lambda x: x.flatten(1).clamp(min=0.1) / 3 - x.flatten(1).clamp(max=0.2),
        lambda x: (x.flatten(1) @ torch.arange(32.0).reshape(16 * 2, 1).to(x.dtype)).expand(-1, 2),
        lambda x: F.linear(x, torch.arange(12.0).reshape(3, 4).to(x.dtype)).flatten(1),
        lambda x: torch.einsum("bcij,kj->bcki", x, torch.arange(12.0).reshape(3, 4).to(x.dtype)).flatten(1),
        lambda x: torch.einsum("cj,bcij", torch.arange(8.0).reshape(2, 4).to(x.dtype), x),
        lambda x: F.hardsigmoid(x.flatten(1)).add(1, alpha=2).mul(-2),
        lambda x: torch.relu(x.flatten(1)).unflatten(1, (4, 8)).transpose(1, 2).flatten(1),
    ],
)
def test_each_function_is_recorded_as_torch_computes_it(of: Callable[[Tensor], Tensor]) -> None:
    x = torch.randn(50, 2, 4, 4, dtype=torch.float64)
    torch.testing.assert_close(as_network(Forward(of), (2, 4, 4)).to(torch.float64)(x), of(x), rtol=1e-6, atol=1e-6)


def test_a_maximum_that_the_output_does_not_read_changes_nothing() -> None:
    def unread(x: Tensor) -> Tensor:
        return (torch.maximum(x, -x), x)[1]

    assert len(enumerate_regions(as_network(Forward(unread), (2,)), (-1, 1, -1, 1))) == 1
    assert len(enumerate_regions(as_network(Forward(lambda x: unread(x).relu()), (2,)), (-1, 1, -1, 1))) == 4


@pytest.mark.parametrize(
    ("of", "message"),
    [
        (torch.sigmoid, "the function sigmoid is not supported"),
        (lambda x: x * x, "of two activations is not piecewise linear"),
        (lambda x: x.softmax(1), "the function softmax is not supported"),
        (lambda x: x if x.sum() > 0 else -x, "not supported|over the batch"),
        (lambda x: x * float(x[:, 0]), "reads the values of its activations"),
        (lambda x: x.mean(), "over the batch"),
        (lambda x: x.T, "batch"),
        (lambda x: torch.randn(1, 3), "must give one tensor that depends on its input"),
        (lambda x: F.dropout(x, 0.5), "in training mode is no fixed function"),
        (lambda x: torch.round(x), "the function round is not supported: it is not continuous"),
        (lambda x: F.gelu(x), "the function gelu is not supported: it is not piecewise linear"),
        (lambda x: F.layer_norm(x, (3,)), "the function layer_norm is not supported: it divides by"),
        (lambda x: x * x.max(1)[1], "uses the places of maxima"),
        (lambda x: x[:, x.argmax(1)], "argmax is not supported: it is not continuous"),
        (lambda x: torch.einsum("bi,bi->bi", x, x), "einsum of two activations is not piecewise linear"),
        (lambda x: torch.einsum("bi,ji->ij", x, torch.ones(2, 3)), "'bi,ji->ij' combines the inputs of a batch"),
        (lambda x: torch.einsum("...i,ji->...j", x, torch.ones(2, 3)), "an ellipsis"),
        (lambda x: torch.ones(1, 1) @ x, "combines the inputs of a batch"),
        (lambda x: F.interpolate(x[:, None, None], (2, 5), mode="bilinear", antialias=True), "not antialiased"),
        (lambda x: x.cumsum(1), "the function cumsum is not supported; supported are abs, "),
    ],
)
def test_what_is_no_piecewise_linear_function_is_refused_by_name(of: Callable[[Tensor], Tensor], message: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=message):
        as_network(Forward(of), (3,))


def test_a_view_that_is_written_in_place_is_noticed() -> None:
    def of(x: Tensor) -> Tensor:
        y = 1.0 * x
        y[:, :1].relu_()
        return y

    with pytest.raises(UnsupportedLayerError, match="changes tensors in place"):
        as_network(Forward(of), (3,))


def test_the_layer_that_stops_it_is_named() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), Residual(2), Forward(torch.tanh), nn.Flatten())
    with pytest.raises(UnsupportedLayerError, match="layer 2: the function tanh"):
        as_network(network.eval(), (1, 4, 4))


def test_attention_is_named_with_its_layer() -> None:
    class Attends(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.MultiheadAttention(4, 2, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(x, x, x)[0]

    with pytest.raises(UnsupportedLayerError, match=r"layer 1\.inner: .*attention multiplies activations"):
        as_network(nn.Sequential(nn.Linear(4, 4), Attends()).eval(), (3, 4))


def test_a_forward_that_fails_is_reported_with_its_layer() -> None:
    with pytest.raises(ValueError, match=r"layer 0.first: .* fails on an input of shape"):
        as_network(nn.Sequential(Residual(3)).eval(), (1, 4, 4))


def test_the_module_is_not_changed() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), Residual(2), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 2))
    network.train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    as_network(network, (1, 4, 4))
    assert network.training and all(module.training for module in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


def test_a_carried_shortcut_is_no_dense_matrix() -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), Residual(2), nn.Flatten(), nn.Linear(32, 2)
    ).eval()
    converted = as_network(network, (1, 4, 4))
    second = converted.layers[1].affine
    assert isinstance(second, Blocks)
    assert sum(weight.numel() for weight in second.weights()) < 400
    assert converted.widths == (32, 64, 32)
    assert converted.layers[1].bending().sum() == 32


def test_a_module_used_twice_and_weights_in_float32() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.layer(torch.relu(self.layer(x)) + x)

    network, x = Twice().eval(), torch.randn(9, 4)
    converted = as_network(network, (4,))
    torch.testing.assert_close(converted(x), network(x))
    torch.testing.assert_close(
        converted.to(torch.float64)(x.double()), network.double()(x.double()), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("blocks", [3, 40])
def test_residual_sums_without_activations_stay_small(blocks: int) -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(4, 4, generator=generator, dtype=torch.float64) / 4 for _ in range(2))

    def forward(x: Tensor) -> Tensor:
        for _ in range(blocks):
            x = x + F.linear(x, first)
            x = torch.cat([x, F.linear(x, second)], 1)[:, 2:6] + x  # each line doubles the terms
        return F.linear(torch.relu(x / 1.5**blocks), first)

    x = torch.randn(20, 4, generator=generator, dtype=torch.float64)
    module = Forward(forward)
    module.register_buffer("first", first)  # for its dtype
    network = as_network(module, (4,))
    torch.testing.assert_close(network(x), forward(x), rtol=1e-9, atol=1e-9)
    assert sum(layer.units for layer in network.layers) < 10 * blocks * 4
    assert sum(int(layer.bending().sum()) for layer in network.hidden) == 4
