"""Checks of the sentences of the tour of Slices: the gallery's networks on the plane through three digits."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np
import torch

from certify import attack, certified_radius
from figures.images.slice_numbers import edges_figure
from geometry import Network, Plane, RegionMap, distances
from geometry.planar.plane_distances import nearest_on_lines
from models import load_images
from models.gallery import load_shipped
from pages.slices.plane import margin_gradient
from pages.teaching.steps import Sentence, Step
from tests.tour_claims.scene import Check
from tests.tour_claims.slice_planes import (
    counted,
    digits,
    images,
    network,
    networks,
    plane,
    region_map,
    scores,
    window,
)

PER_SIDE = 41


def _three(step: Step, _: Sentence) -> None:
    on = plane(step)
    assert len({int(label) for label in load_images("mnist-5k").y[[int(step.link[name]) for name in "abc"]]}) == 3
    assert np.allclose(on.embed(on.project(images(step))), images(step))
    assert on.embed(np.zeros((1, 2))).shape == (1, 1, 28, 28)


def _piecewise(step: Step, _: Sentence) -> None:
    """Between two switches on the way the second differences of the scores vanish."""
    first, *_rest = networks(step)
    a, b, _c = images(step)
    shares = np.linspace(0, 1, 4001)[:, None, None, None]
    x = a + shares * (b - a)
    with torch.no_grad():
        z = first.preactivations(torch.from_numpy(x))[0].numpy() > 0
    bent = abs(np.diff(scores(first, x), 2, axis=0)).max(axis=1)
    still = (z[2:] == z[:-2]).all(axis=1)
    assert 0.3 < still.mean() < 1
    assert bent[still].max() < 1e-9


def _counted(step: Step, _: Sentence) -> None:
    for slot in ("first", "second"):
        assert len(region_map(step, slot)) == counted(network(step.link[slot]), plane(step), window(step))


def _same_units(step: Step, sentence: Sentence) -> None:
    cards = [load_shipped(step.link[slot]).card for slot in ("first", "second")]
    assert all(net.widths == (sentence.values["units"],) for net in networks(step))
    assert cards[0].dataset == cards[1].dataset
    assert cards[0].training["objective"] != cards[1].training["objective"]


def _more(step: Step, _: Sentence) -> None:
    plain, mmr = (counted(net, plane(step), window(step)) for net in networks(step))
    assert plain > 2 * mmr


def _few(step: Step, _: Sentence) -> None:
    plain, mmr = (counted(net, plane(step), window(step)) for net in networks(step))
    assert plain > 300 and mmr < 20


def _pin_is_digit(step: Step, _: Sentence) -> None:
    s, t = map(float, step.link["pin"].split(","))
    assert np.allclose(plane(step).embed(np.array([[s, t]])), images(step)[:1])


def _proved(net: Network, x: np.ndarray) -> float:
    """What the page's green ball has as its radius: the best of these, by bisection on the margins."""
    return max(float(certified_radius(net, x[None], 2, method)[0]) for method in ("fast-lin", "crown"))


def _unbroken(step: Step, _: Sentence) -> None:
    x = images(step)[0]
    for net in networks(step):
        radius = _proved(net, x)
        label = int(scores(net, x[None]).argmax())
        assert radius > 0
        steps = np.random.default_rng(0).normal(size=(500, *x.shape))
        steps *= radius / np.linalg.norm(steps.reshape(500, -1), axis=1)[:, None, None, None]
        assert (scores(net, x + steps).argmax(axis=1) == label).all()
        found = attack(net, x[None], np.array([label]), "pgd", eps=radius, p=2)
        assert not found.success.any()


def _edge(step: Step, net: Network, map_: RegionMap) -> tuple[float, np.ndarray]:
    found = [line for line, _classes in map_.decision_boundary()]
    distance, point = nearest_on_lines(found, np.zeros(2), 2, plane(step))
    return distance, np.asarray(point)


def _reaches(step: Step, _: Sentence) -> None:
    on, x = plane(step), images(step)[0]
    for net, slot in zip(networks(step), ("first", "second")):
        distance, point = _edge(step, net, region_map(step, slot))
        first, second = np.sort(scores(net, on.embed(point[None]))[0])[[-1, -2]]
        assert abs(first - second) < 1e-6
        assert math.isclose(np.linalg.norm(on.embed(point[None])[0] - x), distance, rel_tol=1e-9)
        near = distances(net, x[None], 2)
        assert near.d_B[0] < _proved(net, x) < near.d_D[0] < distance
        angles = np.linspace(0, 2 * np.pi, 720)[:, None]
        rim = 0.999 * distance * np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
        for share in (0.25, 0.5, 0.75, 1.0):
            assert (scores(net, on.embed(share * rim)).argmax(1) == scores(net, x[None]).argmax()).all()


def _deepfool(net: Network, x: np.ndarray) -> np.ndarray:
    found = attack(net, x[None], scores(net, x[None]).argmax(1), "deepfool", p=2)
    assert found.success.all()
    return np.asarray(found.points[0].numpy()).reshape(x.shape)


def _much_nearer(step: Step, sentence: Sentence) -> None:
    x = images(step)[0]
    assert sentence.values["more"] == x.size - 2
    for net, slot in zip(networks(step), ("first", "second")):
        there = _deepfool(net, x)
        assert scores(net, there[None]).argmax() != scores(net, x[None]).argmax()
        assert np.linalg.norm(there - x) < 0.5 * _edge(step, net, region_map(step, slot))[0]


