"""Small networks, windows and planes by family, generic and degenerate: what the enumeration is tried on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from hypothesis import strategies as st
from torch import nn

from geometry.plane import Plane
from tests.strategies import mlp, seeds

Window = tuple[float, float, float, float]
WINDOW: Window = (-2.0, 2.0, -1.5, 1.5)


@dataclass(frozen=True)
class Drawn:
    """A network in float64, and a window of a plane of its inputs."""

    network: nn.Sequential
    window: Window
    plane: Plane


def _widths(rng: np.random.Generator, layers: int = 3, width: int = 6) -> list[int]:
    hidden = rng.integers(1, width + 1, rng.integers(1, layers + 1)).tolist()
    return [2, *hidden, int(rng.integers(1, 4))]


def _network(rng: np.random.Generator, widths: list[int] | None = None) -> nn.Sequential:
    slope = float(rng.choice([0.0, 0.0, 0.0, 0.25, 0.1]))
    return mlp(widths or _widths(rng), int(rng.integers(2**32)), slope)


def _linear(network: nn.Sequential) -> list[nn.Linear]:
    return [module for module in network if isinstance(module, nn.Linear)]


def _on_inputs(network: nn.Sequential, window: Window = WINDOW) -> Drawn:
    return Drawn(network, window, Plane.identity())


def gaussian(rng: np.random.Generator) -> Drawn:
    return _on_inputs(_network(rng))


def integer(rng: np.random.Generator) -> Drawn:
    network = _network(rng)
    for module in _linear(network):
        module.weight.copy_(torch.from_numpy(rng.integers(-2, 3, tuple(module.weight.shape))))
        module.bias.copy_(torch.from_numpy(rng.integers(-2, 3, tuple(module.bias.shape))))
    return _on_inputs(network)


def zero_bias(rng: np.random.Generator) -> Drawn:
    network = _network(rng)
    for module in _linear(network):
        module.bias.zero_()
    return _on_inputs(network)


def _copied(rng: np.random.Generator, distance: float) -> nn.Sequential:
    """Some units are others times a factor, moved by about `distance`."""
    network = _network(rng, [2, *rng.integers(2, 7, rng.integers(1, 3)).tolist(), 2])
    for module in _linear(network)[:-1]:
        for _ in range(rng.integers(1, 3)):
            one, other = rng.choice(len(module.bias), 2, replace=False)
            factor = float(rng.choice([1.0, -1.0, 2.0, 0.5, -0.25, 3.0]))
            row = torch.cat([module.weight[one], module.bias[one, None]]) * factor
            row = row * (1 + distance * torch.from_numpy(rng.normal(size=len(row))))
            module.weight[other], module.bias[other] = row[:-1], row[-1]
    return network


def duplicate(rng: np.random.Generator) -> Drawn:
    return _on_inputs(_copied(rng, 0.0))


def near_duplicate(rng: np.random.Generator) -> Drawn:
    return _on_inputs(_copied(rng, 10.0 ** -rng.uniform(8, 15.5)), (-3.0, 3.0, -3.0, 3.0))


def dead(rng: np.random.Generator) -> Drawn:
    """Units that are off everywhere, some of them zero, and now and then a whole layer."""
    network = _network(rng)
    for module in _linear(network)[:-1]:
        off = rng.random(len(module.bias)) < rng.choice([0.3, 0.6, 1.0])
        module.bias[torch.from_numpy(off)] = float(rng.choice([-100.0, 0.0]))
        if rng.random() < 0.5:
            module.weight[torch.from_numpy(off)] = 0
    return _on_inputs(network)


def equal(rng: np.random.Generator) -> Drawn:
    """All units of a layer are the same one."""
    network = _network(rng)
    chosen = _linear(network)[rng.integers(len(_linear(network)))]
    chosen.weight[:], chosen.bias[:] = chosen.weight[0].clone(), chosen.bias[0].clone()
    return _on_inputs(network)


def leaky(rng: np.random.Generator) -> Drawn:
    return _on_inputs(mlp(_widths(rng), int(rng.integers(2**32)), float(rng.choice([0.01, 0.1, 0.5, 1.0]))))


def corner(rng: np.random.Generator) -> Drawn:
    """Lines exactly through corners of the window and along its sides."""
    network = _network(rng, [2, *rng.integers(2, 6, rng.integers(1, 3)).tolist(), 2])
    first = _linear(network)[0]
    for unit in range(len(first.bias)):
        s, t = float(rng.choice(WINDOW[:2])), float(rng.choice(WINDOW[2:]))
        a, b = rng.integers(-3, 4, 2)  # a s + b t of these corners is a float
        first.weight[unit] = torch.tensor([float(a), float(b)])
        first.bias[unit] = -(a * s + b * t)
    return _on_inputs(network)


def concurrent(rng: np.random.Generator) -> Drawn:
    """The first layer's lines meet in one point, exactly or but for rounding."""
    network = _network(rng, [2, int(rng.integers(3, 8)), int(rng.integers(1, 5)), 2])
    first = _linear(network)[0]
    point = torch.from_numpy(rng.choice([0.5, 0.25, 1 / 3, 0.1], 2))
    if rng.random() < 0.5:
        first.weight.copy_(torch.from_numpy(rng.integers(-9, 10, tuple(first.weight.shape))))
    first.bias.copy_(-first.weight @ point)
    return _on_inputs(network)


