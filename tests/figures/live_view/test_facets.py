"""The facets of the surface, as JavaScript makes them: compared with the network and with the region map."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from shapely import MultiLineString, Polygon
from shapely.ops import unary_union

from figures.regions.frames import Frame, region_frame
from geometry import RegionMap, enumerate_regions
from tests.javascript.node import COMMAND, evaluate, find_node
from tests.strategies import mlp

CORE = Path(__file__).parents[3] / "figures" / "live_view" / "core"
WINDOW = (-1.0, 2.0, -1.0, 1.0)
PART = (-0.7, 1.1, -0.9, 0.4)  # relative to the window's centre
CENTRE = np.array([0.5, 0.0])
READ = "readFrame(Uint8Array.from(atob(value.frame), (letter) => letter.charCodeAt(0)))"
DECISION, FOLD = 0xFFFFFFFE, 0xFFFFFFFD
NETWORKS = {"two classes": ([2, 20, 10, 2], 0), "three classes": ([2, 30, 20, 3], 27), "ten classes": ([2, 12, 10], 24)}


@pytest.fixture(autouse=True)
def node() -> None:
    if find_node() is None:
        pytest.skip(f"no node on this machine; {COMMAND}")


@pytest.fixture(params=NETWORKS, name="surface")
def made_surface(request: pytest.FixtureRequest) -> Surface:
    widths, seed = NETWORKS[request.param]
    network = mlp(widths, seed)
    return Surface(network, enumerate_regions(network, WINDOW))


class Surface:
    """Facets in PART of a window, and the heights at their corners."""

    def __init__(self, network: torch.nn.Module, regions: RegionMap) -> None:
        self.network, self.regions, self.frame = network, regions, region_frame(regions)
        self.kinds = ["margin", *[f"score-{label}" for label in range(self.frame.class_count)]]
        if self.frame.class_count == 2:
            self.kinds.append("difference")
        said = facets_of(self.frame, PART, self.kinds)
        self.corners = np.array(said["corners"]).reshape(-1, 2)
        self.starts, self.sides, self.region = (np.array(said[name]) for name in ("starts", "sides", "regions"))
        self.heights = {kind: np.array(values) for kind, values in zip(self.kinds, said["heights"])}
        self.tops = np.array(said["tops"])

    def facet(self, index: int) -> slice:
        return slice(self.starts[index], self.starts[index + 1])

    def logits(self, points: np.ndarray) -> np.ndarray:
        return self.network(torch.tensor(points + CENTRE)).detach().numpy()

    def segments(self, kind: int) -> np.ndarray:
        """(n, 2, 2) the sides of one kind."""
        ends = []
        for index in range(len(self.region)):
            corners, sides = self.corners[self.facet(index)], self.sides[self.facet(index)]
            ends += [(a, b) for a, b, side in zip(corners, np.roll(corners, -1, axis=0), sides) if side == kind]
        return np.array(ends).reshape(-1, 2, 2)


def facets_of(frame: Frame, window: tuple[float, ...], kinds: list[str]) -> Any:
    expression = (
        "await (async () => {"
        f"const {{ readFrame }} = await import({(CORE / 'frame.js').as_uri()!r});"
        f"const {{ heightsOf }} = await import({(CORE / 'heights.js').as_uri()!r});"
        f"const frame = {READ}, facets = module.facetsOf(frame, value.window);"
        "const heights = value.kinds.map((kind) => [...heightsOf(frame, facets, kind).heights]);"
        "return { ...Object.fromEntries(Object.entries(facets).map(([name, each]) => "
        "[name, each.length === undefined ? each : [...each]])), heights }; })()"
    )
    value = {"frame": base64.b64encode(frame.to_bytes()).decode(), "window": window, "kinds": kinds}
    return evaluate(CORE / "facets.js", expression, value)


def test_heights_are_what_the_network_computes_at_the_corners(surface):
    logits = surface.logits(surface.corners)
    ranked = np.sort(logits, axis=1)
    assert surface.heights["margin"] == pytest.approx(ranked[:, -1] - ranked[:, -2], abs=1e-5)
    for label in range(logits.shape[1]):
        assert surface.heights[f"score-{label}"] == pytest.approx(logits[:, label], abs=1e-5)
    if logits.shape[1] == 2:
        assert surface.heights["difference"] == pytest.approx(logits[:, 1] - logits[:, 0], abs=1e-5)


def test_facets_cover_the_part_once_and_each_lies_in_its_region(surface):
    shapes = [Polygon(surface.corners[surface.facet(index)] + CENTRE) for index in range(len(surface.region))]
    s0, s1, t0, t1 = PART
    assert sum(shape.area for shape in shapes) == pytest.approx((s1 - s0) * (t1 - t0), rel=1e-6)
    assert unary_union(shapes).area == pytest.approx((s1 - s0) * (t1 - t0), rel=1e-6)
    middles = np.array([shape.representative_point().coords[0] for shape in shapes])
    assert (surface.regions.locate(middles) == surface.region).all()


def test_neighbouring_facets_meet_at_equal_heights(surface):
    """Heights of all facets at the same corner are the same: the sheet has no gaps."""
    _, same = np.unique(np.round(surface.corners, 6), axis=0, return_inverse=True)
    for heights in surface.heights.values():
        high, low = np.full(same.max() + 1, -np.inf), np.full(same.max() + 1, np.inf)
        np.maximum.at(high, same.ravel(), heights)
        np.minimum.at(low, same.ravel(), heights)
        assert (high - low).max() < 1e-5


def test_the_class_of_a_facet_is_that_of_all_its_points(surface):
    rng = np.random.default_rng(0)
    for index in range(len(surface.region)):
        corners = surface.corners[surface.facet(index)]
        logits = surface.logits(rng.dirichlet(np.ones(len(corners)), 5) @ corners)
        assert (logits.max(axis=1) - logits[:, surface.tops[index]] < 1e-5).all()


def test_where_facets_of_two_classes_meet_is_the_decision_boundary(surface):
    """Both ways: each side lies on the boundary, and each part of the boundary has its side."""
    sides = surface.segments(DECISION) + CENTRE
    s0, s1, t0, t1 = PART
    frame = Polygon([(s0, t0), (s1, t0), (s1, t1), (s0, t1)])
    lines = MultiLineString([line - CENTRE for line, _ in surface.regions.decision_boundary()]).intersection(frame)
    drawn = MultiLineString([segment - CENTRE for segment in sides])
    assert drawn.length == pytest.approx(lines.length, rel=1e-4)
    assert drawn.difference(lines.buffer(1e-5)).length < 1e-6
    assert lines.difference(drawn.buffer(1e-5)).length < 1e-6


def test_the_margin_is_zero_exactly_there(surface):
    """The zero level of the sheet is the decision boundary: the margin is 0 on its sides, and above 0 inside facets."""
    on_boundary = surface.segments(DECISION).reshape(-1, 2)
    ranked = np.sort(surface.logits(on_boundary), axis=1)
    assert np.abs(ranked[:, -1] - ranked[:, -2]).max() < 1e-5
    for index in range(len(surface.region)):
        if Polygon(surface.corners[surface.facet(index)]).area > 1e-9:  # cuts through a corner leave slivers
            assert surface.heights["margin"][surface.facet(index)].mean() > 0
    assert (surface.heights["margin"] > -1e-6).all()


@pytest.mark.parametrize("surface", ["three classes", "ten classes"], indirect=True)
def test_folds_are_where_the_runner_up_changes(surface):
    folds = surface.segments(FOLD)
    folds = folds[np.linalg.norm(folds[:, 1] - folds[:, 0], axis=1) > 1e-3]
    ranked = np.sort(surface.logits(folds.mean(axis=1)), axis=1)
    assert len(folds) > 0
    assert np.abs(ranked[:, -2] - ranked[:, -3]).max() < 1e-5
    assert (ranked[:, -1] - ranked[:, -2] > 1e-6).all()
