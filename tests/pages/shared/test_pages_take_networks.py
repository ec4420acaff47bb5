"""Every page that takes a network asks about its file and says how well it does, in the same words."""

from __future__ import annotations

import io

import numpy as np
import pytest
import scipy.io
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from models import DATASETS, load_images, mlp, network_bytes
from tests.models.files.formats.pt2.archives import saved
from tests.models.files.formats.test_nnet import nnet_text
from tests.models.samples import exported, npz_bytes, torch_bytes
from tests.pages.driving import opened, settled, texts

PAGES = {  # the page, the link that opens its panel for digits, and the uploader's key
    "certify": (
        "pages/certify/page.py",
        {"of": "images", "trained": "file", "methods": "none"},
        "certify-network-file",
    ),
    "polytope": (
        "pages/polytope/page.py",
        {"from": "images", "trained": "file", "bounds": "none", "eps": "0.001"},
        "certify-network-file",
    ),
    "slices": ("pages/slices/page.py", {"first": "file", "second": "none", "size": "0.2"}, "slices-network-0"),
}


def bare() -> bytes:
    """The state_dict of an untrained network for digits."""
    torch.manual_seed(0)
    return torch_bytes(nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.ReLU(), nn.Linear(8, 10)).state_dict())


def right(content: bytes, mean: float = 0.0, deviation: float = 1.0) -> float:
    """The share of the first 500 digits that the bare network gets right on (x - mean) / deviation."""
    state = torch.load(io.BytesIO(content), weights_only=True)
    digits = load_images("mnist-5k")
    x = (torch.from_numpy(digits.x[:500]).flatten(1) - mean) / deviation
    hidden = (x @ state["1.weight"].T + state["1.bias"]).clamp(min=0)
    logits = hidden @ state["3.weight"].T + state["3.bias"]
    return float((logits.argmax(1).numpy() == digits.y[:500]).mean())


def given(app: AppTest, key: str, name: str, content: bytes) -> AppTest:
    app.file_uploader(key=key).upload(name, content)
    return settled(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_bare_state_dict_is_asked_about_and_tried(page: str):
    script, link, key = PAGES[page]
    content = bare()
    app = given(opened(script, link, 90), key, "net.pth", content)
    (box,) = [each for each in app.selectbox if each.label == "Inputs are normalised"]
    assert any(
        "MNIST" in option and f"{100 * right(content, 0.1307, 0.3081):.1f} %" in option for option in box.options
    )
    said = texts(app)
    assert f"right on {100 * right(content):.1f} % of 500 images" in said
    assert "say nothing of activations: a ReLU is assumed" in said


@pytest.mark.parametrize("page", PAGES)
def test_weights_that_several_networks_fit_are_asked_about(page: str):
    script, link, key = PAGES[page]
    torch.manual_seed(0)
    pooled = nn.Sequential(nn.Conv2d(1, 2, 5, padding=2), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Linear(98, 10))
    app = given(opened(script, link, 90), key, "net.pth", torch_bytes(pooled.state_dict()))
    (box,) = [each for each in app.selectbox if each.label == "Read as"]
    assert box.value is None
    assert any("4×4 max-pooling" in option for option in box.options)
    assert "choose one" in "\n".join(each.value for each in app.warning)


def files() -> dict[str, bytes]:
    """A network with two inputs in every kind of file."""
    network = mlp((2, 7, 3), seed=4).eval()
    (W1, b1), (W2, b2) = ((layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in network[::2])
    matlab = io.BytesIO()
    scipy.io.savemat(matlab, {"U": W1.T, "bU": b1, "W": W2.T, "bW": b2})
    return {
        "net.onnx": exported(network, (2,)),
        "net.pt2": saved(network, (2,)),
        "net.nnet": nnet_text([2, 7, 3], 0)[0].encode(),
        "net.pth": torch_bytes(network.state_dict()),
        "net.safetensors": network_bytes(network),
        "net.npz": npz_bytes(W1=W1, b1=b1, W2=W2, b2=b2),
        "net.mat": matlab.getvalue(),
    }


@pytest.mark.parametrize("name", files())
def test_explore_takes_every_kind_of_file_with_two_inputs(name: str):
    app = opened("app.py", {"network": "file", "pin": "0.3,0.4"})
    app = given(app, "network-file", name, files()[name])
    assert not app.error
    assert f"of {len(DATASETS['moons']())} points" in texts(app)
    if name != "net.nnet":
        with torch.no_grad():
            logits = mlp((2, 7, 3), seed=4)(torch.tensor([[0.3, 0.4]]))[0].numpy()
        assert f"class {np.argmax(logits)}" in texts(app)
