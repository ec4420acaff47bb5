"""Matrices and biases by their usual names in NumPy and MATLAB files.

Supported names: W1, b1, ...; coefs_0, intercepts_0, ... (scikit-learn); fc1.weight, fc1.bias, dense/kernel, ...;
numbers alone, as in 1, 2, 3, 4 or arr_0, arr_1, ..., with a bias after each matrix or all biases at the end.

Matrices are (out, in) or (in, out), the same in the whole file. Shapes decide by this rule:
- A bias has as many numbers as its layer has outputs.
- A layer takes as many numbers as the one before it gives. Layers whose names have no numbers are put into the only
  order that fits so.
If both fit, names decide: coefs and kernels are (in, out), and W1, W2, ... are taken for (out, in), with a note.
Otherwise the file is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Any, TypeAlias

from numpy.typing import NDArray

from models.files.bare_weights.stages import natural

Array: TypeAlias = NDArray[Any]

KINDS = r"(?P<kind>w|weights?|kernels?|coefs?|b|bias|biases|intercepts?)"
NUMBERED = re.compile(KINDS + r"_*[{(]?(?P<layer>[0-9]{1,4})[)}]?_?")
NAMED = re.compile(r"(?:(?P<layer>.+?)[._/])?" + KINDS + r"(:0)?")
BARE = re.compile(r"(?:arr_|array_?|param_?|x)?(?P<place>[0-9]{1,4})")
MAX_UNNUMBERED = 6  # layers whose order is searched: a limit on time, 720 orders
EXPECTED = "name them W1, b1, W2, b2 and so on, with matrices (out, in)"


@dataclass(frozen=True, eq=False)
class Pair:
    """A layer's matrix, (out, in) or (in, out), and its bias."""

    name: str
    matrix: Array
    bias: Array | None
    says_in_first: bool = False  # whether its name says that the matrix is (in, out)
    says_out_first: bool = False

    @property
    def bias_fits(self) -> tuple[bool, bool]:
        """Whether the bias fits a matrix (out, in), and one (in, out)."""
        rows, columns = self.matrix.shape
        return (True, True) if self.bias is None else (self.bias.size == rows, self.bias.size == columns)


def pairs_by_name(arrays: Mapping[str, Array]) -> list[Pair]:
    """The layers in their order.

    Raises
    ------
    ValueError
        Naming the array that is neither a matrix nor a bias.
    """
    arrays = dict(_lists_taken_apart(arrays))
    places = {name: BARE.fullmatch(name) for name in arrays}
    if arrays and all(places.values()):
        ordered = sorted(arrays, key=lambda name: int(places[name]["place"]))  # type: ignore[index]
        return _pairs_by_place({name: arrays[name] for name in ordered})
    return _ordered(_grouped(arrays))


def is_named(name: str) -> bool:
    """Whether this is the name of a matrix or a bias."""
    return any(pattern.fullmatch(name.lower()) for pattern in (NUMBERED, NAMED, BARE))


def naming(names: Iterable[str]) -> str:
    """The title of this scheme of names."""
    lower = [name.lower() for name in names]
    if all(BARE.fullmatch(name) for name in lower):
        return "numbered arrays"
    matches = [NUMBERED.fullmatch(name) or NAMED.fullmatch(name) for name in lower]
    kinds = {match["kind"].rstrip("s") for match in matches if match is not None}
    if kinds & {"coef", "intercept"}:
        return "coefs and intercepts of scikit-learn"
    if "kernel" in kinds:
        return "kernels and biases of TensorFlow"
    if any(re.search(r"[./]", name) for name in lower):
        return "weights and biases named by layer"
    return "W1, b1, W2, b2, ..."


def oriented(pairs: Sequence[Pair]) -> tuple[list[Array], tuple[str, ...]]:
    """The matrices as (out, in), with a note if names decided between two possibilities.

    Raises
    ------
    ValueError
        If neither (out, in) nor (in, out) fits, or if both fit and names do not decide.
    """
    fits = [_fits(pairs, in_first) for in_first in (False, True)]
    if not any(fits):
        shapes = ", ".join(f"{pair.name[:20]} {pair.matrix.shape}" for pair in pairs[:6])
        raise ValueError(f"the matrices do not follow each other, or their biases do not fit: {shapes}; {EXPECTED}")
    if not all(fits):
        return [pair.matrix.T if fits[1] else pair.matrix for pair in pairs], ()
    if all(pair.says_in_first for pair in pairs):
        return [pair.matrix.T for pair in pairs], ()
    if all(pair.says_out_first for pair in pairs):
        note = "Matrices (out, in) and (in, out) fit as well: W1, W2 and so on are taken for (out, in)."
        return [pair.matrix for pair in pairs], (note,)
    raise ValueError(f"shapes do not tell matrices (out, in) from (in, out), as both fit; {EXPECTED}")


