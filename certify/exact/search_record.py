"""The region search around one point, written down while it runs.

The record is the search's own: an observer notes every region that is opened, with the bounds that the
bracket has then. So its last bounds are those of the search, which `minimal_perturbation` runs too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from torch import nn

from certify.bounds.batches import largest_product
from certify.exact.minimal_perturbation import LARGEST_REGION, offer_attacks
from certify.exact.region_search import RegionSearch
from certify.optimization.nearest_point import Nearest
from certify.perturbation.perturbation import Numbers, as_tensor
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import Pattern, RegionsByPattern, row_space
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled, CancelScope, check_cancelled
from geometry.computation.cores import by_work
from geometry.network.network import Network
from geometry.norms import Array, Norm


@dataclass(frozen=True, eq=False)
class Bounds:
    """lower <= min ||delta||_p <= upper, and the point (input_units,) at which another class attains `upper`."""

    lower: float
    upper: float
    witness: Array | None


@dataclass(frozen=True, eq=False)
class OpenedRegion:
    """One step of the search.

    distance : a lower bound on the region's distance from x
    boundary : a lower bound on the distance of another class in this region; at least `bounds.upper` where none is
        nearer than the witness
    bounds : after this step
    waiting : the patterns that the search looks at next, the nearest first; some may turn out to be empty
    """

    pattern: Pattern
    distance: float
    boundary: float
    bounds: Bounds
    waiting: tuple[Pattern, ...]


@dataclass(frozen=True, eq=False)
class SearchRecord:
    """A search from x (input_units,), whose class is `label`.

    start : the bounds before the first region: those of attacks
    end : the last bounds
    optimal : whether they agree to 1e-5, relatively, as in `MinimalPerturbation`
    """

    x: Array
    label: int
    p: Norm
    start: Bounds
    steps: tuple[OpenedRegion, ...]
    end: Bounds
    optimal: bool
    _by_pattern: RegionsByPattern

    def halfspaces(self, pattern: Pattern) -> tuple[Array, Array] | None:
        """The region of a pattern as all z with <w, z> + b >= 0: normals (m, d) and offsets (m,), in inputs.

        None if the pattern has no region, because a unit that is constant there has the other sign.
        """
        region, basis = self._by_pattern.region(pattern), self._by_pattern.basis
        if not region.consistent:
            return None
        normals = region.faces.normals if basis is None else region.faces.normals @ basis
        return -normals, region.faces.offsets + normals @ self.x


class _Log:
    """Notes each region with the bracket's bounds."""

    def __init__(self, bracket: Bracket) -> None:
        self.bracket = bracket
        self.steps: list[OpenedRegion] = []

    def opened(self, pattern: Pattern, near: Nearest, boundary: float, waiting: list[Pattern]) -> None:
        self.steps.append(OpenedRegion(pattern, near.lower, boundary, bounds_now(self.bracket), tuple(waiting)))


def recorded_search(
    network: nn.Module | Network,
    x: Numbers,
    p: Norm,
    *,
    label: int | None = None,
    box: BoxLike | None = None,
    max_regions: int = 200,
    time_limit: float = 2.0,
    cancelled: Cancelled | None = None,
) -> SearchRecord:
    """Search the linear regions around one point, the nearest first, and write down what happens.

    Parameters
    ----------
    network : torch module or Network
    x : (*input_shape)
    p : 1, 2 or math.inf
    label : the class to change; default the predicted one
    box : (lo, hi), optional; only perturbations inside it count
    max_regions, time_limit : the search ends after so many regions, or seconds, with the bounds so far
    cancelled : called often; True ends the search, too

    Raises
    ------
    ValueError
        For a norm, shape, label, box or limit that does not fit, NaN in x, an x outside the box, or a network with more
        than LARGEST_REGION units times inputs.
    """
    if max_regions < 1 or not time_limit >= 0:
        raise ValueError(f"max_regions must be at least 1 and time_limit at least 0, got {max_regions}, {time_limit}")
    points = checked_points(network, as_tensor(x)[None], None if label is None else [label], p, box).in_float64()
    exact = points.exact
    if exact.input_units * sum(exact.widths) > LARGEST_REGION:
        raise ValueError(
            f"the regions of a network with {sum(exact.widths):,} units and {exact.input_units:,} inputs are too large "
            f"to search: units times inputs may be {LARGEST_REGION:,}"
        )
    bracket = Bracket(points.point(0))
    log, start = _Log(bracket), bounds_now(bracket)
    basis = row_space(exact) if p == 2 and not points.boxed else None
    by_pattern = RegionsByPattern(exact, bracket.x, basis)
    scope = CancelScope(cancelled, time.perf_counter() + time_limit, partial=True)
    with scope, by_work(largest_product(exact, 1)):
        if not bracket.settled:
            check_cancelled()
            offer_attacks(bracket)
            start = bounds_now(bracket)
            RegionSearch(bracket, by_pattern, log).run(max_regions)
    return SearchRecord(
        bracket.x, bracket.label, p, start, tuple(log.steps), bounds_now(bracket), bracket.optimal, by_pattern
    )


def bounds_now(bracket: Bracket) -> Bounds:
    return Bounds(bracket.lower, bracket.upper, bracket.witness)
