"""The sidebar for named numbers: network, table, inputs, plane."""

from __future__ import annotations

import numpy as np
import streamlit as st

from geometry.content import content_key
from models import Images
from models.vectors.inputs import Inputs
from models.vectors.table import Table
from pages.shared.by_key import by_key
from pages.shared.linked_controls import Linked
from pages.shared.plain import complain
from pages.shared.to_slices import PREFIX
from pages.slices.asked import Asked, tried
from pages.slices.networks import ShownNetwork
from pages.slices.numbers.choice import NumbersChoice
from pages.slices.numbers.editor import edited
from pages.slices.numbers.networks import RawNetwork, network_controls, on_named, refused, second_network
from pages.slices.numbers.plane import (
    INPUTS,
    described,
    input_plane,
    plane_kind,
    row_numbers,
    row_plane,
    sliders,
    two_inputs,
)
from pages.slices.numbers.rows import row_controls
from pages.slices.plane import Slice
from pages.slices.third_axis import on_third_axis, rest


def numbers_sidebar() -> Asked:
    """Network, table, inputs and plane, in the order in which one depends on the other."""
    linked = Linked(PREFIX)
    network_place = st.container()
    table, table_in_link = row_controls(linked)
    second = None
    with network_place:
        raw, troubles = network_controls(linked, table)
        if raw is not None:
            second, why = second_network(linked, raw, table)
            troubles = [*troubles, *why]
    if raw is None:
        rest()
        return Asked(troubles=troubles)
    table = _fitting(table, raw)
    inputs, named = edited(raw.inputs if raw.named or table is None else table.inputs)
    try:
        shown = on_named(raw, inputs)
        chosen = [shown, *([] if second is None else [on_named(second, inputs)])]
    except ValueError as error:
        complain(error)
        rest()
        return Asked(troubles=[*troubles, refused(error)])
    choice, where = _plane(linked, raw, shown, inputs, table)
    if where is None:
        rest()
    else:
        where = on_third_axis(choice, shown.network, where)
    own = [
        *([] if table_in_link or table is None else ["table"]),
        *([] if all(net.in_link for net in chosen) else ["network"]),
    ]
    parts = {**(where.link if where else {}), **linked.parts, **named}
    return Asked(choice, chosen, where, troubles, parts, own)


def _fitting(table: Table | None, raw: RawNetwork) -> Table | None:
    """The table for this network; one that does not fit is explained, and left out."""
    if table is None:
        return None
    fitting = tried(lambda: table.for_network(len(raw.inputs)))
    if fitting is None or not raw.classes or not fitting.classes:
        return fitting
    known = fitting.with_classes(raw.classes)
    if (known.y < 0).all() and not (fitting.y < 0).all():
        st.caption("The table's classes have other names than the network's; they are left out.")
    return known


def _plane(
    linked: Linked, raw: RawNetwork, shown: ShownNetwork, inputs: Inputs, table: Table | None
) -> tuple[NumbersChoice, Slice | None]:
    kind = plane_kind(linked, table is not None)
    rows = (0, 0, 0) if table is None else row_numbers(linked, kind, len(table))
    classes = raw.classes or (table.classes if table is not None else ())
    classes = (*classes, *(f"class {place}" for place in range(len(classes), shown.network.classes)))
    key = "" if table is None else table.key
    images = _shares(key, inputs, classes, table)
    name = raw.title if table is None else f"{raw.title}, {table.name}"

    def choice(at: str = "") -> NumbersChoice:
        named = Images(images.x, images.y, name, classes, images.limits)
        return NumbersChoice(named, f"numbers-{content_key(inputs, key)}", rows, raw.in_link, {}, inputs, table, at)

    if kind != INPUTS:
        chosen = choice()
        return chosen, tried(lambda: row_plane(kind, chosen, shown.network, linked))
    pair = tried(lambda: two_inputs(linked, inputs))
    if pair is None:
        return choice(), None
    others = [place for place in range(len(inputs)) if place not in pair]
    base = inputs.values(np.full(len(inputs), 0.5)) if table is None else table.x[rows[0]]
    start = "" if table is None else f"-{table.key}-{rows[0]}"
    values = sliders(linked, inputs, others, base, start)
    chosen = choice(described(inputs, *pair, values))
    return chosen, input_plane(chosen, *pair, values, linked.parts)


@st.cache_resource(show_spinner=False, max_entries=3, hash_funcs={Table: by_key})
def _shares(key: str, inputs: Inputs, classes: tuple[str, ...], _table: Table | None) -> Images:
    """The table's rows in shares of the ranges; without a table, the middle of all ranges."""
    if _table is None:
        return Images(np.full((1, len(inputs)), 0.5, np.float32), np.full(1, -1), "", classes)
    return Images(inputs.shares(_table.x).astype(np.float32), _table.y, "", classes)
