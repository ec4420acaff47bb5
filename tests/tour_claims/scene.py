"""What a step shows, made anew from its link: torch module, converted network, points, window, pin, norm, ε."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import torch
from torch import nn

from geometry import Network, RegionMap, as_network, enumerate_regions
from models import DATASETS, load_preset, mlp, parse_widths, random_network
from models.data.toy import Dataset
from pages.teaching.steps import Sentence, Step
from tests.oracles import affine_pieces, brute_force_regions

Check = Callable[[Step, Sentence], None]
NORMS = {"1": 1, "2": 2, "inf": math.inf}


@dataclass(frozen=True, eq=False)
class Scene:
    """A step on points of the plane."""

    step: Step

    @property
    def link(self) -> dict[str, str]:
        return dict(self.step.link)

    @cached_property
    def module(self) -> nn.Sequential:
        """In float64, a copy of our own."""
        return deepcopy(self._loaded()).double().requires_grad_(False)

    def _loaded(self) -> nn.Sequential:
        source = self.link.get("from") or self.link["network"]
        if source == "random":
            return random_network(seed=int(self.link["draw"]))
        if source == "robust":
            return load_preset("kw-robust").network
        if source == "own":
            widths = (2, *parse_widths(self.link["widths"]), self.data.classes)
            return mlp(widths, seed=int(self.link["init"]))
        return load_preset(self.link["data"]).network

    @cached_property
    def network(self) -> Network:
        return as_network(self.module, (2,)).to(torch.float64)

    @cached_property
    def data(self) -> Dataset:
        return DATASETS[self.link["data"]]()

    @cached_property
    def regions(self) -> RegionMap:
        return enumerate_regions(self.network, self.data.window)

    @property
    def pin(self) -> np.ndarray:
        return np.array([float(part) for part in self.link["pin"].split(",")])

    @property
    def p(self) -> float:
        return NORMS[self.link["p"]]

    @property
    def eps(self) -> float:
        return float(self.link["eps"])

    def logits(self, x: np.ndarray) -> np.ndarray:
        """(n, K) by torch's own forward pass."""
        with torch.no_grad():
            return self.module(torch.tensor(np.atleast_2d(x))).numpy()

    def classes(self, x: np.ndarray) -> np.ndarray:
        return self.logits(x).argmax(axis=1)

    def somewhere(self, count: int = 400) -> np.ndarray:
        """Points of the window."""
        s0, s1, t0, t1 = self.data.window
        return np.random.default_rng(0).uniform([s0, t0], [s1, t1], (count, 2))


@cache
def scene(step_id: int) -> Scene:
    return Scene(_STEPS[step_id])


_STEPS: dict[int, Step] = {}


def of(step: Step) -> Scene:
    """The scene of a step, made once."""
    _STEPS[id(step)] = step
    return scene(id(step))


def within(centre: np.ndarray, radius: float, p: float, count: int = 4000) -> np.ndarray:
    """Points at most so far from the centre, many of them at the very rim."""
    steps = np.random.default_rng(1).normal(size=(count, len(centre)))
    steps /= np.linalg.norm(steps, ord=p, axis=1, keepdims=True)
    lengths = np.where(np.arange(count) % 2, 1.0, np.random.default_rng(2).uniform(0, 1, count))
    return centre + radius * lengths[:, None] * steps


def least_change(module: nn.Sequential, x: np.ndarray, p: float, reach: float) -> float:
    """How far from x (2,) another class's score reaches the predicted one's, at most `reach`: by all regions there.

    Regions by cutting polygons one unit after the other; in each the scores are affine, so that the other class's part
    is a convex polygon, whose nearest point is on its rim.
    """
    window = (x[0] - reach, x[0] + reach, x[1] - reach, x[1] + reach)
    with torch.no_grad():
        label = int(module(torch.from_numpy(x[None])).argmax())
    nearest = math.inf
    for cell in brute_force_regions(module, window):
        middle = np.array(cell.representative_point().coords[0])
        V, a = affine_pieces(module, middle)
        for other in np.delete(np.arange(len(a[-1])), label):
            w, b = V[-1][other] - V[-1][label], a[-1][other] - a[-1][label]
            ring = np.asarray(cell.exterior.coords)[:-1]
            heights = ring @ w + b
            part = _not_below(ring, heights)
            for k in range(len(part)):
                nearest = min(nearest, _to_segment(part[k - 1] - x, part[k] - x, p))
    return nearest


def _not_below(ring: np.ndarray, heights: np.ndarray) -> list[np.ndarray]:
    """The part of a convex polygon where the height is not negative."""
    part = []
    for k in range(len(ring)):
        (a, h), (b, g) = (ring[k - 1], heights[k - 1]), (ring[k], heights[k])
        if (h < 0) != (g < 0):
            part.append(a + (b - a) * h / (h - g))
        if g >= 0:
            part.append(b)
    return part


def _to_segment(a: np.ndarray, b: np.ndarray, p: float) -> float:
    """min ||a + t (b - a)||_p over t in [0, 1]: at an end, where a coordinate is 0, where two are equally large, or,
    for p = 2, at the foot of the perpendicular."""
    d = b - a
    candidates = [0.0, 1.0]
    for slope, height in ((d[0], a[0]), (d[1], a[1]), (d[0] - d[1], a[0] - a[1]), (d[0] + d[1], a[0] + a[1])):
        if slope != 0:
            candidates.append(-height / slope)
    if d @ d > 0:
        candidates.append(-(a @ d) / (d @ d))
    shares = np.clip(candidates, 0, 1)
    return float(np.linalg.norm(a + shares[:, None] * d, ord=p, axis=1).min())
