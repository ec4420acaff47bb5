"""Hypothesis strategies: small networks, generic and degenerate, and points, norms, boxes and planes for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from hypothesis import strategies as st
from torch import nn

from geometry.network.network import Normalize
from geometry.plane import Plane

seeds = st.integers(0, 2**32 - 1)


def norms() -> st.SearchStrategy[float]:
    return st.sampled_from([1, 2, math.inf])


@dataclass(frozen=True)
class Case:
    """A network in float64 and the shape of its inputs."""

    network: nn.Sequential
    input_shape: tuple[int, ...]

    def __repr__(self) -> str:
        weights = {name: value.tolist() for name, value in self.network.state_dict().items() if value.numel() < 40}
        return f"Case({self.network}, {self.input_shape}, {weights})"


def mlp(widths: Sequence[int], seed: int, slope: float = 0.0) -> nn.Sequential:
    """A random network with these widths, inputs and logits included; weights of order one."""
    generator = torch.Generator().manual_seed(seed)
    layers: list[nn.Module] = []
    for k, (inputs, outputs) in enumerate(pairwise(widths)):
        if k > 0:
            layers.append(nn.LeakyReLU(slope) if slope else nn.ReLU())
        layers.append(nn.Linear(inputs, outputs, dtype=torch.float64))
    network = nn.Sequential(*layers).eval().requires_grad_(False)
    for parameter in network.parameters():
        scale = 1 / math.sqrt(parameter.shape[1]) if parameter.dim() > 1 else 0.5
        parameter.normal_(0, scale, generator=generator)
    return network


@st.composite
def mlps(
    draw: st.DrawFn, inputs: st.SearchStrategy[int] | int = 2, depth: int = 3, width: int = 12, classes: int = 4
) -> Case:
    """Random fully connected networks in general position, ReLU or LeakyReLU."""
    d = inputs if isinstance(inputs, int) else draw(inputs)
    hidden = draw(st.lists(st.integers(1, width), min_size=1, max_size=depth))
    slope = draw(st.sampled_from([0.0, 0.0, 0.1, 0.5]))
    return Case(mlp([d, *hidden, draw(st.integers(2, classes))], draw(seeds), slope), (d,))


@st.composite
def degenerate_mlps(draw: st.DrawFn, inputs: int = 2, depth: int = 3, width: int = 8) -> Case:
    """Networks not in general position: integer weights, zero biases, duplicate, opposite, dead and constant units."""
    case = draw(mlps(inputs, depth, width))
    rng = np.random.default_rng(draw(seeds))
    kinds = draw(st.sets(st.sampled_from(["integer", "no bias", "duplicate", "opposite", "dead", "zero"]), min_size=1))
    linear = [module for module in case.network if isinstance(module, nn.Linear)]
    for k, module in enumerate(linear):
        weight, bias = module.weight, module.bias
        if "integer" in kinds:
            weight.copy_(torch.from_numpy(rng.integers(-2, 3, tuple(weight.shape))))
            bias.copy_(torch.from_numpy(rng.integers(-2, 3, tuple(bias.shape))))
        if "no bias" in kinds:
            bias.zero_()
        first, second = rng.integers(0, len(bias), 2)
        if "duplicate" in kinds and k < len(linear) - 1:
            weight[second], bias[second] = weight[first].clone(), bias[first].clone()
        if "opposite" in kinds and k < len(linear) - 1:
            weight[second], bias[second] = -weight[first], -bias[first]
        if "dead" in kinds and k < len(linear) - 1:
            bias[first] = -100
        if "zero" in kinds:
            weight[first], bias[first] = 0, 0
    return case


@st.composite
def conv_networks(draw: st.DrawFn) -> Case:
    """Small convolutional networks with padding, strides, groups, pooling, BatchNorm and normalisation."""
    torch.manual_seed(draw(seeds))
    channels, size = draw(st.sampled_from([1, 2])), draw(st.integers(4, 6))
    layers: list[nn.Module] = []
    if draw(st.booleans()):
        layers.append(Normalize([0.3] * channels, [0.7] * channels))
    maps = 2 * channels
    stride, padding = draw(st.sampled_from([(1, 0), (1, 1), (2, 1)]))
    layers.append(nn.Conv2d(channels, maps, 3, stride, padding, groups=draw(st.sampled_from([1, channels]))))
    if draw(st.booleans()):
        layers.append(batch_norm(nn.BatchNorm2d(maps)))
    layers.append(draw(st.sampled_from([nn.ReLU(), nn.LeakyReLU(0.1)])))
    if draw(st.booleans()):
        layers.append(nn.AvgPool2d(2, 1, 1, count_include_pad=draw(st.booleans())))
    layers += [nn.Conv2d(maps, 3, 2), nn.ReLU(), nn.Flatten()]
    network = nn.Sequential(*layers).double().eval()
    shape = (channels, size, size)
    units = network(torch.zeros(1, *shape, dtype=torch.float64)).shape[1]
    network.append(nn.Linear(units, 3, dtype=torch.float64))
    return Case(network.requires_grad_(False), shape)


@st.composite
def unit_networks(draw: st.DrawFn, inputs: int = 3, depth: int = 2, width: int = 6) -> Case:
    """Small networks, some convolutional, with every kind of unit: PReLU, clips, slopes of 1 and beyond [0, 1]."""
    torch.manual_seed(draw(seeds))
    layers: list[nn.Module] = []
    shape: tuple[int, ...] = (inputs,)
    if draw(st.integers(0, 3)) == 0:
        shape = (1, 3, 3)
        layers += [nn.Conv2d(1, 2, 2, padding=1), draw(activations(2)), nn.Conv2d(2, 2, 2), draw(activations(2))]
        layers.append(nn.Flatten())
        before = 2 * 9
    else:
        before = inputs
        for _ in range(draw(st.integers(1, depth))):
            units = draw(st.integers(1, width))
            layers += [nn.Linear(before, units), draw(activations(units))]
            before = units
    layers.append(nn.Linear(before, draw(st.integers(2, 3))))
    return Case(nn.Sequential(*layers).double().eval().requires_grad_(False), shape)


@st.composite
def activations(draw: st.DrawFn, channels: int) -> nn.Module:
    """A layer of units with one or two bends each, or none."""
    kinds = ["relu", "leaky", "any leaky", "rrelu", "prelu", "channels", "beyond", "relu6", "hardtanh", "hardsigmoid"]
    kind = draw(st.sampled_from([*kinds, "softshrink"]))
    match kind:
        case "relu" | "leaky":
            return nn.ReLU() if kind == "relu" else nn.LeakyReLU(0.2)
        case "any leaky":
            return nn.LeakyReLU(draw(st.sampled_from([-1.0, -0.3, 1.7])))
        case "rrelu":
            return nn.RReLU(0.1, 0.5).eval()
        case "softshrink":
            return nn.Softshrink(0.2)
        case "prelu":
            return nn.PReLU(init=draw(st.sampled_from([0.0, 0.25, 1.0])))
        case "channels" | "beyond":
            slopes = [0.0, 0.3, 1.0] if kind == "channels" else [-1.0, -0.3, 0.4, 1.0, 1.7]
            units = nn.PReLU(channels)
            units.weight.data = torch.tensor([draw(st.sampled_from(slopes)) for _ in range(channels)])
            return units
        case "relu6":
            return nn.ReLU6()
        case "hardtanh":
            return nn.Hardtanh(-0.4, draw(st.sampled_from([0.0, 0.3])))
    return nn.Hardsigmoid()


def batch_norm(module: nn.BatchNorm1d | nn.BatchNorm2d) -> nn.BatchNorm1d | nn.BatchNorm2d:
    """With running statistics and an affine map as after training."""
    assert module.running_mean is not None and module.running_var is not None
    module.running_mean.normal_()
    module.running_var.uniform_(0.5, 2)
    nn.init.normal_(module.weight)
    nn.init.normal_(module.bias)
    return module.eval()


def networks() -> st.SearchStrategy[Case]:
    """Every kind of network, generic, degenerate and convolutional."""
    return st.one_of(mlps(st.integers(1, 6)), degenerate_mlps(), conv_networks())


@st.composite
def points(draw: st.DrawFn, shape: tuple[int, ...], n: int = 1) -> np.ndarray:
    """(n, *shape) points in [-1, 1], sometimes on a grid where degenerate networks have their hyperplanes."""
    found = np.random.default_rng(draw(seeds)).uniform(-1, 1, (n, *shape))
    return np.round(2 * found) / 2 if draw(st.integers(0, 3)) == 0 else found


@st.composite
def boxes(draw: st.DrawFn, around: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A box (lo, hi) that holds all points of a batch (n, *shape), some of them on its faces."""
    rng = np.random.default_rng(draw(seeds))
    shape = around.shape[1:]
    room = rng.uniform(0, 1, (2, *shape)) * (rng.random((2, *shape)) < 0.8)
    return around.min(axis=0) - room[0], around.max(axis=0) + room[1]


@st.composite
def planes(draw: st.DrawFn, shape: tuple[int, ...]) -> Plane:
    """Planes in general position; for 2-D inputs sometimes the input plane itself."""
    if shape == (2,) and draw(st.booleans()):
        return Plane.identity()
    return Plane.through(*np.random.default_rng(draw(seeds)).uniform(-1, 1, (3, *shape)))


def random_directions(shape: tuple[int, ...], p: float, n: int, seed: int = 0) -> np.ndarray:
    """(n, *shape) perturbations of l_p length one: spread over the sphere, and its corners."""
    rng = np.random.default_rng(seed)
    d = math.prod(shape)
    found = rng.normal(size=(n, d))
    found[: n // 4] = np.sign(found[: n // 4])
    spikes = found[n // 4 : n // 2]
    spikes[np.abs(spikes) < np.abs(spikes).max(axis=1, keepdims=True)] = 0
    lengths = np.linalg.norm(found, ord=p, axis=1, keepdims=True)
    return (found / lengths).reshape(n, *shape)
