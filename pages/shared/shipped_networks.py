"""The networks of the gallery, read once for all sessions."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import nn

from geometry import Network, as_network
from models.files.cards import Card
from models.gallery import load_shipped


@dataclass(frozen=True, eq=False)
class ShippedNetwork:
    """A network of the gallery: a torch module, the same as a `Network` in float64, and its card."""

    module: nn.Sequential
    network: Network
    card: Card


@st.cache_resource(show_spinner="Reading the network …", max_entries=12)
def shipped_network(name: str) -> ShippedNetwork:
    """The network of this name in the gallery.

    Raises
    ------
    ValueError
        If the gallery has no such network.
    """
    shipped = load_shipped(name)
    network = as_network(shipped.network, shipped.input_shape).detached().to(torch.float64)
    return ShippedNetwork(shipped.network, network, shipped.card)
