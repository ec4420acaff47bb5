"""The row over the network and the picture: training, its objective, and the activation of the units."""

from __future__ import annotations

import streamlit as st

from figures.regions.overlays import Window
from models import OBJECTIVES
from models.networks.activations import ABS, CLIP, Activation
from pages.explore.state import ExploreState
from pages.shared import link, state
from pages.shared.plane.changes import change_network
from pages.shared.plane.data import DataControls
from pages.shared.plane.network import NetworkControls
from pages.shared.plane.settings import MOST_EPS, default_eps, has_eps
from pages.shared.plane.state import LEARNING_RATE, OWN, PLANE, SLOPE, UNITS, PlaneState
from pages.shared.plane.training import Trained, training_controls
from pages.shared.plane.weights import chain_of
from pages.shared.teaching import type_scale

ACTIVATIONS: dict[Activation, str] = {0.0: "ReLU", SLOPE: "leaky", ABS: "abs", CLIP: "clip"}
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


def training_bar(base: NetworkControls, data: DataControls) -> Trained:
    """The row. Returns the network at the current step of its training."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="training-bar"):
        shown = training_controls(base, data, wide=True)
        st.space("stretch")
        _objective()
        _activation(base)
    return shown


def _objective() -> None:
    now = link.start(PlaneState.objective.key, "objective", link.one_of(*OBJECTIVES), "plain")
    st.selectbox(
        "Objective",
        list(OBJECTIVES),
        index=[*OBJECTIVES].index(now),
        format_func=lambda name: f"Objective: {OBJECTIVES[name].title}",
        key=PlaneState.objective.key,
        persist_state="session",
        label_visibility="collapsed",
        width=round(170 * type_scale()),
    )


def _activation(base: NetworkControls) -> None:
    """The activation of the units; a change by hand, after which the weights stay."""
    chain = chain_of(base.network.module)
    now: Activation = 0.0 if chain is None else chain[1]
    offered = [*ACTIVATIONS] if now in ACTIVATIONS else [now, *ACTIVATIONS]
    state.put(ExploreState.activation.key, now)
    st.selectbox(
        "Activation",
        offered,
        index=offered.index(now),
        format_func=_title,
        key=ExploreState.activation.key,
        disabled=chain is None,
        on_change=_change_activation,
        args=(base.source,),
        label_visibility="collapsed",
        width=round(152 * type_scale()),
    )


def _title(activation: Activation) -> str:
    return f"Activation: {ACTIVATIONS.get(activation) or f'slope {activation:g}'}"


def _change_activation(source: str) -> None:
    activation = state.read(ExploreState.activation.key)
    if activation is None:  # the browser reports a value of a control that this run of the page has not drawn yet
        return
    own = next((name for name, of_name in UNITS.items() if of_name == activation), None)
    if source == OWN and own is not None and PLANE.run is None and not PLANE.changes.made:
        PLANE.units = own
    else:
        change_network([f"s{activation if isinstance(activation, str) else f'{activation:g}'}"])


def training_details(window: Window) -> None:
    """The learning rate, and the radius of an objective that has one."""
    now = link.start(PlaneState.lr.key, "lr", link.number(1e-5, 1), LEARNING_RATE)
    rates = sorted({*RATES, now})
    st.select_slider(
        "Learning rate",
        rates,
        value=now,
        key=PlaneState.lr.key,
        persist_state="session",
        help="How large each step of the training is (of Adam); it can change while it trains.",
    )
    if not has_eps(link.start(PlaneState.objective.key, "objective", link.one_of(*OBJECTIVES), "plain")):
        return
    eps = link.start(PlaneState.objective_eps.key, "objective-eps", link.number(1e-4, MOST_EPS), None)
    if eps is None:
        PLANE.objective_eps = eps = default_eps(window)
    st.slider(
        "ε of the objective",
        0.0,
        MOST_EPS,
        eps,
        step=0.005,
        format="%.3f",
        key=PlaneState.objective_eps.key,
        persist_state="session",
        help="The radius of the balls around the points in which the objective asks for the right class.",
    )
