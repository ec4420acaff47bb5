"""Margins and radii of networks trained by others, against values computed by others."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from certify import certified_radius, margins
from tests import reference

OURS = {"kw_fastlin": "fast-lin", "crown": "crown", "ibp": "interval", "crown_ibp": "crown-interval"}
QUESTIONS = [
    (name, norm, key)
    for name in reference.NAMES
    for norm, values in reference.values(name)["points"][0]["J"].items()
    for key in values
]


@pytest.mark.parametrize(("name", "norm", "key"), QUESTIONS)
def test_margins_equal_the_reference_values(name, norm, key):
    values = reference.values(name)
    points = [point for point in values["points"] if key in point["J"].get(norm, {})]
    indices, labels = [point["index"] for point in points], [point["label"] for point in points]
    box = (0, 1) if norm.endswith("box01") else None
    base = norm.split("_")[0]
    found = margins(
        reference.network(name),
        reference.mnist_images()[indices],
        labels,
        values["eps"][base],
        reference.KEYS[base],
        OURS[key],
        box,
    )
    for i, point in enumerate(points):
        others = np.arange(10) != point["label"]
        np.testing.assert_allclose(found[i].numpy()[others], point["J"][norm][key], rtol=1e-9)


@pytest.mark.parametrize("norm", ["inf", "2"] if "rsl18a-mnist-fc500" in reference.NAMES else [])
@pytest.mark.parametrize(("method", "column"), [("fast-lin", "kw_radius"), ("crown", "crown_radius")])
def test_radii_equal_the_reference_values(norm, method, column):
    table = reference.values("rsl18a-mnist-fc500")["radius"][norm]
    rows = np.array(table["rows"])[:8]
    x = reference.mnist_images()[rows[:, 0].astype(int)]
    found = certified_radius(reference.network("rsl18a-mnist-fc500"), x, reference.KEYS[norm], method)
    np.testing.assert_allclose(found.numpy(), rows[:, table["columns"].index(column)], rtol=2e-9)


@pytest.mark.parametrize("name", [name for name in reference.NAMES if name == "kw-mnist-cnn"])
def test_float32_margins_agree_to_their_precision(name):
    x = torch.from_numpy(reference.mnist_images()[:3]).float()
    labels = reference.mnist_labels()[:3]
    for method in OURS.values():
        single = margins(reference.network(name), x, labels, 0.1, 2, method)
        double = margins(reference.network(name), x.double(), labels, 0.1, 2, method)
        assert single.dtype == torch.float32
        torch.testing.assert_close(single.double(), double, rtol=1e-3, atol=1e-3)
