"""A proof as a JSON file: the format that check.py reads.

Arrays are little-endian numbers in base64, float32 where that is exact. So nothing is rounded.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from certify.perturbation.points import Points
from geometry.network.network import Layer, Network
from geometry.network.rational import SparseMap, exact_maps
from geometry.norms import Array

FORMAT = "ReLUscope proof 1"


def array(values: ArrayLike) -> str:
    """Floats, exactly."""
    numbers = np.asarray(values, np.float64).ravel()
    with np.errstate(over="ignore"):
        single = numbers.astype("<f4")
    kind, data = ("f", single) if np.array_equal(single.astype(np.float64), numbers) else ("d", numbers.astype("<f8"))
    return f"{kind}:{base64.b64encode(data.tobytes()).decode()}"


def indices(values: NDArray[np.int64]) -> str:
    """Whole numbers from 0."""
    return f"I:{base64.b64encode(values.astype('<u4').tobytes()).decode()}"


def claim(points: Points, eps: float) -> dict[str, Any]:
    """What is claimed of a single point. The box is cut to what the ball reaches, so that all its limits are finite."""
    x = points.x64[0]
    box = None
    if points.boxed:
        around = np.nextafter(x - eps, -math.inf), np.nextafter(x + eps, math.inf)
        box = [array(np.maximum(points.low, around[0])), array(np.minimum(points.high, around[1]))]
    return {
        "inputs": len(x),
        "x": array(x),
        "class": int(points.labels[0]),
        "norm": "inf" if points.p == math.inf else int(points.p),
        "eps": eps,
        "box": box,
    }


def layers(network: Network) -> list[dict[str, Any]]:
    """The network's affine maps as sparse matrices, and the slopes of the units after each.

    A map of several parts, which would not be exact as one matrix, is several layers. The units between them have
    slope 1: they carry their value along.
    """
    written: list[dict[str, Any]] = []
    for layer in network.layers:
        *before, last = exact_maps(layer.affine)
        written.extend({**_matrix(part), "slopes": array(np.ones(_units(part)))} for part in before)
        written.append({**_matrix(last), "slopes": None if layer.slope is None else array(layer.slopes())})
    return written


def hidden_bounds(
    network: Network, bounds: Sequence[tuple[Tensor, Tensor]], slopes: Sequence[Tensor]
) -> list[dict[str, Any]]:
    """What has to be claimed of the units of each layer that `layers` writes, but of the scores.

    `bounds` (lower, upper) and lower `slopes` are those of the network's hidden layers, (units,) each. Of a unit that
    is on, only z >= 0 is claimed; of one that is off, z <= 0; of one without a bend, nothing.
    """
    written: list[dict[str, Any]] = []
    for layer, (lower, upper), slope in zip(network.hidden, bounds, slopes):
        written.extend(_carried(layer))
        low, high = lower.numpy().copy(), upper.numpy().copy()
        bends, on = layer.bending(), low >= 0
        open_, off = bends & ~on & (high > 0), bends & ~on & (high <= 0)
        low[~open_], high[~open_] = -math.inf, math.inf
        low[bends & on], high[off] = 0, 0
        written.append(_claims(low, high, slope.numpy()[open_]))
    return [*written, *_carried(network.layers[-1])]


def to_json(content: Mapping[str, Any]) -> bytes:
    """The file's content."""
    return json.dumps(content, ensure_ascii=False).encode()


def is_about(file: bytes, network: Network) -> bool:
    """Whether a proof that check.py has accepted holds the weights of this float64 network."""
    return bool(json.loads(file)["network"] == layers(network))


def _matrix(part: SparseMap) -> dict[str, Any]:
    units = _units(part)
    full = np.array_equal(part.columns, np.tile(np.arange(part.inputs), units))
    return {
        "units": units,
        "entries": len(part.columns),
        "ends": indices(part.starts[1:]),
        "columns": None if full else indices(part.columns),
        "weights": array(part.entries.floats()),
        "bias": array(part.bias.floats()),
    }


def _units(part: SparseMap) -> int:
    return len(part.starts) - 1


def _carried(layer: Layer) -> list[dict[str, Any]]:
    """The claims of those layers before this one that carry values along: none."""
    ends = [np.full(_units(part), math.inf) for part in exact_maps(layer.affine)[:-1]]
    return [_claims(-end, end, np.zeros(0)) for end in ends]


def _claims(low: Array, high: Array, slopes: Array) -> dict[str, Any]:
    return {"low": array(low), "high": array(high), "open": len(slopes), "slopes": array(slopes)}
