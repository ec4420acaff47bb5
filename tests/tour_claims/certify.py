"""Checks of the sentences of the tour of Certify."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from torch import nn

from certify import bounds, certified_radius, complete, margins, minimal_perturbation
from certify.bounds.methods.crown import crown
from certify.bounds.methods.fast_lin import fast_lin
from certify.dataset.robust_error import robust_error
from certify.ladder import ladder
from certify.rungs import Rung
from figures.words import three_digits
from geometry import distances
from pages.teaching.steps import Sentence, Step
from tests.oracles import distances_by_jacobian, preactivation_rows
from tests.tour_claims.scene import Check, Scene, least_change, of, within

ROUNDING = 1e-9
EPS = 0.06  # between the bounds' radii: where they differ


@cache
def _rungs(step_id: int, methods: str) -> list[Rung]:
    here = _HERE[step_id]
    return list(ladder(here.network, here.pin[None], here.p, methods=tuple(methods.split(","))))


_HERE: dict[int, Scene] = {}


def rungs(step: Step) -> dict[str, Rung]:
    """The step's own ladder; of the exact search the last rung."""
    _HERE[id(step)] = of(step)
    return {rung.name: rung for rung in _rungs(id(step), step.link["methods"])}


def exact(step: Step) -> float:
    """By all regions around the pin."""
    return _exact(step.link["data"], step.link["pin"], step.link["p"])


@cache
def _exact(data: str, pin: str, p: str) -> float:
    here = Scene(Step("", "certify", {"network": "shipped", "data": data, "pin": pin, "p": p}, ()))
    return least_change(here.module, here.pin, here.p, 0.09)


def _there_is(step: Step, _: Sentence) -> None:
    here, least = of(step), exact(step)
    assert 0 < least < math.inf
    assert (here.classes(within(here.pin, 0.999 * least, here.p)) == here.classes(here.pin)).all()


def _both_sides(step: Step, _: Sentence) -> None:
    least, found = exact(step), rungs(step)
    assert any(rung.kind == "lower" for rung in found.values()) and any(r.kind == "upper" for r in found.values())
    for rung in found.values():
        assert rung.lower <= least * (1 + ROUNDING)
        assert rung.upper >= least * (1 - ROUNDING)


def _simplex(step: Step, _: Sentence) -> None:
    here = of(step)
    first = next(iter(rungs(step).values()))
    assert first.name == "simplex"
    assert math.isclose(first.lower, min(distances_by_jacobian(here.module, here.pin, here.p)), rel_tol=1e-9)


def _ranges(step: Step, _: Sentence) -> None:
    """By hand: centre and radius through each layer's absolute weights."""
    here = of(step)
    low, high = here.pin - EPS, here.pin + EPS
    for (lower, upper), layer in zip(
        bounds(here.network, here.pin[None], EPS, here.p, "interval"),
        [module for module in here.module if isinstance(module, nn.Linear)],
    ):
        w, b = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        middle, reach = w @ (low + high) / 2 + b, abs(w) @ (high - low) / 2
        assert np.allclose(lower, middle - reach) and np.allclose(upper, middle + reach)
        low, high = np.maximum(middle - reach, 0), np.maximum(middle + reach, 0)


def _independent(step: Step, _: Sentence) -> None:
    """Two units whose sum stays below the sum of their largest values."""
    here = of(step)
    z = np.maximum(0, preactivation_rows(here.module, within(here.pin, EPS, here.p)))
    largest = z.max(axis=0)
    (_, upper), *_rest = bounds(here.network, here.pin[None], EPS, here.p, "interval")
    assert (np.maximum(0, upper[0].numpy()) >= largest - ROUNDING).all()
    together = (z[:, :, None] + z[:, None, :]).max(axis=0)
    taken = np.maximum(0, upper[0].numpy())
    assert (together < 0.9 * (taken[:, None] + taken[None, :])).any()


def _loose(step: Step, _: Sentence) -> None:
    assert 0 < rungs(step)["interval"].lower < 0.95 * exact(step)


