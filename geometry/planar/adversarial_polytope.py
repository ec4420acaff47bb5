"""The adversarial polytope: the exact set of outputs that an adversary can reach (Wong and Kolter 2018, §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from torch import nn

from geometry.box import BoxLike, as_box
from geometry.computation.cached_property import cached_property
from geometry.network.network import Network, as_network
from geometry.norms import Norm
from geometry.planar.ball import RELATIVE_ERROR, ball_corners
from geometry.planar.union import convex_union
from geometry.plane import Plane, TensorOrArray, as_array
from geometry.polygons import next_in_ring
from geometry.ragged_arrays import Floats, Ints, offsets, ranges
from geometry.regions.enumerate import enumerate_regions
from geometry.regions.region_map import RegionMap, Window

MAX_REGIONS = 200_000  # in the ball's window: limits the time for a picture
# Thickness of a ball's cut, relative to its coordinates, below which it is drawn as a segment or a point. Its corners
# are known to `ball.RELATIVE_ERROR` of the radius and of their own size: ten times that tells an area from errors.
THICKNESS = 10 * RELATIVE_ERROR
SLENDER = 1e-2  # the least ratio of a window's sides: a flat ball has a window too

Outputs = tuple[int, int]


@dataclass(frozen=True, eq=False)
class ReachableSet:
    """The image of a ball on a plane, region by region. See `reachable_set`.

    Part k, the ball within region `cells[k]` of `regions`, is the convex polygon (a segment or point if the ball is)
    with corners inputs[starts[k] : starts[k + 1]]. There the network is affine, so its image is the convex polygon of
    the corners' images: maybe flat, maybe turned over.
    """

    regions: RegionMap  # of a window around the ball
    outputs: Outputs
    ball: BaseGeometry  # ball, plane and box: a Polygon in (s, t), or a LineString or Point where it has no area
    cells: Ints  # (n,)
    starts: Ints  # (n + 1,)
    inputs: Floats  # (H, 2) plane coordinates (s, t)
    images: Floats  # (H, 2) the two outputs there
    errors: Floats  # (2,) how far rounding may have moved an image, in each output

    def __len__(self) -> int:
        return len(self.cells)

    @cached_property
    def polytope(self) -> BaseGeometry:
        """The adversarial polytope: the union of all images, in general neither convex nor simply connected."""
        return convex_union(self.images, self.starts, float(np.hypot(*self.errors))) if len(self) else Polygon()

    @cached_property
    def hull(self) -> BaseGeometry:
        """Its convex hull: the best that any convex outer bound can do."""
        return shapely.convex_hull(self.polytope)

    @property
    def switching(self) -> Ints:
        """The hidden units that are on in one part and off in another: truly unstable, not only by a bound."""
        patterns = self.regions.patterns(self.cells)
        return np.flatnonzero(patterns.any(axis=0) & ~patterns.all(axis=0))

    def unit_lines(self) -> tuple[Floats, Ints]:
        """Where units switch inside the ball: segments (m, 2, 2) in (s, t), and the hidden unit of each, (m,)."""
        inner = self.regions.edge_unit >= 0
        segments = shapely.linestrings(self.regions.vertices[self.regions.edges[inner]])
        cut = np.asarray(shapely.intersection(segments, self.ball))
        kept = shapely.get_type_id(cut) == shapely.GeometryType.LINESTRING
        kept[kept] = ~shapely.is_empty(cut[kept])
        return shapely.get_coordinates(cut[kept]).reshape(-1, 2, 2), self.regions.edge_unit[inner][kept]

    def preimages(self, points: ArrayLike) -> tuple[Floats, Floats]:
        """For each point (m, 2) on the boundary of the polytope, such as its vertices, an input that reaches it.

        Returns
        -------
        inputs (m, 2) in plane coordinates, and (m, 2) the outputs there: the points nearest to `points` on the images
        of all parts' sides
        """
        targets = np.asarray(points, np.float64).reshape(-1, 2)
        sides = self._side_tree.query_nearest(shapely.points(targets), all_matches=False)[1]
        start, end = self.images[sides], self.images[self._following[sides]]
        along, squared = end - start, ((end - start) ** 2).sum(axis=1)
        share = ((targets - start) * along).sum(axis=1) / np.where(squared > 0, squared, 1)
        share = np.clip(share, 0, 1)[:, None]
        begin, stop = self.inputs[sides], self.inputs[self._following[sides]]
        return begin + share * (stop - begin), start + share * along

    @cached_property
    def _following(self) -> Ints:
        """(H,) the next corner around the part."""
        return next_in_ring(self.starts)

    @cached_property
    def _side_tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.linestrings(np.stack([self.images, self.images[self._following]], axis=1)))


def adversarial_polytope(
    network: nn.Module | Network,
    x: TensorOrArray,
    eps: float,
    p: Norm,
    outputs: Outputs | None = None,
    box: BoxLike | None = None,
    plane: Plane | None = None,
) -> BaseGeometry:
    """The exact image of the eps-ball around x, on two of the network's outputs.

    The union of the affine images of the ball's parts in all linear regions it meets: a shapely Polygon, with holes
    if it has them, or where it has no area all over a GeometryCollection, LineString or Point. Exact up to rounding
    for l1 and l-infinity. The l2 ball is replaced by an inscribed 512-gon, so the result lies inside the true set: each
    point of that is the output of an input within 2e-5 eps of the polygon.

    Arguments and errors as for `reachable_set`, which also gives the inputs that reach each output.
    """
    return reachable_set(network, x, eps, p, outputs, box, plane).polytope


def reachable_set(
    network: nn.Module | Network,
    x: TensorOrArray,
    eps: float,
    p: Norm,
    outputs: Outputs | None = None,
    box: BoxLike | None = None,
    plane: Plane | None = None,
    *,
    regions: RegionMap | None = None,
    max_regions: int | None = MAX_REGIONS,
) -> ReachableSet:
    """The adversarial polytope together with the parts it is made of.

    Parameters
    ----------
    network : torch module or Network, on 2-D inputs or those of the plane
    x : (*input_shape) one point, or a batch (1, *input_shape) of one
    eps : finite number >= 0, in the units of x
    p : 1, 2 or math.inf
    outputs : (i, j), two different classes; may be left out for a network with two
    box : (lo, hi), optional; the adversary stays inside it; x must lie inside it, too
    plane : the adversary stays on it, so the set is empty if the plane misses the ball; needed unless inputs are 2-D
    regions : a map that contains the ball, such as that of a larger eps; without it regions are enumerated
    max_regions : more regions than this in the ball's window are a ValueError; None is any number

    Raises
    ------
    ValueError
        For an eps, norm, shape, box, output or map that does not fit, x outside the box, or too many regions.
    UnsupportedLayerError
        If the network holds a layer whose geometry is unknown.
    """
    plane = Plane.identity() if plane is None else plane
    point = _one_point(x, plane)
    converted = as_network(network, plane.input_shape)
    pair = checked_outputs(outputs, converted.outputs)
    if box is not None:
        as_box(box, plane.input_shape).require(point[None])
    ball = _shape(ball_corners(point, eps, p, plane, box))
    if regions is None:
        regions = enumerate_regions(converted, _window(ball), plane, max_regions=max_regions)
        if regions.truncated:
            raise ValueError(
                f"the ball's window holds more than {max_regions} regions; choose a smaller eps than {eps}"
            )
    elif not ball.is_empty and not _holds(regions.window, ball):
        raise ValueError(f"the ball of radius {eps} leaves the window {regions.window} of the regions given")
    return _parts(regions, pair, ball)


def checked_outputs(outputs: object, classes: int) -> Outputs:
    """Two different outputs; (0, 1) if none are named and there are no others.

    Raises
    ------
    ValueError
        If they are not two, equal or out of range, or left out where there is a choice.
    """
    if classes == 1:
        raise ValueError(
            "the network has one output, and an adversarial polytope is a set of two: "
            "certify.bounds gives the interval that its one logit stays in"
        )
    if outputs is None:
        if classes != 2:
            raise ValueError(f"the network has {classes} outputs: name the two to look at, outputs=(i, j)")
        return 0, 1
    pair = tuple(outputs) if isinstance(outputs, Sequence | np.ndarray) else ()
    if len(pair) != 2 or not all(isinstance(k, int | np.integer) and not isinstance(k, bool) for k in pair):
        raise ValueError(f"outputs must be two classes (i, j), got {outputs!r}")
    i, j = map(int, pair)
    if i == j or not 0 <= i < classes or not 0 <= j < classes:
        raise ValueError(f"outputs must be two different classes in 0..{classes - 1}, got {(i, j)}")
    return i, j


def _one_point(x: TensorOrArray, plane: Plane) -> Floats:
    point = as_array(x, "x")
    if point.shape not in (plane.input_shape, (1, *plane.input_shape)):
        raise ValueError(f"x must be one point of shape {plane.input_shape}, got {point.shape}")
    return point.reshape(plane.input_shape)


def _shape(corners: Floats) -> BaseGeometry:
    """The convex hull of a ball's corners, without the thickness that rounding gives a segment or a point."""
    if len(corners) == 0:
        return Polygon()
    least = THICKNESS * float(np.abs(corners).max())
    start = corners[np.hypot(*(corners - corners[0]).T).argmax()]
    distances = np.hypot(*(corners - start).T)
    end, length = corners[distances.argmax()], float(distances.max())
    if length <= least:
        return Point(corners.mean(axis=0))
    polygon = Polygon(corners) if len(corners) > 2 else Polygon()
    return polygon if polygon.area > least * length else LineString([start, end])


