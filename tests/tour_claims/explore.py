"""Checks of the sentences of the tour of Explore."""

from __future__ import annotations

import math

import numpy as np
import shapely
import torch
from torch import nn

from figures.regions.overlays import Overlays, ViewOptions
from figures.regions.pin_overlays import certificate_overlays
from figures.svg.guides import legend_rows
from geometry import Plane, ball_on_plane, distances, enumerate_regions, region_at, theorem_3_1
from models import Trainer, load_preset, mlp, parse_widths
from pages.shared.plane.picture import RegionPicture, badge
from pages.shared.plane.state import LEARNING_RATE
from pages.shared.plane.training import EPOCHS
from pages.teaching.steps import Sentence, Step
from tests.oracles import activation_patterns, affine_pieces, box_distance, distances_by_jacobian, preactivation_rows
from tests.tour_claims.scene import Check, Scene, least_change, of, within


def _relu(step: Step, _: Sentence) -> None:
    """The network's output by hand from its weights: max(0, w x + b), unit by unit."""
    here = of(step)
    x = here.somewhere()
    first, last = [module for module in here.module if isinstance(module, nn.Linear)]
    w, b, v, c = (value.detach().numpy() for value in (first.weight, first.bias, last.weight, last.bias))
    assert np.allclose(np.maximum(0, x @ w.T + b) @ v.T + c, here.logits(x))


def _sides(step: Step, _: Sentence) -> None:
    here = of(step)
    x = here.somewhere()
    on = np.array([here.regions.pattern(index) for index in here.regions.locate(x)])
    assert (on == (preactivation_rows(here.module, x) > 0)).all()


def _lines(step: Step, sentence: Sentence) -> None:
    """Each unit's edges lie on one straight line, and there is a line of every unit in the window."""
    here, regions = of(step), of(step).regions
    assert len(here.network.widths) == 1 and here.network.widths[0] == sentence.values["units"]
    for unit in range(here.network.widths[0]):
        ends = regions.vertices[regions.edges[regions.edge_unit == unit].ravel()]
        assert len(ends) >= 2
        assert np.linalg.svd(ends - ends.mean(axis=0))[1][1] < 1e-9


def _one_pattern(step: Step, _: Sentence) -> None:
    here = of(step)
    x = here.somewhere()
    where, patterns = here.regions.locate(x), activation_patterns(here.module, x)
    for index in np.unique(where):
        assert (patterns[where == index] == patterns[where == index][0]).all()


def _one_map(step: Step, _: Sentence) -> None:
    here, x = of(step), of(step).somewhere()
    region = region_at(here.network, here.pin)
    same = x[here.regions.locate(x) == here.regions.locate(here.pin[None])[0]]
    assert len(same) > 5
    assert np.allclose(same @ region.V[-1].T + region.a[-1], here.logits(same))


def _pin_inside(step: Step, _: Sentence) -> None:
    here = of(step)
    (index,) = here.regions.locate(here.pin[None])
    assert shapely.Polygon(here.regions.polygon(index)).contains(shapely.Point(here.pin))


def _changes_at_red(step: Step, _: Sentence) -> None:
    """The decision boundary parts points of the two classes: just beside it, on its two sides, the classes differ."""
    here = of(step)
    lines = here.regions.decision_boundary()
    assert lines
    for line, _pair in lines:
        (x0, y0), (x1, y1) = line[0], line[1]
        middle, across = np.array([(x0 + x1) / 2, (y0 + y1) / 2]), np.array([y0 - y1, x1 - x0])
        across = 1e-6 * across / np.linalg.norm(across)
        assert len({*here.classes(np.stack([middle - across, middle + across])).tolist()}) == 2


def _random_is_wrong(step: Step, sentence: Sentence) -> None:
    here = of(step)
    assert 100 * (here.classes(here.data.x) != here.data.y).mean() > sentence.values["share"]


def _separates(step: Step, sentence: Sentence) -> None:
    """As the page trains: after so many steps at most 2 % of the examples are wrong, by torch's own forward pass."""
    here = of(step)
    x, y = torch.tensor(np.array(here.data.x), dtype=torch.float32), torch.tensor(here.data.y)
    module = mlp((2, *parse_widths(step.link["widths"]), 2), seed=int(step.link["init"]))
    trainer = Trainer(module, x, y, "plain", epochs=EPOCHS, lr=LEARNING_RATE)
    trainer.step(int(sentence.values["steps"]))
    snapshot = trainer.snapshot()
    with torch.no_grad():
        wrong = (trainer.network(snapshot)(x).argmax(dim=1) != y).float().mean()
    trainer.stop()
    assert snapshot.step == sentence.values["steps"]
    assert wrong <= 0.02


def _deep_pieces(step: Step, sentence: Sentence) -> None:
    """Inside a region of the first layer a deep unit has one gradient, in different regions different ones."""
    here, unit = of(step), int(step.link["unit"]) - 1
    first, x = here.network.widths[0], here.somewhere(60)
    patterns = activation_patterns(here.module, x)[:, :first]
    rows = {}
    for pattern, point in zip(map(bytes, patterns), x):
        row = affine_pieces(here.module, point)[0][1][unit - first]
        assert np.allclose(rows.setdefault(pattern, row), row)
    assert len(rows) > 10
    assert len({tuple(row.round(9)) for row in rows.values()}) > 10