def _towards(step: Step, _: Sentence) -> None:
    """The first direction of the plane is that of the plain network's DeepFool."""
    x, first = images(step)[0], networks(step)[0]
    assert (step.link["plane"], step.link["u"], step.link["pin"]) == ("directions", "adversarial", "0,0")
    there = _deepfool(first, x)
    on = Plane.through(x, there, images(step)[1])
    assert np.allclose(on.embed(on.project(there[None])), there)


def _soon(step: Step, _: Sentence) -> None:
    x, first = images(step)[0], networks(step)[0]
    there = _deepfool(first, x)
    assert np.linalg.norm(there - x) < np.linalg.norm(images(step)[1] - x) / 5
    assert scores(first, there[None]).argmax() != scores(first, x[None]).argmax()


def _hard_to_see(step: Step, _: Sentence) -> None:
    """A tenth of the image's own length, spread over its pixels: on average 3 in 100 of what a pixel can show."""
    x = images(step)[0]
    change = _deepfool(networks(step)[0], x) - x
    assert np.linalg.norm(change) < 0.15 * np.linalg.norm(x)
    assert np.sqrt((change**2).mean()) < 0.04


@cache
def along(name: str, a: str, b: str, c: str) -> np.ndarray:
    """(2, m) d_B and d_D along the sides."""
    corners = digits(a, b, c)
    shares = np.linspace(0, 1, PER_SIDE)[:, None, None, None]
    x = np.concatenate([one + shares * (other - one) for one, other in pairwise([*corners, corners[0]])])
    found = distances(network(name), x, 2)
    return np.stack([found.d_B, found.d_D])


def sides(step: Step) -> list[np.ndarray]:
    return [along(step.link[slot], step.link["a"], step.link["b"], step.link["c"]) for slot in ("first", "second")]


def _along(step: Step, _: Sentence) -> None:
    """d_B of a point there is that of its first-layer rows; the axis is logarithmic."""
    for net, (d_B, _d_D) in zip(networks(step), sides(step)):
        w = net.layers[0].affine.linear(torch.eye(784, dtype=torch.float64)).numpy().T
        middle = images(step)[0] + 0.5 * (images(step)[1] - images(step)[0])
        with torch.no_grad():
            z = net.preactivations(torch.from_numpy(middle[None]))[0][0].numpy()
        assert math.isclose((abs(z) / np.linalg.norm(w, axis=1)).min(), d_B[PER_SIDE // 2], rel_tol=1e-6)
    figure = edges_figure({"a": sides(step)[0][0]}, ["a", "b", "c"], "d_B")
    assert figure.layout.yaxis.type == "log"


def _larger(step: Step, sentence: Sentence) -> None:
    plain, mmr = sides(step)
    assert mmr[0].mean() >= sentence.values["times"] * plain[0].mean()


def _stronger(step: Step, _: Sentence) -> None:
    plain, mmr = sides(step)
    assert mmr.min(axis=0).mean() > 5 * plain.min(axis=0).mean()
    for found in (plain, mmr):
        assert (found.min(axis=0) <= found[0]).all()


def _steepest(step: Step, _: Sentence) -> None:
    """A small step along it raises the margin as no other step of its length does."""
    net, x = networks(step)[0], images(step)[0]
    gradient = margin_gradient(net, x)
    tiny = 1e-7

    def margin(at: np.ndarray) -> np.ndarray:
        two = np.sort(scores(net, at), axis=1)[:, -2:]
        return two[:, 1] - two[:, 0]

    best = margin((x + tiny * gradient / np.linalg.norm(gradient))[None])[0] - margin(x[None])[0]
    others = np.random.default_rng(0).normal(size=(200, *x.shape))
    others /= np.linalg.norm(others.reshape(200, -1), axis=1)[:, None, None, None]
    assert best > (margin(x + tiny * others) - margin(x[None])).max() > 0


def _strokes(step: Step, _: Sentence) -> None:
    """Of the gradient's size, the share on strokes: for MMR at least twice the plain network's."""
    plain, mmr = networks(step)
    for x in images(step):
        ink = x > 0
        shares = [
            np.abs(gradient)[ink].sum() / np.abs(gradient).sum()
            for gradient in (margin_gradient(plain, x), margin_gradient(mmr, x))
        ]
        assert shares[1] > 2 * shares[0]
        assert shares[1] > 2 * ink.mean()


CHECKS: dict[str, Check] = {
    "a plane through three digits": _three,
    "scores are piecewise affine": _piecewise,
    "all regions are counted": _counted,
    "same units, same digits, other objectives": _same_units,
    "the plain network has more regions": _more,
    "few regions near a digit under MMR": _few,
    "the pin is a digit": _pin_is_digit,
    "no attack breaks the proved ball": _unbroken,
    "the largest circle reaches the boundary": _reaches,
    "DeepFool is nearer than the plane's boundary": _much_nearer,
    "the plane holds the adversarial image": _towards,
    "the class changes soon": _soon,
    "the change is small": _hard_to_see,
    "d_B along the sides": _along,
    "MMR's regions are larger": _larger,
    "so is the radius of the region": _stronger,
    "the gradient is the steepest change": _steepest,
    "robust gradients follow the strokes": _strokes,
}
