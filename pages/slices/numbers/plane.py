"""The plane over two named inputs, with a slider for each other one; or through rows of the table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from figures.regions.overlays import Window
from figures.words import counted
from geometry import Network, Plane
from geometry.norms import Array
from models.vectors.inputs import Inputs, NamedInput
from pages.shared import link
from pages.shared.linked_controls import Linked
from pages.shared.plain import plain
from pages.shared.state import put, read
from pages.slices.images import SLOTS
from pages.slices.numbers.choice import NumbersChoice
from pages.slices.plane import DIRECTIONS, THREE, Slice, plane_through
from pages.slices.state import STATE, SlicesState

INPUTS = "inputs"
KINDS = {INPUTS: "Two inputs", THREE: "Three rows", DIRECTIONS: "One row"}
MOST_SLIDERS = 12  # inputs that all get a slider; of more, the reader chooses which
STEPS = 1000  # of a slider
WINDOW: Window = (0.0, 1.0, 0.0, 1.0)  # the ranges of the two inputs


def plane_kind(linked: Linked, has_rows: bool) -> str:
    """What spans the plane."""
    kinds = KINDS if has_rows else {INPUTS: KINDS[INPUTS]}
    return linked.choice("Plane over", "through", kinds, INPUTS, row=True)


def row_numbers(linked: Linked, kind: str, count: int) -> tuple[int, int, int]:
    """The rows of the table that the plane goes through, or begins at."""
    used = {INPUTS: SLOTS[:1], DIRECTIONS: SLOTS, THREE: SLOTS}[kind]
    columns = st.columns(len(used), gap="small")
    chosen = [0, min(1, count - 1), min(2, count - 1)]
    for place, (slot, column) in enumerate(zip(used, columns)):
        with column:
            title = "The other inputs as in row" if kind == INPUTS else f"Row {slot}"
            chosen[place] = linked.whole(title, slot, 0, count - 1, chosen[place], help="Counted from 0.")
    return chosen[0], chosen[1], chosen[2]


def two_inputs(linked: Linked, inputs: Inputs) -> tuple[int, int]:
    """The places of the inputs across and upwards."""
    names = [item.name for item in inputs.items]  # without units: Streamlit keeps showing the text of a chosen option
    titles = {name: name for name in names}
    left, right = st.columns(2, gap="small")
    with left:
        across = linked.choice("Across", "x", titles, names[0])
    with right:
        upwards = linked.choice("Upwards", "y", titles, names[min(1, len(names) - 1)])
    if across == upwards:
        raise ValueError("the plane needs two different inputs: choose another one across or upwards")
    return names.index(across), names.index(upwards)


def sliders(linked: Linked, inputs: Inputs, others: Sequence[int], base: Array, start: str = "") -> Array:
    """(d,) values of the inputs: those of the sliders, and of `base` where an input has none.

    `start` names the row that they begin at: another one has sliders of its own, at its values.
    """
    values = base.copy()
    none: dict[int, float] = {}
    opened = link.opened("at", _values(len(inputs)), none)
    if STATE.opened_at is None:
        STATE.opened_at = start
    typed = opened if STATE.opened_at == start else none  # the link speaks of the row with which it opened
    shown = list(others)
    if len(shown) > MOST_SLIDERS:
        titles = [item.title for item in inputs.items]
        of_link = [place for place in typed if place in others][:MOST_SLIDERS]
        key = SlicesState.with_sliders.key
        link.own(key, lambda: of_link)
        put(key, [place for place in read(key) if place in others])
        shown = st.multiselect(
            f"Sliders for some of the {counted(len(others), 'other input')}", others, key=key,
            format_func=titles.__getitem__, max_selections=MOST_SLIDERS, persist_state="session",
        )  # fmt: skip
    moved = {}
    for place in shown:
        item = inputs[place]
        first = float(np.clip(typed.get(place, base[place]), item.low, item.high))
        value = _slider(linked.key(f"{slider_name(place, item)}{start}"), item, first)
        values[place] = value
        if value != base[place]:
            moved[place] = value
    linked.parts["at"] = ",".join(f"{place}:{value:.9g}" for place, value in moved.items()) or None
    return values


def slider_name(place: int, item: NamedInput) -> str:
    """The name of an input's slider among the page's controls; another range is another slider."""
    return f"at-{place}-{item.low!r}-{item.high!r}"


def _slider(key: str, item: NamedInput, first: float) -> float:
    now = link.own(key, lambda: first)
    return float(
        st.slider(
            plain(f"{item.name} ({item.unit})" if item.unit else item.name),
            item.low,
            item.high, float(read(key, now)), key=key, persist_state="session",
            step=(item.high - item.low) / STEPS, format="%.5g",
        )
    )  # fmt: skip


def input_plane(choice: NumbersChoice, across: int, upwards: int, values: Array, parts: dict[str, str | None]) -> Slice:
    """The plane of two inputs in shares of their ranges, (0, 0) at both low ends; the others have these values."""
    inputs = choice.inputs
    origin = inputs.shares(values)
    origin[[across, upwards]] = 0.0
    u, v = np.eye(len(inputs))[[across, upwards]]
    axes = inputs[across], inputs[upwards]
    return Slice(
        Plane(origin, u, v),
        points=np.empty((0, 2)),
        names=(),
        labels=np.empty(0, np.int64),
        window=WINDOW,
        link=parts,
        axes=(axes[0].title, axes[1].title),
        scales=((axes[0].low, axes[0].high - axes[0].low), (axes[1].low, axes[1].high - axes[1].low)),
        limited=True,
    )


def row_plane(kind: str, choice: NumbersChoice, network: Network, linked: Linked) -> Slice:
    """The plane through three rows, or through one along two directions."""
    return plane_through(kind, choice, network, linked)


def described(inputs: Inputs, across: int, upwards: int, values: Array) -> str:
    """What spans a plane over two inputs, as text."""
    fixed = [place for place in range(len(inputs)) if place not in (across, upwards)]
    listed = ", ".join(
        f"{inputs[place].name} = {values[place]:.6g} {inputs[place].unit}".strip() for place in fixed[:12]
    )
    more = f" and {counted(len(fixed) - 12, 'other input')}" if len(fixed) > 12 else ""
    return f"{inputs[across].title} across, {inputs[upwards].title} upwards" + (f", at {listed}{more}" if fixed else "")


def _values(count: int) -> link.Reader[dict[int, float]]:
    """A reader of 'place:value' pairs."""

    def read_pairs(text: str) -> dict[int, float]:
        values = {}
        for pair in filter(None, text.split(",")):
            place, _, value = pair.partition(":")
            (values[link.whole(0, count - 1)(place)],) = link.numbers(1)(value)
        return values

    return read_pairs