def _bends(step: Step, _: Sentence) -> None:
    """Where two of its edges meet at an angle, a unit of the first layer is 0; and there are such places."""
    here, regions, unit = of(step), of(step).regions, int(step.link["unit"]) - 1
    mine = regions.edges[regions.edge_unit == unit]
    bends = 0
    for vertex in np.unique(mine):
        ends = mine[(mine == vertex).any(axis=1)]
        if len(ends) != 2:
            continue
        a, b = (regions.vertices[edge[edge != vertex][0]] - regions.vertices[vertex] for edge in ends)
        turn = abs(float(a[0] * b[1] - a[1] * b[0])) / (np.linalg.norm(a) * np.linalg.norm(b))
        if turn > 1e-6:
            bends += 1
            z = preactivation_rows(here.module, regions.vertices[vertex][None])[0, : here.network.widths[0]]
            assert abs(z).min() < 1e-9
    assert bends > 5


def _lit_is_deep(step: Step, sentence: Sentence) -> None:
    """The unit lies in the second layer and in the window, and the legend calls it as the sentence does."""
    here = of(step)
    unit, first = int(step.link["unit"]), here.network.widths[0]
    assert sentence.values == {"unit": unit, "number": unit - first, "layer": 2}
    assert first < unit <= sum(here.network.widths)
    assert (here.regions.edge_unit == sentence.values["unit"] - 1).any()
    frame, options = RegionPicture(here.regions).frame, ViewOptions(lit_unit=int(sentence.values["unit"]) - 1)
    name = legend_rows(frame, Overlays(), options)[-1][1]
    assert sentence.said.lower().startswith(name)


def _refines(step: Step, _: Sentence) -> None:
    """The regions of the first layer alone, each a union of the network's: areas and numbers."""
    here = of(step)
    first = here.network.widths[0]
    alone = enumerate_regions(nn.Sequential(*here.module[:2], nn.Linear(first, 2).double()), here.data.window)
    assert len(here.regions) > len(alone)
    centres = here.regions.centroids()
    areas = np.bincount(alone.locate(centres), here.regions.areas(), len(alone))
    assert np.allclose(areas, alone.areas())


def _two_layers(step: Step, sentence: Sentence) -> None:
    here, card = of(step), load_preset("moons").card
    assert here.network.widths == (sentence.values["width"],) * 2
    assert card.dataset["name"] == step.link["data"] == "moons"
    assert (here.classes(here.data.x) == here.data.y).mean() > 0.95


def _all_regions(step: Step, _: Sentence) -> None:
    """They fill the window, no two have one pattern, and no sampled pattern is missing."""
    here = of(step)
    s0, s1, t0, t1 = here.data.window
    assert not here.regions.truncated
    assert here.regions.areas().sum() == (s1 - s0) * (t1 - t0) or np.isclose(
        here.regions.areas().sum(), (s1 - s0) * (t1 - t0), rtol=1e-12
    )
    known = {bytes(here.regions.pattern(index)) for index in range(len(here.regions))}
    x = here.somewhere(5000)
    z = preactivation_rows(here.module, x)
    assert {bytes(row > 0) for row in z[abs(z).min(axis=1) > 1e-9]} <= known


def _badge(step: Step, _: Sentence) -> None:
    """The number in the badge is V - E + F = 1's."""
    regions = of(step).regions
    said = badge(RegionPicture(regions)).split("·")[1]
    counted = int("".join(filter(str.isdigit, said)))
    assert counted == 1 - len(regions.vertices) + len(regions.edges)


def _around_data(step: Step, _: Sentence) -> None:
    """Regions per area, near data points and elsewhere."""
    here, regions = of(step), of(step).regions
    near = shapely.MultiPoint(here.data.x).buffer(0.15)
    inside = shapely.contains_xy(near, regions.centroids())
    whole = float(regions.areas().sum())
    assert inside.sum() / near.area > 2 * (~inside).sum() / (whole - near.area)


def _label(here: Scene, role: str) -> str:
    """The label of the only circle with this role."""
    region = region_at(here.network, here.pin)
    theorem = theorem_3_1(here.network, here.pin, here.p)
    drawn = certificate_overlays(region, theorem, here.p, Plane.identity(), here.data.window)
    (label,) = (ball.label for ball in drawn.balls if ball.role == role)
    return label


def _d_B(step: Step, _: Sentence) -> None:
    here = of(step)
    found = theorem_3_1(here.network, here.pin, here.p)
    assert _label(here, "d_B").startswith("d_B = ")
    assert found.d_B == distances_by_jacobian(here.module, here.pin, here.p)[0] or math.isclose(
        found.d_B, distances_by_jacobian(here.module, here.pin, here.p)[0], rel_tol=1e-12
    )
    inside = activation_patterns(here.module, within(here.pin, found.d_B * 0.999, here.p))
    assert (inside == inside[0]).all()
    assert len({bytes(row) for row in activation_patterns(here.module, within(here.pin, found.d_B * 1.05, here.p))}) > 1


