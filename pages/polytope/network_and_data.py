"""What Polytope is about: a network of the papers, the one of the Explore page, or one for images; and its data."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch

from geometry import as_network
from geometry.network.network import Network
from models import load_preset, random_network
from models.data.toy import Dataset
from pages.shared.linked_controls import Linked
from pages.shared.network_and_data import NetworkAndData, image_network_and_data, plane_network_and_data
from pages.shared.to_polytope import EXPLORE, IMAGES, PREFIX, RANDOM, ROBUST

KINDS = {
    RANDOM: "Random, 2-100-100-100-2",
    ROBUST: "Trained to be robust",
    EXPLORE: "Explore's network",
    IMAGES: "A network for images",
}
FIRST_DRAW = 52  # chosen so that at the origin the order of outputs is proved, then open, then lost, as ε grows to 0.25


def network_and_data_controls() -> NetworkAndData | None:
    """The first section of the sidebar. Returns None, and shows the reason there, while something is missing."""
    linked = Linked(PREFIX)
    kind = linked.choice(
        "Network", "from", KINDS, RANDOM,
        help="*Random*: Wong and Kolter's Fig. 6, weights N(0, 1/√n), biases N(0, 1). *Trained to be robust*: their "
        "12 points and robust loss (Fig. 7). *Explore's*: data and network of the Explore page.",
    )  # fmt: skip
    if kind == RANDOM:
        seed = linked.whole("Weights, draw", "draw", 0, 10**6, FIRST_DRAW, help="Another number, other random weights.")
        return _chosen(_random(seed), KINDS[RANDOM], _no_points(), linked)
    if kind == ROBUST:
        network, dataset, title = _robust()
        st.caption(title)
        return _chosen(network, title, dataset, linked)
    chosen = plane_network_and_data() if kind == EXPLORE else image_network_and_data()
    if chosen is None:
        return None
    parts = {name: text for name, text in chosen.link.items() if name != "of"} | linked.parts
    return NetworkAndData(**{**vars(chosen), "link": parts})


def _chosen(network: Network, title: str, data: Dataset, linked: Linked) -> NetworkAndData:
    return NetworkAndData(network, title, np.array(data.x), np.array(data.y), data, dict(linked.parts), in_link=True)


def _no_points() -> Dataset:
    """A data set without points, with a window around the origin."""
    return Dataset(np.zeros((0, 2)), np.zeros(0, np.int64), "none", (-1.0, 1.0, -1.0, 1.0), 2)


@st.cache_resource(show_spinner=False, max_entries=16)
def _random(seed: int) -> Network:
    return as_network(random_network(seed=seed).double().requires_grad_(False), (2,))


@st.cache_resource(show_spinner=False)
def _robust() -> tuple[Network, Dataset, str]:
    preset = load_preset("kw-robust")
    return as_network(preset.network, (2,)).to(torch.float64), preset.dataset, preset.card.title
