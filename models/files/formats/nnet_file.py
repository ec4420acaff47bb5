"""Stanford's .nnet files, the text format of the ACAS Xu networks.

Format: comment lines that begin with //; the numbers of layers, inputs, outputs and the largest layer; the sizes of
all layers; a flag without meaning; the least and the largest value of each input; mean and range of each input and,
last, of the outputs; then of each layer the matrix (out, in), row by row, and the bias. Numbers end with a comma.

Source: Julian, Lopez, Brush, Owen and Kochenderfer (2016), https://github.com/sisl/NNet.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.files.bare_weights.readings import Hints
from models.files.bare_weights.recognise import Architecture
from models.networks.architecture import MAX_SIZE, Spec

BEGINNING = re.compile(rb"(?:\s*//[^\n]*\n)*\s*\d{1,4}\s*,\s*\d{1,8}\s*,\s*\d{1,8}\s*,\s*\d{1,8}\s*,?\s*\n")
MAX_LAYERS = 100  # a limit on damaged headers
MAX_NUMBERS = 8_000_000  # a limit on memory: each takes some hundred bytes while text is parsed
RANGES_WITHIN = 1_000_000  # bytes, without comments, among which ranges are looked for
DAMAGED = "the .nnet file is damaged or cut off; save or download it again"


def is_nnet(data: bytes) -> bool:
    """Whether the bytes begin like a .nnet file, with comments and a line of four whole numbers."""
    return BEGINNING.match(data[:65536]) is not None


def read_nnet(data: bytes, hints: Hints) -> Architecture:
    """The network on raw inputs. Their normalisation is its first layer; the scale of outputs is part of the last.

    Raises
    ------
    ValueError
        If the file is damaged, cut off or too large.
    """
    hints.refuse_convolutions()
    text = re.sub(rb"(?m)^\s*//[^\n]*$", b"", data)
    if not text.rstrip(b" \t\r").endswith((b",", b"\n")):  # the file may be cut off within the last number
        raise ValueError(DAMAGED)
    if text.count(b",") + text.count(b"\n") > 2 * MAX_NUMBERS:
        raise ValueError(f"the .nnet file holds more than {MAX_NUMBERS:,} numbers, which is more than is read")
    try:
        numbers = np.array(text.replace(b",", b" ").split(), np.float64)
    except ValueError as error:
        raise ValueError(DAMAGED) from error
    if not np.isfinite(numbers).all():
        raise ValueError("the .nnet file holds NaN or infinite values; the training that made it has failed")
    count = int(numbers[0])
    if not 1 <= count <= MAX_LAYERS or len(numbers) < 5 + count:
        raise ValueError(f"the .nnet file says that it has {count} layers; 1 to {MAX_LAYERS} are read")
    sizes = [int(size) for size in numbers[4 : 5 + count]]
    if min(sizes) < 1 or max(sizes) > MAX_SIZE or sizes != numbers[4 : 5 + count].tolist():
        raise ValueError(f"the .nnet file says that its layers have {sizes[:8]} units; 1 to {MAX_SIZE:,} are read")
    if [sizes[0], sizes[-1]] != numbers[1:3].tolist():
        raise ValueError(DAMAGED)
    return _architecture(sizes, numbers[6 + count :])


def nnet_ranges(data: bytes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(inputs,) least and largest value of each input of a file that `read_nnet` reads."""
    text = re.sub(rb"(?m)^\s*//[^\n]*$", b"", data)
    numbers = np.array(text[:RANGES_WITHIN].replace(b",", b" ").split()[:-1], np.float64)
    inputs, begin = int(numbers[1]), 6 + int(numbers[0])
    low, high = numbers[begin : begin + inputs], numbers[begin + inputs : begin + 2 * inputs]
    return low, high


def _architecture(sizes: list[int], numbers: NDArray[Any]) -> Architecture:
    inputs = sizes[0]
    expected = 4 * inputs + 2 + sum(rows * (columns + 1) for columns, rows in pairwise(sizes))
    if len(numbers) != expected:
        raise ValueError(f"the .nnet file holds {len(numbers):,} numbers behind its sizes, not {expected:,}; {DAMAGED}")
    low, high, means, ranges, weights = np.split(numbers, np.cumsum([inputs, inputs, inputs + 1, inputs + 1]))
    if not (ranges > 0).all():
        raise ValueError("the .nnet file holds ranges that are not above 0, which no input can be divided by")
    specs: list[Spec] = [{"layer": "Normalize", "channels": inputs}]
    tensors: dict[str, Tensor] = {"0.mean": _tensor(means[:-1]), "0.std": _tensor(ranges[:-1])}
    at = 0
    for columns, rows in pairwise(sizes):
        matrix, bias = weights[at : at + rows * columns], weights[at + rows * columns : at + rows * (columns + 1)]
        at += rows * (columns + 1)
        if at == len(weights):
            matrix, bias = matrix * ranges[-1], bias * ranges[-1] + means[-1]
        tensors[f"{len(specs)}.weight"] = _tensor(matrix.reshape(rows, columns))
        tensors[f"{len(specs)}.bias"] = _tensor(bias)
        specs += [
            {"layer": "Linear", "in_features": columns, "out_features": rows, "bias": True}, {"layer": "ReLU"},
        ]  # fmt: skip
    return Architecture(specs[:-1], tensors, (inputs,), _notes(low, high))


def _tensor(values: NDArray[Any]) -> Tensor:
    return torch.from_numpy(values.copy())


def _notes(low: NDArray[Any], high: NDArray[Any]) -> tuple[str, ...]:
    listed = ", ".join(f"[{a:g}, {b:g}]" for a, b in zip(low[:8], high[:8])) + (", …" if len(low) > 8 else "")
    return (
        "Inputs are in raw units: the file's normalisation of inputs and outputs is part of the network here.",
        f"The file gives its inputs the ranges {listed}. Tools that use .nnet files clip inputs to them first; "
        "the network here does not, so choose points inside.",
        "The class here is the largest output; in ACAS Xu networks the least output is the advice.",
    )
