"""The shipped ACAS Xu network is Stanford's, and its plane is exact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from geometry import Plane, as_network, enumerate_regions
from models.files.formats.nnet_file import nnet_ranges
from models.vectors.inputs import on_shares
from models.vectors.shipped import ACAS_XU, load_vector_network, shipped_names

FILE = Path(__file__).resolve().parents[4] / "shared" / "networks" / "acasxu-1-1.nnet"
SAMPLES = 100_000


def by_numpy(x: np.ndarray) -> np.ndarray:
    """(n, 5) raw inputs -> (n, 5) scores of the original, read line by line as its format says."""
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("//")]
    sizes = [int(size) for size in lines[1].split(",") if size]
    means, ranges = ([float(value) for value in line.split(",") if value] for line in lines[5:7])
    rows = iter([float(value) for value in line.split(",") if value] for line in lines[7:])
    z = (x - np.array(means[:-1])) / np.array(ranges[:-1])
    for layer, size in enumerate(sizes[1:], 1):
        weight, bias = np.array([next(rows) for _ in range(size)]), np.array([next(rows)[0] for _ in range(size)])
        z = z @ weight.T + bias
        if layer < len(sizes) - 1:
            z = np.maximum(z, 0)
    return z * ranges[-1] + means[-1]


@pytest.mark.skipif(not FILE.exists(), reason="Stanford's file is not on this machine")
def test_the_scores_are_the_originals_negated() -> None:
    shipped = load_vector_network(ACAS_XU)
    x = shipped.card.inputs.values(np.random.default_rng(0).random((1000, 5)))
    with torch.no_grad():
        scores = shipped.network(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(scores, -by_numpy(x), rtol=1e-9, atol=1e-7)


@pytest.mark.skipif(not FILE.exists(), reason="Stanford's file is not on this machine")
def test_the_ranges_on_the_card_are_the_files() -> None:
    low, high = nnet_ranges(FILE.read_bytes())
    inputs = load_vector_network(ACAS_XU).card.inputs
    assert [(item.low, item.high) for item in inputs.items] == list(zip(low.tolist(), high.tolist()))


def test_every_sampled_point_of_the_plane_has_its_regions_scores_and_class() -> None:
    shipped = load_vector_network(ACAS_XU)
    inputs, rng = shipped.card.inputs, np.random.default_rng(1)
    network = as_network(on_shares(shipped.network, shipped.input_shape, inputs), (5,))
    values = np.array([0.0, 0.0, -1.570796, 200.0, 185.0])  # psi, v_own, v_int
    origin = inputs.shares(values)
    origin[:2] = 0.0
    regions = enumerate_regions(network, (0.0, 1.0, 0.0, 1.0), Plane(origin, np.eye(5)[0], np.eye(5)[1]))
    assert regions.areas().sum() == pytest.approx(1.0, rel=1e-12)
    points = rng.random((SAMPLES, 2))
    raw = np.tile(values, (SAMPLES, 1))
    raw[:, :2] = [item.low for item in inputs.items[:2]] + points * [item.high - item.low for item in inputs.items[:2]]
    if FILE.exists():
        expected = -by_numpy(raw)
    else:
        with torch.no_grad():
            expected = shipped.network(torch.from_numpy(raw)).numpy()
    place = regions.locate(points)
    assert (place >= 0).all()
    scores = np.einsum("nkc,nc->nk", regions.pieces[place], np.column_stack([points, np.ones(SAMPLES)]))
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-6 * np.abs(expected).max())
    lead = np.diff(np.partition(expected, -2, axis=1)[:, -2:])[:, 0]
    clear = lead > 1e-6 * np.abs(expected).max()
    assert clear.mean() > 0.999
    assert (scores.argmax(axis=1) == expected.argmax(axis=1))[clear].all()


def test_another_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=", ".join(shipped_names())):
        load_vector_network("../secret")
