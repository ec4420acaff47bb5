"""The activations that the networks built here may have: ReLU and LeakyReLU, told by their slope, |z|, and a clip."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from torch import nn

from geometry.network.absolute_value import Abs

ABS: Final = "abs"  # |z|
CLIP: Final = "clip"  # min(max(z, 0), 1)
Activation: TypeAlias = float | Literal["abs", "clip"]  # a number is the slope where z < 0: 0 is ReLU


def activation_layer(activation: Activation) -> nn.Module:
    """The layer of an activation.

    Raises
    ------
    ValueError
        If it is a slope out of [0, 1], or of no such name.
    """
    if activation == ABS:
        return Abs()
    if activation == CLIP:
        return nn.Hardtanh(0.0, 1.0)
    if isinstance(activation, str):
        raise ValueError(f"an activation is {ABS}, {CLIP} or the slope of units that are off, got {activation[:20]!r}")
    if not 0 <= activation <= 1:
        raise ValueError(f"the slope must lie in [0, 1], got {activation}")
    return nn.LeakyReLU(activation) if activation else nn.ReLU()


def activation_of(layer: nn.Module) -> Activation | None:
    """The inverse of `activation_layer`; None for any other layer."""
    match layer:
        case nn.ReLU():
            return 0.0
        case nn.LeakyReLU():
            return float(layer.negative_slope)
        case Abs():
            return ABS
        case nn.Hardtanh(min_val=0, max_val=1):
            return CLIP
    return None
