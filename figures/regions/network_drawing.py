"""A network on the plane as the browser draws it: its widths, slopes and weights."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from geometry.network.affine import dense_matrix
from geometry.network.network import Layer, Network
from geometry.norms import Array

MOST_WEIGHTS = 100_000  # of a drawn network: a limit on what is sent to the browser, about 1 MB


@dataclass(frozen=True, eq=False)
class NetworkDrawing:
    """A network with dense layers.

    key : the same for the same weights
    widths : from the inputs to the outputs
    slopes : of each hidden layer, for z < 0: one number for all units, or one for each; -1 where units are |z|
    tops : of each hidden layer, the value at which its units are cut, None for none
    numbers : (weights + biases,) float64; per layer the weights, row by row, and then the biases
    """

    key: str
    widths: tuple[int, ...]
    slopes: tuple[float | list[float], ...]
    tops: tuple[float | None, ...]
    numbers: Array

    def as_json(self) -> dict[str, Any]:
        """For the browser, with the weights as base64 of float64, lowest byte first."""
        return {
            "key": self.key,
            "widths": self.widths,
            "slopes": self.slopes,
            "tops": self.tops,
            "numbers": base64.b64encode(self.numbers.astype("<f8").tobytes()).decode(),
        }


def network_drawing(network: Network) -> NetworkDrawing:
    """The drawing of a network, with the units of its module.

    Raises
    ------
    ValueError
        If it has more than MOST_WEIGHTS weights, with their number.
    """
    widths = (network.input_units, *network.module_widths, network.classes)
    weights = sum(before * after for before, after in pairwise(widths))
    if weights > MOST_WEIGHTS:
        raise ValueError(f"a network of {weights:,} weights is not drawn; the most is {MOST_WEIGHTS:,}")
    parts: list[Array] = []
    for k, layer in enumerate(network.layers):
        rows, bias = (
            part.detach().double().cpu().numpy()[:: layer.parts]
            for part in (dense_matrix(layer.affine), layer.affine.bias)
        )
        parts += [(network.layers[k - 1].module_columns(rows) if k else rows).ravel(), bias]
    slopes, tops = tuple(map(_slope, network.hidden)), tuple(map(_top, network.hidden))
    return NetworkDrawing(network.key, widths, slopes, tops, np.concatenate(parts))


def _slope(layer: Layer) -> float | list[float]:
    if layer.pair is not None:
        return layer.pair.below
    slope = layer.below64
    return slope if isinstance(slope, float) else [float(value) for value in slope]


def _top(layer: Layer) -> float | None:
    return None if layer.pair is None or layer.pair.top == np.inf else layer.pair.top
