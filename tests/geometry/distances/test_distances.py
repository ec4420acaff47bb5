"""d_B and d_D against the definition, other programs' values and each other."""

import math
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from geometry.box import as_box
from geometry.distances.distances import decision_distances, distances, nearest_boundary_points
from geometry.distances.nearest_hyperplanes import Batch
from geometry.distances.simplex_certificate import simplex_certificate
from geometry.network.network import as_network
from geometry.network.unit_gradients import unit_gradients
from geometry.regions.region import region_at
from tests import reference
from tests.oracles import affine_pieces, box_distance, distances_by_jacobian
from tests.strategies import boxes, conv_networks, degenerate_mlps, mlp, mlps, networks, norms, points, unit_networks

CASES = [(name, p) for name in reference.NAMES for p in reference.KEYS]


@given(st.data(), networks(), norms())
@settings(deadline=None, max_examples=60)
def test_distances_are_those_of_every_row_written_out(data, case, p):
    x = data.draw(points(case.input_shape, n=3))
    found = distances(case.network, x, p)
    expected = np.array([distances_by_jacobian(case.network, point, p) for point in x])
    np.testing.assert_allclose(found.d_B, expected[:, 0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.d_D, expected[:, 1], rtol=1e-9, atol=1e-12)


@given(st.data(), st.one_of(mlps(3), degenerate_mlps(3), conv_networks(), unit_networks()), norms())
@settings(deadline=None, max_examples=60)
def test_in_a_box_no_hyperplane_is_nearer_and_the_nearest_is_attained(data, case, p):
    x = data.draw(points(case.input_shape))
    box = data.draw(boxes(x))
    found = distances(case.network, x, p, box=box)
    region = region_at(case.network, x[0])
    normals, offsets = region.halfspaces()
    all_of_them = Batch(*_one(case, x, p, box)).lengths(
        normals, normals @ x[0].ravel() + offsets, np.zeros(len(normals), dtype=int)
    )
    np.testing.assert_allclose(found.d_B[0], all_of_them.min(initial=math.inf), rtol=1e-9, atol=1e-12)
    if found.nearest_unit[0] >= 0:
        assert all_of_them[found.nearest_unit[0]] == pytest.approx(found.d_B[0], rel=1e-9, abs=1e-12)


def _one(case, x, p, box):
    rows = unit_gradients(as_network(case.network, case.input_shape))
    flat = x.reshape(1, -1)
    return rows, torch.from_numpy(flat), p, as_box(tuple(bound.ravel() for bound in box), flat.shape[1:])


@given(st.data(), mlps(3, depth=2, width=5), norms())
@settings(deadline=None, max_examples=30)
def test_distances_in_a_box_are_those_of_a_general_solver(data, case, p):
    x = data.draw(points(case.input_shape))
    lo, hi = data.draw(boxes(x))
    V, a = affine_pieces(case.network, x[0])
    every = [
        box_distance(w, b, x[0], p, lo, hi)
        for w, b in zip(np.concatenate(V[:-1]), np.concatenate(a[:-1]))
        if np.abs(w).max() > 1e-9
    ]
    found = distances(case.network, x, p, box=(lo, hi))
    assert found.d_B[0] == pytest.approx(min(every, default=math.inf), rel=1e-5, abs=1e-7)


@given(st.data(), networks(), norms())
@settings(deadline=None, max_examples=40)
def test_the_box_only_adds_distance(data, case, p):
    x = data.draw(points(case.input_shape, n=2))
    plain, boxed = distances(case.network, x, p), distances(case.network, x, p, box=data.draw(boxes(x)))
    assert (boxed.d_B >= plain.d_B * (1 - 1e-12)).all() and (boxed.d_D >= plain.d_D * (1 - 1e-12)).all()


@given(st.data(), networks(), norms(), st.booleans())
@settings(deadline=None, max_examples=40)
def test_the_nearest_points_attain_the_distances(data, case, p, boxed):
    x = data.draw(points(case.input_shape, n=2))
    box = data.draw(boxes(x)) if boxed else None
    found = distances(case.network, x, p, box=box)
    for ends, lengths in zip(nearest_boundary_points(case.network, x, p, found, box), (found.d_B, found.d_D)):
        real = np.isfinite(lengths)
        steps = (ends - x).reshape(len(x), -1)[real]
        np.testing.assert_allclose(np.linalg.norm(steps, ord=p, axis=1), lengths[real], rtol=1e-9, atol=1e-12)
        assert np.isinf(ends[~real]).all()
        assert box is None or ((ends >= box[0]) & (ends <= box[1]))[real].all()


@given(st.data(), networks(), norms())
@settings(deadline=None, max_examples=30)
def test_a_batch_gives_what_its_points_give(data, case, p):
    x = data.draw(points(case.input_shape, n=4))
    together = distances(case.network, x, p)
    alone = [distances(case.network, point[None], p) for point in x]
    np.testing.assert_allclose(together.d_B, [one.d_B[0] for one in alone], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(together.d_D, [one.d_D[0] for one in alone], rtol=1e-9, atol=1e-13)


@given(st.data(), mlps(4), norms())
@settings(deadline=None, max_examples=30)
def test_signed_d_D_is_plain_where_right_and_not_positive_where_wrong(data, case, p):
    x = data.draw(points(case.input_shape, n=4))
    with torch.no_grad():
        logits = case.network(torch.from_numpy(x)).numpy()
    labels = np.arange(4) % logits.shape[1]
    found = distances(case.network, x, p, labels)
    right = labels == logits.argmax(axis=1)
    np.testing.assert_array_equal(found.signed_d_D[right], found.d_D[right])
    assert (found.signed_d_D[~right] <= 0).all()


@given(st.data(), mlps(3, depth=2, width=5), norms(), st.booleans())
@settings(deadline=None, max_examples=20)
def test_the_distance_to_each_decision_is_that_of_its_row_written_out(data, case, p, boxed):
    x = data.draw(points(case.input_shape, n=2))
    lo, hi = data.draw(boxes(x)) if boxed else (np.full(3, -1e4), np.full(3, 1e4))
    labels = np.arange(2)
    found = decision_distances(case.network, x, p, labels, (lo, hi) if boxed else None)
    for i, label in enumerate(labels):
        V, a = affine_pieces(case.network, x[i])
        rows, offsets = V[-1][label] - V[-1], a[-1][label] - a[-1]
        assert found[i, label] == math.inf
        for s in np.flatnonzero(np.abs(rows).max(axis=1) > 1e-9):
            expected = box_distance(rows[s], offsets[s], x[i], p, lo, hi)
            signed = np.copysign(expected, rows[s] @ x[i] + offsets[s])
            assert found[i, s] == pytest.approx(signed, rel=1e-5, abs=1e-7) or (not boxed and expected > 1e4)


@given(st.data(), networks(), norms(), st.booleans())
@settings(deadline=None, max_examples=30)
def test_the_least_distance_to_a_decision_is_signed_d_D(data, case, p, boxed):
    x = data.draw(points(case.input_shape, n=3))
    box = data.draw(boxes(x)) if boxed else None
    labels = np.array([0, 1, 0])
    least = decision_distances(case.network, x, p, labels, box).min(axis=1)
    np.testing.assert_allclose(least, distances(case.network, x, p, labels, box).signed_d_D, rtol=1e-12)


def test_signed_d_D_by_hand():
    network = nn.Sequential(nn.Linear(2, 3, dtype=torch.float64))
    network[0].load_state_dict(
        {"weight": torch.tensor([[3.0, 4.0], [0, 0], [0, 0]]), "bias": torch.tensor([0.0, 0, -1])}
    )
    found = distances(network, np.array([[3.0, 4.0]]), 2, labels=[1])
    np.testing.assert_allclose([found.signed_d_D[0], found.d_D[0]], [-5, 5])
    assert found.nearest_class[0] == 1 and found.nearest_unit[0] == -1 and found.d_B[0] == math.inf


def test_equal_logits_are_a_decision_boundary_even_if_everywhere():
    network = nn.Sequential(nn.Linear(2, 3, dtype=torch.float64), nn.ReLU(), nn.Linear(3, 2, dtype=torch.float64))
    network[2].weight.data[1], network[2].bias.data[1] = network[2].weight.data[0], network[2].bias.data[0]
    assert distances(network, np.ones((1, 2)), 2).d_D[0] == 0


def test_logits_that_are_equal_up_to_the_order_of_summation_are_equal():
    network = mlp([3, 200, 2], seed=1)
    network[0].weight[100:], network[0].bias[100:] = network[0].weight[:100].clone(), network[0].bias[:100].clone()
    network[2].weight[1], network[2].bias[1] = network[2].weight[0].roll(100), network[2].bias[0]
    x = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    assert (distances(network, x, 2).d_D == 0).all()


def test_units_that_never_switch_have_no_hyperplane():
    """h and its copy cancel in the second layer, whatever the order of summation."""
    network = mlp([3, 200, 4, 2], seed=1)
    network[0].weight[100:], network[0].bias[100:] = network[0].weight[:100].clone(), network[0].bias[:100].clone()
    network[2].weight[0, 100:] = -network[2].weight[0, :100]
    network[2].bias[0] = 1e-3
    x = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    for p in (1, 2, math.inf):
        found = distances(network, x, p)
        assert (found.nearest_unit != 200).all()
        expected = [distances_by_jacobian(network, point, p)[0] for point in x]
        np.testing.assert_allclose(found.d_B, expected, rtol=1e-9)


def test_the_first_rows_of_a_padded_convolution_are_those_that_act_on_the_image():
    network = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, dtype=torch.float64), nn.ReLU(), nn.Flatten())
    network[0].weight.data[:], network[0].bias.data[:] = 1, -1
    found = distances(network, np.zeros((1, 1, 5, 5)), 2)
    assert found.d_B[0] == pytest.approx(1 / 3) and distances(network, np.zeros((1, 1, 1, 1)), 2).d_B[0] == 1