def _d_D(step: Step, _: Sentence) -> None:
    here = of(step)
    assert _label(here, "d_D").startswith("d_D = ")
    expected = distances_by_jacobian(here.module, here.pin, here.p)[1]
    assert math.isclose(theorem_3_1(here.network, here.pin, here.p).d_D, expected, rel_tol=1e-12)


def _optimal(step: Step, _: Sentence) -> None:
    """d_D <= d_B by derivatives, and the exact least change of class, by all regions, is d_D."""
    here = of(step)
    d_B, d_D = distances_by_jacobian(here.module, here.pin, here.p)
    assert d_D <= d_B
    label = int(here.classes(here.pin)[0])
    assert math.isclose(least_change(here.module, here.pin, here.p, 1.1 * d_D), d_D, rel_tol=1e-9)
    assert (here.classes(within(here.pin, d_D * 0.999, here.p)) == label).all()


def _witness(step: Step, _: Sentence) -> None:
    here = of(step)
    found = theorem_3_1(here.network, here.pin, here.p)
    assert found.optimal and found.witness is not None
    one, other = here.logits(found.witness)[0]
    assert abs(one - other) < 1e-9
    assert math.isclose(np.linalg.norm(found.witness - here.pin, ord=here.p), found.radius, rel_tol=1e-9)


def _too_small(step: Step, _: Sentence) -> None:
    d_B, d_D = distances_by_jacobian(of(step).module, of(step).pin, of(step).p)
    assert d_B < d_D


def _nothing_inside(step: Step, _: Sentence) -> None:
    here = of(step)
    inside = within(here.pin, distances_by_jacobian(here.module, here.pin, here.p)[0], here.p)
    assert (here.classes(inside) == here.classes(here.pin)).all()


def _lower_bound(step: Step, _: Sentence) -> None:
    here = of(step)
    exact = least_change(here.module, here.pin, here.p, 0.2)
    assert exact < math.inf
    assert min(distances_by_jacobian(here.module, here.pin, here.p)) <= exact
    assert theorem_3_1(here.network, here.pin, here.p).radius <= exact


def _region_bounds_radius(step: Step, _: Sentence) -> None:
    here = of(step)
    found = distances(here.network, here.data.x, here.p)
    for x, d_B, d_D in zip(here.data.x, found.d_B, found.d_D):
        region = shapely.Polygon(here.regions.polygon(here.regions.locate(x[None])[0]))
        assert min(d_B, d_D) <= region.boundary.distance(shapely.Point(x)) + 1e-9  # in l2, to the region's rim


def _square(step: Step, _: Sentence) -> None:
    here = of(step)
    radius = distances_by_jacobian(here.module, here.pin, here.p)[0]
    ball = ball_on_plane(here.pin, radius, here.p, Plane.identity())
    assert np.allclose(shapely.get_coordinates(shapely.box(*ball.bounds)).min(0), here.pin - radius)
    assert math.isclose(ball.area, (2 * radius) ** 2, rel_tol=1e-9)


def _dual_norm(step: Step, _: Sentence) -> None:
    w, b, x = np.array([0.7, -1.3]), 0.4, of(step).pin
    wide = np.full(2, 100.0)
    for p, q in ((1, math.inf), (2, 2), (math.inf, 1)):
        formula = abs(w @ x + b) / np.linalg.norm(w, ord=q)
        assert math.isclose(formula, box_distance(w, b, x, p, -wide, wide), rel_tol=1e-4)


CHECKS: dict[str, Check] = {
    "a unit computes a ReLU": _relu,
    "units are on where z is positive": _sides,
    "as many lines as units": _lines,
    "one pattern in a region": _one_pattern,
    "one affine map in a region": _one_map,
    "the pin stands inside a region": _pin_inside,
    "the class changes at the red line": _changes_at_red,
    "random weights are wrong": _random_is_wrong,
    "training separates the classes": _separates,
    "a deep unit is another affine function in each region of the first layer": _deep_pieces,
    "a deep unit bends at first lines": _bends,
    "the lit unit is deep": _lit_is_deep,
    "each layer refines": _refines,
    "two layers, trained on moons": _two_layers,
    "all regions and no other": _all_regions,
    "the badge counts the regions": _badge,
    "regions are densest around the data": _around_data,
    "d_B is the distance to the nearest switch": _d_B,
    "d_D is the distance to the nearest decision hyperplane": _d_D,
    "d_D at most d_B": _optimal,
    "the witness is a smallest perturbation": _witness,
    "d_B below d_D": _too_small,
    "nothing in the circle is adversarial": _nothing_inside,
    "the radius is a lower bound": _lower_bound,
    "no certificate of a region exceeds the region": _region_bounds_radius,
    "the ball is a square": _square,
    "distance to a hyperplane by the dual norm": _dual_norm,
}
