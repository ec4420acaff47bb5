"""The pinned point: what each network's certificates say of it, in all dimensions and within the plane."""

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
from figures.regions.certificate import drawn_ball
from figures.regions.overlays import Overlays, Point, Role
from figures.words import three_digits
from geometry import Network, Plane, ball_on_plane, distances, region_at
from geometry.computation.cancellation import Cancelled
from geometry.norms import Array, Norm
from geometry.planar.plane_distances import nearest_on_lines, plane_distances
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.box_control import Box
from pages.slices.networks import ShownNetwork
from pages.slices.pictures import Picture, Standing, standing
from pages.slices.plane import Slice

SURROUNDINGS = 20.0  # windows around the window in which the region's outline is followed
PATIENCE = 0.3
ROUNDING = 1e-9
METHODS = {name: method_title(name) for name in ("fast-lin", "crown")}


@dataclass(frozen=True, eq=False)
class Near:
    """What the point's own region says of it."""

    predicted: int
    logits: Array
    d_B: float
    d_D: float
    on_plane: tuple[float, float]  # d_B and d_D when one stays on the plane
    outline: Array  # (k, 2) the region on the plane


@dataclass(frozen=True, eq=False)
class Attacked:
    """The nearest point of another class that an attack found."""

    distance: float
    point: Array  # (*input_shape)
    label: int


@session_resource(end=Worker.halt, most=8)
def certificates(network: Network, plane: Plane, pin: Point, p: Norm, reach: float, box: Box | None) -> Worker[Any]:
    """Near under "near", then radii by method and Attacked under "attack", cheapest first."""
    return Worker(steps(network, plane, pin, p, reach, box), awaited=True, title="pin")


def steps(
    network: Network, plane: Plane, pin: Point, p: Norm, reach: float, box: Box | None = None
) -> Callable[[Cancelled], Iterator[tuple[str, Any]]]:
    def run(cancelled: Cancelled) -> Iterator[tuple[str, Any]]:
        x = plane.embed(np.array([pin]))
        if box is not None:
            x = inside(x, box)
        yield "near", near(network, plane, x[0], p, reach, box)
        for method in METHODS:
            if cancelled():
                return
            yield method, float(certified_radius(network, x, p, method, box=box)[0])
        if not cancelled():
            yield "attack", _attacked(network, x, p, box)

    return run


def inside(x: Array, box: Box) -> Array:
    """The points themselves, rid of what rounding adds to their pixels.

    Raises
    ------
    ValueError
        If some pixel is outside the box by more.
    """
    low, high = box
    if not in_box(x, box).all():
        raise ValueError(
            f"the pinned point is no image: its pixels go from {x.min():.3g} to {x.max():.3g}. Pin one inside the "
            f"triangle, or switch off the limit to pixels in [{low:g}, {high:g}]"
        )
    return x.clip(low, high)


def in_box(x: Array, box: Box) -> NDArray[np.bool_]:
    """(m,) which of (m, *input_shape) have all pixels in the box, but for rounding."""
    pixels, (low, high) = x.reshape(len(x), -1), box
    within: NDArray[np.bool_] = np.all((pixels >= low - ROUNDING) & (pixels <= high + ROUNDING), axis=1)
    return within


def near(network: Network, plane: Plane, x: Array, p: Norm, reach: float, box: Box | None = None) -> Near:
    """d_B and d_D at an input on the plane, everywhere and, whatever the box, on it; `reach` bounds the outline."""
    found, region = distances(network, x[None], p, box=box), region_at(network, x)
    (s, t) = plane.project(x[None])[0]
    around = (s - reach, s + reach, t - reach, t + reach)
    return Near(
        int(found.classes[0]),
        region.scores,
        float(found.d_B[0]),
        float(found.d_D[0]),
        plane_distances(region, plane, p),
        region.polygon(plane, around),
    )


