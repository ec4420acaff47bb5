"""Every method on every kind of network in every norm: sound, ordered, exact where nothing is unstable."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify import METHODS, bounds, margins
from certify.bounds import tuning
from geometry import distances
from tests.oracles import affine_pieces
from tests.slow import others_slow
from tests.strategies import (
    boxes,
    conv_networks,
    degenerate_mlps,
    mlp,
    mlps,
    norms,
    points,
    random_directions,
    unit_networks,
)

SLOW = ("lp", "alpha-crown", "sdp-crown")  # methods of many steps
CHEAP = [name for name in METHODS if name != "lp"]
RELAXED = [name for name in CHEAP if name not in ("fast-lip", "sdp-crown")]  # with lines that hold unit by unit
BACKWARD = ["fast-lin", "crown", "alpha-crown"]  # these keep the dependence between units
KINDS = {"mlp": mlps(3), "degenerate": degenerate_mlps(), "convolutional": conv_networks()}


def samples(x: np.ndarray, eps: float, p: float, box, n: int = 300) -> np.ndarray:
    """(n, *shape) points of the perturbation set of one point, many of them on its surface."""
    directions = random_directions(x.shape, p, n)
    lengths = np.where(np.arange(n) % 2 == 0, 1, np.random.default_rng(1).random(n))
    found = x + eps * lengths.reshape(-1, *[1] * x.ndim) * directions
    return found if box is None else np.clip(found, *box)


def preactivations(network: nn.Sequential, z: np.ndarray) -> list[torch.Tensor]:
    """Before each activation, and the logits, by torch's own forward pass."""
    found, values = [], torch.from_numpy(z)
    for module in network:
        if isinstance(module, (nn.ReLU, nn.LeakyReLU)):
            found.append(values)
        values = module(values)
    return [*found, values]


@pytest.mark.parametrize("kind", others_slow(KINDS, quick=(next(iter(KINDS)),)))
@pytest.mark.parametrize("method", METHODS)
def test_no_sample_leaves_the_bounds(method, kind):
    @given(KINDS[kind], norms(), st.floats(0.01, 1), st.booleans(), st.data())
    @settings(deadline=None, max_examples=10 if method not in SLOW else 2 if kind == "convolutional" else 3)
    def check(case, p, eps, boxed, data):
        if p not in METHODS[method].norms:
            p = METHODS[method].norms[-1]
        x = data.draw(points(case.input_shape, 2))
        box = data.draw(boxes(x)) if boxed else None
        found = bounds(case.network, x, eps, p, method, box)
        labels = case.network(torch.from_numpy(x)).argmax(1)
        least = margins(case.network, x, labels, eps, p, method, box)
        for i in range(2):
            z = preactivations(case.network, samples(x[i], eps, p, box))
            for (lower, upper), values in zip(found, z):
                assert lower.shape[1:] == upper.shape[1:] == values.shape[1:]
                slack = 1e-9 * (1 + values.abs().max())
                assert (lower[i] <= values + slack).all() and (values <= upper[i] + slack).all()
            gaps = z[-1][:, labels[i], None] - z[-1]
            assert (least[i] <= gaps + 1e-9 * (1 + gaps.abs().max())).all()
            assert least[i, labels[i]] == 0

    check()


@pytest.mark.parametrize("kind", ["mlp", "degenerate"])
def test_the_ladder_no_method_beats_the_linear_program(kind):
    @given(KINDS[kind], st.sampled_from([1, math.inf]), st.floats(0.01, 1), st.booleans(), st.data())
    @settings(deadline=None, max_examples=8)
    def check(case, p, eps, boxed, data):
        x = data.draw(points(case.input_shape, 1))
        box = data.draw(boxes(x)) if boxed else None
        labels = case.network(torch.from_numpy(x)).argmax(1)
        best = margins(case.network, x, labels, eps, p, "lp", box)
        slack = 1e-6 * (1 + best.abs().max())
        for method in RELAXED:
            assert (margins(case.network, x, labels, eps, p, method, box) <= best + slack).all(), method
        z = case.network(torch.from_numpy(samples(x[0], eps, p, box)))
        assert (best[0] <= (z[:, labels[0], None] - z).amin(0) + slack).all()

    check()


