"""Certificates and attacks for the pinned point, in all input dimensions and within the plane."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import torch
from numpy.typing import NDArray

from certify import attack, certified_radius
from figures.certify.methods import method_title
from figures.regions.overlays import Overlays, Point, Role
from figures.regions.pin_overlays import drawn_ball
from figures.words import three_digits
from geometry import Network, Plane, ball_on_plane, distances, region_at
from geometry.computation.cancellation import Cancelled
from geometry.norms import Array, Norm
from geometry.planar.plane_distances import nearest_on_lines, plane_distances
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.box_control import Box
from pages.slices.networks import ShownNetwork
from pages.slices.pictures import SlicePicture, Standing, standing
from pages.slices.plane import Slice

SURROUNDINGS = 20.0  # half side of the square that clips the region's outline, in window sides: a limit far out of view
PATIENCE = 0.3  # seconds that a run of the page waits for the cheap results, so that they appear with the pin
ROUNDING = 1e-9  # slack on a pixel: far above the rounding of a point of the plane, far below a step of 1/255
BOUND_TITLES = {name: method_title(name) for name in ("fast-lin", "crown")}


@dataclass(frozen=True, eq=False)
class Near:
    """The certificate from the point's own linear region."""

    predicted: int
    logits: Array
    d_B: float
    d_D: float
    on_plane: tuple[float, float]  # d_B and d_D within the plane
    outline: Array  # (k, 2) the region on the plane


@dataclass(frozen=True, eq=False)
class Attacked:
    """The point of another class that an attack reached."""

    distance: float
    point: Array  # (*input_shape)
    label: int


@session_resource(end=Worker.halt, most=8)
def certificates(network: Network, plane: Plane, pin: Point, p: Norm, reach: float, box: Box | None) -> Worker[Any]:
    """A worker that yields Near as "near", then each method's radius, then Attacked as "attack": cheapest first."""
    return Worker(steps(network, plane, pin, p, reach, box), awaited=True, title="pin")


def steps(
    network: Network, plane: Plane, pin: Point, p: Norm, reach: float, box: Box | None = None
) -> Callable[[Cancelled], Iterator[tuple[str, Any]]]:
    def run(cancelled: Cancelled) -> Iterator[tuple[str, Any]]:
        x = plane.embed(np.array([pin]))
        if box is not None:
            x = inside(x, box)
        yield "near", near(network, plane, x[0], p, reach, box)
        for method in BOUND_TITLES:
            if cancelled():
                return
            yield method, float(certified_radius(network, x, p, method, box=box)[0])
        if not cancelled():
            yield "attack", _attacked(network, x, p, box)

    return run


def inside(x: Array, box: Box) -> Array:
    """The points, clipped to the box where rounding puts a pixel outside it.

    Raises
    ------
    ValueError
        If some pixel is outside the box by more.
    """
    low, high = box
    if not in_box(x, box).all():
        raise ValueError(
            f"the pinned point is no legal input: its values go from {x.min():.3g} to {x.max():.3g}. Pin one nearer to "
            f"the middle, or switch off the limit to values in [{low:g}, {high:g}]"
        )
    return x.clip(low, high)


def in_box(x: Array, box: Box) -> NDArray[np.bool_]:
    """(m,) which of the inputs (m, *input_shape) have all pixels in the box, up to rounding."""
    pixels, (low, high) = x.reshape(len(x), -1), box
    inside_box: NDArray[np.bool_] = np.all((pixels >= low - ROUNDING) & (pixels <= high + ROUNDING), axis=1)
    return inside_box


def near(network: Network, plane: Plane, x: Array, p: Norm, reach: float, box: Box | None = None) -> Near:
    """d_B and d_D at an input on the plane: in all dimensions, within the box; and on the plane, where no box applies.

    `reach` is half the side of the square that clips the region's outline.
    """
    both, region = distances(network, x[None], p, box=box), region_at(network, x)
    (s, t) = plane.project(x[None])[0]
    window = (s - reach, s + reach, t - reach, t + reach)
    return Near(
        int(both.classes[0]),
        region.scores,
        float(both.d_B[0]),
        float(both.d_D[0]),
        plane_distances(region, plane, p),
        region.polygon(plane, window),
    )


def _attacked(network: Network, x: Array, p: Norm, box: Box | None) -> Attacked | None:
    points = torch.from_numpy(x)
    deepfool = attack(network, points, network.scores(points).argmax(1), "deepfool", p=p, box=box)
    if not bool(deepfool.success[0]):
        return None
    point = deepfool.points[:1]
    return Attacked(
        float(deepfool.distances[0]), point[0].numpy().reshape(x.shape[1:]), int(network.scores(point).argmax(1)[0])
    )


