"""Enumerations that take their memory from the process's budget, and keep what their result holds."""

from __future__ import annotations

from typing import Any

from geometry.computation.memory import BUDGET
from geometry.network.network import Network
from geometry.plane import Plane
from geometry.regions.enumerate import Window, enumerate_regions
from geometry.regions.region_map import RegionMap

PER_REGION = 900  # bytes at the peak of an enumeration, besides the following (benchmarks.memory)
PER_CLASS = 40  # bytes per region and class: scores at corners and centroids, affine maps
PER_UNIT = 0.4  # bytes per region and unit: signs at corners, patterns
KEPT = 0.5  # of it stays with the result
LEAST = 2000  # regions, below which a picture says little
REMEDY = "wait until others are done, or look at a smaller window of a smaller network"


def region_bytes(network: Network) -> float:
    """Bytes that each region takes while all are found, and while scores, pieces and areas are computed."""
    return PER_REGION + PER_CLASS * network.classes + PER_UNIT * sum(network.widths)


def regions_in_memory(
    network: Network, window: Window, plane: Plane | None = None, *, max_regions: int, **options: Any
) -> RegionMap:
    """`enumerate_regions`, with fewer regions at most where memory is scarce.

    What the map holds counts as taken until the map itself is gone.

    Raises
    ------
    NoRoomError
        If there is not even room for LEAST regions.
    """
    each = region_bytes(network)
    with BUDGET.up_to(round(max_regions * each), round(min(LEAST, max_regions) * each), REMEDY) as room:
        most = max(1, round(room.size / each))
        regions = enumerate_regions(network, window, plane, max_regions=most, **options)
        room.keep(round(KEPT * len(regions) * each), regions)
    return regions
