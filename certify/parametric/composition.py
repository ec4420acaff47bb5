"""A network after a family of inputs: an ordinary network with two inputs, the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from certify.parametric.family import Family
from geometry.network.affine import Affine, Chain, Dense
from geometry.network.blocks import Taps
from geometry.network.graph import NO_COMPARISON, Comparisons
from geometry.network.network import Layer, Network, as_network
from geometry.network.rounding import doubled
from geometry.norms import Array

PARAMETERS = (2,)  # the shape of the composed network's input


@dataclass(frozen=True)
class Coordinates:
    """Coordinates (x, y) of the parameters: s = start[0] + scale[0] x, t = start[1] + scale[1] y."""

    start: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)

    def parameters(self, places: Array) -> Array:
        """(..., 2) coordinates -> (..., 2) parameters; exact for the usual coordinates."""
        return np.asarray(self.start) + np.asarray(self.scale) * places


def composed(network: nn.Module | Network, family: Family, coordinates: Coordinates | None = None) -> Network:
    """(s, t), or coordinates of them -> the network's scores of the family's input. In float64.

    Every weight is a number of the network or of the family, and maps are applied one by one. So as a function of real
    numbers it is the composition itself. A clip to [lo, hi] is a hidden layer of its own, before the network's, by

        clip(z) = lo + max(z - lo, 0) - max(z - hi, 0).

    Coordinates of the input that are equal for all parameters, such as the pixels of one grey, share their two units.
    """
    double = doubled(as_network(network, family.input_shape))
    place = coordinates or Coordinates()
    chart = Dense(_column(np.diag(place.scale)), _column(np.array(place.start)), PARAMETERS, PARAMETERS)
    first = double.layers[0]
    if family.box is None:
        flat = np.stack([family.u.ravel(), family.v.ravel()], axis=1)
        moved = Dense(_column(flat), _column(family.origin.ravel()), PARAMETERS, family.input_shape)
        layers = (replace(first, affine=_chain(chart, moved, first.affine)), *double.layers[1:])
        return replace(double, input_shape=PARAMETERS, layers=layers, source=None)
    clip, after = _clipped(chart, family)
    layers = (clip, replace(first, affine=_chain(after, first.affine)), *double.layers[1:])
    return replace(
        double,
        input_shape=PARAMETERS,
        layers=layers,
        source=None,
        comparisons=_after(double.comparisons, clip.units),
        tournaments=tuple(
            replace(tournament, starts=[start + clip.units for start in tournament.starts])
            for tournament in double.tournaments
        ),
    )


def _clipped(chart: Affine, family: Family) -> tuple[Layer, Taps]:
    """The layer of the clip's units, and the map from them to the inputs."""
    assert family.box is not None
    columns = (family.origin, family.u, family.v, family.box.lo, family.box.hi)
    different, which = np.unique(np.stack([column.ravel() for column in columns], 1), axis=0, return_inverse=True)
    count, inputs = len(different), family.origin.size
    origin, u, v, lo, hi = different.T
    moved = Dense(_column(np.stack([u, v], axis=1)), _column(origin), PARAMETERS, (count,))
    twice = torch.arange(count).repeat_interleave(2)[:, None]
    levels = _column(-np.stack([lo, hi], axis=1).ravel())
    pairs = Taps(twice, torch.ones(2 * count, 1, dtype=torch.float64), levels, (count,), (2 * count,))
    units = torch.from_numpy(np.stack([2 * which.ravel(), 2 * which.ravel() + 1], axis=1))
    signs = torch.tensor([[1.0, -1.0]], dtype=torch.float64).repeat(inputs, 1)
    after = Taps(units, signs, _column(lo[which.ravel()]), (2 * count,), family.input_shape)
    return Layer(_chain(chart, moved, pairs), 0.0), after


def _after(comparisons: Comparisons | None, units: int) -> Comparisons | None:
    """The comparisons of a network behind a layer of so many units."""
    if comparisons is None:
        return None
    parent = np.where(comparisons.parent == NO_COMPARISON, NO_COMPARISON, comparisons.parent + units)
    return Comparisons(
        np.concatenate([np.full(units, NO_COMPARISON, parent.dtype), parent]),
        np.concatenate([np.zeros(units, bool), comparisons.side]),
    )


def _chain(*maps: Affine) -> Chain:
    parts: list[Affine] = []
    for one in maps:
        parts += one.parts if isinstance(one, Chain) else (one,)
    return Chain(tuple(parts))


def _column(values: Array | Sequence[float]) -> torch.Tensor:
    return torch.from_numpy(np.array(values, np.float64))
