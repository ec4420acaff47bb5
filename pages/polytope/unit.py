"""One unit and its relaxation: the graph of the ReLU, and the lines by which a bound encloses it."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from certify import bounds
from certify.bounds.methods import DEFAULT_METHODS
from certify.polytopes.comparison import Polytopes
from figures.certify.methods import method_title
from figures.certify.relaxation import relaxation_figure
from figures.provenance import About
from figures.style.ink import Figure
from figures.style.palette import Theme
from figures.words import counted, three_digits
from geometry.network.network import Network
from geometry.network.units import Pair
from geometry.norms import Array, Norm
from pages.polytope.numbers import chart
from pages.polytope.question import Question
from pages.polytope.state import STATE, PolytopeState
from pages.shared import link
from pages.shared.linked_controls import Linked
from pages.shared.to_polytope import PREFIX

MOST_DOTS = 300  # limits the size of the figure
TRIANGLE = {  # whether there is no LP for the norm: text
    False: "The LP takes the whole triangle, the smallest convex set around the graph.",
    True: "In ℓ₁ and ℓ∞ the LP takes the whole triangle, the smallest convex set around the graph; in ℓ₂ there is no "
    "LP.",
}
BOUNDED_BY = {name: method_title(name) for name in DEFAULT_METHODS}


def lit_unit(network: Network) -> int | None:
    """The index of the module's unit that the user has chosen, counted through all layers from 0."""
    asked = STATE.unit
    return None if asked is None or asked > sum(network.module_widths) else asked - 1


def relaxation(question: Question, computed: Polytopes, theme: Theme, about: About) -> dict[str, str | None]:
    """Draw the section on one unit. Returns its part of the link."""
    network = question.network
    units = sum(network.module_widths)
    if units == 0:
        return {}
    linked = Linked(PREFIX)
    st.markdown(
        "**One unit's relaxation**",
        help="The step in which Fast-Lin, CROWN and the LP lose: between ℓ and u a unit's bent graph is replaced by an "
        "area around it, two lines or their triangle (KW Fig. 2, Tight Fig. 1). Interval arithmetic also forgets what "
        "units share.",
    )
    left, right = st.columns([2, 3], gap="large")
    with left:
        link.start(PolytopeState.unit.key, "unit", link.whole(1, 10**6), None)
        if (STATE.unit or 1) > units:
            STATE.unit = None
        asked = st.number_input(
            "Unit", 1, units, None, key=PolytopeState.unit.key, placeholder="the most uncertain",
            persist_state="session",
            help=f"1 to {units}, counted through all layers. Its line is lit in the input plane.",
        )  # fmt: skip
        by = linked.choice("ℓ and u by", "by", BOUNDED_BY, "crown")
        lower, upper = _bounds(question.point_key, computed.eps, by, question)
        unit = _most_uncertain(network, lower, upper) if asked is None else asked - 1
        first = np.unique(network.module_units(), return_index=True)[1][unit]  # whose z is that of the module's unit
        low, high = float(lower[first]), float(upper[first])
        _describe(network, question.p, unit, low, high, lower, upper)
    with right:
        slope, pair, lp = _slope(network, unit), _pair(network, unit), question.p != 2

        def figure() -> Figure:
            reached = _reached(question, computed, unit)
            return relaxation_figure(low, high, slope=slope, reached=reached, theme=theme, lp=lp, pair=pair)

        made_of = (low, high, slope, pair, theme, lp, unit, question.network, computed.reached)
        chart(figure, made_of, "relaxation", "The relaxation of one unit", about)
    return {**linked.parts, "unit": None if asked is None else str(asked)}


@st.cache_resource(max_entries=64, show_spinner=False)
def _bounds(point_key: str, eps: float, method: str, _question: Question) -> tuple[Array, Array]:
    """(units,) lower and upper bounds of all hidden pre-activations."""
    q = _question
    hidden_bounds = bounds(q.network, q.x[None], eps, q.p, method, q.box)[:-1]
    lower, upper = (torch.cat([pair[side].reshape(-1) for pair in hidden_bounds]).numpy() for side in (0, 1))
    return lower, upper


def _bending(network: Network) -> NDArray[np.bool_]:
    """(units,) which hidden units have a bend."""
    return np.concatenate([layer.bending() for layer in network.hidden])


