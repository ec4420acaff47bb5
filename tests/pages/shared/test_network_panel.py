"""The network panel on a page of its own: what it asks, what it says, and what network comes of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from models import Images, network_bytes
from tests.models.samples import npz_bytes, torch_bytes
from tests.pages.driving import settled, texts
from tests.pages.shared.network_panel_page import (
    COUNT,
    DEVIATION,
    MEAN,
    box,
    brightness,
    errors,
    given,
    images,
    loaded,
    opened,
    same_function,
    share_right,
)


def asked(app: AppTest) -> list[str]:
    """What is asked openly: the meaning of the outputs is folded away."""
    return [each.label for each in app.selectbox if each.label != "Its outputs are"]


def test_before_anything_is_given_it_says_what_fits():
    app = opened(images())
    assert loaded(app) is None
    assert "inputs 1×4×4" in texts(app)
    assert ".onnx" in texts(app)


def test_a_state_dict_is_asked_about_and_tried():
    network, data = brightness(), images()
    app = given(opened(data), ("net.pth", torch_bytes(network.state_dict())))
    assert f"right on {100 * share_right(network, data):.1f} % of {COUNT} images" in texts(app)
    assert "ReLU" in texts(app)
    assert "assumed" in texts(app)
    assert same_function(loaded(app), network, data)


@pytest.mark.parametrize(("name", "mean", "deviation"), [("MNIST", MEAN, DEVIATION), ("to [-1, 1]", 0.5, 0.5)])
def test_the_accuracy_of_a_normalisation_is_that_on_normalised_images(name, mean, deviation):
    network, data = brightness(), images()
    app = given(opened(data), ("net.pth", torch_bytes(network.state_dict())))
    chooser = box(app, "Inputs are normalised")
    share = f"{100 * share_right(network, data, mean, deviation):.1f} %"
    assert any(name.split(" ")[0] in option and share in option for option in chooser.options)
    settled(chooser.set_value(name).run())
    assert f"right on {share}" in texts(app)
    assert same_function(loaded(app), network, data, mean, deviation)


def test_a_normalisation_that_does_clearly_better_is_a_button_away():
    network, data = brightness(), images()
    app = given(opened(data), ("net.pth", torch_bytes(network.state_dict())))
    (button,) = [each for each in app.button if "use it?" in each.label]
    assert "100.0 % with MNIST’s mean and deviation" in button.label
    button.click()
    settled(app)
    assert same_function(loaded(app), network, data, MEAN, DEVIATION)
    assert not [each for each in app.button if "use it?" in each.label]


def test_where_no_choice_is_clearly_better_none_is_proposed():
    network, data = brightness(), images()
    few = Images(data.x[:4], data.y[:4], "squares")  # two of four instead of four is within chance
    app = given(opened(few), ("net.pth", torch_bytes(network.state_dict())))
    assert box(app, "Inputs are normalised") is not None
    assert not app.button


def test_own_mean_and_deviation_are_used_and_nonsense_leaves_them():
    network, data = brightness(), images()
    app = given(opened(data), ("net.pth", torch_bytes(network.state_dict())))
    settled(box(app, "Inputs are normalised").set_value("own").run())
    for label, text in (("Mean", "0.12"), ("Deviation", "0.25")):
        next(each for each in app.text_input if each.label == label).set_value(text)
    settled(app)
    assert same_function(loaded(app), network, data, 0.12, 0.25)
    assert f"right on {100 * share_right(network, data, 0.12, 0.25):.1f} %" in texts(app)
    next(each for each in app.text_input if each.label == "Deviation").set_value("0, 1")
    settled(app)
    assert "one number" in errors(app)
    assert same_function(loaded(app), network, data, 0.12, 0.25)


def test_a_file_that_states_all_of_it_is_asked_nothing_but_its_normalisation():
    data = images()
    app = given(opened(data), ("net.safetensors", network_bytes(brightness())))
    assert asked(app) == ["Inputs are normalised"]
    assert "<mark>" not in texts(app)


def test_a_file_with_a_normalisation_of_its_own_is_asked_nothing():
    from geometry.network.network import Normalize

    data, network = images(), brightness()
    whole = nn.Sequential(Normalize([MEAN], [DEVIATION]), *network)
    app = given(opened(data), ("net.safetensors", network_bytes(whole.eval())))
    assert not asked(app)
    assert "right on 100.0 %" in texts(app)
    assert same_function(loaded(app), network, data, MEAN, DEVIATION)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nonsense.bin", b"no network at all", "no file of a trained network"),
        ("empty.pth", b"", "is empty"),
        (
            "other.safetensors",
            network_bytes(nn.Sequential(nn.Linear(5, 2)).eval()),
            "takes 5 numbers, but the ",
        ),
        ("one.safetensors", network_bytes(nn.Sequential(nn.Flatten(), nn.Linear(7, 2)).eval()), "takes 7 numbers"),
    ],
)
def test_what_cannot_be_used_is_explained_and_the_earlier_network_stays(name: str, content: bytes, said: str):
    network, data = brightness(), images()
    app = given(opened(data), ("good.pth", torch_bytes(network.state_dict())))
    app = given(app, (name, content))
    assert said in errors(app)
    assert "Still in use: good.pth" in texts(app)
    assert same_function(loaded(app), network, data)
    app = given(app)
    assert not app.error
    assert same_function(loaded(app), network, data)


def test_a_network_that_does_not_know_all_classes_is_refused():
    data = images()
    three = Images(data.x, np.arange(COUNT) % 3, "squares")
    app = given(opened(three), ("net.pth", torch_bytes(brightness().state_dict())))
    assert "knows 2 classes" in errors(app)
    assert loaded(app) is None


def test_a_file_of_matrices_is_read_too():
    network, data = brightness(), images()
    (W1, b1), (W2, b2) = ((layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in network[1::2])
    app = given(opened(data), ("net.npz", npz_bytes(W1=W1, b1=b1, W2=W2, b2=b2)))
    assert same_function(loaded(app), network, data)


def test_images_without_labels_are_not_counted():
    data = images()
    unknown = Images(data.x, np.full(COUNT, -1), "squares")
    app = given(opened(unknown), ("net.pth", torch_bytes(brightness().state_dict())))
    assert "no labels" in texts(app)
    assert same_function(loaded(app), brightness(), data)


def test_a_network_of_one_logit_is_tried_by_its_sign():
    data = images()
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, 1)).eval()
    with torch.no_grad():
        network[1].weight.fill_(1 / 16)
        network[1].bias.fill_(-MEAN)
    app = given(opened(data), ("net.pth", torch_bytes(network.state_dict())))
    assert "right on 100.0 %" in texts(app)
    assert loaded(app).network.classes == 2


def pooled() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(2 * 2 * 2, 2)
    ).eval()  # fmt: skip


def test_weights_that_several_networks_fit_are_read_only_as_chosen():
    data, network = images(), pooled()
    app = given(opened(data), ("net.pth", torch_bytes(network.state_dict())))
    chooser = box(app, "Read as")
    assert chooser.value is None
    assert loaded(app) is None
    assert "choose one" in "\n".join(each.value for each in app.warning)
    assert "not supported" in texts(app)  # max pooling fits as well
    (number,) = [i for i, title in enumerate(chooser.options) if "2×2 average-pooling" in title and "stride 1" in title]
    settled(chooser.set_value(number).run())
    assert same_function(loaded(app), network, data)
    assert "Average pooling" in texts(app)


def test_a_reading_that_is_not_supported_says_what_would_work():
    app = given(opened(images()), ("net.pth", torch_bytes(pooled().state_dict())))
    chooser = box(app, "Read as")
    number = next(i for i, title in enumerate(chooser.options) if "max-pooling" in title)
    settled(chooser.set_value(number).run())
    assert "average pooling" in errors(app)
    assert loaded(app) is None
