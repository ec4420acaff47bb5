"""The picture of a property whose box is flat in all but two inputs: every linear region, and where it is violated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import streamlit as st

from certify.properties.decision import Decision
from certify.properties.property import Interval
from certify.properties.shaping import shaped
from figures.provenance import origin
from figures.regions.frames import Frame, region_frame
from figures.regions.overlays import Overlays, Scale, ViewOptions, Window
from figures.words import counted, duration, sentence
from geometry import Network, Plane
from geometry.computation.cancellation import Cancelled
from geometry.regions.enumerate_in_memory import regions_in_memory
from pages.certify.property.question import AskedProperty
from pages.region_view import picture_place, region_view
from pages.shared.background.own_run import wait_for
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker

VIEW_KEY = "certify-property-picture"
HEIGHT = "clamp(340px, 56vh, 640px)"
AXES_ROOM = 24  # pixels that a picture is wider than its plot, less those that it is higher
MOST_REGIONS = 200_000  # a limit on time and memory
NAMES = ("as it should be", "violated")


@dataclass(frozen=True, eq=False)
class FlatBox:
    """A box in which two inputs vary, and the network whose class is 0 where no case is violated."""

    network: Network
    plane: Plane
    window: Window
    scales: tuple[Scale, Scale]  # inputs are coordinates times powers of two
    axes: tuple[str, str]
    box: tuple[Interval, ...]
    varying: tuple[int, int]


def flat_box(asked: AskedProperty, decision: Decision | None) -> FlatBox | None:
    """The box in which two inputs vary, with all cases on it; None if there is none.

    Of several it is that of the violation, or else the first.

    Raises
    ------
    ValueError
        If a number of the property is beyond float64.
    """
    numbers = list(range(len(asked.prop.cases)))
    if decision is not None and decision.violation is not None:
        numbers.insert(0, decision.violation.case)
    for number in numbers:
        case = asked.prop.cases[number]
        varying = [place for place, (low, high) in enumerate(case.box) if low < high]
        if len(varying) == 2 and case.inequalities:
            return _flat(asked.key, number, (varying[0], varying[1]), asked)
    return None


@st.cache_resource(show_spinner=False, max_entries=4)
def _flat(key: str, number: int, varying: tuple[int, int], _asked: AskedProperty) -> FlatBox:
    """The box of the case with this number: the page asks for it whenever it is drawn."""
    box = _asked.prop.cases[number].box
    same_box = [one for one in _asked.prop.cases if one.box == box and one.inequalities]
    shape = shaped(_asked.asked.network, same_box)
    across, up = varying
    origin_point, directions = shape.low.copy(), np.eye(len(shape.low))[list(varying)]
    origin_point[list(varying)] = 0
    shaped_to = _asked.asked.network.input_shape
    plane = Plane(origin_point.reshape(shaped_to), *(one.reshape(shaped_to) for one in directions))
    window = (
        float(shape.low[across]), float(shape.high[across]), float(shape.low[up]), float(shape.high[up]),
    )  # fmt: skip
    scales = ((0.0, float(shape.scale[across])), (0.0, float(shape.scale[up])))
    names = _asked.asked.inputs
    return FlatBox(shape.network, plane, window, scales, (names[across], names[up]), box, varying)


@session_resource(end=Worker.halt, most=2)
def _drawn(key: str, _flat: FlatBox) -> Worker[tuple[Frame, int, str]]:
    """A worker that yields the frame of the regions, their number, and a description as "picture"."""

    def steps(cancelled: Cancelled) -> Iterator[tuple[str, tuple[Frame, int, str]]]:
        regions = regions_in_memory(
            _flat.network, _flat.window, _flat.plane, max_regions=MOST_REGIONS, cancelled=cancelled
        )
        count = counted(len(regions), "linear region")
        words = f"the first {count} of the box" if regions.truncated else f"{count}, all of the box"
        yield "picture", (region_frame(regions), len(regions), f"{words}, in {duration(regions.seconds)}")

    return Worker(steps, awaited=True, title="picture")


def property_picture(asked: AskedProperty, flat: FlatBox, decision: Decision | None) -> None:
    """The regions of the box, those where the property is violated in another colour; the violation as the pin."""
    s0, s1, t0, t1 = flat.window
    width = f"calc({HEIGHT} * {(s1 - s0) / (t1 - t0):.4f} + {AXES_ROOM}px)"
    st.html(f"<style>.st-key-{VIEW_KEY}-place {{ max-width: {width}; }}</style>")
    place = picture_place(VIEW_KEY, HEIGHT)
    search = wait_for(_drawn(f"{asked.key} {flat.box}", flat), st.container(), "Finding every linear region")
    if "picture" not in search.found:
        why = search.message or "the search for regions was stopped"
        st.error(f"There is no picture of this box: {sentence(why)}", icon=":material/error:")
        return
    frame, regions, words = search.found["picture"]
    violation = None if decision is None else decision.violation
    elsewhere = violation is not None and asked.prop.cases[violation.case].box != flat.box
    pin = None
    if violation is not None and not elsewhere:
        across, up = (
            float(violation.inputs[place] / Fraction(by)) for place, (_, by) in zip(flat.varying, flat.scales)
        )
        pin = (across, up)
    classes = (NAMES[0], *[NAMES[1]] * (flat.network.classes - 1))
    options = ViewOptions(
        fill="class", hidden_layers=(), show_points=False, class_names=classes, axes=flat.axes, scales=flat.scales,
        home=flat.window, limited=True, report_view=False, report_seen=False, count=regions, badge="exact",
        about=origin("where a property is violated", asked.asked.title, asked.title, weights=asked.asked.network.key),
    )  # fmt: skip
    with place:
        region_view(frame, overlays=Overlays(pin=pin), options=options, key=VIEW_KEY, height=HEIGHT)
    boxes = len({case.box for case in asked.prop.cases})
    which = "the whole box" if boxes == 1 else f"the whole of one of {boxes} boxes"
    other = " The violation lies in another one." if elsewhere else ""
    st.caption(f"Two inputs vary, so this is {which}: {words}.{other} Black lines are where units switch.")
