"""A drawn network has every weight, in the order in which the browser reads them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from figures.regions import network_drawing as module
from figures.regions.network_drawing import network_drawing
from geometry import as_network
from models import mlp


def test_weights_come_layer_by_layer_row_by_row_and_then_the_biases():
    network = mlp((2, 3, 2), seed=1)
    drawing = network_drawing(as_network(network, (2,)))
    assert drawing.widths == (2, 3, 2) and drawing.slopes == (0.0,)
    parts = [part.detach().double().numpy().ravel() for part in network.parameters()]
    np.testing.assert_array_equal(drawing.numbers, np.concatenate(parts))


def test_units_with_slopes_of_their_own_are_told_apart():
    network = nn.Sequential(nn.Linear(2, 3), nn.PReLU(3), nn.Linear(3, 2))
    with torch.no_grad():
        network[1].weight.copy_(torch.tensor([0.1, 0.2, 0.3]))
    assert network_drawing(as_network(network.double(), (2,))).slopes == ([pytest.approx(s) for s in (0.1, 0.2, 0.3)],)


@pytest.mark.parametrize("activation, slope, top", [("abs", -1.0, None), ("clip", 0.0, 1.0)])
def test_units_of_two_bends_or_two_slopes_are_drawn_as_the_module_has_them(activation, slope, top):
    network = mlp((2, 3, 4, 2), activation, seed=1).double()
    drawing = network_drawing(as_network(network, (2,)))
    assert drawing.widths == (2, 3, 4, 2)
    assert drawing.slopes == (slope, slope) and drawing.tops == (top, top)
    parts = [part.detach().numpy().ravel() for part in network.parameters()]
    np.testing.assert_array_equal(drawing.numbers, np.concatenate(parts))


def test_one_output_is_drawn_as_the_scores_of_two_classes():
    network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    assert network_drawing(as_network(network, (2,))).widths == (2, 3, 2)


def test_a_network_of_too_many_weights_is_refused_with_their_number(monkeypatch):
    monkeypatch.setattr(module, "MOST_WEIGHTS", 11)
    with pytest.raises(ValueError, match=r"12 weights.*11"):
        network_drawing(as_network(mlp((2, 3, 2)), (2,)))
