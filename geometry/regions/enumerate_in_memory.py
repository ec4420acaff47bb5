"""Enumeration within the process's memory budget, which counts the result as long as it lives."""

from __future__ import annotations

from geometry.computation.cancellation import Cancelled
from geometry.computation.memory import BUDGET
from geometry.network.network import Network
from geometry.plane import Plane
from geometry.regions.enumerate import Window, enumerate_regions
from geometry.regions.region_map import RegionMap

PER_REGION = 900  # bytes at the peak of an enumeration, besides the following (benchmarks.memory)
PER_CLASS = 40  # bytes per region and class: scores at corners and centroids, affine maps
PER_UNIT = 0.4  # bytes per region and unit: signs at corners, patterns
KEPT = 0.5  # the share of these bytes that the result itself holds
LEAST = 2000  # regions: a picture of fewer is of little use
REMEDY = "wait until others are done, or look at a smaller window of a smaller network"


def region_bytes(network: Network) -> float:
    """Bytes per region, at most, during an enumeration and while scores, pieces and areas are computed."""
    return PER_REGION + PER_CLASS * network.classes + PER_UNIT * sum(network.widths)


def regions_in_memory(
    network: Network,
    window: Window,
    plane: Plane | None = None,
    *,
    max_regions: int,
    shrink: bool = True,
    merge: bool = True,
    cancelled: Cancelled | None = None,
) -> RegionMap:
    """`enumerate_regions`, with a smaller `max_regions` if memory is scarce.

    The map's own bytes stay reserved until it is garbage-collected.

    Raises
    ------
    NoRoomError
        If the memory for LEAST regions is not free.
    """
    per_region = region_bytes(network)
    most, least = round(max_regions * per_region), round(min(LEAST, max_regions) * per_region)
    with BUDGET.up_to(most, least, REMEDY) as reservation:
        affordable = max(1, round(reservation.size / per_region))
        regions = enumerate_regions(
            network, window, plane, max_regions=affordable, shrink=shrink, merge=merge, cancelled=cancelled
        )
        reservation.keep(round(KEPT * len(regions) * per_region), regions)
    return regions
