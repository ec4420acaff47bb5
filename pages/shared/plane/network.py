"""The network: shipped with the data set, of one's own widths, or from a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from torch import nn

from models import PRESETS, Images, load_preset, mlp, parse_widths
from models.datasets import Dataset
from models.presets import Preset
from pages.shared import link
from pages.shared.network_file import keep_file
from pages.shared.network_panel import network_panel
from pages.shared.plain import complain, plain

SHIPPED, OWN, FILE = "shipped", "own", "file"
SOURCES = {SHIPPED: "Trained", OWN: "Own", FILE: "File"}
RELU, LEAKY = "ReLU", "LeakyReLU"
SLOPE = 0.1
WIDTHS = "32, 32"
LAST, SENT = "network-last", "explore-network-sent"
FILE_KEY = "network-file"


@dataclass(frozen=True, eq=False)
class NetworkControls:
    """A network before any training on this page."""

    network: nn.Sequential
    key: str  # names the content
    title: str
    source: str
    link: dict[str, str | None]


def network_controls(data: Dataset) -> NetworkControls:
    """The network section of the sidebar. What cannot be used is explained; the last usable network stays."""
    link.start("network", "network", link.one_of(*SOURCES), SHIPPED)
    source: str = (
        st.segmented_control(
            "Network",
            list(SOURCES),
            default=st.session_state["network"],
            format_func=SOURCES.__getitem__,
            key="network",
            required=True,
            width="stretch",
            persist_state="session",
            help="*Trained*: comes with the data set. *Own*: hidden widths of your choice, to be trained here. "
            "*File*: ONNX, .nnet, PyTorch state_dict, safetensors, MATLAB or NPZ, with two inputs.",
        )
        or SHIPPED
    )
    parts = {"network": link.unless(source, SHIPPED)}
    makers = {SHIPPED: _shipped, OWN: _own, FILE: _from_file}
    try:
        found = makers[source](data, parts)
        st.session_state[LAST] = found
    except ValueError as error:
        complain(error)
        found = st.session_state.get(LAST) or _shipped_with(data)
        st.caption(f"The picture still shows {plain(found.title)}.")
    return NetworkControls(found.network, found.key, found.title, source, parts)


def new_weights() -> None:
    """Other initial weights for the network of one's own widths."""
    st.session_state["init"] = st.session_state.get("init", 0) + 1


def use_network(network: nn.Sequential, key: str, title: str) -> None:
    """As if this network, for inputs on the plane, had been uploaded; `key` names its weights."""
    st.session_state[SENT] = _Found(network, f"file-{key}", title)
    keep_file(FILE_KEY, None)
    st.session_state["network"] = FILE


@dataclass(frozen=True, eq=False)
class _Found:
    network: nn.Sequential
    key: str
    title: str


@st.cache_resource(show_spinner=False)
def _preset(name: str) -> Preset:
    return load_preset(name)


def _shipped_with(data: Dataset) -> _Found:
    name = data.name if data.name in PRESETS else PRESETS[0]
    preset = _preset(name)
    return _Found(preset.network, f"shipped-{name}", preset.card.title)


def _shipped(data: Dataset, parts: dict[str, str | None]) -> _Found:
    found = _shipped_with(data)
    st.caption(found.title)
    if data.name not in PRESETS:
        st.caption("No network is shipped for your own data: choose *Own* and train one.")
    return found


def _own(data: Dataset, parts: dict[str, str | None]) -> _Found:
    left, right = st.columns([3, 2])
    link.start("widths", "widths", link.anything, WIDTHS)
    text = left.text_input(
        "Hidden widths",
        st.session_state["widths"],
        key="widths",
        max_chars=200,
        persist_state="session",
        help="Units per hidden layer, first to last, such as 100, or 32, 32, or 8 x 8 x 8.",
    )
    link.start("units", "units", link.one_of(RELU, LEAKY), RELU)
    units = right.selectbox(
        "Units",
        [RELU, LEAKY],
        index=[RELU, LEAKY].index(st.session_state["units"]),
        key="units",
        persist_state="session",
        help=f"LeakyReLU has slope {SLOPE} where a unit is off.",
    )
    init = link.start("init", "init", link.whole(0, 10**6), 0)
    parts["widths"], parts["units"] = link.unless(text, WIDTHS), link.unless(units, RELU)
    parts["init"] = link.unless(init, 0)
    widths = (2, *parse_widths(text), data.classes)
    network = mlp(widths, slope=SLOPE if units == LEAKY else 0.0, seed=init)
    title = f"{'-'.join(map(str, widths))}, {units}"
    return _Found(network.eval(), f"own-{title}-{init}", title)


def _from_file(data: Dataset, parts: dict[str, str | None]) -> _Found:
    points = Images(data.x.astype(np.float32), data.y, data.name)
    loaded = network_panel(points, FILE_KEY, fewer_classes=True)
    if loaded is not None:
        return _Found(loaded.module, loaded.key, loaded.title)
    found = st.session_state.get(SENT) or _shipped_with(data)
    st.caption(f"The picture shows {plain(found.title)}.")
    return found
