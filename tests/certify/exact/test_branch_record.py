"""The record of branch and bound: a tree whose bounds hold, and that is the search's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from certify import minimal_perturbation
from certify.exact.branch_and_bound import BranchAndBound
from certify.exact.branch_record import BranchRecord, recorded_branch_and_bound
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern
from geometry import as_network
from models import mlp

X = np.array([0.3, 0.2])
NORMS = (2, math.inf)


def network(classes: int = 2):
    return mlp((2, 6, 5, classes), seed=0).double()


def distance(p, classes: int = 2) -> float:
    (exact,) = minimal_perturbation(network(classes), X[None], p, time_limit=60)
    assert exact.optimal
    return exact.upper


def recorded(radius: float, p, classes: int = 2, **options) -> BranchRecord:
    return recorded_branch_and_bound(
        network(classes), X, radius, p, **({"max_nodes": 5000, "time_limit": 60} | options)
    )


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("p", NORMS)
def test_the_verdict_is_that_of_the_minimal_perturbation(p, classes):
    smallest = distance(p, classes)
    safe, unsafe = recorded(0.98 * smallest, p, classes), recorded(1.05 * smallest, p, classes)
    assert safe.safe is True and safe.witness is None
    assert unsafe.safe is False and unsafe.witness is not None
    assert np.linalg.norm(unsafe.witness - X, p) <= 1.05 * smallest * (1 + 1e-12)
    scores = network(classes)(torch.tensor(unsafe.witness)[None])[0]
    assert int(scores.argmax()) != unsafe.label
    assert sum(node.outcome == "witness" for node in unsafe.nodes) == 1


@pytest.mark.parametrize("p", NORMS)
def test_each_split_has_both_cases_and_all_leaves_of_a_proof_are_closed(p):
    record = recorded(0.98 * distance(p), p)
    for i, node in enumerate(record.nodes):
        children = [other for other in record.nodes if other.parent == i]
        assert len(children) == (2 if node.outcome == "split" else 0)
        if children:
            assert {child.on for child in children} == {True, False}
            assert len({child.unit for child in children}) == 1
            assert all(node.closed == child.bounded for child in children)
        else:
            assert node.outcome in ("proved", "region")
        assert node.parent is None or node.parent < i
    assert {node.bounded for node in record.nodes} | {node.closed for node in record.nodes} == set(range(record.steps))
    assert record.steps > 1


def sampled(radius: float, p, count: int = 4000) -> np.ndarray:
    """Points of the ball, many of them on its border."""
    steps = np.random.default_rng(0).standard_normal((count, 2))
    steps /= np.linalg.norm(steps, p, axis=1)[:, None]
    return X + radius * steps * np.random.default_rng(1).uniform(0, 1, (count, 1)) ** 0.3


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("p", NORMS)
def test_no_point_of_a_node_is_below_its_bound(p, classes):
    """Each sampled point goes down the tree by the signs of its own units."""
    record = recorded(0.98 * distance(p, classes), p, classes)
    points = sampled(record.radius, p)
    converted = as_network(network(classes), (2,))
    *hidden, scores = (z.detach() for z in converted.preactivations(torch.tensor(points)))
    signs, scores = torch.cat(hidden, 1).numpy() > 0, scores.numpy()
    inside: list[np.ndarray] = []
    for node in record.nodes:
        here = np.ones(len(points), bool) if node.parent is None else inside[node.parent]
        if node.unit is not None:
            here = here & (signs[:, node.unit] == node.on)
        inside.append(here)
        margins = scores[here, record.label] - scores[here, node.other]
        assert margins.min(initial=math.inf) >= node.bound - 1e-9
        if node.outcome in ("proved", "region"):
            assert (margins > 0).all()


def test_an_observed_search_is_the_same_search():
    ends = []

    class Nobody:
        def bounded(self, *_):
            pass

        decided = bounded

    radius = 0.98 * distance(2)
    for observer in (None, Nobody()):
        bracket = Bracket(checked_points(network(), X[None], None, 2, None), eps=radius)
        search = BranchAndBound(bracket, radius, RegionsByPattern(bracket.network, bracket.x), observer)
        ends.append((search.run(), search.bounded, bracket.upper))
    assert ends[0] == ends[1]
    assert ends[0][1] == len(recorded(radius, 2).nodes)


def test_a_limit_of_nodes_leaves_open_cases():
    record = recorded(0.999 * distance(2), 2, max_nodes=2)
    assert record.safe is None
    assert any(node.outcome == "open" for node in record.nodes)


def test_a_radius_that_is_none_is_refused():
    with pytest.raises(ValueError, match="radius must be positive"):
        recorded(0.0, 2)
