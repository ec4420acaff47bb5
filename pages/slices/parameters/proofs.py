"""Proofs over rectangles of parameters, computed in the background, and the networks whose regions are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import streamlit as st

from certify import Family, prove_over_plane, proved_by_bounds
from certify.parametric.composition import composed
from figures.regions.overlays import Window
from geometry import Network
from geometry.computation.cancellation import Cancelled
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.by_key import BY_KEY, by_key

SECONDS = 60.0  # for one proof: a limit on what a page computes for a visitor
KEPT = 8  # composed networks and proofs kept: a limit on memory


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs={**BY_KEY, Family: by_key})
def network_of_parameters(network: Network, family: Family) -> Network:
    """The network with the parameters for inputs."""
    return composed(network, family)


@session_resource(end=Worker.halt, most=KEPT)
def proofs(network: Network, family: Family, rectangle: Window) -> Worker[Any]:
    """A worker that yields the PlaneProof as "proof", then the radius that each bound proves as "bounds"."""
    return Worker(steps(network, family, rectangle), awaited=True, title="proof")


def steps(network: Network, family: Family, rectangle: Window) -> Callable[[Cancelled], Iterator[tuple[str, Any]]]:
    def run(cancelled: Cancelled) -> Iterator[tuple[str, Any]]:
        proof = prove_over_plane(network, family, rectangle, time_limit=SECONDS)
        yield "proof", proof
        if proof.radius is not None and not cancelled():
            yield "bounds", proved_by_bounds(network, family, rectangle, label=proof.label)

    return run