@given(mlps(3), norms(), st.floats(0.01, 1), st.data())
@settings(deadline=None, max_examples=20)
def test_optimised_slopes_are_never_worse_than_crown_on_two_layers(case, p, eps, data):
    network = nn.Sequential(*case.network[:3]) if len(case.network) > 3 else case.network
    x = data.draw(points(case.input_shape, 2))
    labels = [0, 0]
    found = margins(network, x, labels, eps, p, "alpha-crown")
    assert (found >= margins(network, x, labels, eps, p, "crown") - 1e-12).all()


@pytest.mark.parametrize("kind", ["mlp", "degenerate", "convolutional"])
def test_within_d_B_back_substitution_and_lp_are_exact(kind):
    @given(KINDS[kind], norms(), st.floats(0.1, 1), st.data())
    @settings(deadline=None, max_examples=5)
    def check(case, p, share, data):
        x = data.draw(points(case.input_shape, 1))
        d_B = distances(case.network, x, p).d_B[0]
        eps = share * min(d_B, 10.0)
        V, a = affine_pieces(case.network, x[0])
        logits = V[-1] @ x[0].ravel() + a[-1]
        c = int(logits.argmax())
        q = {1: math.inf, 2: 2, math.inf: 1}[p]
        exact = logits[c] - logits - eps * np.linalg.norm(V[-1][c] - V[-1], ord=q, axis=1)
        for method in BACKWARD + (["lp"] if p != 2 and kind != "convolutional" else []):
            found = margins(case.network, x, [c], eps, p, method)[0].numpy()
            np.testing.assert_allclose(found, exact, rtol=0, atol=1e-6 * (1 + np.abs(V[-1]).max()) * (1 + eps))

    check()


@pytest.mark.parametrize("method", ["fast-lin", "crown"])
def test_units_that_are_left_out_change_no_margin(method):
    """Margins substitute back only what may be unstable; bounds substitute back everything."""

    @given(
        st.one_of(mlps(4), degenerate_mlps(), conv_networks(), unit_networks()),
        norms(),
        st.floats(0.001, 0.5),
        st.data(),
    )
    @settings(deadline=None, max_examples=15)
    def check(case, p, eps, data):
        extended = nn.Sequential(*case.network, nn.Identity())
        x = data.draw(points(case.input_shape, 3))
        # a last layer that copies margins of class 0 into logits makes `bounds` compute what `margins` does
        last = case.network[-1]
        copied = nn.Linear(last.in_features, last.out_features, dtype=torch.float64).requires_grad_(False)
        copied.weight.copy_(last.weight[:1] - last.weight)
        copied.bias.copy_(last.bias[:1] - last.bias)
        lower = bounds(nn.Sequential(*case.network[:-1], copied), x, eps, p, method)[-1][0]
        found = margins(extended, x, [0, 0, 0], eps, p, method)
        torch.testing.assert_close(found, lower, rtol=1e-9, atol=1e-9)

    check()


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_is_its_samples(method):
    network, rng = mlp([3, 8, 8, 3], 5), np.random.default_rng(0)
    x, eps, labels = rng.random((5, 3)), rng.random(5) / 2, rng.integers(0, 3, 5)
    p = METHODS[method].norms[-1]
    whole = margins(network, x, labels, eps, p, method, (0, 1))
    for i in range(5):
        alone = margins(network, x[i : i + 1], labels[i : i + 1], eps[i], p, method, (0, 1))
        torch.testing.assert_close(whole[i : i + 1], alone, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("method", [name for name in CHEAP if name not in SLOW])
def test_small_batches_of_rows_give_the_same(method, monkeypatch):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 3, 3, 2, 1), nn.ReLU(), nn.Conv2d(3, 4, 3, 1, 1), nn.ReLU(), nn.Flatten(), nn.Linear(36, 80),
        nn.ReLU(), nn.Linear(80, 70), nn.ReLU(), nn.Linear(70, 3),
    ).double()  # fmt: skip
    x = torch.rand(3, 1, 6, 6, dtype=torch.float64)
    expected = bounds(network, x, 0.1, 2, method, (0, 1))
    monkeypatch.setattr(tuning, "NUMBERS_AT_ONCE", 500)
    for (lower, upper), (wanted_lower, wanted_upper) in zip(bounds(network, x, 0.1, 2, method, (0, 1)), expected):
        torch.testing.assert_close(lower, wanted_lower)
        torch.testing.assert_close(upper, wanted_upper)