def _attacked(network: Network, x: Array, p: Norm, box: Box | None) -> Attacked | None:
    points = torch.from_numpy(x)
    found = attack(network, points, network.scores(points).argmax(1), "deepfool", p=p, box=box)
    if not bool(found.success[0]):
        return None
    point = found.points[:1]
    return Attacked(
        float(found.distances[0]), point[0].numpy().reshape(x.shape[1:]), int(network.scores(point).argmax(1)[0])
    )


@dataclass(frozen=True, eq=False)
class Known:
    """All that is known of the pin for one network so far; `edge` is the decision boundary on the plane."""

    worker: Worker[Any]
    standing: Standing  # of the worker, when `found` was looked at
    found: dict[str, Any]
    edge: tuple[float, Array | None]
    box: Box | None = None

    @property
    def near(self) -> Near | None:
        found: Near | None = self.found.get("near")
        return found

    @property
    def proved(self) -> float:
        radii = [self.found[method] for method in METHODS if method in self.found]
        if self.near is not None:
            radii.append(min(self.near.d_B, self.near.d_D))
        return max(radii, default=0.0)

    @property
    def broken(self) -> float:
        """The nearest point of another class that is known, on the plane or off it."""
        attacked = self.found.get("attack")
        return min(self.edge[0], math.inf if attacked is None else attacked.distance)


def known(chosen: ShownNetwork, where: Slice, picture: Picture, pin: Point, p: Norm, box: Box | None = None) -> Known:
    """Waits a moment for what is quick."""
    s0, s1, _, _ = where.window
    worker = certificates(chosen.network, where.plane, pin, p, SURROUNDINGS * (s1 - s0), box)
    until = time.monotonic() + PATIENCE
    while worker.busy and "fast-lin" not in worker.found and time.monotonic() < until:
        time.sleep(0.01)
    before = standing(worker)
    if worker.message:
        raise ValueError(worker.message)
    lines: Sequence[Array] = picture.boundary
    if box is not None:
        lines = within(lines, where, box)
    edge = nearest_on_lines(lines, np.array(pin), p, where.plane)
    return Known(worker, before, dict(worker.found), edge, box)


def within(lines: Sequence[Array], where: Slice, box: Box) -> list[Array]:
    """The parts of polylines whose points are in the box."""
    s0, s1, t0, t1 = where.window
    middle, reach = np.array([(s0 + s1) / 2, (t0 + t1) / 2]), SURROUNDINGS * (s1 - s0)
    legal = ball_on_plane(where.plane.embed(middle[None])[0], reach, math.inf, where.plane, box)
    cut = shapely.get_parts(shapely.intersection([shapely.LineString(line) for line in lines if len(line) > 1], legal))
    return [np.asarray(part.coords) for part in cut if part.geom_type == "LineString"]


def overlays(known: Known | None, where: Slice, pin: Point | None, labels: Any, p: Norm) -> Overlays:
    """The images, the pin, its region, and every radius as the cut of its ball with the plane."""
    if known is None or pin is None:
        return Overlays(points=where.points, labels=labels)
    x = where.plane.embed(np.array([pin]))[0]
    balls = [
        drawn_ball(role, x, radius, p, where.plane, label, known.box)
        for role, radius, label in _radii(known)
        if 0 < radius < math.inf
    ]
    on_plane = known.edge[1]
    return Overlays(
        pin=pin,
        region=known.near.outline if known.near is not None and len(known.near.outline) > 2 else None,
        balls=tuple(ball for ball in balls if ball is not None),
        witness=None if on_plane is None else (float(on_plane[0]), float(on_plane[1])),
        points=where.points,
        labels=labels,
    )


def _radii(known: Known) -> list[tuple[Role, float, str]]:
    found: list[tuple[Role, float, str]] = []
    if known.near is not None:
        found.append(("d_D", known.near.d_D, ""))
        found.append(("d_B", known.near.d_B, ""))
    found.append(("proved", known.proved, f"proved {three_digits(known.proved, down=True)}"))
    found.append(("attacked", known.edge[0], f"on the plane {three_digits(known.edge[0])}"))
    return found