def test_weights_changed_in_place_are_seen():
    module = mlp([3, 8, 8, 2], seed=0)
    network, x = as_network(module, (3,)), np.ones((2, 3))
    distances(network, x, 2)
    module[0].weight *= 0.5
    np.testing.assert_array_equal(distances(network, x, 2).d_B, distances(mlp_like(module), x, 2).d_B)


def mlp_like(module: nn.Sequential) -> nn.Sequential:
    copy = mlp([3, 8, 8, 2], seed=1)
    copy.load_state_dict(module.state_dict())
    return copy


def test_chunks_do_not_matter(monkeypatch):
    network, x = mlp([5, 30, 30, 4], seed=3), np.random.default_rng(0).uniform(-1, 1, (23, 5))
    whole = distances(network, x, 2, labels=np.zeros(23, dtype=int))
    # The package's attribute of this name is the function.
    monkeypatch.setattr(sys.modules["geometry.distances.batches"], "ROWS_AT_ONCE", 2500)
    monkeypatch.setattr(sys.modules["geometry.distances.nearest_hyperplanes"], "ROWS_AT_ONCE", 100)
    parts = distances(network, x, 2, labels=np.zeros(23, dtype=int))
    for name in ("d_B", "d_D", "signed_d_D"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-9)


def test_an_empty_batch_is_fine():
    for case in (mlp([3, 4, 2], seed=0), nn.Sequential(nn.Conv2d(1, 1, 2), nn.ReLU(), nn.Flatten(), nn.Linear(4, 2))):
        shape = (0, 3) if isinstance(case[0], nn.Linear) else (0, 1, 3, 3)
        found = distances(case, np.zeros(shape), 2, labels=[], box=(0, 1))
        assert len(found.d_B) == len(found.d_D) == len(found.signed_d_D) == 0