@pytest.mark.parametrize("method", [name for name in CHEAP if name not in SLOW])
def test_margins_of_many_classes_are_computed_in_parts(method, monkeypatch):
    network, x = mlp([3, 40, 9], 1), np.random.default_rng(0).uniform(-1, 1, (3, 3))
    expected = margins(network, x, [0, 1, 2], 0.1, 2, method)
    monkeypatch.setattr(tuning, "NUMBERS_AT_ONCE", 100)
    torch.testing.assert_close(margins(network, x, [0, 1, 2], 0.1, 2, method), expected)


@pytest.mark.parametrize("p", [1, 2, math.inf])
@pytest.mark.parametrize("method", [name for name in CHEAP if name not in SLOW])
def test_each_point_has_its_own_bounds_where_a_layers_rows_exceed_a_batch(method, p, monkeypatch):
    network, x = mlp([12, 40, 9], 1), np.random.default_rng(0).uniform(-1, 1, (3, 12))
    expected = bounds(network, x, 0.1, p, method, (-2, 2))
    monkeypatch.setattr(tuning, "NUMBERS_AT_ONCE", 100)
    for layer, wanted in zip(bounds(network, x, 0.1, p, method, (-2, 2)), expected):
        torch.testing.assert_close(layer, wanted)


@pytest.mark.parametrize("method", CHEAP)
def test_wide_layers_where_units_are_left_out_are_bounded_like_their_parts(method):
    """Wide layers store rows for the units that matter only; a layer twice as wide, half of it dead, must not show."""
    narrow, x = mlp([4, 40, 40, 40, 3], 7), np.random.default_rng(0).uniform(-1, 1, (2, 4))
    wide = mlp([4, 80, 80, 80, 3], 8)
    for small, large in zip(narrow, wide):
        if isinstance(small, nn.Linear):
            rows, columns = small.weight.shape
            large.weight[:rows, :columns], large.bias[:rows] = small.weight, small.bias
            large.weight[:rows, columns:] = 1.0
            large.bias[rows:] = -100
    for p in METHODS[method].norms:
        found = bounds(wide, x, 0.1, p, method)
        for (lower, upper), (wanted_lower, wanted_upper) in zip(found, bounds(narrow, x, 0.1, p, method)):
            torch.testing.assert_close(lower[:, : wanted_lower.shape[1]], wanted_lower)
            torch.testing.assert_close(upper[:, : wanted_upper.shape[1]], wanted_upper)


