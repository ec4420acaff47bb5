"""A module that computes something else than its layers' kinds is refused, with the layer's name; others are not."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from geometry import Normalize, UnsupportedLayerError, as_network
from tests.strategies import batch_norm, conv_networks, networks


class Doubled(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


class Clipped(nn.ReLU):
    def forward(self, x: Tensor) -> Tensor:
        return x.clamp(0, 6)


class SoftShrunk(nn.ReLU):
    def forward(self, x: Tensor) -> Tensor:
        return (x - 1e-6).clamp(min=0)


class Residual(nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)


class Backwards(nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        for module in reversed(self):
            x = module(x)
        return x


class Noisy(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + 0.1 * torch.randn(x.shape[0], self.out_features, dtype=x.dtype)


class AlwaysDropping(nn.Dropout):
    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.dropout(x, self.p, training=True)


def foreign_normalize(forward) -> nn.Module:
    """A class of that name, with mean and std, that computes something of its own."""
    module = type("Normalize", (nn.Module,), {"forward": forward})()
    module.mean, module.std = torch.tensor([0.3]), torch.tensor([2.0])
    return module


def between(*middle: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), *middle, nn.Linear(4, 2))


def hooked(register: str, hook) -> nn.Sequential:
    network = between(nn.ReLU())
    getattr(network[1], register)(hook)
    return network


def overridden() -> nn.Sequential:
    network = between(nn.ReLU())
    network[2].forward = lambda x: torch.zeros(len(x), 2)
    return network


WRONG = {
    "a subclass of Linear": (nn.Sequential(Doubled(3, 4), nn.ReLU(), nn.Linear(4, 2)), "layer 0"),
    "a subclass of ReLU, large values": (between(Clipped()), "layer 1"),
    "a subclass of ReLU, small values": (between(SoftShrunk()), "layer 1"),
    "a negative-going Identity": (between(nn.ReLU(), type("Minus", (nn.Identity,), {"forward": lambda s, x: -x})()),
                                  "layer 2"),
    "a forward hook": (hooked("register_forward_hook", lambda module, given, output: output + 1), "layer 1"),
    "a forward pre-hook": (hooked("register_forward_pre_hook", lambda module, given: (given[0] - 1,)), "layer 1"),
    "a forward of the instance": (overridden(), "layer 2"),
    "noise": (nn.Sequential(Noisy(3, 4), nn.ReLU(), nn.Linear(4, 2)), "layer 0"),
    "dropout that never rests": (between(nn.ReLU(), AlwaysDropping()), "layer 2"),
    "a residual Sequential": (nn.Sequential(Residual(nn.Linear(3, 3), nn.ReLU()), nn.Linear(3, 2)), "layer 0.1"),
    "a Sequential in its own order": (Backwards(nn.Linear(3, 3), nn.ReLU()), "layer 0"),
    "a hook of the whole": (between(nn.ReLU()), "layer 2"),
    "Normalize that multiplies": (nn.Sequential(foreign_normalize(lambda s, x: x * s.std + s.mean), nn.Linear(3, 2)),
                                  "layer 0"),
    "Normalize that clips": (
        nn.Sequential(foreign_normalize(lambda s, x: (x.clamp(0, 1) - s.mean) / s.std), nn.Linear(3, 2)), "layer 0"),
}  # fmt: skip
WRONG["a hook of the whole"][0].register_forward_hook(lambda module, given, output: output.flip(1))


@pytest.mark.parametrize("kind", WRONG)
def test_what_computes_something_else_is_refused_and_named(kind):
    network, name = WRONG[kind]
    with pytest.raises(UnsupportedLayerError, match=f"{name}\\b"):
        as_network(network.eval(), (3,))


def weight_normed(make) -> nn.Sequential:
    network = between(nn.ReLU())
    make(network[0])
    with torch.no_grad():
        network[0].parametrizations.weight.original0.mul_(3)
    return network


RIGHT = {
    "a subclass that changes nothing": (nn.Sequential(type("Mine", (nn.Linear,), {})(3, 4), nn.ReLU()), (3,)),
    "Normalize of one's own": (
        nn.Sequential(foreign_normalize(lambda s, x: (x - s.mean) / s.std), nn.Linear(3, 2)), (3,)),
    "a negative deviation": (nn.Sequential(Normalize([0.1, 0.2], [-0.5, 2]), nn.Flatten(), nn.Linear(8, 2)), (2, 2, 2)),
    "nothing but a normalisation": (nn.Sequential(Normalize([0.1], [0.5])), (1, 2, 2)),
    "a lone ReLU": (nn.Sequential(nn.ReLU()), (3,)),
    "nothing at all": (nn.Sequential(), (3,)),
    "a weight norm": (weight_normed(parametrizations.weight_norm), (3,)),
    "a layer used twice": ((lambda twice: nn.Sequential(twice, nn.ReLU(), twice))(nn.Linear(3, 3)), (3,)),
    "a hook that only looks": (hooked("register_forward_hook", lambda module, given, output: None), (3,)),
    "in place": (between(nn.ReLU(inplace=True)), (3,)),
    "half precision": (between(nn.ReLU()).bfloat16(), (3,)),
    "weights of all sizes": (between(nn.ReLU()), (3,)),
    "means far from zero that cancel": (nn.Sequential(nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.ReLU()), (1, 3, 3)),
    "pooling at the border": (nn.Sequential(nn.AvgPool2d(3, 2, 1, count_include_pad=False), nn.Flatten()), (2, 5, 5)),
}  # fmt: skip
with torch.no_grad():
    RIGHT["weights of all sizes"][0][0].weight.mul_(torch.logspace(-30, 30, 4, 2)[:, None])
    norm = RIGHT["means far from zero that cancel"][0][1]
    norm.running_mean.fill_(1e4), norm.bias.fill_(1e4)


@pytest.mark.parametrize("kind", RIGHT)
def test_what_computes_the_same_is_converted(kind):
    module, shape = RIGHT[kind]
    converted = as_network(module.eval(), shape)
    x = torch.randn(5, *shape, dtype=torch.float64)
    with torch.no_grad():
        expected = copy.deepcopy(module).double()(x).flatten(1)
        torch.testing.assert_close(converted.to(torch.float64)(x), expected, rtol=1e-7, atol=1e-7)


@settings(max_examples=30, deadline=None)
@given(networks())
def test_no_network_of_ours_is_refused_in_either_precision(case):
    as_network(copy.deepcopy(case.network).float(), case.input_shape)
    as_network(case.network, case.input_shape)


def test_normalisation_per_pixel_is_converted_where_it_is_one():
    mean = torch.rand(1, 2, 2)
    module = foreign_normalize(lambda s, x: (x - s.mean) / s.std)
    module.mean, module.std = mean, 1 + mean
    x = torch.rand(4, 1, 2, 2)
    torch.testing.assert_close(as_network(nn.Sequential(module), (1, 2, 2))(x), ((x - mean) / (1 + mean)).flatten(1))


def test_numbers_that_a_foreign_normalize_spreads_over_columns_are_not_taken_for_channels():
    module = foreign_normalize(lambda s, x: (x - s.mean) / s.std)
    module.mean, module.std = torch.tensor([0.1, 0.2]), torch.ones(2)
    with pytest.raises(UnsupportedLayerError, match="layer 0"):
        as_network(nn.Sequential(module), (2, 2, 2))


@pytest.mark.parametrize(("std", "says"), [([0.0], "holds 0"), ([1.0, 2.0], "one number"), ([math.nan], "NaN")])
def test_a_deviation_that_cannot_be_is_explained(std, says):
    with pytest.raises(ValueError, match=says):
        as_network(nn.Sequential(Normalize([0.5], std)), (1, 2, 2))


def test_a_forward_pass_that_fails_names_its_layer():
    network = between(nn.ReLU())
    network[2].double()
    with pytest.raises(ValueError, match="layer 2: the network's own forward pass fails"):
        as_network(network, (3,))


@pytest.mark.parametrize("kind", ["noise", "dropout that never rests", "a forward hook"])
def test_comparing_leaves_the_module_its_mode_and_the_random_numbers_as_they_were(kind):
    network = copy.deepcopy(WRONG[kind][0]).train()
    hooks, weights = dict(network[1]._forward_hooks), copy.deepcopy(network.state_dict())
    random = torch.random.get_rng_state()
    with pytest.raises(UnsupportedLayerError):
        as_network(network, (3,))
    assert all(module.training for module in network.modules())
    assert torch.equal(random, torch.random.get_rng_state())
    assert network[1]._forward_hooks == hooks
    assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())


def test_a_module_in_training_mode_is_taken_as_in_eval_mode_and_keeps_its_statistics():
    network = nn.Sequential(nn.Linear(3, 4), batch_norm(nn.BatchNorm1d(4)), nn.ReLU(), nn.Dropout(0.5)).train()
    before = copy.deepcopy(network.state_dict())
    x = torch.randn(6, 3)
    converted = as_network(network, (3,))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    with torch.no_grad():
        torch.testing.assert_close(converted(x), copy.deepcopy(network).eval()(x))


def test_what_changes_later_is_compared_again():
    network = between(nn.ReLU())
    as_network(network, (3,))
    network[1].register_forward_hook(lambda module, given, output: output + 1)
    with pytest.raises(UnsupportedLayerError, match="layer 1"):
        as_network(network, (3,))


def test_an_unchanged_module_is_compared_once(monkeypatch):
    compared = []
    monkeypatch.setattr("geometry.network.agreement._compare", lambda network, shape: compared.append(shape))
    network = between(nn.ReLU())
    for _ in range(3):
        as_network(network, (3,))
    with torch.no_grad():
        network[0].weight.mul_(2)
    as_network(network, (3,))
    as_network(network, (3,), compare="once")
    assert compared == [(3,), (3,)]


@settings(max_examples=30, deadline=None)
@given(conv_networks())
def test_a_float32_network_is_folded_in_float64(case):
    """Its exact logits are those of module.double(), however its layers are folded."""
    module = copy.deepcopy(case.network).float()
    x = torch.randn(4, *case.input_shape, dtype=torch.float64)
    with torch.no_grad():
        expected = copy.deepcopy(module).double()(x)
    converted = as_network(module, case.input_shape).detached().to(torch.float64)
    torch.testing.assert_close(converted(x), expected, rtol=1e-12, atol=1e-12)


def altered(change) -> nn.Sequential:
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.LeakyReLU(0.1), nn.Linear(4, 2)).eval()
    change(network)
    return network


BROKEN = {
    "a variance below 0": (lambda network: network[1].running_var.fill_(-1), "layer 1: a variance of -1"),
    "no weights in memory": (lambda network: network[3].to("meta"), "layer 3"),
    "sparse weights": (lambda network: setattr(
        network[0], "weight", nn.Parameter(network[0].weight.detach().to_sparse(), requires_grad=False)), "layer 0"),
    "a slope that is a text": (lambda network: setattr(network[2], "negative_slope", "a"), "layer 2"),
    "overflow where layers are folded": (
        lambda network: [network[k].weight.data.fill_(1e30) for k in (0, 1)], "beyond 3.4e\\+38"),
    "a normalisation by texts": (
        lambda network: network.insert(0, type("Normalize", (nn.Module,), {"mean": "a", "std": "b"})()), "layer 0"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_layer_that_is_no_function_on_numbers_is_named(kind):
    change, says = BROKEN[kind]
    with pytest.raises(ValueError, match=says):
        as_network(altered(change), (3,))


@pytest.mark.parametrize("shape", [(3.0,), (-3,), (0,), ("3",)])
def test_a_shape_of_no_whole_numbers_is_refused(shape):
    with pytest.raises(ValueError, match="whole numbers above 0"):
        as_network(nn.Sequential(nn.ReLU()), shape)