def _fits(pairs: Sequence[Pair], in_first: bool) -> bool:
    ends = [pair.matrix.shape if in_first else pair.matrix.shape[::-1] for pair in pairs]
    return all(pair.bias_fits[in_first] for pair in pairs) and all(a[1] == b[0] for a, b in pairwise(ends))


def _lists_taken_apart(arrays: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """The arrays, with stacks split: a list of equal matrices was saved as a 3-D array, biases as a 2-D array."""
    listed = {name for name, array in arrays.items() if array.ndim == 3 and _is_list(name)}
    counts = {len(arrays[name]) for name in listed}
    for name, array in arrays.items():
        if name in listed or (_is_list(name) and array.ndim == 2 and counts == {len(array)}):
            yield from ((f"{name}{place}", part) for place, part in enumerate(array))
        else:
            yield name, array


def _is_list(name: str) -> bool:
    return re.fullmatch(r"(coefs|intercepts|weights|biases)_?", name.lower()) is not None


def _pairs_by_place(arrays: Mapping[str, Array]) -> list[Pair]:
    """Arrays named by numbers alone: matrix, bias, matrix, bias, ..., or all matrices and then all biases."""
    values, half = list(arrays.items()), len(arrays) // 2
    splits = [(values[0::2], values[1::2]), (values[:half], values[half:])]
    fitting: list[list[Pair]] = []
    for matrices, biases in splits if len(values) % 2 == 0 else []:
        if all(matrix.ndim == 2 for _, matrix in matrices) and all(_is_vector(bias) for _, bias in biases):
            pairs = [Pair(name, matrix, bias) for (name, matrix), (_, bias) in zip(matrices, biases)]
            if _fits(pairs, False) or _fits(pairs, True):
                fitting.append(pairs)
    if not fitting and all(matrix.ndim == 2 for _, matrix in values):
        pairs = [Pair(name, matrix, None) for name, matrix in values]
        fitting += [pairs] if _fits(pairs, False) or _fits(pairs, True) else []
    if len(fitting) > 1 and half == 1:
        fitting = fitting[:1]  # both splits are the same
    if len(fitting) != 1:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in values[:8])
        raise ValueError(f"names that only number the arrays do not tell which is which: {shapes}; {EXPECTED}")
    return fitting[0]


def _is_vector(array: Array) -> bool:
    return array.ndim >= 1 and array.size == max(array.shape)


def _grouped(arrays: Mapping[str, Array]) -> list[Pair]:
    layers: dict[str, dict[str, Array]] = {}
    kinds: dict[str, str] = {}
    for name, array in arrays.items():
        match = NUMBERED.fullmatch(name.lower()) or NAMED.fullmatch(name.lower())
        if match is None:
            raise ValueError(f"array {name[:60]!r} is neither W nor b; {EXPECTED}")
        layer = match["layer"] or ""
        role = "bias" if match["kind"].startswith(("b", "intercept")) else "weight"
        if role in layers.setdefault(layer, {}):
            raise ValueError(f"layer {layer[:40]!r} has two arrays for its {role}; {EXPECTED}")
        layers[layer][role] = array
        if role == "weight":
            kinds[layer] = match["kind"]
    pairs = []
    for layer, parts in layers.items():
        matrix = parts.get("weight")
        if matrix is None or matrix.ndim != 2:
            raise ValueError(f"layer {layer[:40]} has no matrix W{layer[:40]} of two dimensions; {EXPECTED}")
        bias = parts.get("bias")
        if bias is not None and not _is_vector(bias):
            raise ValueError(f"the bias of layer {layer[:40]!r} has the shape {bias.shape}, which is no vector")
        kind = kinds[layer]
        in_first = kind.startswith(("coef", "kernel"))
        out_first = layer.isdigit() and kind.startswith("w")
        pairs.append(Pair(layer, matrix, bias, in_first, out_first))
    return pairs


def _ordered(pairs: list[Pair]) -> list[Pair]:
    """The pairs by the numbers in otherwise equal names; else in the only order that fits.

    MATLAB saves variables alphabetically, so the order in the file has no meaning.
    """
    if len({re.sub(r"[._]?[0-9]+", "", pair.name) for pair in pairs}) <= 1:
        return sorted(pairs, key=lambda pair: natural(pair.name))
    names = ", ".join(repr(pair.name[:20]) for pair in pairs[:8])
    if len(pairs) > MAX_UNNUMBERED:
        raise ValueError(f"the names of {len(pairs)} layers do not tell their order: {names}; {EXPECTED}")
    orders = [order for order in permutations(pairs) if _fits(order, False) or _fits(order, True)]
    if len(orders) > 1:
        raise ValueError(f"the layers {names} fit in more than one order; {EXPECTED}")
    return list(orders[0]) if orders else pairs
