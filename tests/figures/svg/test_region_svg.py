"""The SVG holds what the frame holds."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from figures.regions.frames import region_frame
from figures.regions.overlays import FILLS, Ball, DataBalls, Hyperplane, Overlays, ViewOptions
from figures.regions.strokes import STROKES
from figures.style.palette import edge_colour, palette
from figures.style.ticks import ticks
from figures.svg.region_svg import region_svg
from geometry import enumerate_regions
from tests.strategies import mlp

SVG = "{http://www.w3.org/2000/svg}"
FRAME = region_frame(enumerate_regions(mlp([2, 12, 8, 3], seed=5), (-1, 2, -1, 1)))


def parsed(**arguments) -> ElementTree.Element:
    return ElementTree.fromstring(region_svg(FRAME, **arguments))


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if element.get("class") == name]


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_region_is_one_polygon_in_every_fill_and_theme(fill, theme):
    regions = of_class(parsed(options=ViewOptions(fill=fill), theme=theme), "region")
    assert len(regions) == len(FRAME)
    assert {element.tag for element in regions} == {f"{SVG}polygon"}


def test_the_polygons_cover_the_sheet():
    total = 0.0
    for element in of_class(parsed(width=900), "region"):
        x, y = np.array([pair.split(",") for pair in element.get("points", "").split()], dtype=float).T
        total += abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    assert total == pytest.approx(900 * 600, rel=1e-3)


def test_points_of_two_classes_differ_in_shape_too():
    points = of_class(parsed(overlays=Overlays(points=np.zeros((2, 2)), labels=np.array([0, 1]))), "point")
    assert [point.tag for point in points] == [f"{SVG}circle", f"{SVG}polygon"]


def test_a_badge_is_text_and_never_markup():
    root = parsed(options=ViewOptions(badge="<b>exact & fast</b>"))
    assert any("<b>exact & fast</b>" in "".join(text.itertext()) for text in root.iter(f"{SVG}text"))


def test_a_certificate_is_drawn_with_its_labels():
    square = np.array([[0.0, 0], [0.1, 0], [0.1, 0.1], [0, 0.1]])
    overlays = Overlays(
        pin=(0.05, 0.05),
        region=square,
        class_region=square / 2,
        balls=(Ball("d_B", square, "d_B = 0.1"), Ball("d_D", 2 * square, "d_D = 0.2")),
        hyperplanes=(Hyperplane("d_B", 1, 0, -0.1), Hyperplane("d_D", 0, 0, 1)),
        witness=(0.1, 0.0),
    )
    texts = ["".join(text.itertext()) for text in parsed(overlays=overlays).iter(f"{SVG}text")]
    assert texts[:2] == ["dB = 0.1", "dD = 0.2"]


def in_group(root: ElementTree.Element, name: str) -> list[str]:
    (group,) = of_class(root, name)
    return ["".join(text.itertext()) for text in group.iter(f"{SVG}text")]


def test_axes_scale_and_legend_lie_in_the_sheet_and_say_what_the_picture_shows():
    overlays = Overlays(
        points=np.array([[0.0, 0.0]]),
        labels=np.array([1]),
        balls=(Ball("d_B", np.array([[0.0, 0], [0.1, 0], [0.1, 0.1]]), "d_B = 0.1"),),
    )
    root = parsed(overlays=overlays, options=ViewOptions(fill="active", axes=("s", "t"), class_names=("a<b", "c", "d")))
    assert in_group(root, "axes")[:3] == ["−1.0", "−0.8", "−0.6"]
    assert in_group(root, "axes")[-2:] == ["s", "t"]
    (bar,) = in_group(root, "scale-bar")
    (path, *_) = [element.get("d", "") for element in of_class(root, "scale-bar")[0].iter(f"{SVG}path")]
    length = float(path.split("h")[1].split("v")[0])
    assert length == pytest.approx(float(bar) / 3 * 800, abs=0.01)  # the window is 3 wide, the plot 800
    assert [text for text in in_group(root, "legend") if text[0] != "≥" and not text.isdigit()] == [
        "a<b", "c", "d", "units that are on", "dB", "layer 1", "layer 2",
    ]  # fmt: skip
    left, top, width, height = map(float, root.get("viewBox", "").split())
    for text in root.iter(f"{SVG}text"):
        assert left <= float(text.get("x", "")) <= left + width
        assert top <= float(text.get("y", "")) <= top + height


def test_a_picture_says_where_it_comes_from_as_text():
    root = parsed(about={"network": "<i>mine</i>", "norm": "‖δ‖₂"})
    assert root.findtext(f"{SVG}desc") == "network: <i>mine</i>\nnorm: ‖δ‖₂"


@pytest.mark.parametrize("low, high", [(-1, 1), (0.2, 0.5), (1e-7, 3e-7), (12.3456781, 12.3456789), (-4e5, 3e6)])
def test_ticks_are_round_places_in_the_window_named_by_their_texts(low, high):
    places, base = ticks(low, high, 6)
    assert 2 <= len(places) <= 13
    assert all(low - 1e-12 <= value <= high + 1e-12 for value, _ in places)
    steps = np.diff([value for value, _ in places])
    assert steps == pytest.approx(steps[0], rel=1e-6)
    if not base:
        assert [float(text.replace("−", "-")) for _, text in places] == pytest.approx([value for value, _ in places])


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_balls_around_data_points_reach_as_far_as_eps(p):
    overlays = Overlays(
        points=np.array([[0.2, 0.1]]), labels=np.array([0]), data_balls=DataBalls(0.05, p, ("attacked",))
    )
    (ball,) = of_class(parsed(overlays=overlays, width=900), "attacked")
    x, y = np.array([corner.split(",") for corner in ball.get("points", "").split()], dtype=float).T
    s0, s1, _, t1 = FRAME.window
    scale = 900 / (s1 - s0)
    shift = np.stack([x / scale + s0 - 0.2, t1 - y / scale - 0.1], axis=1)
    assert np.linalg.norm(shift, ord=p, axis=1) == pytest.approx(0.05, abs=1e-4)


def test_lines_are_as_wide_as_on_the_canvas():
    square = np.array([[0.0, 0], [0.1, 0], [0.1, 0.1], [0, 0.1]])
    overlays = Overlays(balls=(Ball("d_B", square, ""),), hyperplanes=(Hyperplane("d_D", 1, 0, -0.1),))
    frame = region_frame(enumerate_regions(mlp([2, 8, 6, 2], seed=6), (-1, 1, -1, 1)))
    assert len(frame.boundary)
    root = ElementTree.fromstring(region_svg(frame, overlays, ViewOptions(lit_unit=0)))
    lines = {(line.get("stroke"), line.get("stroke-width"), line.get("stroke-dasharray")) for line in root.iter()}
    colours = palette("light")
    for colour, width, dash in [
        (colours.d_B, STROKES.ball, None),
        (colours.d_D, STROKES.hyperplane, "9 6"),
        (colours.d_D, STROKES.boundary, None),
        (colours.casing, STROKES.boundary_casing, None),
    ]:
        assert (colour, f"{width:g}", dash) in lines
    paths = reversed(list(root.iter(f"{SVG}path")))  # those of the legend come last
    edges = {line.get("stroke"): line.get("stroke-width") for line in paths}
    assert float(edges[colours.lit]) == STROKES.lit
    for layer, width in enumerate(STROKES.edge):
        assert float(edges[edge_colour(colours, layer, 2)]) == width


def test_axes_show_values_in_their_own_units_without_a_common_scale_bar():
    scales = ((100.0, 50.0), (-3.0, 2.0))  # s from -1 to 2 is 50 to 200, t from -1 to 1 is -5 to -1
    root = parsed(options=ViewOptions(axes=("speed [m/s]", "angle [rad]"), scales=scales))
    (drawn,) = of_class(root, "axes")
    texts = ["".join(text.itertext()) for text in drawn.iter(f"{SVG}text")]
    assert texts[-2:] == ["speed [m/s]", "angle [rad]"]
    assert texts[:-2] == [text for low, high, size in ((50, 200, 800 / 110), (-5, -1, 800 * 2 / 3 / 80))
                          for _, text in ticks(low, high, size)[0]]  # fmt: skip
    places = [float(text.get("x", "")) for text in drawn.iter(f"{SVG}text") if text.get("text-anchor") == "middle"]
    assert places == pytest.approx([(value - 50) / 150 * 800 for value, _ in ticks(50, 200, 800 / 110)[0]], abs=0.01)
    assert not of_class(root, "scale-bar")
    assert of_class(parsed(), "scale-bar")
