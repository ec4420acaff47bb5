"""What is laid over a frame, and how a view shows it: small values that change with every click."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from geometry.norms import Array, Norm, check_norm
from geometry.planar.ball import Disc

Point = tuple[float, float]
Window = tuple[float, float, float, float]  # s0, s1, t0, t1
Fill = Literal["region", "class", "margin", "active", "gradient"]
Role = Literal["d_B", "d_D", "proved", "attacked"]

Known = Literal["unknown", "proved", "attacked"]

VERDICTS: tuple[Known, ...] = ("unknown", "proved", "attacked")
FILLS: tuple[Fill, ...] = ("region", "class", "margin", "active", "gradient")
NORM_NAMES: dict[Norm, str] = {1: "1", 2: "2", math.inf: "inf"}


@dataclass(frozen=True, eq=False)
class Ball:
    """The cut of an l_p ball with the plane: the disc that it is, or its outline (k, 2); and a short label such as
    "d_B = 0.21"."""

    role: Role
    shape: Disc | Array
    label: str = ""

    @property
    def outline(self) -> Array:
        return self.shape.outline() if isinstance(self.shape, Disc) else self.shape

    def as_json(self) -> dict[str, Any]:
        """A disc goes as three numbers: its outline would be most of what a pin sends."""
        disc = self.shape if isinstance(self.shape, Disc) else None
        return {
            "role": self.role,
            "disc": disc and [disc.s, disc.t, disc.radius],
            "outline": _rounded(self.outline) if disc is None else None,
            "label": self.label,
        }


@dataclass(frozen=True)
class Hyperplane:
    """The line {a·s + b·t + c = 0} where a hyperplane meets the plane; drawn over the whole view."""

    role: Role
    a: float
    b: float
    c: float
    label: str = ""


@dataclass(frozen=True, eq=False)
class DataBalls:
    """The l_p ball of radius eps around every data point, and what is known of the points in it.

    Raises
    ------
    ValueError
        For a verdict that is none of VERDICTS.
    """

    eps: float
    norm: Norm
    verdicts: tuple[Known, ...]  # (n,) of the data points, in their order

    def __post_init__(self) -> None:
        check_norm(self.norm)
        if unknown := set(self.verdicts) - set(VERDICTS):
            raise ValueError(f"verdicts are {', '.join(VERDICTS)}, got {sorted(unknown)}")

    def as_json(self) -> dict[str, Any]:
        return {
            "eps": float(self.eps),
            "norm": NORM_NAMES[self.norm],
            "verdicts": [VERDICTS.index(verdict) for verdict in self.verdicts],
        }


def _no_points() -> Array:
    return np.empty((0, 2))


def _no_labels() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Overlays:
    """Pin, its certificate's shapes, and data. Everything in plane coordinates (s, t)."""

    pin: Point | None = None
    region: Array | None = None  # (k, 2) outline of Q(x)
    class_region: Array | None = None  # (k, 2) outline of Q_c(x), the part of Q(x) that keeps x's class
    balls: tuple[Ball, ...] = ()
    hyperplanes: tuple[Hyperplane, ...] = ()
    witness: Point | None = None  # the point that attains an upper bound
    points: Array = field(default_factory=_no_points)  # (n, 2) data
    labels: np.ndarray = field(default_factory=_no_labels)  # (n,) their classes
    data_balls: DataBalls | None = None  # around the data points, or around the first so many of them

    def __post_init__(self) -> None:
        points, labels = np.asarray(self.points), np.asarray(self.labels)
        if self.data_balls is not None and len(self.data_balls.verdicts) > len(points):
            raise ValueError(f"{len(self.data_balls.verdicts)} balls around {len(points)} data points")
        if points.ndim != 2 or points.shape[1] != 2 or labels.shape != (len(points),):
            raise ValueError(f"points must be (n, 2) with (n,) labels, got {points.shape} and {labels.shape}")

    def as_json(self) -> dict[str, Any]:
        """Plain lists, for the browser."""
        return {
            "pin": self.pin and [float(value) for value in self.pin],
            "region": _rounded(self.region),
            "class_region": _rounded(self.class_region),
            "balls": [ball.as_json() for ball in self.balls],
            "hyperplanes": [
                {"role": h.role, "line": [float(h.a), float(h.b), float(h.c)], "label": h.label}
                for h in self.hyperplanes
            ],
            "witness": self.witness and [float(value) for value in self.witness],
            "points": _rounded_data(self.points),
            "labels": [int(label) for label in self.labels],
            "data_balls": self.data_balls and self.data_balls.as_json(),
        }


def _rounded(points: Array | None) -> list[list[float]] | None:
    """Twelve digits: enough for any zoom, half the text."""
    if points is None:
        return None
    return [[float(f"{s:.12g}"), float(f"{t:.12g}")] for s, t in np.asarray(points, dtype=np.float64).reshape(-1, 2)]


def _rounded_data(points: Array) -> list[list[float]] | None:
    """The same of a data set, which is drawn again with every pin: rounding it took a ninth of a pin's time."""
    return _rounded(points) if len(points) > KEPT_POINTS else _kept(np.asarray(points, dtype=np.float64).tobytes())


KEPT_POINTS = 2000  # of a set whose digits are kept: 64 of those take 30 MB (`benchmarks.class_of_thirty`)


@lru_cache(maxsize=64)
def _kept(pairs: bytes) -> list[list[float]] | None:
    """Of an (n, 2) float64 array; for readers that do not change it."""
    return _rounded(np.frombuffer(pairs))


@dataclass(frozen=True)
class ViewOptions:
    """How a frame is shown. Changing any of these resends only these.

    Raises
    ------
    ValueError
        For a fill or a norm that does not exist.
    """

    fill: Fill = "class"
    norm: Norm = 2
    hidden_layers: tuple[int, ...] = ()  # hidden layers (0-based) whose edges are not drawn
    lit_unit: int | None = None  # global unit index whose bent hyperplane is lit
    show_boundary: bool = True
    show_points: bool = True
    edit_points: bool = False  # double-click adds, drag moves, Delete removes
    colour_blind: bool = False
    badge: str = ""
    class_names: tuple[str, ...] = ()  # default: "class 0", "class 1", ...
    axes: tuple[str, str] = ("x₁", "x₂")
    home: Window | None = None  # what `0` returns to, and where a change of it takes the view; default: first frame's
    view: Window | None = None  # where to look if hands did not ask for it; default: home
    link: str | None = None  # views with the same link zoom and pan together
    link_hover: bool = False  # and read the same place together
    thumbnails: bool = False  # data points are shown as the images they are, if the frame has the plane's basis
    report_view: bool = True  # tell Python when the view came to rest
    report_seen: bool = True  # and when the frame lacks a part of what is in view
    count: int | None = None  # how many regions the badge speaks of; default: those of the frame
    said: str = ""  # what is known of the pin, for those who hear the page
    guides: bool = True  # legend and scale bar; small views beside each other share a legend outside
    page_keys: bool = False  # the arrow keys and ? are the page's, not the view's
    type_scale: float = 1.0  # larger type for a lecture hall
    about: Mapping[str, str] = field(default_factory=dict, hash=False)  # where a picture that is saved comes from

    def __post_init__(self) -> None:
        if self.fill not in FILLS:
            raise ValueError(f"fill must be one of {', '.join(FILLS)}, got {self.fill!r}")
        check_norm(self.norm)

    def as_json(self) -> dict[str, Any]:
        values = {option.name: getattr(self, option.name) for option in fields(self)}
        return values | {"norm": NORM_NAMES[self.norm]}
