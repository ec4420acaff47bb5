"""Overlays on a frame (pin, certificate, data), and the options of a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from figures.regions.surface import Surface
from geometry.norms import NORM_NAMES, Array, Norm, check_norm
from geometry.planar.ball import Disc

Point = tuple[float, float]
Window = tuple[float, float, float, float]  # s0, s1, t0, t1
Fill = Literal["region", "class", "margin", "active", "gradient"]
Scale = tuple[float, float]  # a coordinate c is shown as first + c * second, which is above 0
UNSCALED: tuple[Scale, Scale] = ((0.0, 1.0), (0.0, 1.0))
Role = Literal["d_B", "d_D", "proved", "attacked"]

Known = Literal["unknown", "proved", "attacked"]

VERDICTS: tuple[Known, ...] = ("unknown", "proved", "attacked")
FILLS: tuple[Fill, ...] = ("region", "class", "margin", "active", "gradient")


@dataclass(frozen=True, eq=False)
class Ball:
    """The intersection of an l_p ball with the plane, as a disc or an outline (k, 2), with a label such as
    "d_B = 0.21"."""

    role: Role
    shape: Disc | Array
    label: str = ""

    @property
    def outline(self) -> Array:
        return self.shape.outline() if isinstance(self.shape, Disc) else self.shape

    def as_json(self) -> dict[str, Any]:
        """A disc is sent as three numbers: its outline would be most of a pin's message."""
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
    """The l_p ball of radius eps around every data point, and the verdict on the points in it.

    Raises
    ------
    ValueError
        For a verdict that is not in VERDICTS.
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
    """The pin, the shapes of its certificate, and data, in plane coordinates (s, t)."""

    pin: Point | None = None
    region: Array | None = None  # (k, 2) outline of Q(x)
    class_region: Array | None = None  # (k, 2) outline of Q_c(x), the part of Q(x) that keeps x's class
    balls: tuple[Ball, ...] = ()
    hyperplanes: tuple[Hyperplane, ...] = ()
    witness: Point | None = None  # the point that attains an upper bound
    asked: Point | None = None  # the point x of a question, marked before anything is known of it
    points: Array = field(default_factory=_no_points)  # (n, 2) data
    labels: np.ndarray = field(default_factory=_no_labels)  # (n,) their classes
    data_balls: DataBalls | None = None  # around the first data points, as many as it has verdicts

    def __post_init__(self) -> None:
        points, labels = np.asarray(self.points), np.asarray(self.labels)
        if self.data_balls is not None and len(self.data_balls.verdicts) > len(points):
            raise ValueError(f"{len(self.data_balls.verdicts)} balls around {len(points)} data points")
        if points.ndim != 2 or points.shape[1] != 2 or labels.shape != (len(points),):
            raise ValueError(f"points must be (n, 2) with (n,) labels, got {points.shape} and {labels.shape}")

    def as_json(self) -> dict[str, Any]:
        """The overlays as plain lists, for the browser."""
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
            "asked": self.asked and [float(value) for value in self.asked],
            "points": _rounded_data(self.points),
            "labels": [int(label) for label in self.labels],
            "data_balls": self.data_balls and self.data_balls.as_json(),
        }


def _rounded(points: Array | None) -> list[list[float]] | None:
    """Rounded to twelve digits, which suffice at any zoom and halve the text."""
    if points is None:
        return None
    return [[float(f"{s:.12g}"), float(f"{t:.12g}")] for s, t in np.asarray(points, dtype=np.float64).reshape(-1, 2)]


def _rounded_data(points: Array) -> list[list[float]] | None:
    """`_rounded`, cached for data sets: they are sent with every pin, and rounding took a ninth of a pin's time."""
    return _rounded(points) if len(points) > KEPT_POINTS else _kept(np.asarray(points, dtype=np.float64).tobytes())


KEPT_POINTS = 2000  # of the largest cached set: 64 of those take 30 MB (`benchmarks.class_of_thirty`)


@lru_cache(maxsize=64)
def _kept(pairs: bytes) -> list[list[float]] | None:
    """`_rounded` of the bytes of an (n, 2) float64 array; callers must not change the result."""
    return _rounded(np.frombuffer(pairs))


@dataclass(frozen=True)
class ViewOptions:
    """How a frame is shown. A change sends the options alone, not the frame.

    Raises
    ------
    ValueError
        For an unknown fill or norm.
    """

    fill: Fill = "class"
    norm: Norm = 2
    hidden_layers: tuple[int, ...] = ()  # hidden layers (0-based) whose edges are not drawn
    lit_unit: int | None = None  # global unit index whose bent hyperplane is lit
    show_boundary: bool = True
    show_points: bool = True
    edit_points: bool = False  # a click adds or removes one, drag moves, Delete removes
    colour_blind: bool = False
    badge: str = ""
    class_names: tuple[str, ...] = ()  # default: "class 0", "class 1", ...
    bands: int = 0  # so many classes are the bands of a number, in order; 0: they are classes
    axes: tuple[str, str] = ("x₁", "x₂")
    scales: tuple[Scale, Scale] = UNSCALED  # what axes and readout show of coordinates: values in units of their own
    home: Window | None = None  # the key `0` returns to it, and a new home moves the view; default: first frame's
    view: Window | None = None  # shown until the user zooms or pans; default: home
    link: str | None = None  # views with the same link zoom and pan together
    link_hover: bool = False  # and show the readout at the same place
    network: str | None = None  # the name of the drawn network whose units and this picture's lines light each other
    thumbnails: bool = False  # show data points as images, if the frame has the plane's basis
    report_view: bool = True  # tell Python when the view stops moving
    report_seen: bool = True  # and when the view reaches beyond the frame
    limited: bool = False  # whether nothing is asked beyond the home window
    count: int | None = None  # regions in the badge; default: those of the frame
    said: str = ""  # the pin's result, for screen readers
    surfaces: bool = False  # offer the picture as a surface, too
    surface: Surface | None = None  # shown as one until the user changes it; default: flat
    guides: bool = True  # show legend and scale bar; small views side by side share a legend outside
    page_keys: bool = False  # the page, not the view, handles the arrow keys and ?
    type_scale: float = 1.0  # larger type for a lecture hall
    about: Mapping[str, str] = field(default_factory=dict, hash=False)  # metadata of a saved picture

    def __post_init__(self) -> None:
        if self.fill not in FILLS:
            raise ValueError(f"fill must be one of {', '.join(FILLS)}, got {self.fill!r}")
        check_norm(self.norm)

    def as_json(self) -> dict[str, Any]:
        values = {option.name: getattr(self, option.name) for option in fields(self)}
        return values | {
            "norm": NORM_NAMES[self.norm],
            "surface": None if self.surface is None else asdict(self.surface),
        }