def _window(ball: BaseGeometry) -> Window:
    """The ball's bounding box, made wider where it would be too slender for an enumeration."""
    if ball.is_empty:
        return -1.0, 1.0, -1.0, 1.0
    s0, t0, s1, t1 = ball.bounds
    least = max(SLENDER * max(s1 - s0, t1 - t0), 1e2 * THICKNESS * _size(ball.bounds))
    widen_s, widen_t = (max(0.0, least - side) / 2 for side in (s1 - s0, t1 - t0))
    return s0 - widen_s, s1 + widen_s, t0 - widen_t, t1 + widen_t


def _size(bounds: Sequence[float]) -> float:
    """The largest coordinate; 1 for a point that is the origin."""
    return max(map(abs, bounds)) or 1.0


def _holds(window: Window, ball: BaseGeometry) -> bool:
    """Whether the ball lies in the window, up to rounding: where a box cuts balls of two radii, it differs a little."""
    (s0, s1, t0, t1), (a0, b0, a1, b1) = window, ball.bounds
    slack = 1e2 * THICKNESS * _size(window)
    return bool(s0 - slack <= a0 and a1 <= s1 + slack and t0 - slack <= b0 and b1 <= t1 + slack)


def _parts(regions: RegionMap, outputs: Outputs, ball: BaseGeometry) -> ReachableSet:
    shapely.prepare(ball)
    met = np.sort(regions.tree.query(ball, predicate="intersects"))
    whole = np.asarray(shapely.covers(ball, regions.polygons[met]), bool)
    inside, sizes = met[whole], np.diff(regions.starts)[met[whole]]
    corner = regions.ring[ranges(regions.starts[inside], sizes)]
    cut = np.asarray(shapely.intersection(regions.polygons[met[~whole]], ball), object)
    proper = (shapely.get_type_id(cut) == shapely.get_type_id(ball)) & ~shapely.is_empty(cut)  # more than touched
    if isinstance(ball, Point):
        proper[1:] = False  # on the line between regions it has one image all the same
    border = met[~whole][proper]
    points, counts = _corners(cut[proper])
    unique, back = np.unique(points, axis=0, return_inverse=True)
    at_points, errors = regions.logits_at(unique)
    pair = list(outputs)
    return ReachableSet(
        regions=regions,
        outputs=outputs,
        ball=ball,
        cells=np.concatenate([inside, border]),
        starts=offsets(np.concatenate([sizes, counts])),
        inputs=np.concatenate([regions.vertices[corner], points]),
        images=np.concatenate([regions.vertex_logits[:, pair][corner], at_points[:, pair][back.ravel()]]),
        errors=np.maximum(regions.logit_errors, errors)[pair],
    )


def _corners(convex: Any) -> tuple[Floats, Ints]:
    """The corners of convex polygons, segments or points in a row, counter-clockwise, and how many each has."""
    points, owner = shapely.get_coordinates(shapely.orient_polygons(convex), return_index=True)
    counts = np.bincount(owner, minlength=len(convex))
    closed = np.isin(np.arange(len(points)), np.cumsum(counts)[counts > 3] - 1)  # a ring's last is its first
    return points[~closed], counts - (counts > 3)