def _unstable(here: Scene) -> tuple[np.ndarray, np.ndarray]:
    ((lower, upper), *_rest) = bounds(here.network, here.pin[None], EPS, here.p, "crown")
    some = (lower[0] < 0) & (upper[0] > 0)
    return lower[0][some].numpy(), upper[0][some].numpy()


def _enclosed(step: Step, _: Sentence) -> None:
    low, high = _unstable(of(step))
    assert len(low) > 1
    for relaxation in (fast_lin, crown):
        lines = relaxation(torch.tensor(low), torch.tensor(high), 0.0)
        for share in np.linspace(0, 1, 11):
            z = low + share * (high - low)
            graph = np.maximum(0, z)
            assert (lines.lower.numpy() * z <= graph + ROUNDING).all()
            assert (lines.upper.numpy() * z + lines.intercept.numpy() >= graph - ROUNDING).all()


def _shared(step: Step, _: Sentence) -> None:
    found = rungs(step)
    assert min(found["fast-lin"].lower, found["crown"].lower) > found["interval"].lower


def _slopes(step: Step, _: Sentence) -> None:
    low, high = _unstable(of(step))
    parallel = fast_lin(torch.tensor(low), torch.tensor(high), 0.0)
    assert np.allclose(parallel.lower, high / (high - low)) and np.allclose(parallel.upper, high / (high - low))
    adaptive = crown(torch.tensor(low), torch.tensor(high), 0.0).lower.numpy()
    area_of_zero, area_of_one = high**2 / 2, low**2 / 2  # between the graph and the line of that slope
    assert (adaptive == np.where(area_of_one < area_of_zero, 1, 0)).all()


def _exact_up_to_d_B(step: Step, _: Sentence) -> None:
    here = of(step)
    d_B, d_D = distances_by_jacobian(here.module, here.pin, here.p)
    x, y = here.pin[None], here.classes(here.pin)
    eps = 0.99 * d_B
    slope = here.logits(here.pin)[0]
    margin = slope[y[0]] - np.delete(slope, y[0]).max()
    for method in ("fast-lin", "crown"):
        for lower, upper in bounds(here.network, x, eps, here.p, method)[:-1]:
            assert not ((lower < 0) & (upper > 0)).any()
        proved = np.delete(margins(here.network, x, y, eps, here.p, method)[0], y[0]).min()
        assert math.isclose(proved, margin * (1 - eps / d_D), rel_tol=1e-6)  # the affine map's own least margin
        assert float(certified_radius(here.network, x, here.p, method)[0]) >= min(d_B, d_D) * (1 - ROUNDING)


def _gap(step: Step, _: Sentence) -> None:
    """The lines of a stable unit coincide, those of an unstable one do not."""
    low, high = np.array([-2.0, 0.5, -1.0]), np.array([-1.0, 2.0, 1.0])
    for relaxation in (fast_lin, crown):
        lines = relaxation(torch.tensor(low), torch.tensor(high), 0.0)
        gaps = lines.upper * torch.tensor(high) + lines.intercept - lines.lower * torch.tensor(high)
        gaps += lines.upper * torch.tensor(low) + lines.intercept - lines.lower * torch.tensor(low)
        assert (gaps[:2] == 0).all() and gaps[2] > 0
    _exact_up_to_d_B(step, _)


def _best_lines(step: Step, _: Sentence) -> None:
    found = rungs(step)
    for name in ("interval", "fast-lin", "crown", "alpha-crown"):
        assert found[name].lower <= found["lp"].lower + 1e-6


def _reached(step: Step, _: Sentence) -> None:
    found = rungs(step)
    assert three_digits(found["crown"].lower, down=True) == three_digits(found["lp"].lower, down=True)
    assert math.isclose(found["crown"].lower, found["lp"].lower, rel_tol=1e-9)


def _below_exact(step: Step, _: Sentence) -> None:
    assert rungs(step)["lp"].lower < 0.99 * exact(step)


def _attacks(step: Step, _: Sentence) -> None:
    here, found = of(step), rungs(step)
    moved = found["fgsm"].witness - here.pin
    assert np.allclose(abs(moved), abs(moved).max())  # a step along signs is equally long in every coordinate
    for name in ("pgd", "deepfool", "linear-region"):
        assert found[name].upper <= found["fgsm"].upper * (1 + 1e-3)


