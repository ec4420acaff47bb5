"""Labelled points in the plane, and generators of toy data sets, the papers' among them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from geometry.computation.cached_property import cached_property
from geometry.content import content_key

Array: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int64]
Window: TypeAlias = tuple[float, float, float, float]  # s0, s1, t0, t1

MAX_POINTS = 10_000  # a limit on the time of training and drawing
MAX_CLASSES = 8  # a limit: the number of colours in the palette
MAX_COORDINATE = 1e6  # a limit: beyond it, rounding one float32 weight moves a boundary by whole units
KW_DISTANCE = 0.16  # l-inf distance between the points of KW App. B.1
TIGHT_GAP = 0.3  # b of Tight App. A


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled points in the plane.

    Parameters
    ----------
    x : (n, 2) float64
    y : (n,) int64, classes 0..classes-1, not all of which need appear
    name : str
    window : (s0, s1, t0, t1), the part of the plane to draw
    classes : number of classes; by default the largest label plus one, and two at least

    Raises
    ------
    ValueError
        If shapes do not fit, a coordinate is not finite, or a label is out of range.
    """

    x: Array
    y: Labels
    name: str
    window: Window
    classes: int = 0

    @cached_property
    def key(self) -> str:
        """Identifies the content: name, points, labels, window and number of classes."""
        return f"{self.name}-{content_key(self.window, self.classes, self.x, self.y)}"

    def __post_init__(self) -> None:
        x, y = np.array(self.x, dtype=np.float64), np.array(self.y, dtype=np.int64)
        if x.ndim != 2 or x.shape[1] != 2 or y.shape != (len(x),):
            raise ValueError(f"x must be (n, 2) and y (n,), got {x.shape} and {y.shape}")
        if not np.isfinite(x).all() or np.abs(x).max(initial=0) > MAX_COORDINATE:
            raise ValueError(f"coordinates must be finite and at most {MAX_COORDINATE:g} in size")
        classes = self.classes or max(2, int(y.max(initial=1)) + 1)
        if y.min(initial=0) < 0 or y.max(initial=0) >= classes or not 2 <= classes <= MAX_CLASSES:
            raise ValueError(
                f"labels must be whole numbers 0..{classes - 1} and classes 2..{MAX_CLASSES}, "
                f"got labels {y.min(initial=0)}..{y.max(initial=0)} and {classes} classes"
            )
        s0, s1, t0, t1 = window = tuple(map(float, self.window))
        if not (all(map(math.isfinite, window)) and s0 < s1 and t0 < t1):
            raise ValueError(f"the window must be (s0, s1, t0, t1) with s0 < s1 and t0 < t1, got {window}")
        x.flags.writeable = y.flags.writeable = False
        for field, value in (("x", x), ("y", y), ("window", window), ("classes", classes)):
            object.__setattr__(self, field, value)

    def __len__(self) -> int:
        return len(self.x)


def check_learnable(data: Dataset) -> None:
    """A ValueError with a remedy if there is nothing to learn: fewer than two points, or a single class."""
    if len(data) < 2:
        raise ValueError(f"{data.name} holds {len(data)} point(s); a classifier needs at least 2: add some")
    if len(present := np.unique(data.y)) < 2:
        raise ValueError(
            f"all {len(data)} points of {data.name} are of class {present[0]}; "
            "a classifier needs two classes: add points of another"
        )


def window_around(x: Array) -> Window:
    """The square around (n, 2) points with a margin of a sixth, its sides at round numbers."""
    if len(x) == 0:
        return (-1.0, 1.0, -1.0, 1.0)
    low, high = x.min(axis=0), x.max(axis=0)
    half = float((high - low).max()) / 2 * 4 / 3
    if half <= 1e-9 * max(1.0, float(np.abs(x).max())):
        half = 1.0  # all points in one place
    grid = 10.0 ** math.floor(math.log10(half)) / 10
    s, t = np.round((low + high) / 2 / grid) * grid
    half = math.ceil(half / grid + 0.5) * grid
    return tuple(round(float(side), 12) for side in (s - half, s + half, t - half, t + half))  # type: ignore[return-value]


