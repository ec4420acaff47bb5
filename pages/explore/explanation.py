"""Beside the picture, in place of the drawn network: what is explained about the pinned point, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from figures.regions.formula import formula
from geometry import Network
from geometry.content import content_key
from geometry.regions.region import Region
from pages import heights
from pages.explore.interactions import NETWORK_KEY
from pages.explore.topics import Topic
from pages.step_view import step_view

KEY = "explore-steps"


def explanation(topic: Topic, network: Network, region: Region, names: Sequence[str]) -> None:
    """The steps of the topic; `names` are those of the classes."""
    if topic == "formula":
        step_view(
            "formula",
            formula(region).as_json(names),
            content_key=content_key(network.key, region.x, tuple(names)),
            name=NETWORK_KEY,
            key=KEY,
            height=heights.STEPS,
        )
