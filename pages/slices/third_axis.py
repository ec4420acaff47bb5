"""A third axis: the plane moves away from the images or turns about the pin, and its exact picture follows.

A plane over two named inputs moves along another input, or along a direction, as far as the ranges of all inputs reach.
It does not turn: its axes would be no inputs any more.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import streamlit as st

from geometry import Network, Plane
from geometry.norms import Array
from pages.shared.linked_controls import Linked
from pages.shared.plain import complain, plain
from pages.shared.state import put, read
from pages.shared.to_slices import PREFIX
from pages.slices.images import Choice
from pages.slices.plane import DIRECTION_TITLES, Slice, direction_corners, margin_gradient
from pages.slices.state import STATE

RESTS, MOVES, TURNS = "rests", "moves", "turns"
KINDS = {RESTS: "rests", MOVES: "moves along a direction", TURNS: "turns about the pin"}
OTHER = "d"
ALONG = {OTHER: "to another image", **DIRECTION_TITLES}
OF_INPUTS = ("gradient", "random")  # directions that need no other input on the plane
FAR, TURN = "far", "turn"  # names of the sliders
FRAMES = 20  # positions of a film from the plane to the end of the slider: 4 a second pass it in five seconds


def on_third_axis(choice: Choice, network: Network, where: Slice) -> Slice:
    """The slice on its plane as moved or turned, with the controls for that; the slice itself after a complaint."""
    if STATE.due:
        _next_position()
    linked, here = Linked(PREFIX), where
    with st.expander("Third axis", icon=":material/3d_rotation:"):
        kinds = {name: title for name, title in KINDS.items() if name != TURNS or not where.limited}
        kind = linked.choice("The plane", "axis", kinds, RESTS)
        if kind == RESTS:
            rest()
        else:
            try:
                if where.limited:
                    here = _moved_in_ranges(choice, network, where, linked)
                else:
                    direction = _direction(choice, network, linked)
                    here = (_moved if kind == MOVES else _turned)(where, direction, linked)
            except ValueError as error:
                rest()
                complain(error)
            else:
                _film()
    return replace(here, link={**where.link, **linked.parts})


def rest() -> None:
    """End a film, where there is no third axis: on planes of parameters."""
    STATE.playing = False
    del STATE.due


def _direction(choice: Choice, network: Network, linked: Linked) -> tuple[Array, bool]:
    """From image a; and whether it leads to an image, at which the slider's 1 then lies."""
    thing = choice.words.thing
    titles = {name: title.replace("image", thing) for name, title in ALONG.items()}
    name = linked.choice("Direction", "along", titles, "random", help="Its part across the plane is used.")
    if name == OTHER:
        other = linked.whole(f"{thing.capitalize()} d", OTHER, 0, len(choice.x) - 1, 0, help="Its number in the set.")
        return choice.x[other].astype(np.float64) - choice.image(0), True
    seed = 0 if name != "random" else linked.whole("Draw of the direction", "drawn", 0, 10**6, 0)
    start, end = direction_corners(choice, network, (name,), seed)
    return end - start, name in ("b", "c")


def _moved(where: Slice, direction: tuple[Array, bool], linked: Linked) -> Slice:
    step, to_image = direction
    unit = float(np.linalg.norm(where.plane.across(step))) if to_image else _half(where)
    far = linked.number(
        "How far", FAR, -1.0, 1.0, 0.0, slider=True, step=1 / FRAMES,
        help=f"1 is {'where the plane holds the image' if to_image else 'half a side of the window'}: "
        f"{unit:.3g} in ℓ₂.",
    )  # fmt: skip
    if far == 0:
        return where
    return _without_images(where, where.plane.moved(step, far * unit), f"{far * unit:.6g} along the third axis")


