"""Builders of networks: fully connected, convolutional, and those of the papers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from models.networks.activations import Activation, activation_layer
from models.networks.initial_weights import draw_weights

# Limits on memory and time.
MAX_WIDTH = 4096
MAX_INPUTS = 200_000  # numbers of one input: a colour image of 258 pixels a side
MAX_WEIGHTS = 50_000_000  # of all layers together: 200 MB, of which training holds several copies
MAX_HIDDEN = 20
MAX_REGIONS = 1_000_000  # expected in a picture of the whole plane
MOST_UNITS = int((2 * MAX_REGIONS) ** 0.5)


def expected_regions(units: int) -> int:
    """The expected number of regions in a plane at random weights: about units²/2 at any depth.

    Source: Hanin and Rolnick (2019) for the order. Networks of 100 to 400 units have a third to three quarters of it.
    """
    return units**2 // 2


def mlp(widths: Sequence[int], activation: Activation = 0.0, seed: int = 0) -> nn.Sequential:
    """A fully connected network with torch's default initial weights.

    Parameters
    ----------
    widths : from inputs to classes, such as (2, 100, 2)
    activation : of the units: a slope where they are off, 0 for ReLU and above it LeakyReLU; "abs", |z|; or "clip",
        min(max(z, 0), 1)
    seed : the same seed gives the same weights; torch's global generator is not used

    Raises
    ------
    ValueError
        If a width or a slope is out of range, or a network on the plane would have too many regions to draw.
    """
    check_widths(widths)
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        linear = torch.nn.utils.skip_init(nn.Linear, before, after)
        layers += [linear, activation_layer(activation)]
    network = nn.Sequential(*layers[:-1])
    draw_weights(network, seed=seed)
    return network


def image_mlp(
    hidden: Sequence[int],
    shape: tuple[int, ...] = (1, 28, 28),
    classes: int = 10,
    activation: Activation = 0.0,
    seed: int = 0,
) -> nn.Sequential:
    """A fully connected network that flattens inputs of `shape`; otherwise as `mlp`."""
    return nn.Sequential(nn.Flatten(), *mlp((math.prod(shape), *hidden, classes), activation, seed))


def small_cnn(seed: int = 0, shape: tuple[int, ...] = (1, 28, 28), classes: int = 10) -> nn.Sequential:
    """The small convolutional network of MMR and KW: two convolutions of 16 and 32 filters, 100 units, the classes.

    Filters are 4×4 with stride 2. Initial weights are drawn as for `mlp`.

    Parameters
    ----------
    shape : (channels, height, width) of an image, at least 4 pixels a side

    Raises
    ------
    ValueError
        If inputs are no images of at least that size, or there are fewer than two classes.

    Source: Croce et al. (2019), App. B.1; Wong and Kolter (2018), App. B.3.
    """
    if len(shape) != 3 or min(shape[1:]) < 4 or shape[0] < 1:
        raise ValueError(f"the small CNN takes images (channels, height, width), 4 pixels a side at least, got {shape}")
    if classes < 2:
        raise ValueError(f"a classifier needs at least two classes, got {classes}")
    channels, height, width = shape
    skip = torch.nn.utils.skip_init
    network = nn.Sequential(
        skip(nn.Conv2d, channels, 16, 4, stride=2, padding=1),
        nn.ReLU(),
        skip(nn.Conv2d, 16, 32, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        skip(nn.Linear, 32 * (height // 2 // 2) * (width // 2 // 2), 100),
        nn.ReLU(),
        skip(nn.Linear, 100, classes),
    )
    draw_weights(network, seed=seed)
    return network


def check_widths(widths: Sequence[int]) -> None:
    """A ValueError naming value and remedy unless `widths`, inputs and classes included, make a network."""
    hidden = widths[1:-1]
    if len(widths) < 2 or len(hidden) > MAX_HIDDEN:
        raise ValueError(f"a network has inputs, up to {MAX_HIDDEN} hidden layers and classes, got widths {widths}")
    if not isinstance(widths[0], int) or not 1 <= widths[0] <= MAX_INPUTS:
        raise ValueError(f"a network can have 1..{MAX_INPUTS:,} inputs, got {widths[0]}")
    for width in widths[1:]:
        if not isinstance(width, int) or not 1 <= width <= MAX_WIDTH:
            raise ValueError(f"a layer can have 1..{MAX_WIDTH} units, got {width}")
    weights = sum(before * after for before, after in pairwise(widths))
    if weights > MAX_WEIGHTS:
        raise ValueError(f"widths {tuple(widths)} take {weights:,} weights; keep to {MAX_WEIGHTS:,}: fewer units")
    if widths[-1] < 2:
        raise ValueError(f"a classifier needs at least two classes, got {widths[-1]}")
    if widths[0] == 2 and expected_regions(sum(hidden)) > MAX_REGIONS:
        raise ValueError(
            f"hidden layers of {sum(hidden):,} units in all would cut the plane into about "
            f"{expected_regions(sum(hidden)):,} regions; keep to {MOST_UNITS:,} units"
        )


def parse_widths(text: str) -> tuple[int, ...]:
    """Hidden widths in any usual notation: '32, 32', '100-100' or '64 x 64'. An empty text is no hidden layer."""
    parts = [part for part in re.split(r"[\s,;x×-]+", text.strip()) if part]
    wrong = next((part for part in parts if not re.fullmatch(r"[0-9]{1,6}", part)), None)
    if wrong is not None:
        raise ValueError(f"hidden widths are whole numbers such as 32, 32; {wrong[:40]!r} is none")
    return tuple(map(int, parts))


def tight_network() -> nn.Sequential:
    """Tight's 4-unit network, which classifies the V-shaped set with the largest margin possible.

    The four units are s, -s, t, -t switched on where positive, and f_1 - f_0 = W2 z = t - |s| (the paper's one
    output, halved and given to each class with opposite signs). Where |s| < ε < b both ±s are unstable on the
    ε-ball, and Fast-Lin's bound of the margin is the exact t - |s| - 2ε nevertheless.

    Source: Tight App. A, eq. (5).
    """
    first, last = nn.Linear(2, 4, bias=False), nn.Linear(4, 2, bias=False)
    margin = torch.tensor([-1.0, -1.0, 1.0, -1.0])
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]))
        last.weight.copy_(torch.stack([-margin, margin]) / 2)
    return nn.Sequential(first, nn.ReLU(), last)


def random_network(widths: Sequence[int] = (2, 100, 100, 100, 2), seed: int = 0) -> nn.Sequential:
    """KW's random network: weights N(0, 1/√n) for n inputs to a layer, 1/√n the deviation, and biases N(0, 1).

    Same seed, same weights, as for `mlp`; so are the errors.

    Source: Wong and Kolter (2018), Fig. 6, with 2-100-100-100-2.
    """
    network, random = mlp(widths), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for linear in network:
            if not isinstance(linear, nn.Linear):
                continue
            linear.weight.normal_(0, linear.in_features**-0.5, generator=random)
            linear.bias.normal_(0, 1, generator=random)
    return network
