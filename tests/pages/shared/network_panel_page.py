"""A page with the network panel alone, images for it, and a network for these."""

from __future__ import annotations

import copy

import numpy as np
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from models import Images
from tests.pages.driving import settled

MEAN, DEVIATION = 0.1307, 0.3081  # MNIST's
COUNT = 400


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