def _moved_in_ranges(choice: Choice, network: Network, where: Slice, linked: Linked) -> Slice:
    """The plane over two inputs, moved along another one or a direction; 1 and -1 are the ends of the ranges."""
    inputs = {f"input-{place}": name for place, name in choice.other_inputs(where.plane).items()}
    titles = {**inputs, **{name: DIRECTION_TITLES[name] for name in OF_INPUTS}}
    name = linked.choice("Direction", "along", titles, next(iter(titles)), help="Its part across the plane is used.")
    seed = 0 if name != "random" else linked.whole("Draw of the direction", "drawn", 0, 10**6, 0)
    s0, s1, t0, t1 = where.window
    (middle,) = where.plane.embed(np.array([[(s0 + s1) / 2, (t0 + t1) / 2]]))
    if name in inputs:
        step = np.eye(len(middle))[int(name.removeprefix("input-"))]
    else:
        random = np.random.default_rng(seed)
        step = random.normal(size=middle.shape) if name == "random" else margin_gradient(network, middle)
    across = where.plane.across(step)
    ahead, behind = reach_in_ranges(where.plane.origin, across / np.linalg.norm(across))
    far = linked.number(
        "How far", FAR, -1.0, 1.0, 0.0, slider=True, step=1 / FRAMES,
        help="1 and −1 are where the first input reaches an end of its range; 0 is where its slider stands.",
    )  # fmt: skip
    plane = where.plane.moved(step, far * (ahead if far > 0 else behind)) if far else where.plane
    moved = f"{far * (ahead if far > 0 else behind):.6g} along {titles[name]}, in shares of the ranges"
    if name in inputs:
        moved = choice.value_of(int(name.removeprefix("input-")), plane.origin)
        st.caption(plain(moved))
    return replace(where, plane=plane, moved=moved) if far else where


def reach_in_ranges(origin: Array, direction: Array) -> tuple[float, float]:
    """How far shares (d,) can go along a direction, and against it, before one of those that change leaves [0, 1]."""
    change = np.abs(direction) > 0
    rooms = np.stack([1 - origin, origin])[:, change]  # towards 1, towards 0
    up = direction[change] > 0
    size = np.abs(direction[change])
    ahead, behind = np.where(up, rooms[0], rooms[1]) / size, np.where(up, rooms[1], rooms[0]) / size
    return max(0.0, float(ahead.min())), max(0.0, float(behind.min()))


def _turned(where: Slice, direction: tuple[Array, bool], linked: Linked) -> Slice:
    s0, s1, t0, t1 = where.window
    about = STATE.pin or ((s0 + s1) / 2, (t0 + t1) / 2)
    share = linked.number(
        "Turned by, in right angles", TURN, -1.0, 1.0, 0.0, slider=True, step=1 / FRAMES,
        help="About the line along s through the pin, or through the middle of the window. The pinned image stays "
        "where it is.",
    )  # fmt: skip
    if share == 0:
        return where
    turned = where.plane.turned(direction[0], share * math.pi / 2, about)
    return _without_images(where, turned, f"turned by {share:.6g} right angles about t = {about[1]:.6g}")


def _without_images(where: Slice, plane: Plane, moved: str) -> Slice:
    """The same window on another plane, on which the images do not lie."""
    return replace(where, plane=plane, points=where.points[:0], labels=where.labels[:0], moved=moved)


def _half(where: Slice) -> float:
    s0, s1, t0, t1 = where.window
    return max(s1 - s0, t1 - t0) / 2


def _film() -> None:
    """The button that lets the plane move by itself, forth and back."""
    st.button(
        "Stop" if STATE.playing else "Play",
        icon=":material/stop:" if STATE.playing else ":material/play_arrow:",
        width="stretch",
        key="slices-film",
        on_click=_play,
        help="The next position comes when the picture of this one stands.",
    )


def _play() -> None:
    STATE.playing = not STATE.playing


def _next_position() -> None:
    """Move the slider by one step; at an end it turns round. Call it before the slider is drawn."""
    del STATE.due
    name = TURN if read(f"{PREFIX}axis") == TURNS else FAR
    key = f"{PREFIX}{name}"
    now = read(key)
    place = round((now if isinstance(now, float) else 0.0) * FRAMES) + (1 if STATE.ahead else -1)
    if abs(place) > FRAMES:
        STATE.ahead = not STATE.ahead
        place += 2 if STATE.ahead else -2
    put(key, place / FRAMES)
