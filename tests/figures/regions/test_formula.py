"""The formula of a region, written out: every number against fractions from the weights alone."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

from figures.regions.formula import MOST_WHOLE, formula
from geometry import Plane, region_at
from models import mlp

Matrix = list[list[Fraction]]


def fractions(tensor: torch.Tensor) -> Matrix:
    return [[Fraction(float(value)) for value in row] for row in tensor.detach().double().reshape(len(tensor), -1)]


Effect = Callable[[Fraction], tuple[Fraction, Fraction]]  # of z: what a unit multiplies by, and what it adds


def leaky(slope: float) -> Effect:
    return lambda z: (Fraction(1) if z > 0 else Fraction(slope), Fraction(0))


def clipped(z: Fraction) -> tuple[Fraction, Fraction]:
    return (Fraction(0), Fraction(1)) if z > 1 else (Fraction(int(z > 0)), Fraction(0))


EFFECTS: dict[str | float, Effect] = {0.0: leaky(0), 0.25: leaky(0.25), "abs": leaky(-1), "clip": clipped}


def by_hand(module: nn.Sequential, x: np.ndarray, of: Effect) -> list[tuple[Matrix, list[Fraction], list[Fraction]]]:
    """Per layer V, a and z before the activation, in fractions: z from x decides what happens to the row."""
    point = [Fraction(float(value)) for value in x]
    V = [[Fraction(int(i == j)) for j in range(len(x))] for i in range(len(x))]
    a = [Fraction(0)] * len(x)
    layers = []
    for linear in [layer for layer in module if isinstance(layer, nn.Linear)]:
        W, b = fractions(linear.weight), [row[0] for row in fractions(linear.bias)]
        V, a = (
            [[sum((w * V[k][j] for k, w in enumerate(row)), Fraction(0)) for j in range(len(x))] for row in W],
            [sum((w * a[k] for k, w in enumerate(row)), b[i]) for i, row in enumerate(W)],
        )
        z = [sum((v * s for v, s in zip(row, point)), constant) for row, constant in zip(V, a)]
        layers.append((V, a, z))
        effects = [of(value) for value in z]
        V = [[factor * value for value in row] for (factor, _), row in zip(effects, V)]
        a = [factor * value + added for (factor, added), value in zip(effects, a)]
    return layers


@pytest.mark.parametrize("activation", EFFECTS)
@pytest.mark.parametrize("widths", [(2, 3), (2, 8, 8, 2), (2, 20, 12, 3), (5, 4, 3)])
def test_every_number_is_that_of_fractions(activation, widths):
    module = mlp(widths, activation, seed=4).double()
    with torch.no_grad():
        module[0].weight.mul_(4)  # so that values pass 1
    x = np.linspace(0.3, -0.4, widths[0])
    whole = formula(region_at(module, x))
    linear = [layer for layer in module if isinstance(layer, nn.Linear)]
    exact = by_hand(module, x, EFFECTS[activation])
    assert len(whole.layers) == len(exact)
    for shown, (V, a, z), layer in zip(whole.layers, exact, linear):
        rows, columns = list(shown.rows), list(shown.columns)
        for name, values, expected in (
            ("V", shown.V, [[V[row][i] for i in whole.inputs] for row in rows]),
            ("a", shown.a, [a[row] for row in rows]),
            ("z", shown.z, [z[row] for row in rows]),
        ):
            np.testing.assert_allclose(values, np.array(expected, dtype=float), rtol=1e-12, atol=1e-13, err_msg=name)
        assert (shown.weights == layer.weight.detach().numpy()[np.ix_(rows, columns)]).all()
        assert (shown.bias == layer.bias.detach().numpy()[rows]).all()
        if shown.factors is not None:
            effects = [EFFECTS[activation](value) for value in z]
            assert shown.factors.tolist() == [effects[row][0] for row in rows]
            assert shown.added.tolist() == [effects[row][1] for row in rows]
            assert shown.on == sum(value > 0 for value in z) and shown.units == len(z)
            assert shown.cut == sum(added != 0 for _, added in effects)
    np.testing.assert_allclose(whole.scores, np.array(exact[-1][2], dtype=float), rtol=1e-12)
    np.testing.assert_allclose(whole.mapped, np.array(exact[-1][2], dtype=float), rtol=1e-12)
    assert whole.difference == np.abs(whole.mapped - whole.scores).max()


def test_a_large_layer_shows_rows_that_are_on_and_says_how_many_more_there_are():
    module = mlp((2, 40, 40, 2), seed=1)
    whole = formula(region_at(module, np.array([0.2, 0.1])))
    first, second, scores = whole.layers
    assert len(first.rows) == len(second.rows) == MOST_WHOLE
    assert sum(factor == 1 for factor in first.factors) > sum(factor == 0 for factor in first.factors) > 0
    assert second.columns == first.rows and scores.columns == second.rows
    words = [step["words"] for step in whole.as_json()["steps"]]
    assert "32 more rows and 32 more columns" in words[3]
    assert "32 more columns" in words[-1] and "more rows" not in words[-1]


def test_one_logit_shows_one_row():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)).double()
    x = np.array([0.5, -0.2])
    whole = formula(region_at(module, x))
    assert whole.layers[-1].rows == (0,)
    np.testing.assert_allclose(whole.scores, module(torch.tensor(x)[None])[0].detach().numpy())


def test_a_network_without_units_is_one_map():
    whole = formula(region_at(nn.Sequential(nn.Linear(2, 3)), np.zeros(2)))
    assert [step["kind"] for step in whole.as_json()["steps"]] == ["map", "scores"]


def test_the_steps_say_what_becomes_of_units_that_are_cut_or_turned():
    module = nn.Sequential(nn.Linear(2, 3), nn.Hardtanh(0, 1), nn.Linear(3, 2), nn.Hardtanh(0, 1), nn.Linear(2, 2))
    with torch.no_grad():
        module[0].weight.copy_(torch.tensor([[1.0, 0], [1, 0], [1, 0]]))
        module[0].bias.copy_(torch.tensor([0.0, 2, -2]))
    words = [step["words"] for step in formula(region_at(module, np.array([0.5, 0]))).as_json()["steps"]]
    assert "2 of 3 units are on" in words[2] and "1 of them is cut at 1: the row becomes 0, and e₁ adds 1" in words[2]
    assert "a₂ = W₂ (D₁ a₁ + e₁) + b₂" in words[4]
    folded = formula(region_at(mlp((2, 6, 2), "abs", seed=1), np.array([0.3, 0.4]))).as_json()["steps"]
    assert "multiplies the others by −1" in folded[2]["words"]


def test_the_steps_say_what_a_slope_does_to_the_rows_that_are_off():
    module = nn.Sequential(nn.Linear(2, 6), nn.LeakyReLU(0.1), nn.Linear(6, 2))
    torch.manual_seed(0)
    words = formula(region_at(module, np.array([0.3, 0.4]))).as_json()["steps"][2]["words"]
    assert "multiplies the others by 0.1" in words


@pytest.mark.parametrize("activation", EFFECTS)
def test_on_a_slice_every_number_is_that_of_the_network_after_the_plane(activation):
    module = mlp((5, 8, 6, 3), activation, seed=4).double()
    plane = Plane.through(*np.random.default_rng(0).normal(size=(3, 5)))
    x = plane.embed(np.array([[0.3, -0.4]]))[0]
    whole = formula(region_at(module, x), plane)
    (s, t), axes = plane.project(x[None])[0], np.stack([plane.u, plane.v], 1)
    first, *later = [layer for layer in module if isinstance(layer, nn.Linear)]
    on_plane = nn.Linear(2, 8).double()
    with torch.no_grad():
        on_plane.weight.copy_(first.weight @ torch.tensor(axes))
        on_plane.bias.copy_(first.weight @ torch.tensor(plane.origin) + first.bias)
    composed = nn.Sequential(*[on_plane if layer is first else layer for layer in module])
    for shown, (V, a, z) in zip(whole.layers, by_hand(composed, np.array([s, t]), EFFECTS[activation]), strict=True):
        for values, expected in ((shown.V, V), (shown.a, a), (shown.z, z)):
            np.testing.assert_allclose(values, np.array(expected, dtype=float), rtol=1e-9, atol=1e-12)
    for shown, layer in zip(whole.layers[1:], later, strict=True):
        assert (shown.weights == layer.weight.detach().numpy()).all()
    np.testing.assert_allclose(whole.mapped, whole.scores, rtol=1e-12)
    assert whole.names == ("s", "t")


def test_the_units_of_max_pooling_are_not_written_out_but_the_map_is():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 3)).double()
    plane = Plane.through(*np.random.default_rng(0).normal(size=(3, 1, 8, 8)))
    x = plane.embed(np.array([[0.1, 0.2]]))[0]
    whole = formula(region_at(module, x), plane)
    assert [step["kind"] for step in whole.as_json()["steps"]] == ["map"]
    near = plane.embed(np.array([[0.1, 0.2], [0.1 + 1e-7, 0.2], [0.1, 0.2 + 1e-7]]))
    scores = module(torch.tensor(near)).detach().numpy()
    np.testing.assert_allclose(whole.layers[-1].V.T, (scores[1:] - scores[0]) / 1e-7, rtol=1e-5, atol=1e-6)
