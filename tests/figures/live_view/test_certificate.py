"""The pin of a saved page: what the browser proves from a frame, compared with the network itself."""

from __future__ import annotations

import base64
import math

import numpy as np
import pytest
import torch
from torch import nn

from figures.regions.frames import region_frame
from geometry import RegionMap, as_network, enumerate_regions, theorem_3_1
from geometry.norms import NORM_NAMES, NORMS
from tests.javascript.node import COMMAND, ROOT, evaluate, find_node
from tests.strategies import mlp

MODULE = ROOT / "figures" / "live_view" / "core" / "certificate.js"
FRAME = (ROOT / "figures" / "live_view" / "core" / "frame.js").as_uri()
NETWORK = mlp([2, 14, 9, 3], seed=4)
WINDOW = (-1.0, 2.0, -1.0, 1.5)
REGIONS = enumerate_regions(NETWORK, WINDOW)
POINTS = np.random.default_rng(1).uniform([-1, -1], [2, 1.5], (150, 2))


@pytest.fixture(autouse=True)
def node() -> None:
    if find_node() is None:
        pytest.skip(f"no node on this machine; {COMMAND}")


def certificates(p: float, points: np.ndarray = POINTS, regions: RegionMap = REGIONS) -> list[dict]:
    """What the browser says about each point; infinite numbers come as null."""
    expression = (
        "await (async () => {"
        f"const {{ readFrame }} = await import({FRAME!r});"
        "const frame = readFrame(Uint8Array.from(atob(value.frame), (letter) => letter.charCodeAt(0)));"
        "return value.points.map((point) => {"
        "  const region = module.regionAt(frame, point);"
        "  const made = module.certify(frame, point, region, value.norm);"
        "  return { ...made, overlays: module.certificateOverlays(frame, point, made, value.norm, () => '') };"
        "}); })()"
    )
    frame = base64.b64encode(region_frame(regions).to_bytes()).decode()
    return evaluate(MODULE, expression, {"frame": frame, "points": points.tolist(), "norm": NORM_NAMES[p]})


def number(value: float | None) -> float:
    return math.inf if value is None else value


@pytest.mark.parametrize("p", NORMS)
def test_the_distances_enclose_those_of_the_network(p):
    cut = 0
    for point, said in zip(POINTS, certificates(p)):
        true = theorem_3_1(NETWORK, point, p)
        cut += said["cut"]
        assert number(said["dB"]["lower"]) <= true.d_B <= number(said["dB"]["upper"])
        assert number(said["dD"]["lower"]) <= true.d_D <= number(said["dD"]["upper"])
        assert number(said["radius"]) <= min(true.d_B, true.d_D)
        if not said["cut"]:
            assert said["dB"]["upper"] - said["dB"]["lower"] < 2e-6
            assert said["dB"]["lower"] == pytest.approx(true.d_B, abs=2e-6)
        if true.d_D < 10:
            assert said["dD"]["lower"] == pytest.approx(true.d_D, rel=1e-4, abs=1e-5)
    assert 0 < cut < len(POINTS) / 2  # both kinds are there


@pytest.mark.parametrize("p", NORMS)
def test_of_max_pooling_the_distance_ends_where_another_input_wins(p):
    before, after = mlp([2, 15], seed=1), mlp([3, 8, 3], seed=2)
    pooling = [nn.Unflatten(1, (1, 3, 5)), nn.MaxPool2d((1, 5)), nn.Flatten()]
    network = as_network(nn.Sequential(*before, *pooling, *after).double(), (2,))
    for point, said in zip(POINTS, certificates(p, regions=enumerate_regions(network, WINDOW))):
        true = theorem_3_1(network, point, p)
        assert number(said["dB"]["lower"]) <= true.d_B <= number(said["dB"]["upper"])
        assert said["cut"] or said["dB"]["lower"] == pytest.approx(true.d_B, abs=2e-6)


@pytest.mark.parametrize("p", NORMS)
def test_it_is_optimal_only_where_the_network_changes_its_class_at_the_witness(p):
    on_boundary = np.concatenate([(line[1:] + line[:-1]) / 2 for line, _ in REGIONS.decision_boundary()])
    points = on_boundary + np.random.default_rng(4).uniform(-0.003, 0.003, on_boundary.shape)
    points = points[REGIONS.locate(points) >= 0]
    shown = [(point, said) for point, said in zip(points, certificates(p, points)) if said["optimal"]]
    assert len(shown) > 5
    for point, said in shown:
        witness = np.array(said["overlays"]["witness"])
        assert said["dD"]["lower"] - 1e-12 <= np.linalg.norm(witness - point, ord=p) <= said["dD"]["upper"] + 1e-12
        logits = NETWORK(torch.tensor(witness[None]))[0].detach().numpy()
        assert logits[said["other"]] == pytest.approx(logits[said["label"]], abs=1e-4)


@pytest.mark.parametrize("p", NORMS)
def test_nothing_within_the_radius_has_another_class(p):
    rng = np.random.default_rng(2)
    for point, said in zip(POINTS[:40], certificates(p, POINTS[:40])):
        step = rng.normal(size=(300, 2))
        step *= rng.uniform(0, said["radius"], (300, 1)) / np.linalg.norm(step, ord=p, axis=1, keepdims=True)
        assert set(NETWORK(torch.tensor(point + step)).argmax(1).tolist()) == {said["label"]}


def test_the_class_region_is_where_the_regions_own_map_keeps_the_class():
    for point, said in zip(POINTS, certificates(2)):
        region = int(REGIONS.locate(point[None])[0])
        pieces = REGIONS.pieces[region]
        corners = np.array(said["overlays"]["class_region"])
        logits = np.column_stack([corners, np.ones(len(corners))]) @ pieces.T
        assert (logits[:, said["label"]] >= logits.max(axis=1) - 1e-5).all()


@pytest.mark.parametrize("p", NORMS)
def test_the_distance_to_a_segment_is_that_to_its_nearest_point(p):
    rng = np.random.default_rng(3)
    cases = rng.normal(size=(200, 3, 2))
    expression = "value.cases.map(([point, a, b]) => module.segmentDistance(point, a, b, value.norm))"
    said = evaluate(MODULE, expression, {"cases": cases.tolist(), "norm": NORM_NAMES[p]})
    shares = np.linspace(0, 1, 20_001)[:, None]
    for (point, a, b), distance in zip(cases, said):
        sampled = np.linalg.norm(a + shares * (b - a) - point, ord=p, axis=1).min()
        assert sampled - 1e-3 < distance <= sampled + 1e-12
