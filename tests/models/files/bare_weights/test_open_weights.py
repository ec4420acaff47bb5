"""Bare weights never become another network silently: the true one is read, or among the readings, or it is refused."""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from itertools import pairwise

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models import load_network, readings, recognise, settled
from tests.models.samples import npz_bytes, torch_bytes

SCHEMES = ("sequential", "fields", "words", "blocks")
WORDS = ("stem", "body", "middle", "deep", "neck", "head", "up", "down")


class Named(nn.Module):
    """Layers that act one after the other, under these names."""

    def __init__(self, layers: Sequence[nn.Module], names: Sequence[str]) -> None:
        super().__init__()
        self.steps = list(layers)
        for name, layer in zip(names, layers):
            if name and any(True for _ in layer.parameters()):
                self.add_module(name, layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for step in self.steps:
            x = step(x)
        return x


@st.composite
def truths(draw: st.DrawFn) -> tuple[nn.Module, tuple[int, ...], bytes]:
    """A network, the shape of its inputs, and a file of its weights with names of one of the usual kinds."""
    torch.manual_seed(draw(st.integers(0, 2**31)))
    layers: list[nn.Module] = []
    norm, behind = draw(st.booleans()), draw(st.booleans())

    def activation(features: int, image: bool) -> list[nn.Module]:
        relu = nn.ReLU()
        norms = [(nn.BatchNorm2d if image else nn.BatchNorm1d)(features)] if norm else []
        return [relu, *norms] if behind else [*norms, relu]

    if draw(st.booleans()):
        channels = draw(st.sampled_from([1, 3]))
        shape: tuple[int, ...] = (channels, 28, 28) if channels == 1 else (channels, 32, 32)
        kernel, stride = draw(st.sampled_from([3, 4, 5])), draw(st.sampled_from([1, 2]))
        padding = draw(st.sampled_from([0, 1, kernel // 2]))
        pool = draw(st.sampled_from([None, nn.MaxPool2d(2), nn.AvgPool2d(2), nn.MaxPool2d(3, 2)]))
        for place in range(draw(st.integers(1, 3))):
            given_channels = channels if place == 0 else 4
            layers += [nn.Conv2d(given_channels, 4, kernel, stride, padding), *activation(4, True)]
            if pool is not None and draw(st.booleans()):
                layers.append(pool)
        try:
            units = nn.Sequential(*layers).eval()(torch.zeros(1, *shape)).numel()
        except RuntimeError:  # the image has become too small
            layers, units, shape = [], 6, (6,)
        layers += [nn.Flatten()] if layers else []
    else:
        units = draw(st.sampled_from([2, 5, 8]))
        shape = (units,)
    for width in draw(st.lists(st.sampled_from([5, 8]), max_size=3)):
        layers += [nn.Linear(units, width), *activation(width, False)]
        units = width
    layers.append(nn.Linear(units, draw(st.sampled_from([2, 5, 8]))))
    scheme = draw(st.sampled_from(SCHEMES))
    network: nn.Module = nn.Sequential(*layers)
    if scheme != "sequential":
        network = Named(layers, _names(layers, scheme, draw(st.permutations(WORDS))))
    with torch.no_grad():
        network.train()(torch.rand(9, *shape))
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape))
    weights = network.eval().state_dict()
    if draw(st.booleans()):
        return network, shape, torch_bytes(weights)
    shuffled = random.Random(0).sample(sorted(weights), len(weights))
    return network, shape, safetensors.torch.save({name: weights[name].contiguous() for name in shuffled})


def _names(layers: Sequence[nn.Module], scheme: str, words: Sequence[str]) -> list[str]:
    names, count, spare = [], {"conv": 0, "fc": 0, "bn": 0}, iter(words)
    for layer in layers:
        kind = "conv" if isinstance(layer, nn.Conv2d) else "fc" if isinstance(layer, nn.Linear) else "bn"
        if not any(True for _ in layer.parameters()):
            names.append("")
            continue
        count[kind] += 1
        word = next(spare, None)
        name = f"{kind}{count[kind]}" if scheme == "fields" or word is None else word
        names.append(f"block{count['conv'] + count['fc']}_{kind}" if scheme == "blocks" else name)
    return names


def same(found: nn.Module, network: nn.Module, shape: tuple[int, ...]) -> bool:
    x = torch.rand(5, *shape)
    with torch.no_grad():
        try:
            return torch.allclose(found(x), network(x), atol=1e-5)
        except RuntimeError:
            return False


@settings(deadline=None, max_examples=15)
@given(truths())
def test_another_network_is_never_read_silently(truth: tuple[nn.Module, tuple[int, ...], bytes]) -> None:
    network, shape, stored = truth
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            found = load_network(stored)
        except ValueError as error:
            assert len(str(error)) > 20
            return
    if not same(found, network, shape):
        assert any("leaves the network open" in str(warning.message) for warning in said)
        assert len(readings(stored)) > 1


@settings(deadline=None, max_examples=8)
@given(st.sampled_from([1, 3]), st.sampled_from([3, 5]), st.booleans(), st.booleans(), st.integers(1, 3))
def test_average_pooling_after_each_convolution_is_among_the_readings(
    channels: int, kernel: int, padded: bool, named: bool, count: int
) -> None:
    shape = (1, 28, 28) if channels == 1 else (3, 32, 32)
    layers: list[nn.Module] = []
    for place in range(count):
        layers += [nn.Conv2d(channels if place == 0 else 4, 4, kernel, 1, kernel // 2 if padded else 0), nn.ReLU()]
        layers.append(nn.AvgPool2d(2))
    try:
        units = nn.Sequential(*layers)(torch.zeros(1, *shape)).numel()
    except RuntimeError:
        return
    layers += [nn.Flatten(), nn.Linear(units, 3)]
    network = Named(layers, _names(layers, "fields", ())) if named else nn.Sequential(*layers)
    stored = torch_bytes(network.state_dict())
    fitting = [way for way in readings(stored) if way.input_shape == shape]
    assert any(way.supported and same(way.network, network, shape) for way in fitting)
    assert any(way.reading.pool_kind == "max" and not way.supported for way in fitting)
    assert settled(readings(stored)) is None
    with pytest.raises(ValueError, match=r"pooling.*reading="):
        load_network(stored)


def chain(names: Sequence[str], widths: Sequence[int]) -> nn.Module:
    layers: list[nn.Module] = []
    for a, b in pairwise(widths):
        layers += [nn.Linear(a, b), nn.ReLU()]
    wide = [name for pair in zip(names, [""] * len(names)) for name in pair]
    return Named(layers[:-1], wide[:-1])


@pytest.mark.parametrize(
    ("names", "widths"),
    [
        (("stem", "hidden", "classifier"), (2, 8, 6, 3)),  # by shapes
        (("encoder", "body", "decoder"), (2, 8, 8, 2)),  # by what the names say
        (("fc_in", "fc_hidden", "fc_out"), (2, 8, 8, 2)),
        ([f"layer{k}" for k in range(1, 13)], (4,) * 13),  # by number, not by letter
        (("layer_one", "layer_two", "layer_three"), (3, 3, 3, 3)),
    ],
)
@pytest.mark.filterwarnings("ignore:the file leaves")
def test_layers_of_a_file_in_alphabetical_order_are_put_in_theirs(names: Sequence[str], widths: Sequence[int]) -> None:
    network = chain(names, widths)
    found = load_network(safetensors.torch.save(network.state_dict()))
    assert same(found, network, (widths[0],))


@pytest.mark.parametrize("names", [("up", "mid", "down"), ("head", "body", "tail"), ("c", "a", "b")])
def test_an_order_that_nothing_tells_is_refused_and_all_are_offered(names: Sequence[str]) -> None:
    network = chain(names, (2, 8, 8, 2))
    stored = safetensors.torch.save(network.state_dict())
    with pytest.raises(ValueError, match="layers"):
        recognise(stored)
    ways = readings(stored)
    assert len(ways) == 3 and sum(same(way.network, network, (2,)) for way in ways) == 1
    with pytest.warns(UserWarning, match="leaves the network open"):
        assert same(load_network(torch_bytes(network.state_dict())), network, (2,))


def test_tied_weights_that_safetensors_leaves_out_are_put_back() -> None:
    weights = chain(("0", "1", "2"), (3, 3, 3, 3)).state_dict()
    network = chain(("0", "1", "2"), (3, 3, 3, 3))
    network.load_state_dict({**weights, "2.weight": weights["1.weight"]})
    kept = {name: tensor for name, tensor in network.state_dict().items() if name != "2.weight"}
    found = load_network(safetensors.torch.save(kept, {"2.weight": "1.weight"}))
    assert same(found, network, (3,))


def test_numbers_that_leave_no_room_for_a_relu_mean_that_there_is_none() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2))
    assert same(load_network(torch_bytes(network.state_dict())), network, (3,))


def test_what_is_assumed_is_said() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(288, 3))
    (first, *_) = readings(torch_bytes(network.state_dict()))
    assert [note.kind for note in first.layers] == ["Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear"]
    assert [note.after for note in first.layers] == [(2, 24, 24), (2, 24, 24), (2, 12, 12), (288,), (3,)]
    assert [note.assumed for note in first.layers] == [True, True, True, False, False]
    assert any("activations" in said and "ReLU" in said for said in first.assumptions)
    assert any("no trace of pooling" in said for said in first.assumptions)
    assert not first.determined and "max-pooling" in first.title and "not supported" in first.refusal


def test_a_reading_settles_a_file() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(1024, 5))
    stored = torch_bytes(network.state_dict())
    for way in readings(stored):
        if way.supported:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                assert same(load_network(stored, reading=way.reading), way.network, way.input_shape)
        else:
            with pytest.raises(ValueError, match="max-pooling is not supported"):
                load_network(stored, reading=way.reading)
    with pytest.raises(ValueError, match="the reading speaks of"):
        load_network(npz_bytes(W1=torch.ones(2, 3).numpy()), reading=readings(stored)[0].reading)
