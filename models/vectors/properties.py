"""Properties of the shipped networks, as files in VNN-LIB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.vectors.shipped import ACAS_XU, FOLDER


@dataclass(frozen=True)
class ShippedProperty:
    """A property that comes with a network: a title of one line, and what it says in a sentence."""

    title: str
    says: str
    network: str  # a name of `shipped_names`
    file: Path


def _acas_xu(name: str, title: str, says: str) -> ShippedProperty:
    return ShippedProperty(title, says, ACAS_XU, FOLDER / f"{name}.vnnlib")


# Katz et al. (2017), Reluplex, appendix VI: properties 1 and 3. The other two are about planes, which a picture shows.
SHIPPED_PROPERTIES = {
    "plane": _acas_xu(
        "acasxu-property-3-plane", "Ahead and coming nearer, on a plane",
        "An intruder 1 500 to 1 800 ft straight ahead that flies towards us: “clear of conflict” is not the advice.",
    ),
    "3": _acas_xu(
        "acasxu-property-3", "Property 3: ahead and coming nearer",
        "An intruder 1 500 to 1 800 ft ahead that comes nearer, at many speeds: “clear of conflict” is not the advice.",
    ),
    "1": _acas_xu(
        "acasxu-property-1", "Property 1: far away and much slower",
        "With an intruder far away and much slower, the score of “clear of conflict” stays at or below 1 500.",
    ),
    "wide": _acas_xu(
        "acasxu-wide-plane", "Never clear of conflict (violated)",
        "Over all distances and bearings “clear of conflict” is never the advice: a statement that is too strong.",
    ),
}  # fmt: skip
