"""Theorem 3.1 against sampling and forward passes."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from geometry.distances.distances import distances
from geometry.distances.theorem31 import changes_class, theorem_3_1
from geometry.norms import dual_norm
from tests.strategies import boxes, mlp, networks, norms, points, random_directions


def predict(network: nn.Sequential, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return network(torch.from_numpy(x)).numpy().argmax(axis=1)


@given(st.data(), networks(), norms())
@settings(deadline=None, max_examples=60)
def test_nothing_inside_the_certified_radius_changes_class(data, case, p):
    x = data.draw(points(case.input_shape))
    radius = min(theorem_3_1(case.network, x[0], p).radius, 1e3)
    inside = x + radius * 0.999 * random_directions(case.input_shape, p, n=1000)
    assert (predict(case.network, inside) == predict(case.network, x)).all()


@given(st.data(), networks(), norms())
@settings(deadline=None, max_examples=40)
def test_nothing_inside_radius_and_box_changes_class(data, case, p):
    x = data.draw(points(case.input_shape))
    box = data.draw(boxes(x))
    radius = min(theorem_3_1(case.network, x[0], p, box).radius, 10)
    inside = np.clip(x + radius * 0.999 * random_directions(case.input_shape, p, n=1000), *box)
    assert (predict(case.network, inside) == predict(case.network, x)).all()


@given(st.data(), networks(), norms(), st.booleans())
@settings(deadline=None, max_examples=80)
def test_an_optimal_radius_has_a_witness_that_attains_it(data, case, p, boxed):
    x = data.draw(points(case.input_shape))
    box = data.draw(boxes(x)) if boxed else None
    found = theorem_3_1(case.network, x[0], p, box)
    assert found.optimal == (found.d_D <= found.d_B)
    assert (found.witness is not None) == (found.optimal and math.isfinite(found.radius))
    if found.witness is not None:
        length = np.linalg.norm((found.witness - x[0]).ravel(), ord=p)
        assert length == pytest.approx(found.radius, rel=1e-9, abs=1e-12)
        with torch.no_grad():
            logits = case.network(torch.from_numpy(found.witness)[None])[0].numpy()
        c = int(predict(case.network, x)[0])
        assert np.delete(logits, c).max() >= logits[c] - 1e-9
        assert box is None or ((found.witness >= box[0]) & (found.witness <= box[1])).all()


def test_an_affine_classifier_is_optimal_everywhere():
    found = theorem_3_1(mlp([3, 2], seed=0), np.ones(3), 2)
    assert found.optimal and found.d_B == math.inf and found.nearest_unit == -1


def test_a_class_that_never_changes_is_proved_for_good():
    network = nn.Sequential(nn.Linear(2, 2, dtype=torch.float64))
    network[0].load_state_dict({"weight": torch.zeros(2, 2), "bias": torch.tensor([1.0, 0.0])})
    found = theorem_3_1(network, np.zeros(2), math.inf)
    assert found.radius == math.inf and found.optimal and found.witness is None


def chain(*layers: tuple[list[list[float]], list[float]]) -> nn.Sequential:
    modules: list[nn.Module] = []
    for weight, bias in layers:
        linear = nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
        values = {"weight": torch.tensor(weight, dtype=torch.float64), "bias": torch.tensor(bias, dtype=torch.float64)}
        linear.load_state_dict(values)
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


@pytest.mark.parametrize("p", [1, 2, math.inf])
@pytest.mark.parametrize(
    "network",
    [
        chain(([[0.0, 0]], [0.3]), ([[1.0], [2]], [0.1, 0])),
        chain(([[0.0, 0]], [-0.3]), ([[1.0], [2]], [0.1, 0])),
        chain(([[0.0, 0], [0, 0]], [0.3, 0.1]), ([[1.0, 2], [3, 4]], [1, 2]), ([[1.0, 1], [2, 2]], [0, 0.1])),
        chain(([[1.0, 1], [0, 0]], [0.3, 0.1]), ([[0.0, 2], [0, 4]], [1, 2]), ([[1.0, 1], [2, 2]], [0, 0.1])),
    ],
)
def test_weights_of_zero_change_nothing_for_certain(network, p):
    """No step changes the scores, so no radius is too large; the last network's first unit still switches."""
    found = theorem_3_1(network, np.array([0.4, 0.3]), p)
    first = network[0].weight[0]
    if (first == 0).all():
        assert found.radius == found.d_B == found.d_D == math.inf and found.optimal
    else:
        exact = 1 / float(first.norm(p=dual_norm(p)))
        assert found.d_D == math.inf and math.isclose(found.radius, exact, rel_tol=1e-9) and found.radius <= exact
        assert not found.optimal


def test_an_infinite_distance_within_rounding_is_not_optimal():
    """The product of the weights underflows, so that d_D is infinite, but no proof."""
    network = chain(([[1e-170, 1e-170]], [0.3]), ([[1e-170], [2e-170]], [0.1, 0]))
    found = theorem_3_1(network, np.array([0.4, 0.3]), 2)
    assert found.d_D == math.inf and math.isfinite(found.radius) and not found.optimal


def test_it_speaks_of_the_predicted_class():
    network, x = mlp([4, 9, 9, 3], seed=5), np.array([0.1, -0.4, 0.3, 0.8])
    batch = distances(network, x[None], 2)
    found = theorem_3_1(network, torch.from_numpy(x), 2)
    assert (found.d_B, found.d_D) == (batch.d_B[0], batch.d_D[0])


def test_a_point_of_another_class_changes_class_and_the_point_itself_does_not():
    network, x = mlp([4, 9, 9, 3], seed=5), np.array([0.1, -0.4, 0.3, 0.8])
    label = int(predict(network, x[None])[0])
    assert not changes_class(network, x, label) and changes_class(network, x, (label + 1) % 3)


def test_a_point_outside_the_box_is_refused():
    with pytest.raises(ValueError, match="outside the box"):
        theorem_3_1(mlp([2, 3, 2], seed=0), np.array([0.5, 2.0]), 2, box=(0, 1))
