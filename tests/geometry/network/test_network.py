"""The conversion computes what torch computes, and refuses what it does not know."""

import copy
import math

import pytest
import torch
from hypothesis import given, settings
from torch import nn

from geometry.network.affine import dense_matrix
from geometry.network.network import Normalize, UnsupportedLayerError, as_network
from tests.strategies import Case, batch_norm, networks

torch.manual_seed(0)
SUPPORTED = {
    "linear": (nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3)), (5,)),
    "no bias": (nn.Sequential(nn.Linear(5, 4, bias=False), nn.LeakyReLU(0.2), nn.Linear(4, 3, bias=False)), (5,)),
    "two linear in a row": (nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)), (5,)),
    "ReLU first, ReLU last": (nn.Sequential(nn.ReLU(), nn.Linear(5, 3), nn.ReLU()), (5,)),
    "nested": (nn.Sequential(nn.Sequential(nn.Linear(5, 4), nn.ReLU()), nn.Sequential(nn.Linear(4, 3))), (5,)),
    "dropout, identity": (nn.Sequential(nn.Dropout(), nn.Identity(), nn.Linear(5, 4), nn.ReLU()), (5,)),
    "BatchNorm1d": (nn.Sequential(nn.Linear(5, 4), batch_norm(nn.BatchNorm1d(4)), nn.ReLU(), nn.Linear(4, 2)), (5,)),
    "BatchNorm1d first": (nn.Sequential(batch_norm(nn.BatchNorm1d(5)), nn.Linear(5, 4), nn.ReLU()), (5,)),
    "conv": (nn.Sequential(nn.Conv2d(2, 3, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(27, 2)), (2, 5, 6)),
    "conv, dilated": (nn.Sequential(nn.Conv2d(2, 3, 2, dilation=2), nn.ReLU(), nn.Flatten()), (2, 5, 6)),
    "conv, same": (nn.Sequential(nn.Conv2d(2, 4, 4, padding="same", groups=2), nn.ReLU(), nn.Flatten()), (2, 5, 6)),
    "conv after conv": (
        nn.Sequential(nn.Conv2d(2, 3, 3, 1, 1), nn.Conv2d(3, 2, 2), nn.ReLU(), nn.Flatten()),
        (2, 5, 6),
    ),
    "conv, BatchNorm2d": (
        nn.Sequential(nn.Conv2d(2, 3, 3), batch_norm(nn.BatchNorm2d(3)), nn.ReLU(), nn.Flatten()),
        (2, 5, 6),
    ),
    "BatchNorm2d, conv": (
        nn.Sequential(batch_norm(nn.BatchNorm2d(2)), nn.Conv2d(2, 4, 3, padding=1, groups=2), nn.ReLU(), nn.Flatten()),
        (2, 5, 6),
    ),
    "normalize": (
        nn.Sequential(Normalize([0.1, 0.2], [0.5, 2]), nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.Flatten()),
        (2, 5, 6),
    ),
    "pool": (nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(6, 2)), (2, 6, 5)),
    "pool, padding counted": (nn.Sequential(nn.AvgPool2d(3, 2, 1), nn.Conv2d(2, 3, 2), nn.ReLU()), (2, 6, 5)),
    "pool, padding not counted": (
        nn.Sequential(nn.AvgPool2d(3, 2, 1, count_include_pad=False), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2)),
        (2, 6, 5),
    ),
    "max pool": (
        nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.MaxPool2d(2, 1), nn.Flatten(), nn.Linear(18, 2)),
        (2, 6, 5),
    ),
    "rows": (nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2), nn.Flatten(), nn.Linear(6, 2)), (3, 5)),
    "signals": (
        nn.Sequential(
            nn.Conv1d(2, 4, 3, groups=2, dilation=2), nn.ReLU(), nn.MaxPool1d(2, ceil_mode=True), nn.Flatten()
        ),
        (2, 9),
    ),
    "pool over the edge": (
        nn.Sequential(nn.Conv2d(2, 2, 1), nn.MaxPool2d(2, ceil_mode=True), nn.AvgPool2d(2, ceil_mode=True)),
        (2, 5, 7),
    ),
    "transposed": (nn.Sequential(nn.ConvTranspose2d(2, 3, 3, 2, 1, 1), nn.ReLU(), nn.Flatten()), (2, 3, 4)),
    "upsampled": (
        nn.Sequential(
            nn.Upsample(scale_factor=1.5, mode="bilinear"),
            nn.Conv2d(2, 2, 1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
        ),
        (2, 5, 6),
    ),
    "padded by reflection": (
        nn.Sequential(nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"), nn.ReLU(), nn.Flatten(2), nn.Flatten()),
        (2, 4, 5),
    ),
    "unflatten": (
        nn.Sequential(nn.Unflatten(1, (2, 3, -1)), nn.Conv2d(2, 2, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2)),
        (18,),
    ),
}


@pytest.mark.parametrize("name", SUPPORTED)
def test_every_supported_layer_computes_what_torch_computes(name):
    module, shape = SUPPORTED[name]
    module = copy.deepcopy(module).double().eval()
    x = torch.randn(7, *shape, dtype=torch.float64)
    expected = module(x).flatten(1)
    torch.testing.assert_close(as_network(module, shape)(x), expected, rtol=1e-12, atol=1e-12)


@given(networks())
@settings(deadline=None, max_examples=30)
def test_random_networks_compute_what_torch_computes(case: Case):
    x = torch.randn(5, *case.input_shape, dtype=torch.float64)
    expected = case.network(x)
    torch.testing.assert_close(as_network(case.network, case.input_shape)(x), expected, rtol=1e-10, atol=1e-10)


@given(networks())
@settings(deadline=None, max_examples=30)
def test_transpose_and_absolute_belong_to_the_same_matrix(case: Case):
    for layer in as_network(case.network, case.input_shape).layers:
        matrix = dense_matrix(layer.affine)
        x = torch.randn(3, math.prod(layer.affine.in_shape), dtype=torch.float64)
        torch.testing.assert_close(layer.affine.linear(x), x @ matrix.T, rtol=1e-9, atol=1e-9)
        slack = dense_matrix(layer.affine.absolute()) - matrix.abs()
        assert slack.min() >= -1e-12


@pytest.mark.parametrize(
    "layer",
    [
        nn.MaxPool2d(2, return_indices=True),
        nn.Sigmoid(),
        nn.LayerNorm(4),
        nn.Conv3d(1, 1, 1),
    ],
)
def test_an_unsupported_layer_is_named(layer):
    with pytest.raises(UnsupportedLayerError, match=r"layer 0.*(support|use)"):
        as_network(nn.Sequential(layer, nn.ReLU(), nn.Flatten()), (1, 4, 4))


@pytest.mark.parametrize("slope", [math.nan, math.inf])
def test_a_leaky_slope_that_is_not_finite_is_refused(slope):
    with pytest.raises(ValueError, match="slope must be finite, got"):
        as_network(nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU(slope)), (2,))


