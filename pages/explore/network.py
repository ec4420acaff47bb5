"""The network: shipped with the data set, of one's own widths, or from a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st
from torch import nn

from figures.words import sentence
from geometry import as_network
from models import PRESETS, load_network, load_preset, mlp, parse_widths
from models.datasets import Dataset
from models.presets import Preset
from pages.explore import link

SHIPPED, OWN, FILE = "shipped", "own", "file"
SOURCES = {SHIPPED: "Trained", OWN: "Own", FILE: "File"}
RELU, LEAKY = "ReLU", "LeakyReLU"
SLOPE = 0.1
WIDTHS = "32, 32"
LINK_NAMES = frozenset({"network", "widths", "units", "init"})
LAST, LAST_FILE = "network-last", "network-last-file"


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
            format_func=SOURCES.__getitem__,
            key="network",
            required=True,
            width="stretch",
            persist_state="session",
            help="*Trained*: comes with the data set. *Own*: hidden widths of your choice, to be trained here. "
            "*File*: safetensors, PyTorch state_dict, or NPZ of matrices.",
        )
        or SHIPPED
    )
    parts = {"network": link.unless(source, SHIPPED)}
    makers = {SHIPPED: _shipped, OWN: _own, FILE: _from_file}
    try:
        found = makers[source](data, parts)
        st.session_state[LAST] = found
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        found = st.session_state.get(LAST) or _shipped_with(data)
        st.caption(f"The picture still shows {found.title}.")
    return NetworkControls(found.network, found.key, found.title, source, parts)


def new_weights() -> None:
    """Other initial weights for the network of one's own widths."""
    st.session_state["init"] = st.session_state.get("init", 0) + 1


def use_network(network: nn.Sequential, key: str, title: str) -> None:
    """As if this network, for inputs on the plane, had been uploaded; `key` names its weights."""
    st.session_state[LAST_FILE] = _Found(network, f"file-{key}", title)
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
        key="widths",
        max_chars=200,
        persist_state="session",
        help="Units per hidden layer, first to last, such as 100, or 32, 32, or 8 x 8 x 8.",
    )
    link.start("units", "units", link.one_of(RELU, LEAKY), RELU)
    units = right.selectbox(
        "Units",
        [RELU, LEAKY],
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
    upload = st.file_uploader(
        "Network from a file",
        ["safetensors", "pt", "pth", "npz"],
        key="network-file",
        label_visibility="collapsed",
        help="A network with two inputs, as safetensors, PyTorch state_dict or NPZ of W1, b1, W2, b2, ...",
    )
    last: _Found | None = st.session_state.get(LAST_FILE)
    if upload is None:
        st.caption("A network with two inputs: safetensors, PyTorch state_dict or NPZ of W1, b1, W2, b2, …")
        return last or _shipped_with(data)
    content = upload.getvalue()
    key = f"file-{hashlib.blake2b(content, digest_size=8).hexdigest()}"
    if last is not None and last.key == key:
        st.caption(last.title)
        return last
    network = load_network(content)
    classes = as_network(network, (2,)).classes
    if classes < 2:
        raise ValueError(f"{upload.name} has {classes} output; a classifier has one for each of two classes or more")
    st.session_state[LAST_FILE] = found = _Found(network, key, upload.name)
    return found
