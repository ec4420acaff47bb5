"""Frames against the network they picture, read back from their bytes as the browser reads them."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import figures.regions.frames
import models
from figures.regions.frames import NO_UNIT, Frame, region_frame
from figures.regions.overlays import DataBalls, Overlays, ViewOptions
from geometry import enumerate_regions
from geometry.network.network import as_network
from tests.strategies import Case, degenerate_mlps, mlp, mlps

TYPES = {"float32": np.float32, "uint32": np.uint32, "uint8": np.uint8}


def read_back(blob: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    length = int.from_bytes(blob[:4], "little")
    header = json.loads(blob[4 : 4 + length])
    start = -(-(4 + length) // 8) * 8
    arrays = {
        name: np.frombuffer(blob, TYPES[kind], count, start + offset)
        for name, (kind, offset, count) in header["arrays"].items()
    }
    return header, arrays


def frame_of(case: Case, window=(-1.0, 1.0, -1.0, 1.0)) -> Frame:
    return region_frame(enumerate_regions(case.network, window))


def inside(frame: Frame) -> np.ndarray:
    """(n, 2) a point inside each region, from the frame's own corners."""
    corners = frame.vertices.astype(float)[frame.ring]
    return np.add.reduceat(corners, frame.starts[:-1]) / np.diff(frame.starts)[:, None] + frame.centre


def roomy(frame: Frame) -> np.ndarray:
    """(n,) whether a region is large enough for float32 corners to say what lies inside."""
    rings = np.split(frame.vertices.astype(float)[frame.ring], frame.starts[1:-1])
    return np.array([shapely.Polygon(ring).area for ring in rings]) > 1e-4


@settings(deadline=None, max_examples=25)
@given(st.one_of(mlps(), degenerate_mlps()))
def test_the_bytes_hold_the_frame_and_every_array_is_aligned(case):
    frame = frame_of(case)
    header, arrays = read_back(frame.to_bytes())
    assert header["hash"] == frame.hash and header["regions"] == len(frame) and header["widths"] == list(frame.widths)
    assert all(offset % 8 == 0 for _, offset, _ in header["arrays"].values())
    for name in ("vertices", "starts", "ring", "edges", "edge_unit", "outputs", "pieces", "active", "boundary"):
        assert (arrays[name] == getattr(frame, name).ravel()).all()
    assert not any(math.isinf(value) for span in header["ranges"].values() for value in span)


@settings(deadline=None, max_examples=25)
@given(st.one_of(mlps(), degenerate_mlps()))
def test_pieces_and_patterns_are_the_networks_own_inside_every_region(case):
    frame = frame_of(case)
    points, ok = inside(frame), roomy(frame)
    values = as_network(case.network, case.input_shape).preactivations(torch.from_numpy(points))
    logits = np.einsum("nkc,nc->nk", frame.pieces, np.column_stack([points - frame.centre, np.ones(len(points))]))
    assert np.allclose(logits[ok], values[-1].numpy()[ok], atol=1e-3, rtol=1e-4)
    bits = np.unpackbits(frame.patterns, axis=1, count=sum(frame.widths)).astype(bool)
    z = torch.cat(values[:-1], 1).numpy()
    clear = ok[:, None] & (abs(z) > 1e-4)
    assert (bits == (z > 0))[clear].all()


@settings(deadline=None, max_examples=25)
@given(mlps())
def test_each_edge_lies_on_its_units_bent_hyperplane(case):
    frame = frame_of(case)
    middle = frame.vertices.astype(float)[frame.edges].mean(axis=1) + frame.centre
    z = torch.cat(as_network(case.network, (2,)).preactivations(torch.from_numpy(middle))[:-1], 1).numpy()
    inner = frame.edge_unit != NO_UNIT
    assert abs(z[inner, frame.edge_unit[inner]]).max(initial=0) < 1e-4
    assert np.isclose(abs(middle[~inner]).max(axis=1), 1).all()


