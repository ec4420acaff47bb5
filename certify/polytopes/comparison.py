"""A ball's adversarial polytope compared with its outer bounds, at one radius or along many (KW Figs. 6 and 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from torch import nn

from certify.bounds.methods import DEFAULT_METHODS
from certify.perturbation.perturbation import Numbers
from certify.polytopes.inner_polytope import NO_ATTACKS, OuterAttacks
from certify.polytopes.outer_polytope import layerwise_box, outer_polytope
from certify.resumable_runs import checked_grid
from geometry.box import BoxLike
from geometry.computation.cached_property import cached_property
from geometry.network.network import Network, as_network
from geometry.network.rounding import EPSILON
from geometry.norms import Array, Norm
from geometry.planar.adversarial_polytope import MAX_REGIONS, Outputs, ReachableSet, reachable_set
from geometry.planar.ball import RELATIVE_ERROR
from geometry.plane import Plane
from geometry.regions.region_map import RegionMap

LAYERWISE = "layerwise"  # the name of KW's naive box (42), in addition to those of METHODS
ON_SCREEN = 1e-4  # the LP's tolerance for pictures, where the difference is invisible


@dataclass(frozen=True, eq=False)
class Polytopes:
    """The adversarial polytope of two outputs, and the outer bound by each method."""

    eps: float
    p: Norm
    reached: ReachableSet  # the true set, of ball and plane
    middle: Array  # (2,) the two outputs of the point itself
    middle_errors: Array  # (2,) how far rounding may have moved them
    outer: Mapping[str, Polygon] = field(default_factory=dict)  # by method, outer bounds of the image of the whole ball
    attacks: OuterAttacks = NO_ATTACKS  # in the whole ball, if they were computed

    @property
    def outputs(self) -> Outputs:
        return self.reached.outputs

    @cached_property
    def areas(self) -> dict[str, float]:
        """The areas of "true", "hull" and each method."""
        inner = {"true": self.reached.polytope.area, "hull": self.reached.hull.area}
        return inner | {name: polygon.area for name, polygon in self.outer.items()}

    @cached_property
    def ratios(self) -> dict[str, float]:
        """Each area relative to the hull's, the best that any convex bound can do; NaN if the hull has none."""
        hull = self.areas["hull"]
        return {name: area / hull if hull > 0 else float("nan") for name, area in self.areas.items()}

    @cached_property
    def margins(self) -> dict[str, float]:
        """The least lead of the point's own output over the other: of "true" and of each method.

        If a method's is positive, it proves that the other output never overtakes; if the true one is not, an adversary
        can make it overtake.
        """
        sets: dict[str, BaseGeometry] = {"true": self.reached.polytope, **self.outer}
        return {name: self._least_lead(shapely.get_coordinates(outline)) for name, outline in sets.items()}

    @cached_property
    def true_lead(self) -> tuple[float, float]:
        """Lower and upper bounds of the true set's least lead, for any rounding; infinite if the set is empty.

        A lead is the difference of two outputs, each known to the evaluation's error at its point, and one subtraction.
        The point may lie outside ball and box by RELATIVE_ERROR of their coordinates, and a corner of a region away
        from its coordinates by its spread: outputs change by no more than their steepness times that. A displaced
        corner is still a point of the ball, so its spread concerns the lower bound alone. In
        l2 the true set is that of a polygon inside the ball, see `geometry.planar.ball.SEGMENTS`.
        """
        reached, pair = self.reached, list(self.reached.outputs)
        if len(reached) == 0:
            return np.inf, np.inf
        leads = reached.images @ self._ahead
        steep = float(reached.regions.logit_steepness[pair].sum())
        size = float(np.abs(shapely.get_coordinates(reached.ball)).max())
        error = float(reached.errors.sum()) + EPSILON * float(np.abs(reached.images).max())
        error += steep * 4 * RELATIVE_ERROR * size
        spread = reached.regions.subdivision.spread[reached.regions.ring]
        moved = np.maximum.reduceat(spread, reached.regions.starts[:-1])[reached.cells]
        least = np.minimum.reduceat(leads, reached.starts[:-1])
        return float((least - steep * moved).min()) - error, float(least.min()) + error

    @property
    def own_error(self) -> float:
        """A bound on the rounding error of the lead of the point itself."""
        return float(self.middle_errors.sum()) + EPSILON * float(np.abs(self.middle).max())

    @property
    def _ahead(self) -> Array:
        """The functional of two outputs that is the lead of the point's own."""
        return np.array([1.0, -1.0]) if self.middle[0] >= self.middle[1] else np.array([-1.0, 1.0])

    def _least_lead(self, outputs: Array) -> float:
        return float((outputs @ self._ahead).min(initial=np.inf))


def polytopes(
    network: nn.Module | Network,
    x: Numbers,
    eps: float,
    p: Norm,
    outputs: Outputs | None = None,
    methods: Sequence[str] = DEFAULT_METHODS,
    box: BoxLike | None = None,
    plane: Plane | None = None,
    *,
    directions: int = 64,
    tolerance: float = ON_SCREEN,
    regions: RegionMap | None = None,
    max_regions: int | None = MAX_REGIONS,
) -> Polytopes:
    """The true set and the outer polytopes of one ball.

    Parameters
    ----------
    methods : names in `METHODS`, and "layerwise" for KW's naive box
    others : as for `geometry.reachable_set` and `outer_polytope`, which also raise the errors. With a plane the true
        set is that of ball and plane, the outer polytopes hold the image of the whole ball.
    """
    reached = reachable_set(network, x, eps, p, outputs, box, plane, regions=regions, max_regions=max_regions)
    shape = reached.regions.network.input_shape
    point = np.asarray(x, np.float64).reshape(shape)
    scores, errors = reached.regions.logits_at(reached.regions.plane.project(point[None]))
    pair = list(reached.outputs)
    converted = reached.regions.network
    outer = {
        name: layerwise_box(converted, point, eps, p, reached.outputs, box)
        if name == LAYERWISE
        else outer_polytope(converted, point, eps, p, reached.outputs, name, box, directions, tolerance=tolerance)
        for name in methods
    }
    return Polytopes(float(eps), p, reached, scores[0, pair], errors[pair], outer)


def polytope_sweep(
    network: nn.Module | Network,
    x: Numbers,
    eps: Numbers,
    p: Norm,
    outputs: Outputs | None = None,
    methods: Sequence[str] = DEFAULT_METHODS,
    box: BoxLike | None = None,
    plane: Plane | None = None,
    *,
    regions: RegionMap | None = None,
    **options: Any,
) -> Iterator[Polytopes]:
    """`polytopes` at ascending radii eps (g,), one after the other, all on one region map.

    Further arguments and errors as for `polytopes`. Without `regions`, the map is that of the largest radius.
    """
    grid = checked_grid(eps)
    shape = (2,) if plane is None else plane.input_shape
    converted = as_network(network, shape)
    if regions is None:
        limit = options.get("max_regions", MAX_REGIONS)
        regions = reachable_set(converted, x, float(grid[-1]), p, outputs, box, plane, max_regions=limit).regions
    for radius in grid:
        yield polytopes(converted, x, float(radius), p, outputs, methods, box, plane, regions=regions, **options)