Draw: TypeAlias = Callable[[np.random.Generator, int, float, int], tuple[Array, Labels]]


@dataclass(frozen=True)
class Toy:
    """A generator of a toy data set: `toy(size, noise, seed, classes)`.

    `size`, `noise` and `classes` are the defaults; `noise` is None if the set has none. `many` is the largest number
    of classes.
    """

    name: str
    title: str
    draw: Draw
    size: int
    noise: float | None
    classes: int = 2
    many: int = 2
    max_size: int = MAX_POINTS
    window: Window | None = None

    def __call__(
        self, size: int | None = None, noise: float | None = None, seed: int = 0, classes: int | None = None
    ) -> Dataset:
        """Draw the set. The same arguments give the same points; None is the set's default.

        Raises
        ------
        ValueError
            Naming the parameter, its value and what is allowed.
        """
        size = self.size if size is None else size
        classes = self.classes if classes is None else classes
        if not isinstance(classes, int) or not 2 <= classes <= self.many:
            allowed = "2" if self.many == 2 else f"2..{self.many}"
            raise ValueError(f"{self.title} can have {allowed} classes, got {classes}")
        if not isinstance(size, int) or not classes <= size <= self.max_size:
            raise ValueError(f"size must be a whole number {classes}..{self.max_size} for {self.title}, got {size}")
        if not isinstance(seed, int) or not 0 <= seed < 2**63:
            raise ValueError(f"seed must be a whole number 0 or above, got {seed}")
        if noise is not None and (self.noise is None or not 0 <= noise <= 2):
            allowed = "has no noise: leave it out" if self.noise is None else "takes noise 0..2"
            raise ValueError(f"{self.title} {allowed}, got {noise}")
        spread = noise if noise is not None else self.noise or 0.0
        random = np.random.default_rng(seed)
        while True:  # with random labels, a small draw may lack a class
            x, y = self.draw(random, size, spread, classes)
            if len(np.unique(y)) == classes:
                return Dataset(x, y, self.name, self.window or window_around(x), classes)


def _balanced(size: int, classes: int) -> Labels:
    return np.arange(size, dtype=np.int64) % classes


def _along(y: Labels) -> Array:
    """(n,) positions in [0, 1], evenly spaced within each class, for labels 0, 1, .., 0, 1, .."""
    rank = np.arange(len(y)) // (y.max() + 1)
    return rank / np.maximum(np.bincount(y)[y] - 1, 1)


def _polar(radius: Array, angle: Array) -> Array:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def moons(random: np.random.Generator, size: int, noise: float, classes: int) -> tuple[Array, Labels]:
    """Two interleaving half circles of radius 2/3, one opening down and one up."""
    y = _balanced(size, classes)
    arc = _polar(np.ones(size), np.pi * _along(y))
    x = np.where(y[:, None] == 0, arc, np.array([1.0, 0.5]) - arc)
    return (x - np.array([0.5, 0.25])) / 1.5 + noise * random.standard_normal((size, 2)), y


def circles(random: np.random.Generator, size: int, noise: float, classes: int) -> tuple[Array, Labels]:
    """Class c on the circle of radius (c + 1) / classes around 0."""
    y = _balanced(size, classes)
    rank, count = np.arange(size) // classes, np.bincount(y)[y]
    x = _polar((y + 1) / classes, 2 * np.pi * rank / count)
    return x + noise * random.standard_normal((size, 2)), y


def blobs(random: np.random.Generator, size: int, noise: float, classes: int) -> tuple[Array, Labels]:
    """Class c normal around the c-th of `classes` points on a circle of radius 0.7, with deviation `noise`."""
    y = _balanced(size, classes)
    x = _polar(np.full(size, 0.7), 2 * np.pi * y / classes + np.pi / 4)
    return x + noise * random.standard_normal((size, 2)), y


