"""Convolutional networks by their layers, and those of Tight: Large, XLarge and CROWN-IBP's families of models."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from geometry.network.affine import Shape
from models.networks.initial_weights import draw_weights


@dataclass(frozen=True)
class Convolution:
    """A layer of `filters` filters, `size` pixels wide and high."""

    filters: int
    size: int
    stride: int = 1
    padding: int = 1


@dataclass(frozen=True)
class Convolutional:
    """An architecture: convolutions, then fully connected layers of these widths, then the classes; ReLU after each."""

    convolutions: tuple[Convolution, ...]
    widths: tuple[int, ...]

    def __call__(self, seed: int = 0, shape: Shape = (1, 28, 28), classes: int = 10) -> nn.Sequential:
        """The network for images (channels, height, width), with initial weights drawn as for `builders.mlp`.

        Raises
        ------
        ValueError
            If inputs are no images, or too small ones, or there are fewer than two classes.
        """
        if len(shape) != 3 or shape[0] < 1 or classes < 2:
            raise ValueError(f"a CNN takes images (channels, height, width) of two classes at least, got {shape}")
        channels, *sides = shape
        layers: list[nn.Module] = []
        for layer in self.convolutions:
            sides = [(side + 2 * layer.padding - layer.size) // layer.stride + 1 for side in sides]
            if min(sides) < 1:
                raise ValueError(f"images of {shape[1]}×{shape[2]} pixels are too small for this network")
            new = nn.utils.skip_init(
                nn.Conv2d, channels, layer.filters, layer.size, stride=layer.stride, padding=layer.padding
            )
            layers += [new, nn.ReLU()]
            channels = layer.filters
        layers.append(nn.Flatten())
        before = channels * math.prod(sides)
        for width in self.widths:
            layers += [torch.nn.utils.skip_init(nn.Linear, before, width), nn.ReLU()]
            before = width
        network = nn.Sequential(*layers, torch.nn.utils.skip_init(nn.Linear, before, classes))
        draw_weights(network, seed=seed)
        return network


def two_layers(width: int, units: int) -> Convolutional:
    """CROWN-IBP's models with two convolutions of 4·width and 8·width filters."""
    return Convolutional((Convolution(4 * width, 4, 2), Convolution(8 * width, 4, 2)), (units,))


def three_layers(width: int, size: int, units: int) -> Convolutional:
    """CROWN-IBP's models with three convolutions, the first two of `size`."""
    first, second = Convolution(4 * width, size), Convolution(8 * width, size)
    return Convolutional((first, second, Convolution(8 * width, 4, 4, 0)), (units,))


def four_layers(width: int, units: int) -> Convolutional:
    """CROWN-IBP's models with four convolutions and two layers of `units`. Width 8 and 512 units are KW's Large."""
    narrow, wide = 4 * width, 8 * width
    convolutions = (Convolution(narrow, 3), Convolution(narrow, 4, 2), Convolution(wide, 3), Convolution(wide, 4, 2))
    return Convolutional(convolutions, (units, units))


# Sources: Tight, Section 5 and App. C; for XLarge and the families, whose layers it does not list, Zhang et al. (2019),
# "Towards stable and efficient training of verifiably robust neural networks", and the settings released with it.
TIGHT: dict[str, Convolutional] = {
    "large": four_layers(8, 512),
    "xlarge": Convolutional(
        (Convolution(64, 3), Convolution(64, 3), Convolution(128, 3, 2), Convolution(128, 3), Convolution(128, 3)),
        (512,),
    ),
}
SMALL_FAMILY: dict[str, Convolutional] = {
    "family-a": two_layers(1, 128),
    "family-b": two_layers(2, 256),
    "family-c": three_layers(1, 3, 64),
    "family-d": three_layers(2, 3, 128),
    "family-e": three_layers(1, 5, 64),
    "family-f": three_layers(2, 5, 128),
    "family-g": four_layers(1, 256),
    "family-h": four_layers(2, 256),
    "family-i": four_layers(1, 512),
    "family-j": four_layers(2, 512),
}
LARGE_FAMILY: dict[str, Convolutional] = {
    "family-large-1": four_layers(4, 256),
    "family-large-2": four_layers(4, 512),
    "family-large-3": four_layers(8, 512),
    "family-large-4": four_layers(16, 512),
    "family-large-5": three_layers(16, 5, 512),
    "family-large-6": three_layers(8, 5, 512),
    "family-large-7": three_layers(4, 5, 512),
    "family-large-8": three_layers(8, 3, 512),
}