def grid(rng: np.random.Generator) -> Drawn:
    """Lines parallel to the axes and to the diagonals, at multiples of a step."""
    network = _network(rng, [2, int(rng.integers(4, 9)), int(rng.integers(1, 4)), 2])
    first, step = _linear(network)[0], float(rng.choice([0.5, 0.1, 1 / 3]))
    for unit in range(len(first.bias)):
        first.weight[unit] = torch.tensor([(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, -1.0)][rng.integers(4)])
        first.bias[unit] = step * float(rng.integers(-4, 5))
    return _on_inputs(network)


def layer_scales(rng: np.random.Generator) -> Drawn:
    network = _network(rng)
    for module in _linear(network):
        factor = 10.0 ** rng.uniform(-8, 8)
        module.weight.mul_(factor)
        module.bias.mul_(factor)
    return _on_inputs(network)


def unit_scales(rng: np.random.Generator) -> Drawn:
    """Every unit is scaled by a power of two, and its outgoing weights back, or not."""
    network = _copied(rng, 0.0) if rng.random() < 0.3 else _network(rng)
    back = rng.random() < 0.5
    linear = _linear(network)
    for module, after in pairwise(linear):
        factors = torch.from_numpy(2.0 ** rng.integers(-30, 31, len(module.bias)))
        module.weight.mul_(factors[:, None])
        module.bias.mul_(factors)
        if back:
            after.weight.div_(factors)
    return _on_inputs(network)


def far_window(rng: np.random.Generator) -> Drawn:
    """A window far from the origin, and units whose lines pass through it."""
    network = _network(rng)
    place = np.sign(rng.normal(size=2)) * 10.0 ** rng.uniform(2, 9, 2)
    size = float(rng.choice([1.0, 100.0]))
    first = _linear(network)[0]
    first.bias.sub_(first.weight @ torch.from_numpy(place))
    return _on_inputs(network, (place[0] - size, place[0] + size, place[1] - size, place[1] + size))


def tiny_window(rng: np.random.Generator) -> Drawn:
    """A window of side 1e-6 to 1e-12 that lines of the first layer cross."""
    network = _network(rng)
    place, size = rng.uniform(-1, 1, 2), 10.0 ** -rng.uniform(6, 12)
    first = _linear(network)[0]
    aim = torch.from_numpy(place + size * rng.uniform(-1, 1, (len(first.bias), 2)))
    first.bias.copy_(-(first.weight * aim).sum(dim=1))
    return _on_inputs(network, (place[0] - size, place[0] + size, place[1] - size, place[1] + size))


def long_window(rng: np.random.Generator) -> Drawn:
    length, width = 10.0 ** rng.uniform(1, 5), 10.0 ** -rng.uniform(1, 8)
    window = (-length, length, -width, width)
    return _on_inputs(_network(rng), window if rng.random() < 0.5 else (*window[2:], *window[:2]))


def bottleneck(rng: np.random.Generator) -> Drawn:
    hidden = rng.integers(1, 6, rng.integers(2, 5)).tolist()
    hidden[rng.integers(len(hidden))] = 1
    return _on_inputs(_network(rng, [2, *hidden, 2]))


def twenty_layers(rng: np.random.Generator) -> Drawn:
    network = mlp([2, *rng.integers(2, 4, 20).tolist(), 2], int(rng.integers(2**32)), float(rng.choice([0.0, 0.1])))
    for module in _linear(network):
        module.weight.mul_(math.sqrt(2))
        module.bias.mul_(0.3)
    return _on_inputs(network)


def convolution(rng: np.random.Generator) -> Drawn:
    """A convolutional network on a plane that is parallel to no axis."""
    torch.manual_seed(int(rng.integers(2**32)))
    stride, padding = [(1, 0), (2, 1)][rng.integers(2)]
    layers = [nn.Conv2d(1, 2, 3, stride, padding), nn.ReLU(), nn.Flatten()]
    if rng.random() < 0.5:
        layers = [nn.Conv2d(1, 1, 2), nn.LeakyReLU(0.125), nn.Conv2d(1, 2, 2, 2), nn.ReLU(), nn.Flatten()]
    network = nn.Sequential(*layers).double()
    units = network(torch.zeros(1, 1, 4, 4, dtype=torch.float64)).shape[1]
    network.append(nn.Linear(units, 2, dtype=torch.float64))
    plane = Plane.through(*rng.uniform(-1, 1, (3, 1, 4, 4)))
    return Drawn(network.eval().requires_grad_(False), WINDOW, plane)


def skewed_plane(rng: np.random.Generator) -> Drawn:
    """A plane through the inputs of a network on three or four."""
    d = int(rng.integers(3, 5))
    network = _network(rng, [d, *_widths(rng, 2, 5)[1:]])
    if rng.random() < 0.5:
        _linear(network)[0].bias.zero_()
    return Drawn(network, WINDOW, Plane.through(*rng.uniform(-1, 1, (3, d))))


FAMILIES: dict[str, Callable[[np.random.Generator], Drawn]] = {
    family.__name__: family
    for family in (
        gaussian,
        integer,
        zero_bias,
        duplicate,
        near_duplicate,
        dead,
        equal,
        leaky,
        corner,
        concurrent,
        grid,
        layer_scales,
        unit_scales,
        far_window,
        tiny_window,
        long_window,
        bottleneck,
        twenty_layers,
        convolution,
        skewed_plane,
    )
}


def draw(family: str, seed: int) -> Drawn:
    """The network of this number in a family."""
    return FAMILIES[family](np.random.default_rng(seed))


def drawn(family: str) -> st.SearchStrategy[Drawn]:
    """Any network of a family."""
    return seeds.map(lambda seed: draw(family, seed))