def spirals(random: np.random.Generator, size: int, noise: float, classes: int) -> tuple[Array, Labels]:
    """Class c on the arm radius = r, angle = 1.5 turns · r + c / classes of a turn, for r from 0.1 to 1."""
    y = _balanced(size, classes)
    radius = 0.1 + 0.9 * _along(y)
    x = _polar(radius, 2 * np.pi * (1.5 * radius + y / classes))
    return x + noise * random.standard_normal((size, 2)), y


def xor(random: np.random.Generator, size: int, noise: float, classes: int) -> tuple[Array, Labels]:
    """Uniform in [-1, 1]² but 0.05 off the axes, then with noise; class 1 where the coordinates differed in sign."""
    y = _balanced(size, classes)
    s, t = random.uniform(0.05, 1, (2, size))
    flip = random.choice([-1.0, 1.0], size)
    x = np.stack([flip * s, flip * np.where(y == 1, -t, t)], axis=1)
    return x + noise * random.standard_normal((size, 2)), y


def mmr(random: np.random.Generator, size: int, noise: float, classes: int) -> tuple[Array, Labels]:
    """Uniform in [-1, 1]² off a strip of half width 0.12 along the wave t = 0.45 sin 3s; class 1 above it.

    MMR Fig. 2 shows 128 points in two classes but not how they were drawn. This set is similar.
    """
    y = _balanced(size, classes)
    s, share = random.uniform(-1, 1, size), random.uniform(0, 1, size)
    wave = 0.45 * np.sin(3 * s)
    above = wave + 0.12 + share * (1 - wave - 0.12)
    below = wave - 0.12 - share * (1 + wave - 0.12)
    x = np.stack([s, np.where(y == 1, above, below)], axis=1)
    return x + noise * random.standard_normal((size, 2)), y


def kw(random: np.random.Generator, size: int, noise: float, classes: int) -> tuple[Array, Labels]:
    """Points of [0, 1]² drawn one by one, each again until it is 0.16 away (l-inf) from all others; random labels.

    Source: KW App. B.1. A sample without space for the next point is drawn anew.
    """
    y = random.integers(0, classes, size)
    x: list[Array] = []
    tries = 0
    while len(x) < size:
        candidate = random.uniform(0, 1, 2)
        tries += 1
        if all(np.abs(candidate - point).max() >= KW_DISTANCE for point in x):
            x.append(candidate)
        elif tries > 100 * size:
            x, tries = [], 0
    return np.array(x), y


def tight(random: np.random.Generator, size: int, noise: float, classes: int) -> tuple[Array, Labels]:
    """Uniform in S0 ∪ S1 of [-1, 1]²: class 0 where t <= |s| - b, class 1 where t >= |s| + b, with b = 0.3.

    Source: Tight App. A. S1 has 17 % of the area, so of the points.
    """
    x = np.empty((0, 2))
    while len(x) < size:
        drawn = random.uniform(-1, 1, (size, 2))
        height = drawn[:, 1] - np.abs(drawn[:, 0])
        x = np.concatenate([x, drawn[np.abs(height) >= TIGHT_GAP]])
    x = x[:size]
    return x, (x[:, 1] >= np.abs(x[:, 0])).astype(np.int64)


DATASETS: dict[str, Toy] = {
    toy.name: toy
    for toy in (
        Toy("moons", "two moons", moons, 200, 0.07),
        Toy("circles", "circles", circles, 200, 0.05, many=5),
        Toy("blobs", "blobs", blobs, 200, 0.18, classes=3, many=MAX_CLASSES),
        Toy("spirals", "spirals", spirals, 200, 0.02, many=6),
        Toy("xor", "XOR", xor, 200, 0.0),
        Toy("mmr", "128 points (MMR)", mmr, 128, 0.0),
        Toy("kw", "12 points (KW)", kw, 12, None, max_size=20, window=(-0.1, 1.1, -0.1, 1.1)),
        Toy("tight", "V shape (Tight)", tight, 128, None, window=(-1.2, 1.2, -1.2, 1.2)),
    )
}
