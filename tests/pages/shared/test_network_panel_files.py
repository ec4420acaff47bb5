"""Several files given to the network panel together: which are read, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence

import onnx
import pytest
import torch
from torch import nn

from tests.models.samples import exported, torch_bytes
from tests.pages.shared.network_panel_page import (
    brightness,
    errors,
    given,
    images,
    loaded,
    opened,
    same_function,
)

HOSTILE = ("![a](http://x.example/i)", "<b>bold</b>", "$x$", ":smile:")


def test_of_several_networks_the_last_is_read():
    data = images()
    first, last = brightness(), brightness()
    with torch.no_grad():
        last[3].bias.add_(torch.tensor([0.5, -0.5]))
    app = given(opened(data), ("a.pth", torch_bytes(first.state_dict())), ("b.pth", torch_bytes(last.state_dict())))
    assert loaded(app).title == "b.pth"
    assert same_function(loaded(app), last, data)


class Shortcut(nn.Module):
    """The brightness network with a shortcut around its ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.first, _, self.second = brightness()[1:]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.first(x.flatten(1))
        return self.second(torch.relu(z) + z.abs() / 4 + z)


def test_a_residual_network_in_an_onnx_file_is_read_and_its_steps_are_listed():
    network, data = Shortcut().eval(), images()
    app = given(opened(data), ("net.onnx", exported(network, (1, 4, 4))))
    assert not app.error
    assert same_function(loaded(app), network, data)
    (listed,) = [each.proto.body for each in app.get("html") if 'data-testid="layers"' in each.proto.body]
    assert listed.count("Sum") == 2
    assert "Absolute value" in listed


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
