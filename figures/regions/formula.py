"""How the affine map of a linear region comes about, layer by layer, with the numbers of one point beside it.

On a region every unit multiplies its value by one factor: 1 where it is on, its slope (0 for a ReLU, -1 for |z|) where
it is off. So layer k has the affine map V_k x + a_k with V_k = W_k D_{k-1} V_{k-1} and a_k = W_k D_{k-1} a_{k-1} + b_k,
where D holds the factors, and the scores' map is the last of them (Croce et al. 2019, §2). A unit that clips its value
has the factor 0 above the cut, too, where it gives a constant: a_k = W_k (D_{k-1} a_{k-1} + e_{k-1}) + b_k.

On a plane x = o + s u + t v the map is one of (s, t), with V [u v] and V o + a, as each layer's is. The first layer
then has the weights W_1 [u v] and the bias W_1 o + b_1.

What is too large to read is abridged: a layer shows some of its rows, first those that are on, and says how many more
it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from figures.words import counted, subscript, three_digits
from geometry.network.affine import Affine
from geometry.network.network import Layer
from geometry.norms import Array
from geometry.plane import Plane
from geometry.regions.region import Region

MOST_WHOLE = 8  # units of a layer, or inputs, of which all are shown: what fits beside the picture
ON_SHOWN, OFF_SHOWN = 6, 2  # of a larger layer


@dataclass(frozen=True, eq=False)
class LayerFormula:
    """The shown rows of one layer on the region.

    weights : (rows, columns) of W, and `bias` (rows,)
    V, a : (rows, inputs) and (rows,), the layer's affine map of the input, before the activation
    z : (rows,) the layer's values at the point, before the activation
    factors : (rows,) what the activation multiplies by, on the whole region; None for the scores
    added : (rows,) what it adds: the value at which a unit is cut, else 0
    rows, columns : which units are shown, of this layer and of the layer before (or inputs), counted from 0
    units, before : how many there are of either
    first : number of the layer's first unit, counted through all hidden layers
    on : how many of the units are on; None for the scores
    cut, top : how many of these are cut, and at which value, if units are
    """

    weights: Array
    bias: Array
    V: Array
    a: Array
    z: Array
    factors: Array | None
    added: Array
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    units: int
    before: int
    first: int
    on: int | None
    cut: int
    top: float | None

    def as_json(self) -> dict[str, Any]:
        return {
            "weights": self.weights.tolist(),
            "bias": self.bias.tolist(),
            "V": self.V.tolist(),
            "a": self.a.tolist(),
            "z": self.z.tolist(),
            "factors": None if self.factors is None else self.factors.tolist(),
            "added": self.added.tolist(),
            "rows": self.rows,
            "columns": self.columns,
            "units": self.units,
            "before": self.before,
            "first": self.first,
            "on": self.on,
            "cut": self.cut,
            "top": self.top,
        }


@dataclass(frozen=True, eq=False)
class Formula:
    """The affine map f(x) = V x + a of a region and its layers, at the point `x` (inputs,), all of it shown rows.

    scores : (outputs,) by the layers, and `mapped` by V x + a, both in float64; `difference` the largest between them
    inputs : which inputs are shown, of `all_inputs`
    names : of the coordinates on a plane, "s" and "t"; none for inputs, which have numbers
    by_layer : whether the layers' steps are shown; not with max-pooling or skip connections, where the units are
        not those of the module
    """

    x: Array
    layers: tuple[LayerFormula, ...]
    scores: Array
    mapped: Array
    difference: float
    inputs: tuple[int, ...]
    all_inputs: int
    names: tuple[str, ...] = ()
    by_layer: bool = True

    def as_json(self, names: Sequence[str] = (), lights: bool = True) -> dict[str, Any]:
        """For the browser, with the steps in words.

        names : of the classes
        lights : whether there is a picture in which a row lights its unit's line
        """
        return {
            "x": self.x.tolist(),
            "layers": [layer.as_json() for layer in self.layers],
            "scores": self.scores.tolist(),
            "mapped": self.mapped.tolist(),
            "inputs": self.inputs,
            "all_inputs": self.all_inputs,
            "input_names": list(self.names),
            "by_layer": self.by_layer,
            "class_names": list(names),
            "steps": _steps(self, lights),
        }


def formula(region: Region, plane: Plane | None = None) -> Formula:
    """The formula of a region, at the point that it was made from, with the units of the network's module.

    plane : the map of this plane's coordinates (s, t), in place of all inputs; the point lies on it
    """
    network, x, values = region.network, region.x.reshape(-1), _values(region)
    if plane is None:
        V, a = region.V, region.a
    else:
        x, (V, a) = plane.project(region.x[None])[0], region.maps_on(plane)
    patterns = np.split(region.pattern, np.cumsum(network.widths)[:-1]) if network.widths else []
    shown, first = [_shown_inputs(len(x))], 0
    layers: list[LayerFormula] = []
    for k, layer in enumerate(network.layers):
        last, parts = k == len(network.hidden), layer.parts
        on = None if last else patterns[k][::parts]
        z = region.logits if on is None else values[k][::parts]
        factors, added = (None, np.zeros(len(z))) if on is None else _effects(layer, patterns[k])
        shown.append(_shown_inputs(len(z)) if on is None else _shown_units(on))
        rows, columns = shown[-1], shown[-2]
        skipped = layer.units // parts - len(z)  # of one logit f, the score 0 of the other class
        own = (rows + skipped) * parts
        weights = V[0][own - skipped] if plane is not None and k == 0 else _rows(layer.affine, own)
        top = None if layer.pair is None or layer.pair.top == np.inf else layer.pair.top
        layers.append(
            LayerFormula(
                weights=(network.layers[k - 1].module_columns(weights) if k else weights)[:, columns],
                bias=a[0][own - skipped] if plane is not None and k == 0 else layer.affine.bias.detach().numpy()[own],
                V=V[k][np.ix_(rows * parts, shown[0])],
                a=a[k][rows * parts],
                z=z[rows],
                factors=None if factors is None else factors[rows],
                added=added[rows],
                rows=tuple(rows.tolist()),
                columns=tuple(columns.tolist()),
                units=len(z),
                before=layers[-1].units if layers else len(x),
                first=first,
                on=None if on is None else int(on.sum()),
                cut=int((added != 0).sum()),
                top=top,
            )
        )
        first += 0 if last else len(z)
    mapped = V[-1] @ x + a[-1]
    return Formula(
        x=x[shown[0]],
        layers=tuple(layers),
        scores=region.logits[shown[-1]],
        mapped=mapped[shown[-1]],
        difference=float(np.abs(mapped - region.logits).max()),
        inputs=tuple(shown[0].tolist()),
        all_inputs=len(x),
        names=() if plane is None else ("s", "t"),
        by_layer=not network.tournaments
        and all(layer.bends is None or layer.pair is not None for layer in network.hidden),
    )


def _effects(layer: Layer, pattern: NDArray[np.bool_]) -> tuple[Array, Array]:
    """(units of the module,) what each of them multiplies its value by on the region, and what it adds."""
    if layer.pair is None:
        return np.where(pattern, 1.0, layer.slopes()), np.zeros(len(pattern))
    on, cut = pattern[::2], pattern[1::2]  # of |z|, no unit is cut
    return np.where(cut, 0.0, np.where(on, 1.0, layer.pair.below)), np.where(cut, layer.pair.top, 0.0)


@torch.no_grad()
def _values(region: Region) -> list[Array]:
    """Per layer (units,) the values at the point, before the activation."""
    return [z[0].numpy() for z in region.network.preactivations(torch.from_numpy(region.x)[None])]


@torch.no_grad()
def _rows(affine: Affine, units: NDArray[np.intp]) -> Array:
    """(rows, inputs) the rows of W of these units."""
    picked = torch.zeros(len(units), len(affine.bias), dtype=affine.bias.dtype)
    picked[torch.arange(len(units)), torch.from_numpy(units)] = 1
    return affine.transpose(picked).numpy()


def _shown_inputs(count: int) -> NDArray[np.intp]:
    return np.arange(count if count <= MOST_WHOLE else ON_SHOWN + OFF_SHOWN)


def _shown_units(on: NDArray[np.bool_]) -> NDArray[np.intp]:
    """All units of a small layer; of a larger one the first that are on, and a few that are off."""
    if len(on) <= MOST_WHOLE:
        return np.arange(len(on))
    return np.sort(np.concatenate([np.flatnonzero(on)[:ON_SHOWN], np.flatnonzero(~on)[:OFF_SHOWN]]))


def _steps(whole: Formula, lights: bool) -> list[dict[str, Any]]:
    """What each step shows: its kind, its layer (from 0), its title and a sentence."""
    hidden = whole.layers[:-1]
    on_plane = " on this slice" if whole.names else ""
    title = f"f(x) = V x + a{on_plane}"
    steps = [{"kind": "map", "layer": len(hidden), "title": title, "words": _map_words(whole)}]
    if not whole.by_layer:
        return steps
    for k, layer in enumerate(hidden):
        steps += [
            {"kind": "weights", "layer": k, "title": _weights_title(k), "words": _weights_words(whole, k, lights)},
            {
                "kind": "units",
                "layer": k,
                "title": _units_title(k),
                "words": _units_words(layer, k, hidden[k - 1].cut if k else 0),
            },
        ]
    last = {"kind": "scores", "layer": len(hidden), "title": _scores_title(len(hidden)), "words": _scores_words(whole)}
    return [*steps, last]


def _map_words(whole: Formula) -> str:
    hidden = whole.layers[:-1]
    if not hidden:
        return f"This network has no units. So one affine map holds everywhere.{_coordinates(whole)}"
    units, on = sum(layer.units for layer in hidden), sum(layer.on or 0 for layer in hidden)
    return (
        f"In this region {on} of {units} units are on, at every point the same ones. "
        f"So the network is one affine map here, with these numbers.{_coordinates(whole)}"
    )


def _coordinates(whole: Formula) -> str:
    """Says what s and t are."""
    if not whole.names:
        return ""
    return " Here x stands for (s, t): how far a point lies from the slice's origin along its two axes."


def _weights_title(k: int) -> str:
    number = subscript(k + 1)
    return f"Layer {k + 1} at the point: z = W{number} {'x' if k == 0 else f'h{subscript(k)}'} + b{number}"


def _weights_words(whole: Formula, k: int, lights: bool) -> str:
    if k == 0:
        words = (
            "One row for each unit: its weights along the slice's two axes times s and t, plus its value at the "
            "slice's origin, give its value z."
            if whole.names
            else "One row for each unit: its weights times the point x, plus its bias, give its value z."
        )
        if lights:
            words += " Point at a row: the unit's line lights in the picture."
    else:
        words = f"One row for each unit. Columns of units that are off meet h{subscript(k)} = 0, so they drop out."
        if not _rectifies(whole.layers[k - 1]):
            words = "One row for each unit: its weights times the values of the layer before, plus its bias."
    return words + _abridged(whole.layers[k])


def _rectifies(layer: LayerFormula) -> bool:
    """Whether every shown unit keeps its value or gives 0."""
    return layer.factors is None or bool(np.isin(layer.factors, (0, 1)).all())


def _units_title(k: int) -> str:
    return f"The same from x: V{subscript(k + 1)} x + a{subscript(k + 1)}, then the units"


def _units_words(layer: LayerFormula, k: int, cut_before: int) -> str:
    number, before = subscript(k + 1), subscript(k)
    product = f"V{number} = W{number}, a{number} = b{number}."
    if k > 0:
        below = f"(D{before} a{before} + e{before})" if cut_before else f"D{before} a{before}"
        product = f"V{number} = W{number} D{before} V{before} and a{number} = W{number} {below} + b{number}."
    units = f"{layer.on} of {layer.units} units are on: {_factors_words(layer, k)}"
    return f"{product} {units}{_abridged(layer, rows_only=True)}"


def _factors_words(layer: LayerFormula, k: int) -> str:
    """What D does to the rows."""
    factors_of = () if layer.factors is None else layer.factors
    off = sorted({float(factor) for factor in factors_of if factor != 1})
    if layer.cut:
        return _cut_words(layer, k)
    if not off:
        return f"D{subscript(k + 1)} keeps their rows."
    if off == [0.0]:
        return f"D{subscript(k + 1)} keeps their rows, and the others become 0."
    factors = " or ".join(f"{factor:.3g}".replace("-", "−") for factor in off)
    return f"D{subscript(k + 1)} keeps their rows, and multiplies the others by {factors}."


def _cut_words(layer: LayerFormula, k: int) -> str:
    number, cut = subscript(k + 1), f"{layer.cut} of them {'is' if layer.cut == 1 else 'are'} cut at {layer.top:g}"
    rows = "the row becomes" if layer.cut == 1 else "the rows become"
    return (
        f"D{number} keeps their rows, and the others become 0. But {cut}: {rows} 0, and e{number} adds {layer.top:g}."
    )


def _scores_title(hidden: int) -> str:
    if hidden == 0:
        return "The scores: f(x) = W₁ x + b₁"
    return f"The scores: f(x) = W{subscript(hidden + 1)} h{subscript(hidden)} + b{subscript(hidden + 1)}"


def _scores_words(whole: Formula) -> str:
    differ = (
        "to the last digit"
        if whole.difference == 0
        else f"they differ by at most {three_digits(whole.difference)}, from rounding"
    )
    return f"By the layers and by V x + a the point has the same scores ({differ}).{_abridged(whole.layers[-1])}"


def _abridged(layer: LayerFormula, rows_only: bool = False) -> str:
    """Says what is left out, if anything."""
    rows, columns = layer.units - len(layer.rows), 0 if rows_only else layer.before - len(layer.columns)
    parts = [counted(rows, "more row")] * (rows > 0) + [counted(columns, "more column")] * (columns > 0)
    return f" Not shown: {' and '.join(parts)}." if parts else ""
