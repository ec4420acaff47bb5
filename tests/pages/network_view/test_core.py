"""The browser's modules evaluate the network that Python sends: compared with torch."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import torch

from figures.regions.network_drawing import network_drawing
from geometry import as_network
from models import mlp
from tests.javascript.node import COMMAND, ROOT, evaluate, find_node

CORE = ROOT / "pages" / "network_view" / "core" / "network.js"
READ = "module.readNetwork(value.drawing, Float64Array.from(value.numbers))"


@pytest.fixture(autouse=True)
def node() -> None:
    if find_node() is None:
        pytest.skip(f"no node on this machine; {COMMAND}")


@pytest.mark.parametrize(
    "widths, activation",
    [
        ((2, 8, 8, 2), 0.0), ((2, 5, 3), 0.1), ((2, 3), 0.0), ((2, 1, 7, 4), 1.0), ((2, 8, 8, 2), "abs"),
        ((2, 8, 8, 2), "clip"), ((2, 9, 3), "clip"),
    ],
)  # fmt: skip
def test_values_at_points_are_those_of_the_modules_layers(widths, activation):
    module = mlp(widths, activation, seed=2)
    network = as_network(module, (2,)).to(torch.float64)
    points = np.random.default_rng(0).uniform(-2, 2, (20, 2))
    drawing = network_drawing(network)
    sent = drawing.as_json()
    numbers = np.frombuffer(base64.b64decode(sent.pop("numbers")))
    value = {"drawing": sent, "numbers": numbers.tolist(), "points": points.tolist()}
    at_each = "value.points.map((point) => module.valuesAt(network, point).map((z) => [...z]))"
    said = evaluate(CORE, f"((network) => {at_each})({READ})", value)
    layers = [module.double()[: end + 1](torch.tensor(points)) for end in range(0, len(module), 2)]
    assert drawing.widths == widths and len(layers) == len(said[0])
    for i, here in enumerate(said):
        for z, layer in zip(here, layers):
            np.testing.assert_allclose(z, layer[i].detach().numpy(), rtol=1e-12, atol=1e-12)