def test_the_simplex_certificate_is_the_smaller_distance():
    network, x = mlp([5, 10, 10, 3], seed=0), np.random.default_rng(0).uniform(-1, 1, (6, 5))
    found = distances(network, x, 1)
    np.testing.assert_allclose(simplex_certificate(network, x, 1), np.minimum(found.d_B, found.d_D), rtol=1e-9)


@given(st.data(), st.one_of(networks(), degenerate_mlps(3)), norms(), st.booleans())
@settings(deadline=None, max_examples=60)
def test_hyperplanes_the_simplex_certificate_leaves_out_do_not_matter(data, case, p, boxed):
    x = data.draw(points(case.input_shape, n=3))
    box = data.draw(boxes(x)) if boxed else None
    found = distances(case.network, x, p, box=box)
    certificate = simplex_certificate(case.network, x, p, box)
    np.testing.assert_allclose(certificate, np.minimum(found.d_B, found.d_D), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p": 3}, "p must be"),
        ({"x": np.full((1, 2), np.nan)}, "NaN"),
        ({"x": np.zeros(2)}, r"x\[None\]"),
        ({"x": np.zeros((1, 3))}, r"\(3,\)"),
        ({"labels": [2]}, r"0\.\.1"),
        ({"labels": [0, 1]}, r"\(1,\)"),
        ({"labels": [0.5]}, "integers"),
        ({"box": (0.5, 1)}, "outside the box"),
        ({"box": (1, 0)}, "lo"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(change, message):
    arguments = {"network": mlp([2, 3, 2], seed=0), "x": np.zeros((1, 2)), "p": 2, **change}
    with pytest.raises(ValueError, match=message):
        distances(**arguments)


@pytest.mark.parametrize(("name", "key"), CASES)
def test_reference_values_point_by_point(name, key):
    stored, p = reference.values(name)["points"], reference.KEYS[key]
    at = [one["index"] for one in stored]
    x, labels = reference.mnist_images()[at], reference.mnist_labels()[at]
    found = distances(reference.network(name), x, p, labels)
    values = [one["d"][key] for one in stored]
    for ours, theirs in ((found.d_B, "d_B"), (found.d_D, "d_D"), (found.signed_d_D, "d_D_signed")):
        np.testing.assert_allclose(ours, [one[theirs] for one in values], rtol=1e-9)
    assert found.nearest_unit.tolist() == [one["unit"] for one in values]
    assert found.nearest_class.tolist() == [one["cls"] for one in values]
    boxed = [i for i, one in enumerate(stored) if key in one.get("d_box", {})]
    inside = distances(reference.network(name), x[boxed], p, box=(0, 1))
    expected = np.array([stored[i]["d_box"][key] for i in boxed]).reshape(-1, 2)
    np.testing.assert_allclose(np.stack([inside.d_B, inside.d_D], axis=1), expected, rtol=1e-9)


@pytest.mark.parametrize(("name", "key"), CASES)
def test_reference_means_over_the_first_images(name, key):
    expected = reference.values(name)["thm31"][key]
    found = distances(reference.network(name), reference.mnist_images()[: expected["n"]], reference.KEYS[key])
    assert np.minimum(found.d_B, found.d_D).mean() == pytest.approx(expected["mean_min_dB_dD"], rel=1e-9)
    assert found.d_B.mean() == pytest.approx(expected["mean_dB"], rel=1e-9)
    assert found.d_D.mean() == pytest.approx(expected["mean_dD"], rel=1e-9)
    assert (found.d_D <= found.d_B).mean() == pytest.approx(expected["frac_optimal"], abs=1e-12)