@pytest.mark.parametrize("layer", [nn.Softmax(1), nn.LogSoftmax(1)])
def test_a_last_softmax_is_refused_with_what_to_do(layer):
    with pytest.raises(UnsupportedLayerError, match="leave it off at the end"):
        as_network(nn.Sequential(nn.Linear(2, 2), layer), (2,))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_weights_that_are_not_finite_are_named(bad):
    network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
    network[2].weight.data[0, 1] = bad
    with pytest.raises(ValueError, match=r"layer 2: weight"):
        as_network(network, (2,))


def test_a_layer_that_does_not_fit_is_named_with_the_shape():
    with pytest.raises(ValueError, match=r"layer 0.*\(3,\)"):
        as_network(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), (3,))


def test_a_converted_network_passes_through_and_checks_the_shape():
    network = as_network(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), (2,))
    assert as_network(network, (2,)) is network
    with pytest.raises(ValueError, match=r"\(2,\)"):
        as_network(network, (3,))


def test_the_module_is_never_changed():
    module, shape = SUPPORTED["conv, BatchNorm2d"]
    before = copy.deepcopy(module.state_dict())
    as_network(module, shape).to(torch.float64)(torch.randn(2, *shape, dtype=torch.float64))
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_gradients_flow_to_the_weights():
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
    as_network(module, (2,))(torch.randn(4, 2)).sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())