def _other_class(step: Step, _: Sentence) -> None:
    here = of(step)
    for rung in rungs(step).values():
        if rung.kind == "upper":
            scores, label = here.logits(rung.witness)[0], here.classes(here.pin)[0]
            assert np.delete(scores, label).max() >= scores[label] - ROUNDING
            assert np.linalg.norm(rung.witness - here.pin, ord=here.p) <= rung.upper * (1 + ROUNDING)


def _meet(step: Step, _: Sentence) -> None:
    here = of(step)
    (found,) = minimal_perturbation(here.network, here.pin[None], here.p)
    assert found.optimal and found.lower <= exact(step) * (1 + 1e-9) and found.upper >= exact(step) * (1 - 1e-9)
    assert math.isclose(found.lower, found.upper, rel_tol=1e-5)


def _encloses(step: Step, _: Sentence) -> None:
    last = rungs(step)["exact"]
    assert last.lower <= exact(step) * (1 + 1e-9) and exact(step) * (1 - 1e-9) <= last.upper
    assert last.tight


def _at_any_time(step: Step, _: Sentence) -> None:
    rungs(step)
    narrowing = [rung for rung in _rungs(id(step), step.link["methods"]) if rung.name == "exact"]
    assert len(narrowing) > 1
    for rung in narrowing:
        assert rung.lower <= exact(step) * (1 + 1e-9) and exact(step) * (1 - 1e-9) <= rung.upper


def _shares(step: Step, _: Sentence) -> None:
    for rung in rungs(step).values():
        if rung.kind == "lower":
            assert 0 < rung.lower / exact(step) <= 1 + 1e-6


@cache
def _error(data: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At a few eps, of some points: the share that PGD breaks, the exact one, and the one that CROWN leaves."""
    here = Scene(Step("", "certify", {"network": "shipped", "data": data, "p": "inf"}, ()))
    near = distances(here.network, here.data.x, here.p).d_D.argsort()[:2]  # where something happens soon
    x, y = np.array(here.data.x)[near], np.array(here.data.y)[near]
    grid = [0.04, 0.08, 0.12]
    found = complete(robust_error(here.network, x, y, grid, here.p, methods=("crown",)))
    least = [
        least_change(here.module, point, here.p, grid[-1]) if here.classes(point)[0] == label else 0.0
        for point, label in zip(x, y)
    ]
    truth = np.array([np.mean(np.array(least) <= eps) for eps in grid])
    return found.lower(grid), truth, found.upper("crown", grid)


def _both_curves(step: Step, _: Sentence) -> None:
    attacked, _truth, unproved = _error(step.link["data"])
    assert (attacked <= unproved).all() and (np.diff(attacked) >= 0).all() and (np.diff(unproved) >= 0).all()
    assert unproved[-1] > 0


def _between(step: Step, _: Sentence) -> None:
    attacked, truth, unproved = _error(step.link["data"])
    assert (attacked <= truth).all() and (truth <= unproved).all()


CHECKS: dict[str, Check] = {
    "there is a smallest perturbation": _there_is,
    "lower bounds below, attacks above": _both_sides,
    "the simplex rung is the region's own": _simplex,
    "intervals are the ranges of ranges": _ranges,
    "intervals forget what units share": _independent,
    "the interval rung is true and loose": _loose,
    "two lines enclose an unstable unit": _enclosed,
    "lines prove more than intervals here": _shared,
    "the lines of Fast-Lin and CROWN": _slopes,
    "lines are exact up to d_B": _exact_up_to_d_B,
    "only unstable units cost": _gap,
    "no lines prove more than the LP": _best_lines,
    "CROWN reaches the LP here": _reached,
    "the LP proves less than the exact value": _below_exact,
    "FGSM steps along signs": _attacks,
    "every attack finds another class": _other_class,
    "meeting bounds are the number": _meet,
    "the exact search encloses": _encloses,
    "what the search has is true at any time": _at_any_time,
    "every rung is a share": _shares,
    "attacks from below, certificates from above": _both_curves,
    "the exact robust error lies between": _between,
}
