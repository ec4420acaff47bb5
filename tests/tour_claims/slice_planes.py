"""The networks, planes and regions that the tour of Slices shows."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch

from geometry import Network, Plane, RegionMap, as_network, enumerate_regions
from models import load_images
from models.gallery import load_shipped
from pages.teaching.steps import Step


@cache
def digits(a: str, b: str, c: str) -> np.ndarray:
    return load_images("mnist-5k").x[[int(a), int(b), int(c)]].astype(np.float64)


def images(step: Step) -> np.ndarray:
    return digits(step.link["a"], step.link["b"], step.link["c"])


@cache
def network(name: str) -> Network:
    return as_network(load_shipped(name).network, (1, 28, 28)).detached().to(torch.float64)


def networks(step: Step) -> tuple[Network, Network]:
    return network(step.link["first"]), network(step.link["second"])


def plane(step: Step) -> Plane:
    return Plane.through(*images(step))


def window(step: Step) -> tuple[float, float, float, float]:
    """Twice the triangle, about its middle; or what the step looks at."""
    if "view" in step.link:
        s0, s1, t0, t1 = map(float, step.link["view"].split(","))
        return s0, s1, t0, t1
    points = plane(step).project(images(step))
    low, high = points.min(0), points.max(0)
    (s, t), half = (low + high) / 2, float(step.link["size"]) * float((high - low).max()) / 2
    return s - half, s + half, t - half, t + half


@cache
def regions(name: str, a: str, b: str, c: str, where: tuple[float, ...]) -> RegionMap:
    return enumerate_regions(network(name), where, Plane.through(*digits(a, b, c)), max_regions=700_000)


def region_map(step: Step, slot: str) -> RegionMap:
    return regions(step.link[slot], step.link["a"], step.link["b"], step.link["c"], window(step))


def scores(net: Network, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return net.scores(torch.from_numpy(x)).numpy()


def lines(net: Network, on: Plane) -> tuple[np.ndarray, np.ndarray]:
    """(units, 2) and (units,): the first layer's lines on the plane, w (s, t) + b = 0."""
    with torch.no_grad():
        at = net.layers[0].affine
        z = [
            net.preactivations(torch.from_numpy(on.embed(np.array([p]))))[0][0].numpy()
            for p in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
        ]
    assert math.prod(at.out_shape) == len(z[0])
    return np.stack([z[1] - z[0], z[2] - z[0]], axis=1), z[0]


def counted(net: Network, on: Plane, where: tuple[float, float, float, float]) -> int:
    """1 + lines that meet the window + crossings of two lines inside it: the regions of an arrangement of lines."""
    w, b = lines(net, on)
    s0, s1, t0, t1 = where
    corners = np.array([[s0, t0], [s1, t0], [s1, t1], [s0, t1]])
    heights = corners @ w.T + b
    met = (heights.min(axis=0) < 0) & (heights.max(axis=0) > 0)
    w, b = w[met], b[met]
    det = w[:, None, 0] * w[None, :, 1] - w[:, None, 1] * w[None, :, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        s = (w[:, None, 1] * b[None, :] - b[:, None] * w[None, :, 1]) / det
        t = (b[:, None] * w[None, :, 0] - w[:, None, 0] * b[None, :]) / det
    inside = (s > s0) & (s < s1) & (t > t0) & (t < t1)
    return 1 + len(w) + int(np.triu(inside, 1).sum())
