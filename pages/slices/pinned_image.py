"""The panel of the pinned input: verdicts, distances and nearest inputs of another class, for each network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from figures.regions.overlays import Point
from figures.style.palette import class_colour
from figures.words import GLOSSARY, NORM_SIGNS, three_digits
from geometry.norms import Array, Norm
from pages.shared.card import CARD
from pages.shared.hand_over import Sent, hand_over
from pages.shared.plain import plain
from pages.shared.theme import browser_theme
from pages.shared.to_polytope import send_image
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.pin import BOUND_TITLES, Near, PinResults
from pages.slices.plane import Slice
from pages.slices.state import STATE
from pages.step_view.formula_panel import formula_opened, formula_panel

FORMULA = "slices-formula"  # the key of the switch
PENDING = '<span style="opacity:.5">…</span>'


def nothing_pinned(where: Slice, choice: Choice) -> None:
    """The panel without a pin: how to pin an image, and buttons for the images on the plane."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        question = f"**Click anywhere in a picture** to ask what is proved about that {choice.words.thing}"
        st.markdown(f"{question}, or pin" if len(where.points) else question, width="content")
        pin_buttons(where, choice)


def _pin(at: Point | None) -> None:
    STATE.pin = at


def pin_buttons(where: Slice, choice: Choice) -> None:
    for place, name in zip(where.points, where.names):
        index = choice.chosen["abc".index(name)]
        st.button(
            f"{name}: {plain(choice.title(index))}",
            key=f"slices-pin-{name}",
            icon=":material/push_pin:",
            on_click=_pin,
            args=((float(place[0]), float(place[1])),),
        )


def map_name(slot: int) -> str:
    """The name by which rows of a network's formula light lines in its picture."""
    return f"slices-map-{slot}"


def pinned_panel(
    chosen: Sequence[ShownNetwork],
    results: Sequence[PinResults],
    choice: Choice,
    where: Slice,
    p: Norm,
    exact: Sequence[bool],
) -> None:
    """Verdicts, a table of all distances, and the images; an ellipsis stands for results still being computed.

    `exact` says which networks' pictures have regions with edges: in these a unit's line can be lit.
    """
    pin = STATE.pin
    assert pin is not None
    image = where.plane.embed(np.array([pin]))[0]
    columns = st.columns([1, *[3] * len(chosen)], gap="medium")
    with columns[0], st.container(key="slices-pinned"):
        choice.show(image, f"the pinned {choice.words.thing}")
    for slot, (column, net, result) in enumerate(zip(columns[1:], chosen, results)):
        with column:
            st.html(_verdict(net, result, choice.named(net.bands), p))
            _changes(slot, net, result, image, where, choice.named(net.bands))
    st.html(_table(chosen, results, choice, p))
    if choice.words.unit:
        st.caption(f"Distances are {choice.words.unit}.")
    _send(chosen, image, choice)
    _formulas(chosen, image, choice, where, exact)


def _formulas(
    chosen: Sequence[ShownNetwork], image: Array, choice: Choice, where: Slice, exact: Sequence[bool]
) -> None:
    """On request, the affine map of each network's region at the pin, as one of the slice's coordinates."""
    if not formula_opened(FORMULA, "the pinned region"):
        return
    for slot, (column, net) in enumerate(zip(st.columns(len(chosen), gap="medium"), chosen)):
        with column:
            names = choice.named(net.bands).classes
            lit = map_name(slot) if exact[slot] else ""
            formula_panel(net.network, image, names, key=f"slices-steps-{slot}", plane=where.plane, name=lit)


def _verdict(net: ShownNetwork, result: PinResults, choice: Choice, p: Norm) -> str:
    near, size = result.near, NORM_SIGNS[p]
    if near is None:
        waits = result.worker.waits
        claim, reason, colour = (
            "Looking at the point's linear region …",
            f"The pin {waits}." if waits else "",
            "#6B7280",
        )
    else:
        label = _class(near.predicted, choice)
        proved = three_digits(result.proved, down=True)
        claim = f"{label}. No perturbation with {size}\u00a0<\u00a0{proved} changes that."
        if result.proved == 0:
            claim = f"{label}. Nothing is proved at this very point."
        reason = f"No {choice.words.thing} of another class is known yet."
        if result.broken < math.inf:
            reason = f"One with {size}\u00a0=\u00a0{three_digits(result.broken, up=True)} does."
        colour = class_colour(near.predicted, len(net.bands), browser_theme())
    return (
        f'<div style="{CARD.format(colour=colour)}" data-testid="verdict">'
        f'<div style="font-size:.86em;opacity:.85">{escape(net.title)}</div>'
        f'<div style="font-weight:650">{escape(claim)}</div>'
        f'<div style="font-size:.88em;opacity:.88">{escape(reason)}</div></div>'
    )


def _class(label: int, choice: Choice) -> str:
    return f"Seen as {choice.label(label)}"