@pytest.mark.parametrize(("method", "p"), [(name, p) for name in CHEAP for p in METHODS[name].norms])
def test_gradients_are_finite_differences(method, p):
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 5), nn.LeakyReLU(0.1), nn.Linear(5, 3)).double()
    x = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)
    weight = network[2].weight

    def total(eps_shift: float = 0.0) -> torch.Tensor:
        return margins(network, x, [0, 1], 0.2, p, method, differentiable=True).sum()

    gradient_x, gradient_w = torch.autograd.grad(total(), [x, weight])
    if method in SLOW:  # the slopes are kept fixed, so only the optimum's own derivative is meant
        assert gradient_x.isfinite().all() and gradient_w.isfinite().all()
        return
    for tensor, gradient in ((x, gradient_x), (weight, gradient_w)):
        for index in [(0, 0), (1, 2)]:
            values = []
            for step in (1e-6, -1e-6):
                with torch.no_grad():
                    tensor[index] += step
                values.append(total().item())
                with torch.no_grad():
                    tensor[index] -= step
            assert (values[0] - values[1]) / 2e-6 == pytest.approx(gradient[index].item(), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_dtype_follows_x_and_nothing_is_attached(method):
    network = mlp([3, 6, 3], 0).requires_grad_(True)
    for dtype in (torch.float32, torch.float64):
        found = margins(network, torch.rand(2, 3, dtype=dtype), [0, 1], 0.1, METHODS[method].norms[-1], method)
        assert found.dtype == dtype and not found.requires_grad
    assert network[0].weight.dtype == torch.float64


@given(mlps(3), norms(), st.data())
@settings(deadline=None, max_examples=10)
def test_eps_zero_gives_the_logits(case, p, data):
    x = data.draw(points(case.input_shape, 2))
    logits = case.network(torch.from_numpy(x))
    for method in METHODS:
        if p in METHODS[method].norms:
            lower, upper = bounds(case.network, x, 0, p, method)[-1]
            torch.testing.assert_close(lower, logits, rtol=1e-7, atol=1e-7)
            torch.testing.assert_close(upper, logits, rtol=1e-7, atol=1e-7)


def test_a_network_without_hidden_layers_is_bounded_exactly():
    network, x = mlp([4, 3], 1), torch.rand(2, 4, dtype=torch.float64)
    W, b = network[0].weight, network[0].bias
    for method in METHODS:
        p = METHODS[method].norms[-1]
        exact = (x @ W.T + b)[:, :1] - (x @ W.T + b) - 0.3 * (W[:1] - W).norm(1 if p == math.inf else 2, dim=1)
        torch.testing.assert_close(margins(network, x, [0, 0], 0.3, p, method), exact, rtol=1e-8, atol=1e-8)


def test_an_empty_batch_has_empty_bounds():
    for method in METHODS:
        p = METHODS[method].norms[-1]
        assert margins(mlp([3, 5, 3], 0), np.zeros((0, 3)), np.zeros(0, int), 0.1, p, method).shape == (0, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "magic"}, "method must be one of interval, fast-lin"),
        ({"method": "lp", "p": 2}, "lp knows the norms"),
        ({"labels": [0, 3]}, r"labels must lie in 0\.\.2, got 3"),
        ({"labels": [0, -1]}, "got -1"),
        ({"labels": [0]}, r"labels must be \(2,\)"),
        ({"labels": [0.0, 1.0]}, "labels must be integers"),
        ({"x": np.zeros((2, 4))}, "does not fit"),
        ({"eps": -1.0}, "not negative, got -1"),
        ({"box": (0.5, 1.0)}, "outside the box"),
        ({"intermediate": []}, "intermediate bounds can be given to lp only"),
        ({"method": "lp", "intermediate": []}, "intermediate must hold"),
        ({"method": "lp", "differentiable": True}, "lp is not differentiable"),
    ],
)
def test_what_does_not_fit_is_named(change, message):
    asked = {"x": np.zeros((2, 3)), "labels": [0, 1], "eps": 0.1, "p": math.inf, "method": "crown"} | change
    with pytest.raises(ValueError, match=message):
        margins(mlp([3, 5, 3], 0), **asked)


def test_lp_builds_on_the_bounds_it_is_given():
    network, x = mlp([3, 10, 10, 3], 3), np.zeros((1, 3))
    loose = bounds(network, x, 0.8, math.inf, "interval")
    on_loose = margins(network, x, [0], 0.8, math.inf, "lp", intermediate=loose)
    on_best = margins(network, x, [0], 0.8, math.inf, "lp")
    assert (on_loose <= on_best + 1e-7).all() and (on_loose < on_best - 1e-6).any()
