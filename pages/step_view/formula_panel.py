"""The affine map of a point's region with its numbers, written out step by step where a reader asks for it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from figures.regions.formula import formula
from figures.words import thousands
from geometry import Network, Plane, region_at
from geometry.content import content_key
from geometry.norms import Array
from pages.shared import link
from pages.step_view.component import step_view

WRITTEN = "written"  # in links
HEIGHT = "min(470px, 62vh)"
MOST_NUMBERS = 30_000_000  # of all layers' V: a limit on memory, 240 MB


def formula_opened(key: str, of: str) -> bool:
    """Whether the reader or the link has opened the formula; draws the switch. `of` says whose formula it is."""
    return st.toggle(
        f"Formula of {of}",
        link.start(key, WRITTEN, link.flag, False),
        key=key,
        persist_state="session",
        help="f(x) = V x + a, the affine map of the linear region with its numbers, and how it comes about, layer by "
        "layer.",
    )


def formula_link(key: str) -> dict[str, str | None]:
    """Its part of the link, also while the switch is not drawn yet."""
    return {WRITTEN: link.unless(link.start(key, WRITTEN, link.flag, False), False, lambda _: "1")}


def formula_panel(
    network: Network, x: Array, names: Sequence[str], *, key: str, plane: Plane | None = None, name: str = ""
) -> None:
    """Draw the formula of the region of x (*input_shape).

    Parameters
    ----------
    names : of the classes
    plane : x lies on it; the map is one of its two coordinates
    name : of pictures in which a row lights its unit's line
    """
    numbers = sum(network.widths) * (2 if plane is not None else x.size)
    if numbers > MOST_NUMBERS:
        st.caption(f"The maps of all layers have {thousands(numbers)} numbers, too many to write out here.")
        return
    written = formula(region_at(network, x), plane).as_json(names, lights=bool(name))
    where = None if plane is None else (plane.origin, plane.u, plane.v)
    content = content_key(network.key, x, tuple(names), where)
    step_view("formula", written, content_key=content, name=name, key=key, height=HEIGHT)