@pytest.mark.parametrize("activation, bends", [("abs", (0,)), ("clip", (0, 1))])
def test_units_of_the_frame_are_those_of_the_module(activation, bends):
    module = models.mlp((2, 6, 5, 2), activation, seed=4).double()
    with torch.no_grad():
        module[0].weight.mul_(4)
    regions = enumerate_regions(module, (-1.0, 1.0, -1.0, 1.0))
    frame = region_frame(regions)
    assert frame.widths == (6, 5) and len(frame) == len(regions) and len(np.unique(frame.shades)) > 10

    def values(points: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(points)
        return torch.cat([module[:1](x), module[:3](x)], 1).detach().numpy()

    middle = frame.vertices.astype(float)[frame.edges].mean(axis=1) + frame.centre
    inner = frame.edge_unit != NO_UNIT
    z = values(middle[inner])[np.arange(inner.sum()), frame.edge_unit[inner]]
    to_bend = np.abs(z[:, None] - np.array(bends))
    assert to_bend.min(axis=1).max() < 1e-4
    assert set(to_bend.argmin(axis=1)) == set(range(len(bends)))
    bits = np.unpackbits(frame.patterns, axis=1, count=11).astype(bool)
    at_centroid = values(regions.centroids())
    assert (bits == (at_centroid > 0))[np.abs(at_centroid) > 1e-9].all()
    assert (frame.active == bits.sum(axis=1)).all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures.regions.frames, "PATTERN_BYTES", 0)
        patch.setattr(figures.regions.frames, "PATTERN_CHUNK", 7)
        assert (region_frame(regions).active == frame.active).all()


def test_a_deep_zoom_keeps_its_digits():
    network = mlp([2, 8, 2], seed=3)
    s, t, size = 0.3, -0.2, 1e-7
    frame = region_frame(enumerate_regions(network, (s - size, s + size, t - size, t + size)))
    assert np.ptp(frame.vertices, axis=0) == pytest.approx([2 * size, 2 * size], rel=1e-6)
    assert frame.centre == pytest.approx((s, t))


def test_a_region_keeps_its_shade_when_a_smaller_window_is_enumerated_anew():
    network = mlp([2, 10, 10, 2], seed=1)
    whole, part = enumerate_regions(network, (-1, 1, -1, 1)), enumerate_regions(network, (-0.2, 0.5, -0.3, 0.4))
    points = part.centroids()
    assert (region_frame(part).shades == region_frame(whole).shades[whole.locate(points)]).all()


def test_a_large_map_carries_the_two_largest_logits_of_every_region(monkeypatch):
    regions = enumerate_regions(mlp([2, 10, 5], seed=2), (-1, 1, -1, 1))
    monkeypatch.setattr(figures.regions.frames, "PIECE_VALUES", 10)
    monkeypatch.setattr(figures.regions.frames, "PATTERN_BYTES", 10)
    frame = region_frame(regions)
    assert frame.pieces.shape == (len(regions), 2, 3) and frame.patterns is None
    around = np.column_stack([regions.centroids() - frame.centre, np.ones(len(regions))])
    two = np.sort(np.einsum("nkc,nc->nk", frame.pieces, around))
    assert np.allclose(two[:, 1] - two[:, 0], regions.margins(), atol=1e-4)
    assert (frame.outputs == regions.classes[:, None]).any(axis=1).all()


def test_the_hash_names_the_content():
    one, same, other = (frame_of(Case(mlp([2, 6, 2], seed), (2,))) for seed in (0, 0, 1))
    assert one.hash == same.hash != other.hash


def test_the_hash_names_the_header_too():
    """The browser keeps both under it, and finds the scales of its colours in the header."""
    frame = frame_of(Case(mlp([2, 5, 3], 1), (2,)))
    others = [
        replace(frame, margins=3 * frame.margins),  # of which the scale of the margins is made
        replace(frame, truncated=True),
        replace(frame, class_count=4),
    ]
    assert len({each.hash for each in (frame, *others)}) == 4


def test_points_without_labels_are_refused():
    with pytest.raises(ValueError, match=r"\(3, 2\) and \(2,\)"):
        Overlays(points=np.zeros((3, 2)), labels=np.zeros(2, dtype=int))


def test_a_fill_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'rainbow'"):
        ViewOptions(fill="rainbow")  # type: ignore[arg-type]


def test_balls_around_data_points_say_what_is_known_of_each():
    points, labels = np.zeros((3, 2)), np.zeros(3, dtype=int)
    balls = DataBalls(0.1, math.inf, ("proved", "attacked"))
    sent = Overlays(points=points, labels=labels, data_balls=balls).as_json()["data_balls"]
    assert sent == {"eps": 0.1, "norm": "inf", "verdicts": [1, 2]}
    with pytest.raises(ValueError, match="4 balls around 3"):
        Overlays(points=points, labels=labels, data_balls=DataBalls(0.1, 2, ("proved",) * 4))
    with pytest.raises(ValueError, match="'safe'"):
        DataBalls(0.1, 2, ("safe",))
