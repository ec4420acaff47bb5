"""The row over the network and the picture: training, its objective, and the activation of the units."""

from __future__ import annotations

import streamlit as st

from figures.regions.overlays import Window
from models import OBJECTIVES
from pages.explore.state import ExploreState
from pages.shared import link, state
from pages.shared.plane.changes import change_network
from pages.shared.plane.data import DataControls
from pages.shared.plane.network import NetworkControls
from pages.shared.plane.settings import MOST_EPS, default_eps, has_eps
from pages.shared.plane.state import LEARNING_RATE, OWN, PLANE, RELU, SLOPE, PlaneState
from pages.shared.plane.training import Trained, training_controls
from pages.shared.plane.weights import chain_of
from pages.shared.teaching import type_scale

ACTIVATIONS = {0.0: "ReLU", SLOPE: "leaky"}
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
    """The slope of the units where they are off; a change by hand, after which the weights stay."""
    chain = chain_of(base.network.module)
    slope = None if chain is None else chain[1]
    slopes = [*ACTIVATIONS] if slope in ACTIVATIONS or slope is None else [slope, *ACTIVATIONS]
    state.put(ExploreState.activation.key, slopes[0] if slope is None else slope)
    st.selectbox(
        "Activation",
        slopes,
        index=slopes.index(slopes[0] if slope is None else slope),
        format_func=lambda slope: f"Activation: {ACTIVATIONS.get(slope, f'slope {slope:g}')}",
        key=ExploreState.activation.key,
        disabled=slope is None,
        on_change=_change_activation,
        args=(base.source,),
        label_visibility="collapsed",
        width=round(152 * type_scale()),
    )


def _change_activation(source: str) -> None:
    slope = state.read(ExploreState.activation.key)
    if slope is None:  # the browser reports a value of a control that this run of the page has not drawn yet
        return
    if source == OWN and slope in (0.0, SLOPE) and PLANE.run is None and not PLANE.changes.made:
        PLANE.units = "LeakyReLU" if slope else RELU
    else:
        change_network([f"s{slope:g}"])


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
