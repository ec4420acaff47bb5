"""The network for the plane: shipped with the data set, of chosen widths, or from a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from torch import nn

from models import PRESETS, Images, load_preset, mlp, parse_widths
from models.data.toy import Dataset
from models.networks.activations import Activation
from models.presets import SMALL as SMALL_PRESETS
from pages.shared import link
from pages.shared.network_file import keep_file
from pages.shared.network_panel import network_panel
from pages.shared.plain import complain, plain
from pages.shared.plane.changes import changed_network, changes_note
from pages.shared.plane.state import (
    DEFAULT,
    FILE,
    OWN,
    PLANE,
    RELU,
    SHIPPED,
    SMALL,
    UNITS,
    UNITS_HELP,
    WIDTHS,
    Changes,
    PlaneNetwork,
    PlaneState,
)

SOURCES = {SMALL: "Small", SHIPPED: "Ready", OWN: "Build", FILE: "Load"}
WITH_SMALL = {**SOURCES, SHIPPED: "Large"}  # where a small network comes with the data as well
FILE_KEY = "network-file"


@dataclass(frozen=True, eq=False)
class NetworkControls:
    """The chosen network, before training on this page."""

    network: PlaneNetwork
    source: str
    link: dict[str, str | None]
    in_link: bool  # whether a link reopens these weights


def network_controls(data: Dataset) -> NetworkControls:
    """The network section of the sidebar. An invalid choice shows an error, and the last valid network stays."""
    usual = SMALL if data.name == DEFAULT else SHIPPED
    offered = [name for name in SOURCES if name != SMALL or _small(data) in SMALL_PRESETS]
    now = link.start(PlaneState.network.key, "network", link.one_of(*SOURCES), usual)
    if now not in offered:
        PLANE.network = now = SHIPPED
    source: str = (
        st.segmented_control(
            "Network",
            offered,
            default=now,
            format_func=(WITH_SMALL if SMALL in offered else SOURCES).__getitem__,
            key=PlaneState.network.key,
            required=True,
            width="stretch",
            persist_state="session",
            help="*Ready*, or *Small* and *Large*: come trained with the data set. *Build*: hidden widths of your "
            "choice, to be trained here. *Load*: ONNX, torch.export, .nnet, PyTorch state_dict, safetensors, MATLAB "
            "or NPZ, with two inputs.",
        )
        or usual
    )
    parts = {"network": link.unless(source, usual)}
    makers = {SMALL: _shipped_small, SHIPPED: _shipped, OWN: _own, FILE: _from_file}
    try:
        network = makers[source](data, parts)
        PLANE.last_network = network
    except ValueError as error:
        complain(error)
        network = PLANE.last_network or _shipped_with(data)
        st.caption(f"The picture still shows {plain(network.title)}.")
    uploaded = source == FILE and network.network.key != _shipped_with(data).network.key
    changed, parts["changes"], kept = changed_network(network)
    changes_note()
    return NetworkControls(changed, source, parts, in_link=not uploaded and kept)


def new_weights() -> None:
    """Draw other initial weights for the network of chosen widths."""
    PLANE.init += 1


def use_own(hidden: tuple[int, ...], activation: Activation, source: str, data: Dataset) -> None:
    """Use a network of these hidden widths with initial weights, as if the reader had chosen it.

    In place of a network that comes with the data, it begins with the weights that the training of that one began with.
    """
    if source in (SMALL, SHIPPED):
        name = _small(data) if source == SMALL else data.name if data.name in PRESETS else PRESETS[0]
        PLANE.init = load_preset(name).card.training.get("seed", 0)
    PLANE.network, PLANE.widths = OWN, ", ".join(map(str, hidden))
    PLANE.units = next(name for name, of_name in UNITS.items() if of_name == activation)
    PLANE.changes = Changes()


def use_network(module: nn.Sequential, title: str) -> None:
    """Use this network, for inputs on the plane, as if it had been uploaded."""
    PLANE.sent_network = PlaneNetwork.of(module, title)
    keep_file(FILE_KEY, None)
    PLANE.network = FILE


@st.cache_resource(show_spinner=False)
def _preset(name: str) -> PlaneNetwork:
    preset = load_preset(name)
    return PlaneNetwork.of(preset.network, preset.card.title)


@st.cache_resource(show_spinner=False, max_entries=32)
def _untrained(widths: tuple[int, ...], activation: Activation, seed: int, title: str) -> PlaneNetwork:
    return PlaneNetwork.of(mlp(widths, activation, seed).eval(), title)


def _shipped_with(data: Dataset) -> PlaneNetwork:
    return _preset(data.name if data.name in PRESETS else PRESETS[0])


def _shipped(data: Dataset, parts: dict[str, str | None]) -> PlaneNetwork:
    network = _shipped_with(data)
    st.caption(network.title)
    if data.name not in PRESETS:
        st.caption("No network is shipped for your own data: choose *Build* and train one.")
    return network


def _shipped_small(data: Dataset, parts: dict[str, str | None]) -> PlaneNetwork:
    network = _preset(_small(data))
    st.caption(network.title)
    return network


def _small(data: Dataset) -> str:
    return f"{data.name}-small"


def _own(data: Dataset, parts: dict[str, str | None]) -> PlaneNetwork:
    left, right = st.columns([3, 2])
    now = link.start(PlaneState.widths.key, "widths", link.anything, WIDTHS)
    text = left.text_input(
        "Hidden widths",
        now,
        key=PlaneState.widths.key,
        max_chars=200,
        persist_state="session",
        help="Units per hidden layer, first to last, such as 100, or 32, 32, or 8 x 8 x 8.",
    )
    now = link.start(PlaneState.units.key, "units", link.one_of(*UNITS), RELU)
    units = right.selectbox(
        "Units",
        list(UNITS),
        index=[*UNITS].index(now),
        key=PlaneState.units.key,
        persist_state="session",
        help=UNITS_HELP,
    )
    init = link.start(PlaneState.init.key, "init", link.whole(0, 10**6), 0)
    parts["widths"], parts["units"] = link.unless(text, WIDTHS), link.unless(units, RELU)
    parts["init"] = link.unless(init, 0)
    widths = (2, *parse_widths(text), data.classes)
    title = f"{'-'.join(map(str, widths))}, {units}"
    return _untrained(widths, UNITS[units], init, title)


def _from_file(data: Dataset, parts: dict[str, str | None]) -> PlaneNetwork:
    points = Images(data.x.astype(np.float32), data.y, data.name)
    loaded = network_panel(points, FILE_KEY, fewer_classes=True)
    if loaded is not None:
        return PlaneNetwork(loaded.module, loaded.network, loaded.title, loaded.bands)
    network = PLANE.sent_network or _shipped_with(data)
    st.caption(f"The picture shows {plain(network.title)}.")
    return network
