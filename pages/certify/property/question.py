"""The sidebar: which network, which property, and for how long the search may last."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import streamlit as st

from certify.properties.property import Property
from certify.properties.vnnlib import read_vnnlib
from geometry import Network, as_network
from geometry.computation.cached_property import cached_property
from geometry.content import content_key
from geometry.network.affine import Shape
from models import Images, readings
from models.vectors.properties import SHIPPED_PROPERTIES, ShippedProperty
from models.vectors.shipped import ACAS_XU, load_vector_network, shipped_names
from pages.certify.state import STATE, CertifyState
from pages.shared.by_key import by_key
from pages.shared.linked_controls import Linked
from pages.shared.network_file import NetworkFile
from pages.shared.network_panel import network_panel
from pages.shared.plain import complain, plain

PREFIX = "certify-property-"
FILE = "file"
PANEL = "certify-property-network"
FIRST = "plane"  # a name of SHIPPED_PROPERTIES
SECONDS, MOST_SECONDS = 60, 600  # the time limit at first, and the largest that a user can set


@dataclass(frozen=True, eq=False)
class AskedNetwork:
    """A network in float64, with names for its inputs and outputs; they may be text from outside."""

    network: Network
    shape: Shape
    title: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shipped: str  # its name among the shipped ones, or empty


@dataclass(frozen=True, eq=False)
class AskedProperty:
    """A network and a property for it, with a time limit in seconds."""

    asked: AskedNetwork
    prop: Property
    title: str  # may be text from outside
    says: str
    seconds: int

    @cached_property
    def key(self) -> str:
        return content_key(self.asked.network.key, repr(self.prop), self.seconds)


def property_controls() -> tuple[AskedProperty | None, dict[str, str | None]]:
    """The question, None while something is missing, and its part of the link."""
    linked = Linked(PREFIX)
    try:
        asked = _network(linked)
        found = _property(linked, "" if asked is None else asked.shipped)
        if asked is not None and found is not None:
            _check(asked, found[0])
    except ValueError as error:
        complain(error)
        found = None
    seconds = linked.whole("Seconds for the search", "limit", 1, MOST_SECONDS, SECONDS, step=10)
    if asked is None or found is None:
        return None, linked.parts
    prop, title, says = found
    return AskedProperty(asked, prop, title, says, seconds), linked.parts


def _check(asked: AskedNetwork, prop: Property) -> None:
    own = asked.network.input_units, asked.network.outputs
    if own != (prop.inputs, prop.outputs):
        raise ValueError(
            f"the network has {own[0]} inputs and {own[1]} outputs, and the property is for {prop.inputs} and "
            f"{prop.outputs}: choose another network or property"
        )


def _network(linked: Linked) -> AskedNetwork | None:
    titles = {name: _shipped(name).title for name in shipped_names()}
    source = linked.choice("Network", "net", {**titles, FILE: "from a file …"}, ACAS_XU)
    if source != FILE:
        return _shipped(source)
    loaded = network_panel(_point, PANEL, fewer_classes=True, meanings=False)
    if loaded is None:
        return None
    network = loaded.network
    shape = tuple(network.input_shape)
    inputs = tuple(f"X_{place}" for place in range(math.prod(shape)))
    return AskedNetwork(network, shape, loaded.title, inputs, _numbered(network.outputs), "")


@st.cache_resource(show_spinner="Reading the network …", max_entries=4)
def _shipped(name: str) -> AskedNetwork:
    shipped = load_vector_network(name)
    network = as_network(shipped.network.double(), shipped.input_shape).detached()
    inputs = tuple(f"X_{place}, {item.title}" for place, item in enumerate(shipped.card.inputs.items))
    outputs = tuple(f"Y_{place}, {title}" for place, title in enumerate(shipped.card.classes))
    return AskedNetwork(network, shipped.input_shape, shipped.card.title, inputs, outputs, name)


def _numbered(outputs: int) -> tuple[str, ...]:
    return tuple(f"Y_{place}" for place in range(outputs))


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs={NetworkFile: by_key})
def _point(file: NetworkFile) -> Images:
    """One input without a label, of the shape that the file's network takes."""
    shape = readings(file.content, second=file.second)[0].input_shape
    return Images(np.zeros((1, *shape), np.float32), np.full(1, -1), "the inputs", (), (-math.inf, math.inf))


def _property(linked: Linked, shipped: str) -> tuple[Property, str, str] | None:
    """The property with its title, and what it says; `shipped` names the network if it is one of the project."""
    known = {name: one for name, one in SHIPPED_PROPERTIES.items() if one.network == shipped}
    name = FILE
    if known:
        titles = {**{name: one.title for name, one in known.items()}, FILE: "from a file …"}
        name = linked.choice("Property", "prop", titles, FIRST)
    if name != FILE:
        one = known[name]
        st.caption(one.says)
        return _read_shipped(one), one.title, one.says
    upload = st.file_uploader(
        "Property in VNN-LIB", key=CertifyState.property_file.key, help="Boxes on inputs X_0, X_1, … and linear "
        "inequalities over outputs Y_0, Y_1, … that describe violations."
    )  # fmt: skip
    if upload is not None:
        prop = _read(upload.getvalue())
        STATE.property_kept = (prop, upload.name)
    kept = STATE.property_kept
    if kept is None:
        st.caption("The property is not there yet: give its file, which ends in .vnnlib.")
        return None
    if upload is None:
        st.caption(f"Still in use: {plain(kept[1])}")
    return kept[0], kept[1], ""


@st.cache_resource(show_spinner=False, max_entries=8)
def _read_shipped(one: ShippedProperty) -> Property:
    return read_vnnlib(one.file)


@st.cache_resource(show_spinner="Reading the property …", max_entries=8)
def _read(content: bytes) -> Property:
    return read_vnnlib(content)
