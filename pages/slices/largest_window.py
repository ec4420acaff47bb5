"""Where a window holds too many regions: a button to the largest window whose regions were found."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from figures.regions.overlays import Point, Window
from figures.words import thousands
from pages.region_view.coverage import side, without_margin
from pages.slices.pictures import FEWER, SlicePicture
from pages.slices.state import STATE


def largest_window_button(slot: int, current: Sequence[SlicePicture | None]) -> None:
    """Nothing, unless the slot's picture has too many regions; disabled until there is a window for all that have.

    current : the pictures side by side, which show the same view
    """
    picture = current[slot]
    if not _is_crowded(picture):
        return
    crowded = [one for one in current if one is not None and _is_crowded(one)]
    found = [one.smaller for one in crowded if one.smaller is not None]
    known = len(found) == len(crowded)
    st.button(
        "Zoom to all regions",
        icon=":material/zoom_in:",
        type="primary" if known else "secondary",
        disabled=not known,
        on_click=_show,
        args=(without_margin(min(found, key=side)), crowded[0].frame.window) if known else (),
        key=f"slices-largest-{slot}",
        help=f"The largest window about the pin, or else about the centre, with at most {thousands(FEWER)} regions: "
        "these are drawn exactly. It is sought while the sampled picture is shown.",
    )


def _is_crowded(picture: SlicePicture | None) -> bool:
    return picture is not None and picture.too_many and not picture.before


def _show(view: Window, crowded: Window) -> None:
    STATE.view = view if STATE.pin is None else about(STATE.pin, view, crowded)


def about(pin: Point, view: Window, crowded: Window) -> Window:
    """The view with the pin in its middle, if the pin lies in the crowded window; else the view."""
    (s, t), (s0, s1, t0, t1) = pin, crowded
    if not (s0 <= s <= s1 and t0 <= t <= t1):
        return view
    wide, high = (view[1] - view[0]) / 2, (view[3] - view[2]) / 2
    return s - wide, s + wide, t - high, t + high
