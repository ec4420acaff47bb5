"""How the weights of a network are drawn before training, by name: torch's way and those of the papers.

A robust training does not forget where it began: distances to region boundaries do not change when a unit's weights are
scaled, and Adam's steps have about one length. So larger first weights turn more slowly.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

Draw = Callable[[Tensor, int, int, torch.Generator], object]


def _truncated_normal(weight: Tensor, fan_in: int, fan_out: int, random: torch.Generator) -> None:
    deviation = math.sqrt(2 / fan_in)
    nn.init.trunc_normal_(weight, 0, deviation, -2 * deviation, 2 * deviation, generator=random)


def _glorot(weight: Tensor, fan_in: int, fan_out: int, random: torch.Generator) -> None:
    reach = math.sqrt(6 / (fan_in + fan_out))
    nn.init.uniform_(weight, -reach, reach, generator=random)


def _uniform(weight: Tensor, fan_in: int, fan_out: int, random: torch.Generator) -> None:
    nn.init.uniform_(weight, -(fan_in**-0.5), fan_in**-0.5, generator=random)


# `fan_in` and `fan_out` above are the numbers of inputs and of outputs that a layer's weights connect a unit with.
INITIAL_WEIGHTS: dict[str, str] = {
    "uniform": "uniform up to 1/√inputs, as torch draws them (KW)",
    "truncated-normal": "normal with deviation √(2/inputs), none beyond two deviations (MMR's released code)",
    "glorot": "uniform up to √(6/(inputs + outputs)) (Simplex)",
}
_DRAWS: dict[str, Draw] = {"uniform": _uniform, "truncated-normal": _truncated_normal, "glorot": _glorot}


@torch.no_grad()
def draw_weights(network: nn.Module, initial: str = "uniform", seed: int = 0) -> None:
    """Draw the weights and biases of all fully connected and convolutional layers anew, in place.

    Parameters
    ----------
    network : its other layers stay as they are
    initial : a name in INITIAL_WEIGHTS. "uniform" draws biases like weights; with the others they are zero
    seed : the same seed gives the same weights; torch's global generator is not used

    Raises
    ------
    ValueError
        If there is no such name, listing all.

    Source: Glorot and Bengio (2010), eq. (16); He et al. (2015), eq. (10), for the deviation √(2/inputs).
    """
    if initial not in _DRAWS:
        raise ValueError(f"initial weights are {', '.join(_DRAWS)}; there are none named {initial[:40]!r}")
    draw, random = _DRAWS[initial], torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if not isinstance(layer, (nn.Linear, nn.Conv2d)):
            continue
        fan_in = layer.weight[0].numel()
        fan_out = layer.weight[:, 0].numel()
        draw(layer.weight, fan_in, fan_out, random)
        if layer.bias is None:
            continue
        if initial == "uniform":
            _uniform(layer.bias, fan_in, fan_out, random)
        else:
            nn.init.zeros_(layer.bias)