def _most_uncertain(network: Network, lower: Array, upper: Array) -> int:
    """The module's unit with the largest triangles; if all are stable, the one nearest to a bend."""
    of, bends = network.module_units(), _bending(network)
    triangles = np.bincount(of, np.maximum(-lower, 0) * np.maximum(upper, 0) * bends)
    if triangles.max() > 0:
        return int(triangles.argmax())
    return int(of[np.where(bends, np.minimum(abs(lower), abs(upper)), np.inf).argmin()])


def _layer(network: Network, unit: int) -> tuple[int, int]:
    """The hidden layer of a module's unit and the unit's index in that layer, both from 0."""
    starts = np.cumsum([0, *network.module_widths])
    layer = int(np.searchsorted(starts, unit, side="right")) - 1
    return layer, int(unit - starts[layer])


def _pair(network: Network, unit: int) -> Pair | None:
    return network.layers[_layer(network, unit)[0]].pair


def _slope(network: Network, unit: int) -> float:
    """The unit's slope for z < 0."""
    layer, number = _layer(network, unit)
    pair = network.layers[layer].pair
    return float(network.layers[layer].slopes()[number]) if pair is None else pair.below


def _describe(network: Network, p: Norm, unit: int, low: float, high: float, lower: Array, upper: Array) -> None:
    layer, number = _layer(network, unit)
    place = f"Unit {unit + 1}: number {number + 1} of layer {layer + 1}, **ℓ = {three_digits(low, down=True)}**, "
    place += f"**u = {three_digits(high, up=True)}**."
    slope, pair = _slope(network, unit), _pair(network, unit)
    bends = [bend for bend in ([0.0] if pair is None else [0.0, pair.top]) if low < bend < high]
    if bends and pair is not None:
        effect = _pair_effect(pair, len(bends))
    elif bends:
        share = three_digits((high - slope * low) / (high - low))
        formula = "u/(u-\\ell)" if slope == 0 else f"(u-{slope:g}\\ell)/(u-\\ell)"
        lower_line = "z" if high > -low else "0" if slope == 0 else f"{slope:g} z"
        effect = f"It is *unstable*: Fast-Lin takes two parallel lines of slope ${formula}$ = {share}, CROWN the lower "
        effect += f"line $z$ ↦ {lower_line} that leaves less area. {TRIANGLE[p == 2]}"
    else:
        state = f"cut at {pair.top:g}" if pair is not None and low >= pair.top else "on" if low >= 0 else "off"
        effect = f"It is *stable*, always {state} in the ball: affine, and nothing is lost."
    unstable = (lower < 0) & (upper > 0) & _bending(network)
    units, count = sum(network.module_widths), len(np.unique(network.module_units()[unstable]))
    st.markdown(f"{place} {effect}")
    st.caption(f"By these bounds {count} of {counted(units, 'unit')} {'is' if count == 1 else 'are'} unstable.")


def _pair_effect(pair: Pair, bends: int) -> str:
    """What the methods do with |z|, or with a clip that bends at so many places between its bounds."""
    if np.isinf(pair.top):
        return (
            "It is *unstable*: it is bounded as $2\\max(z, 0) - z$. Each method bounds the first term by its lines; "
            "the second is affine, and nothing is lost there."
        )
    places = "both bends lie" if bends == 2 else "one of its bends lies"
    return (
        f"It is *unstable*, since {places} between ℓ and u: it is bounded as "
        f"$\\max(z, 0) - \\max(z - {pair.top:g}, 0)$, and each method bounds a term that bends by its lines."
    )


def _reached(question: Question, computed: Polytopes, unit: int) -> Array:
    """Pre-activations of the unit at inputs in the ball."""
    inputs = computed.reached.inputs
    sample = inputs[:: max(1, len(inputs) // MOST_DOTS)]
    if len(sample) == 0:
        return np.zeros(0)
    layer, number = _layer(question.network, unit)
    points = torch.from_numpy(question.plane.embed(sample))
    with torch.no_grad():
        of_layer = question.network.preactivations(points.reshape(len(points), -1))[layer]
    parts = question.network.layers[layer].parts
    values: Array = of_layer.reshape(len(points), -1)[:, number * parts].numpy()
    return values
