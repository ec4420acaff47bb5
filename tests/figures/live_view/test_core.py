"""The browser's modules read a frame that Python made: compared with the network and the region map."""

from __future__ import annotations

import base64
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from figures.regions.frames import region_frame
from figures.regions.overlays import Overlays, ViewOptions
from figures.regions.strokes import MANY_EDGES, STROKES, layer_width, sparsity
from figures.style.palette import Palette, along, edge_colour, mix, palette
from geometry import enumerate_regions
from tests.javascript.node import COMMAND, ROOT, evaluate, find_node
from tests.strategies import mlp

CORE = ROOT / "figures" / "live_view" / "core"
NETWORK = mlp([2, 12, 7, 3], seed=3)
REGIONS = enumerate_regions(NETWORK, (-1.0, 2.0, -1.0, 1.0))
FRAME = base64.b64encode(region_frame(REGIONS).to_bytes()).decode()
READ = "module.readFrame(Uint8Array.from(atob(value.frame), (letter) => letter.charCodeAt(0)))"
CENTRE = np.array([0.5, 0.0])


@pytest.fixture(autouse=True)
def node() -> None:
    if find_node() is None:
        pytest.skip(f"no node on this machine; {COMMAND}")


def core(name: str) -> Path:
    return CORE / f"{name}.js"


def test_a_region_says_the_networks_class_and_margin_and_their_map():
    points = np.random.default_rng(0).uniform([-1, -1], [2, 1], (200, 2))
    value = {"frame": FRAME, "at": [[int(i), *(p - CENTRE)] for i, p in zip(REGIONS.locate(points), points)]}
    said = evaluate(
        core("frame"), f"((frame) => value.at.map((at) => module.evaluateRegion(frame, ...at)))({READ})", value
    )
    logits = NETWORK(torch.tensor(points)).detach().numpy()
    order = np.argsort(logits, axis=1)
    sure = np.diff(np.sort(logits, axis=1))[:, -1] > 1e-4  # float32 coefficients
    assert sure.mean() > 0.9
    for here, row, best, ok, (s, t) in zip(said, logits, order[:, ::-1], sure, points):
        if ok:
            assert [here["label"], here["other"]] == best[:2].tolist()
            assert here["margin"] == pytest.approx(row[best[0]] - row[best[1]], abs=1e-5)
            assert np.dot(here["map"], [s, t, 1]) == pytest.approx(here["margin"], abs=1e-5)


def test_areas_and_patterns_are_those_of_the_region_map():
    expression = (
        "((frame) => Array.from({ length: frame.regions }, (_, i) => "
        f"[module.regionArea(frame, i), module.regionPattern(frame, i).flat()]))({READ})"
    )
    said = evaluate(core("frame"), expression, {"frame": FRAME})
    assert [area for area, _ in said] == pytest.approx(REGIONS.areas().tolist(), abs=1e-6)
    assert np.array_equal([bits for _, bits in said], REGIONS.patterns(np.arange(len(REGIONS))))


def test_every_pixel_has_the_region_that_the_map_locates():
    width, height, k = 151, 103, 48.0
    view = {"s": 0.11, "t": -0.07, "k": k}
    module = core("raster")
    expression = (
        "await (async () => {"
        f"const {{ readFrame }} = await import({core('frame').as_uri()!r});"
        f"const frame = ({READ.replace('module.', '')}), ids = new Uint32Array({width * height});"
        f"module.rasterise(frame, value.view, {width}, {height}, ids, {{}}); return [...ids]; }})()"
    )
    ids = np.array(evaluate(module, expression, {"frame": FRAME, "view": view}))
    pixel = np.arange(width * height)
    s = 0.11 + (pixel % width + 0.5 - width / 2) / k + CENTRE[0]
    t = -0.07 - (pixel // width + 0.5 - height / 2) / k + CENTRE[1]
    located = REGIONS.locate(np.column_stack([s, t]))
    assert (np.where(ids == len(REGIONS), -1, ids) != located).mean() < 1e-3  # corners are float32


def test_colours_are_mixed_as_python_mixes_them():
    colours, rng = palette("light"), np.random.default_rng(0)
    shares = rng.uniform(0, 1, 100).tolist()
    expression = (
        "value.shares.map((share) => [module.mix(value.start, value.end, share), module.along(value.scale, share)])"
        ".concat([[0, 1, 2].map((layer) => module.edgeColour(value, layer, 3))])"
    )
    value = {
        "shares": shares,
        "start": colours.pale,
        "end": colours.d_D,
        "scale": colours.scale,
        "edges": colours.edges,
    }
    *mixed, edges = evaluate(core("colours"), expression, value)
    for share, (one, other) in zip(shares, mixed):
        assert channels(one) == pytest.approx(channels(mix(colours.pale, colours.d_D, share)), abs=1)
        assert channels(other) == pytest.approx(channels(along(colours.scale, share)), abs=1)
    for layer, edge in enumerate(edges):
        assert channels(edge) == pytest.approx(channels(edge_colour(colours, layer, 3)), abs=1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bands_of_a_number_have_the_colours_of_a_saved_picture(theme):
    plain = asdict(palette(theme))
    for bands in (0, 1, 2, 3, 7, 13):
        expected = asdict(palette(theme, bands=bands))
        said = evaluate(core("colours"), f"module.ofBands(value, {bands})", plain)
        assert said.keys() == expected.keys() and said["palest"] == expected["palest"]
        for name in ("class_fills", "class_points"):
            assert len(said[name]) == len(expected[name])
            for one, other in zip(said[name], expected[name]):
                assert channels(one) == pytest.approx(channels(other), abs=1)


def channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def test_layers_are_as_wide_as_in_a_saved_picture():
    said = evaluate(core("edges"), "[0, 1, 2].map((layer) => module.layerWidth(value, layer, 3))", STROKES.edge)
    assert said == pytest.approx([layer_width(STROKES.edge, layer, 3) for layer in range(3)])


def test_many_edges_are_as_fine_as_in_a_film():
    counts = [0, 1, MANY_EDGES, MANY_EDGES + 1, 10 * MANY_EDGES, 1_000_000]
    assert evaluate(core("edges"), "value.map(module.sparsity)", counts) == pytest.approx(list(map(sparsity, counts)))


def stated(name: str) -> set[str]:
    """The properties of a type that types.js states."""
    text = core("types").read_text(encoding="utf-8")
    (body,) = re.findall(rf"@typedef \{{object\}} {name}\n(.*?)\*/", text, re.DOTALL)
    return set(re.findall(r"@property \{.*\} (\w+)", body))


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Palette", {field.name for field in fields(Palette)}),
        ("Strokes", set(asdict(STROKES))),
        ("Overlays", set(Overlays().as_json())),
        ("ViewOptions", set(ViewOptions().as_json())),
    ],
)
def test_the_types_that_javascript_states_are_what_python_sends(name: str, sent: set[Any]):
    assert stated(name) == sent