def _changes(slot: int, net: ShownNetwork, result: PinResults, image: Array, where: Slice, choice: Choice) -> None:
    """The nearest inputs of another class, and the change to each."""
    others: list[tuple[str, str, Array]] = []
    if result.edge[1] is not None:
        others.append(("on the plane", "the change to it", where.plane.embed(result.edge[1][None])[0]))
    attacked = result.values.get("attack")
    if attacked is not None:
        others.append((f"DeepFool: {choice.label(attacked.label)}", "DeepFool's change", attacked.point))
    choice.show_others(slot, net.title, image, others)


def _table(chosen: Sequence[ShownNetwork], results: Sequence[PinResults], choice: Choice, p: Norm) -> str:
    rows: list[tuple[str, str, list[str]]] = []

    def row(title: str, words: str, value: Sequence[float | str | None], up: bool = False) -> None:
        rows.append((title, words, [_number(number, up) for number in value]))

    nears = [result.near for result in results]
    d_B, d_D = "<i>d</i><sub>B</sub>", "<i>d</i><sub>D</sub>"
    row(d_B, GLOSSARY["d_B"], [None if near is None else near.d_B for near in nears])
    row(d_D, GLOSSARY["d_D"], [None if near is None else near.d_D for near in nears])
    row("simplex", GLOSSARY["radius"], [None if near is None else min(near.d_B, near.d_D) for near in nears])
    for name, title in BOUND_TITLES.items():
        row(title, f"The largest radius that {title} proves.", [result.values.get(name) for result in results])
    attacks = [result.values.get("attack", None) for result in results]
    row(
        "DeepFool", f"The nearest {choice.words.thing} of another class that this attack finds: an upper bound.",
        [math.inf if "attack" in result.values and hit is None else None if hit is None else hit.distance
         for result, hit in zip(results, attacks)], up=True,
    )  # fmt: skip
    row(
        "boundary on the plane",
        "The nearest decision boundary found so far on the plane: an upper bound. Zoom out to seek farther.",
        [result.edge[0] if result.edge[1] is not None else result.no_edge for result in results], up=True,
    )  # fmt: skip
    anywhere = " Its points may be any." if any(result.box for result in results) else ""
    stays = f"Without leaving the plane.{anywhere}"
    row(f"{d_B} on the plane", f"{GLOSSARY['d_B']} {stays}", [_on(near, 0) for near in nears])
    row(f"{d_D} on the plane", f"{GLOSSARY['d_D']} {stays}", [_on(near, 1) for near in nears])
    head = "".join(f'<div style="opacity:.75">{title}</div>' for title, _, _ in rows)
    lines = [
        f'<div style="font-weight:600;opacity:.9">{escape(net.title)}</div>'
        + "".join(f'<div title="{escape(words)}">{values[slot]}</div>' for _, words, values in rows)
        for slot, net in enumerate(chosen)
    ]
    size = NORM_SIGNS[p]
    return (
        '<div style="overflow-x:auto"><div data-testid="distances" style="display:grid;'
        "font-variant-numeric:tabular-nums;gap:.25rem .9rem;"
        f"grid-template-columns:minmax(9em,auto) repeat({len(rows)},minmax(4.6em,1fr));"
        f'font-size:.9em;min-width:720px"><div style="opacity:.75">{size}</div>{head}{"".join(lines)}</div></div>'
    )


def _on(near: Near | None, which: int) -> float | None:
    return None if near is None else near.on_plane[which]


def _number(value: float | str | None, up: bool) -> str:
    """A number, or words in its place; an ellipsis for one that is still being computed."""
    if value is None or value == "":
        return PENDING
    if isinstance(value, str):
        return f'<span style="opacity:.75">{escape(value)}</span>'
    return f"<b>{three_digits(value, down=not up, up=up)}</b>"


def _send(chosen: Sequence[ShownNetwork], image: Array, choice: Choice) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for slot, net in enumerate(chosen):
            thing = choice.words.thing
            st.button(
                f"Every bound and attack: {plain(net.title)}", icon=":material/verified_user:", type="tertiary",
                key=f"slices-certify-{slot}", on_click=_certify, args=(net, image, choice),
                help=f"The ladder of the Certify page, for this {thing} and this network.",
            )  # fmt: skip
            st.button(
                "All outputs it reaches", icon=":material/pentagon:", type="tertiary", key=f"slices-polytope-{slot}",
                help=f"The Polytope page: what {plain(net.title)} makes of the ball around this {thing}.",
                on_click=_polytope, args=(net, image, choice),
            )  # fmt: skip
        st.button(
            "Take the pin away", type="tertiary", icon=":material/close:", key="slices-unpin",
            on_click=_pin, args=(None,),
        )  # fmt: skip


def _certify(net: ShownNetwork, image: Array, choice: Choice) -> None:
    """Go to Certify with a network and an input (*input_shape)."""
    hand_over(_sent(net), image, choice.known_set(net.bands), choice.limits)
    st.switch_page("pages/certify/page.py")


def _polytope(net: ShownNetwork, image: Array, choice: Choice) -> None:
    """Go to Polytope with a network and an input (*input_shape)."""
    send_image(_sent(net), image, choice.known_set(net.bands), choice.limits)


def _sent(net: ShownNetwork) -> Sent:
    return Sent(net.network, net.module, net.title, "Sent from Slices.", net.bands)
