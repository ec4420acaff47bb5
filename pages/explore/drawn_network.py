"""The network beside the picture, drawn."""

from __future__ import annotations

import streamlit as st

from figures.regions.network_drawing import NetworkDrawing, network_drawing
from figures.words import sentence
from geometry import Network
from models.data.toy import Dataset
from pages import heights
from pages.explore.interactions import NETWORK_KEY
from pages.explore.view_options import ViewControls
from pages.network_view import network_view
from pages.shared.by_key import BY_KEY
from pages.shared.plane.state import PLANE, PlaneNetwork
from pages.shared.plane.training import Trained
from pages.shared.plane.weights import chain_of


def network_panel(shown: Trained, controls: ViewControls, data: Dataset, given: PlaneNetwork) -> None:
    """The drawing; says why where there is none. A network that is no plain chain of layers cannot be changed."""
    try:
        drawing = _drawing(shown.network)
    except ValueError as error:
        st.caption(sentence(error))
        return
    network_view(
        drawing,
        data.window,
        name=NETWORK_KEY,
        key=NETWORK_KEY,
        height=heights.NETWORK,
        lit=controls.lit_unit,
        editable=chain_of(given.module) is not None,
        changes=len(PLANE.changes.made),
        class_names=shown.bands,
        bands=len(shown.bands),
    )


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_KEY)
def _drawing(network: Network) -> NetworkDrawing:
    return network_drawing(network)
