"""The network on named numbers: one that comes with the project, or a file."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
import torch
from torch import nn

from figures.words import counted, sentence
from geometry import Network, as_network
from geometry.network.affine import Shape
from models import Images, readings
from models.files.formats.nnet_file import is_nnet, nnet_ranges
from models.vectors.inputs import Inputs, NamedInput, numbered, on_shares
from models.vectors.shipped import ACAS_XU, VectorNetwork, load_vector_network, shipped_names
from models.vectors.table import Table
from pages.shared.by_key import BY_KEY, by_key
from pages.shared.linked_controls import Linked
from pages.shared.network_file import NetworkFile, kept_file
from pages.shared.network_panel import network_panel, why_refused
from pages.shared.plain import plain
from pages.shared.to_slices import NONE
from pages.slices.networks import ShownNetwork

FILE = "file"
PANEL, SECOND_PANEL = "slices-numbers-network", "slices-numbers-second"


@dataclass(frozen=True, eq=False)
class RawNetwork:
    """A network on inputs in raw units, with what its file knows of them."""

    module: nn.Sequential
    shape: Shape
    key: str  # identifies its weights
    title: str  # may be text from outside
    inputs: Inputs
    classes: tuple[str, ...]  # names, or none
    named: bool  # whether more than the number of `inputs` is known
    in_link: bool
    bands: tuple[str, ...] = ()  # the names of its classes where they are bands of a number


def network_controls(linked: Linked, table: Table | None) -> tuple[RawNetwork | None, list[str]]:
    """The network, and why a chosen one is not shown, as plain text."""
    return _chosen(linked.choice("Network", "net", _titles(), ACAS_XU), PANEL, table)


def second_network(linked: Linked, first: RawNetwork, table: Table | None) -> tuple[RawNetwork | None, list[str]]:
    """A network beside the first, for the same inputs, if one is chosen; and why it is not shown, as plain text."""
    source = linked.choice("Second network, beside it", "second", {NONE: "no other", **_titles()}, NONE)
    if source == NONE:
        return None, []
    raw, troubles = _chosen(source, SECOND_PANEL, table)
    troubles = [trouble.replace("The network", "The network beside it", 1) for trouble in troubles]
    if raw is not None and len(raw.inputs) != len(first.inputs):
        takes, given = counted(len(raw.inputs), "number"), counted(len(first.inputs), "number")
        return None, [f"{raw.title} takes {takes}, and {first.title} {given}: choose networks of the same inputs."]
    if raw is not None and raw.title == first.title:
        raw = replace(raw, title=f"{raw.title} (2)")
    return raw, troubles


def _titles() -> dict[str, str]:
    return {**{name: _shipped(name).card.title for name in shipped_names()}, FILE: "from a file …"}


def _chosen(source: str, panel: str, table: Table | None) -> tuple[RawNetwork | None, list[str]]:
    if source != FILE:
        shipped = _shipped(source)
        key = as_network(shipped.network, shipped.input_shape).key
        card = shipped.card
        st.caption(plain(card.about), help=plain(f"{card.source}. {card.licence}."))
        return RawNetwork(
            shipped.network, shipped.input_shape, key, card.title, card.inputs, card.classes, True, True
        ), []
    loaded = network_panel(lambda file: _points(file, table), panel, fewer_classes=True)
    refusal = why_refused(panel)
    troubles = [f"The network was refused: {refusal}"] if refusal else []
    if loaded is None:
        return None, troubles or ["The network is not there yet: the sidebar says what it needs."]
    shape = tuple(loaded.network.input_shape)
    inputs, named = _inputs_of(kept_file(panel), shape, table)
    bands = loaded.bands
    raw = RawNetwork(loaded.module, shape, loaded.network.key, loaded.title, inputs, bands, named, False, bands)
    return raw, troubles


@st.cache_resource(show_spinner="Reading the network …", max_entries=4)
def _shipped(name: str) -> VectorNetwork:
    return load_vector_network(name)


def _points(file: NetworkFile, table: Table | None) -> Images:
    """Points to try the readings of a file on: the table's rows where they fit, else one point without a label."""
    shape = _shape(file)
    count = math.prod(shape)
    if table is None or count not in (table.x.shape[1], table.x.shape[1] - 1):
        return Images(np.zeros((1, *shape), np.float32), np.full(1, -1), "the inputs", (), (-math.inf, math.inf))
    return _labelled(table, shape)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs={NetworkFile: by_key})
def _shape(file: NetworkFile) -> Shape:
    """The shape of one input, by the first reading of the file."""
    return readings(file.content, second=file.second)[0].input_shape


@st.cache_resource(show_spinner=False, max_entries=2, hash_funcs={Table: by_key})
def _labelled(table: Table, shape: Shape) -> Images:
    rows = table.for_network(math.prod(shape))
    x = rows.x.astype(np.float32).reshape(len(rows), *shape)
    return Images(x, rows.y, rows.name, rows.classes, (-math.inf, math.inf))


def _inputs_of(file: NetworkFile | None, shape: Shape, table: Table | None) -> tuple[Inputs, bool]:
    """The inputs of a network from a file, and whether anything but their number is known.

    Ranges are those of a .nnet file, else those of the table's columns, else from 0 to 1.
    """
    count = math.prod(shape)
    inputs, known = numbered(count), False
    if table is not None and table.x.shape[1] in (count, count + 1):
        inputs, known = table.for_network(count).inputs, True
    if file is not None and is_nnet(file.content):
        low, high = nnet_ranges(file.content)
        items = [
            NamedInput(item.name, float(a), float(b), item.unit) if a < b else item
            for item, a, b in zip(inputs.items, low, high)
        ]
        inputs, known = Inputs(tuple(items)), True
    return inputs, known


def on_named(raw: RawNetwork, inputs: Inputs) -> ShownNetwork:
    """The network on shares of the ranges; a ValueError if they do not fit."""
    module, network = _on_shares(raw.key, raw.shape, inputs, raw.module)
    return ShownNetwork(network, module, raw.title, "", raw.in_link, raw.bands)


@st.cache_resource(show_spinner="Preparing the network …", max_entries=8, hash_funcs=BY_KEY)
def _on_shares(key: str, shape: Shape, inputs: Inputs, _module: nn.Sequential) -> tuple[nn.Sequential, Network]:
    module = on_shares(_module, shape, inputs)
    return module, as_network(module, (len(inputs),)).detached().to(torch.float64)


def refused(error: Exception) -> str:
    return f"The network was refused: {sentence(error)}"
