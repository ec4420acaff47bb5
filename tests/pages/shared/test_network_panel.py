"""The network panel on a page of its own: what it asks, what it says, and what network comes of it."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import onnx
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from models import Images, network_bytes
from tests.models.samples import exported, npz_bytes, torch_bytes
from tests.pages.driving import settled, texts

MEAN, DEVIATION = 0.1307, 0.3081  # MNIST's
COUNT = 400
HOSTILE = ("![a](http://x.example/i)", "<b>bold</b>", "$x$", ":smile:")


def page(images) -> None:
    import streamlit as st

    from pages.shared.network_panel import network_panel

    st.session_state["loaded"] = network_panel(images, "net")


def images() -> Images:
    """Grey squares of 4 × 4 pixels, of class 1 where they are brighter than MNIST's mean; with some noise."""
    rng = np.random.default_rng(0)
    y = np.arange(COUNT) % 2
    x = MEAN + np.where(y == 1, 0.05, -0.05)[:, None, None, None] + rng.uniform(-0.04, 0.04, (COUNT, 1, 4, 4))
    return Images(x.astype(np.float32), y, "squares", ("dark", "bright"))


def brightness() -> nn.Sequential:
    """Right on every normalised image; on raw ones it always sees class 1."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, 2), nn.ReLU(), nn.Linear(2, 2))
    with torch.no_grad():
        network[1].weight.copy_(torch.tensor([[1.0], [-1.0]]).expand(2, 16))
        network[1].bias.zero_()
        network[3].weight.copy_(torch.tensor([[-1.0, 1.0], [1.0, -1.0]]))
        network[3].bias.zero_()
    return network.eval()


def opened(data: Images) -> AppTest:
    return settled(AppTest.from_function(page, default_timeout=240, kwargs={"images": data}))


def given(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """After these files were given together, and all before taken away."""
    app.file_uploader(key="net").set_value([(name, content, "application/octet-stream") for name, content in files])
    return settled(app)


def loaded(app: AppTest):
    return app.session_state["loaded"]


def box(app: AppTest, label: str):
    return next((each for each in app.selectbox if each.label == label), None)


def errors(app: AppTest) -> str:
    return "\n".join(each.value for each in app.error)


@torch.no_grad()
def share_right(network: nn.Module, data: Images, mean: float = 0.0, deviation: float = 1.0) -> float:
    logits = network((torch.from_numpy(data.x) - mean) / deviation)
    return float((logits.argmax(1).numpy() == data.y).mean())


@torch.no_grad()
def same_function(found, network: nn.Module, data: Images, mean: float = 0.0, deviation: float = 1.0) -> bool:
    """Whether what was loaded takes raw images and computes the network on normalised ones."""
    x = torch.from_numpy(data.x[:20]).double()
    expected = copy.deepcopy(network).double()((x - mean) / deviation)
    return bool(torch.allclose(found.network(x), expected, atol=1e-5))


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
    assert [each.label for each in app.selectbox] == ["Inputs are normalised"]
    assert "<mark>" not in texts(app)


def test_a_file_with_a_normalisation_of_its_own_is_asked_nothing():
    from geometry.network.network import Normalize

    data, network = images(), brightness()
    whole = nn.Sequential(Normalize([MEAN], [DEVIATION]), *network)
    app = given(opened(data), ("net.safetensors", network_bytes(whole.eval())))
    assert not app.selectbox
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


def test_of_several_networks_the_last_is_read():
    data = images()
    first, last = brightness(), brightness()
    with torch.no_grad():
        last[3].bias.add_(torch.tensor([0.5, -0.5]))
    app = given(opened(data), ("a.pth", torch_bytes(first.state_dict())), ("b.pth", torch_bytes(last.state_dict())))
    assert loaded(app).title == "b.pth"
    assert same_function(loaded(app), last, data)


def with_second_file(network: nn.Module, name: str) -> tuple[bytes, bytes]:
    """An ONNX file and the file with its weights."""
    model = onnx.load_model_from_string(exported(network, (1, 4, 4)))
    weights = b""
    for tensor in model.graph.initializer:
        raw = tensor.raw_data
        del tensor.external_data[:]
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", name), ("offset", str(len(weights))), ("length", str(len(raw)))):
            tensor.external_data.add(key=key, value=value)
        tensor.ClearField("raw_data")
        weights += raw
    return model.SerializeToString(), weights


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_onnx_file_and_its_weights_are_given_together(order: Sequence[int]):
    network, data = brightness(), images()
    model, weights = with_second_file(network, "net.onnx.data")
    files = [("net.onnx", model), ("net.onnx.data", weights)]
    app = given(opened(data), *(files[number] for number in order))
    assert not app.error
    assert loaded(app).title == "net.onnx"
    assert same_function(loaded(app), network, data)


def test_an_onnx_file_without_its_weights_says_what_is_missing():
    model, _ = with_second_file(brightness(), "net.onnx.data")
    app = given(opened(images()), ("net.onnx", model))
    assert "net.onnx.data" in errors(app)
    assert loaded(app) is None


def test_a_second_file_that_is_not_needed_is_named():
    network, data = brightness(), images()
    app = given(opened(data), ("net.pth", torch_bytes(network.state_dict())), ("notes.txt", b"my notes"))
    assert "notes.txt is not read" in "\n".join(each.value for each in app.warning)
    assert same_function(loaded(app), network, data)


def test_files_that_were_refused_before_do_not_stand_in_the_way_of_the_next():
    network, data = brightness(), images()
    refused = ("notes.txt", b"my notes"), ("nothing.pth", b"")
    app = given(opened(data), *refused, ("net.pth", torch_bytes(network.state_dict())))
    assert not app.error
    assert same_function(loaded(app), network, data)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_the_weights_of_an_onnx_file_are_found_among_files_that_are_none(order: Sequence[int]):
    network, data = brightness(), images()
    model, weights = with_second_file(network, "net.onnx.data")
    files = [("net.onnx", model), ("net.onnx.data", weights), ("notes.txt", b"my notes")]
    app = given(opened(data), *(files[number] for number in order))
    assert not app.error
    assert same_function(loaded(app), network, data)


def test_an_empty_file_is_called_empty():
    app = given(opened(images()), ("nothing.pth", b""))
    assert "is empty" in errors(app)
    assert loaded(app) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_files_are_escaped_wherever_markdown_is_read(name: str):
    data = images()
    app = given(opened(data), (f"{name}.pth", torch_bytes(brightness().state_dict())), (f"{name}.txt", b"nothing"))
    app = given(app)
    app = given(app, (f"{name}.bin", b"nothing"))
    said = "\n".join(each.value for each in [*app.caption, *app.error, *app.warning])
    assert "Still in use" in said
    assert name not in said


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
