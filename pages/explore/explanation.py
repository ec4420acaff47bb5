"""Beside the picture, in place of the drawn network: what is explained about the pinned point, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from streamlit.delta_generator import DeltaGenerator

from figures.regions.formula import formula
from figures.regions.overlays import Window
from geometry import Network
from geometry.content import content_key
from geometry.norms import Norm
from geometry.regions.region import Region
from pages import heights
from pages.explore.interactions import NETWORK_KEY
from pages.explore.proofs import cases_proof, regions_proof
from pages.explore.topics import Topic
from pages.step_view import step_view

KEY = "explore-steps"


def explanation(
    topic: Topic,
    network: Network,
    region: Region,
    p: Norm,
    window: Window,
    names: Sequence[str],
    fits: bool,
    busy: DeltaGenerator,
) -> dict[str, str | None]:
    """The steps of the topic; returns what else the link has of it.

    names : of the classes
    fits : whether the picture may move to what is explained
    busy : the place that says what is being computed
    """
    pin = (float(region.x[0]), float(region.x[1]))
    if topic == "regions":
        regions_proof(network, pin, p, window, names, fits, busy)
    if topic == "cases":
        return cases_proof(network, pin, p, names, fits, busy)
    if topic == "formula":
        step_view(
            "formula",
            formula(region).as_json(names),
            content_key=content_key(network.key, region.x, tuple(names)),
            name=NETWORK_KEY,
            key=KEY,
            height=heights.STEPS,
        )
    return {}