@dataclass(frozen=True, eq=False)
class PinResults:
    """The results for the pin and one network so far."""

    worker: Worker[Any]
    standing: Standing  # of the worker, when `values` was read
    values: dict[str, Any]  # by the names of `steps`
    edge: tuple[float, Array | None]  # distance and place of the nearest decision boundary on the plane
    no_edge: str = ""  # why there is none; empty while it is sought
    box: Box | None = None

    @property
    def near(self) -> Near | None:
        near: Near | None = self.values.get("near")
        return near

    @property
    def proved(self) -> float:
        """The largest certified radius so far; 0 before there is one."""
        radii = [self.values[method] for method in BOUND_TITLES if method in self.values]
        if self.near is not None:
            radii.append(min(self.near.d_B, self.near.d_D))
        return max(radii, default=0.0)

    @property
    def broken(self) -> float:
        """The distance of the nearest point of another class so far, on the plane or off it."""
        attacked = self.values.get("attack")
        return min(self.edge[0], math.inf if attacked is None else attacked.distance)


def pin_results(
    chosen: ShownNetwork,
    where: Slice,
    picture: SlicePicture,
    lines: Sequence[Array],
    pin: Point,
    p: Norm,
    box: Box | None = None,
) -> PinResults:
    """The results so far for a network at the pin; waits a moment for the cheap ones.

    lines : the polylines (k, 2) of the decision boundary that are known, in the picture and out of it
    """
    s0, s1, _, _ = where.window
    worker = certificates(chosen.network, where.plane, pin, p, SURROUNDINGS * (s1 - s0), box)
    deadline = time.monotonic() + PATIENCE
    while worker.busy and "fast-lin" not in worker.found and time.monotonic() < deadline:
        time.sleep(0.01)
    seen_standing = standing(worker)
    if worker.message:
        raise ValueError(worker.message)
    if box is not None:
        lines = within(lines, where, box)
    edge = nearest_on_lines(lines, np.array(pin), p, where.plane)
    return PinResults(worker, seen_standing, dict(worker.found), edge, _no_edge(picture), box)


def _no_edge(picture: SlicePicture) -> str:
    """Why a picture has no decision boundary; empty if another picture follows that may have one."""
    if picture.before or not picture.last:
        return ""
    return "not known" if picture.count is None else "none in view"


def within(lines: Sequence[Array], where: Slice, box: Box) -> list[Array]:
    """The parts of polylines on the plane whose inputs are in the box."""
    s0, s1, t0, t1 = where.window
    middle, reach = np.array([(s0 + s1) / 2, (t0 + t1) / 2]), SURROUNDINGS * (s1 - s0)
    legal = ball_on_plane(where.plane.embed(middle[None])[0], reach, math.inf, where.plane, box)
    cut = shapely.get_parts(shapely.intersection([shapely.LineString(line) for line in lines if len(line) > 1], legal))
    return [np.asarray(part.coords) for part in cut if part.geom_type == "LineString"]


def overlays(
    results: PinResults | None, where: Slice, pin: Point | None, labels: NDArray[np.int64], p: Norm
) -> Overlays:
    """The images, the pin, its region, and for every radius the cut of its ball with the plane."""
    if results is None or pin is None:
        return Overlays(points=where.points, labels=labels)
    x = where.plane.embed(np.array([pin]))[0]
    balls = [
        drawn_ball(role, x, radius, p, where.plane, label, results.box)
        for role, radius, label in _radii(results)
        if 0 < radius < math.inf
    ]
    nearest = results.edge[1]
    return Overlays(
        pin=pin,
        region=results.near.outline if results.near is not None and len(results.near.outline) > 2 else None,
        balls=tuple(ball for ball in balls if ball is not None),
        witness=None if nearest is None else (float(nearest[0]), float(nearest[1])),
        points=where.points,
        labels=labels,
    )


def _radii(results: PinResults) -> list[tuple[Role, float, str]]:
    radii: list[tuple[Role, float, str]] = []
    if results.near is not None:
        radii.append(("d_D", results.near.d_D, ""))
        radii.append(("d_B", results.near.d_B, ""))
    radii.append(("proved", results.proved, f"proved {three_digits(results.proved, down=True)}"))
    radii.append(("attacked", results.edge[0], f"on the plane {three_digits(results.edge[0])}"))
    return radii
