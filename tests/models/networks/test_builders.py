"""Networks built from widths and options."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models.data.toy import TIGHT_GAP
from models.networks.activations import Activation, activation_of
from models.networks.builders import image_mlp, mlp, parse_widths, small_cnn, tight_network


def test_weights_are_torchs_default_for_the_same_seed() -> None:
    network = mlp((2, 100, 2), seed=7)
    torch.manual_seed(7)
    assert torch.equal(network[0].weight, nn.Linear(2, 100).weight)


def test_torchs_own_randomness_is_left_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    mlp((2, 8, 2), seed=5)
    assert torch.equal(torch.rand(3), expected)


def test_networks_for_images_begin_as_torchs_do_in_the_same_range() -> None:
    network = small_cnn(seed=4)
    assert torch.equal(network[0].weight, small_cnn(seed=4)[0].weight)
    for layer in (network[0], network[2], network[5], network[7]):
        fan_in = layer.weight[0].numel()
        assert 0.9 * fan_in**-0.5 < float(layer.weight.detach().abs().max()) <= fan_in**-0.5
    assert network(torch.zeros(2, 1, 28, 28)).shape == image_mlp((5,))(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_the_slope_makes_leaky_units() -> None:
    assert [type(layer) for layer in mlp((2, 3, 4, 2), 0.1)] == [
        nn.Linear, nn.LeakyReLU, nn.Linear, nn.LeakyReLU, nn.Linear,
    ]  # fmt: skip


@pytest.mark.parametrize("activation", [0.0, 0.3, "abs", "clip"])
def test_an_activation_is_known_again(activation: Activation) -> None:
    layers = list(mlp((2, 3, 4, 2), activation))
    assert [activation_of(layer) for layer in layers[1::2]] == [activation, activation]
    assert activation_of(layers[0]) is None and activation_of(nn.ReLU6()) is None


def test_no_such_activation_is_refused() -> None:
    with pytest.raises(ValueError, match="slope must lie"):
        mlp((2, 3, 2), 1.5)
    with pytest.raises(ValueError, match="abs, clip or the slope"):
        mlp((2, 3, 2), "tanh")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("widths", "named"),
    [
        ((2, 0, 2), "got 0"),
        ((2, 5000, 2), "got 5000"),
        ((2, 3.5, 2), "got 3.5"),
        ((2, 10, 1), "two classes"),
        ((2, 1000, 1000, 2), "2,000,000 regions"),
        ((2,), "widths"),
        ((2, *[5] * 21, 2), "20 hidden"),
    ],
)
def test_widths_that_make_no_network_are_named(widths: tuple[int, ...], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        mlp(widths)


@pytest.mark.parametrize(
    ("text", "widths"),
    [("32, 32", (32, 32)), ("100-100-100", (100, 100, 100)), (" 64 x 64 ", (64, 64)), ("7", (7,)), ("", ())],
)
def test_widths_as_people_write_them(text: str, widths: tuple[int, ...]) -> None:
    assert parse_widths(text) == widths


@pytest.mark.parametrize("text", ["a", "3.5", "1e3", "32,-", "9999999", "٣"])
def test_other_text_is_no_widths(text: str) -> None:
    if text == "32,-":
        assert parse_widths(text) == (32,)
        return
    with pytest.raises(ValueError, match="whole numbers"):
        parse_widths(text)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_tights_network_is_the_largest_margin_classifier(s: float, t: float) -> None:
    with torch.no_grad():
        logits = tight_network().double()(torch.tensor([[s, t]], dtype=torch.float64))[0]
    assert float(logits[1] - logits[0]) == pytest.approx(t - abs(s), abs=1e-15)


@settings(deadline=None)
@given(st.floats(0.01, TIGHT_GAP), st.floats(0, 0.99), st.floats(0, 1))
def test_tights_bound_is_exact_although_two_units_are_unstable(eps: float, share: float, height: float) -> None:
    """Claim 1: Fast-Lin, here by hand, meets the smallest margin at the ball's corners, which lie on both pieces."""
    a = share * eps
    x = np.array([a, TIGHT_GAP + a + height])
    first, last = (layer.weight.detach().double().numpy() for layer in tight_network()[::2])
    z, spread = first @ x, eps * np.abs(first).sum(axis=1)
    lower, upper = z - spread, z + spread
    unstable = (lower < 0) & (upper > 0)
    assert list(unstable[:2]) == [True, True]

    margin = last[1] - last[0]
    slope = np.where(unstable, upper / (upper - lower), lower >= 0)
    intercept = np.where(unstable & (margin < 0), -slope * lower, 0)
    row = margin * slope @ first
    bound = row @ x - eps * np.abs(row).sum() + margin @ intercept

    corners = [x + eps * np.array(signs) for signs in itertools.product((-1, 1), repeat=2)]
    assert bound == pytest.approx(min(t - abs(s) for s, t in corners), abs=1e-12)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (2, 4, 9), (1, 29, 31)])
def test_the_small_cnn_fits_images_of_any_size(shape: tuple[int, ...]):
    assert small_cnn(shape=shape, classes=4)(torch.zeros(2, *shape)).shape == (2, 4)


@pytest.mark.parametrize(("shape", "classes"), [((7,), 3), ((1, 3, 8), 3), ((1, 8, 8), 1)])
def test_the_small_cnn_refuses_what_is_no_image(shape: tuple[int, ...], classes: int):
    with pytest.raises(ValueError, match=r"images|classes"):
        small_cnn(shape=shape, classes=classes)
