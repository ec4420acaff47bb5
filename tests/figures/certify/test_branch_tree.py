"""The tree of cases as a picture: each node once, children under their parents, and the words of each step."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from certify import minimal_perturbation
from certify.exact.branch_record import recorded_branch_and_bound
from figures.certify.branch_tree import LEAST, branch_tree_svg, split_of, tree_steps
from geometry import as_network
from models import mlp

X = np.array([0.3, 0.2])
MODULE = mlp((2, 6, 5, 2), seed=0).double()
NETWORK = as_network(MODULE, (2,))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def record():
    (exact,) = minimal_perturbation(MODULE, X[None], math.inf, time_limit=60)
    return recorded_branch_and_bound(MODULE, X, 0.99 * exact.upper, math.inf, max_nodes=5000, time_limit=60)


def groups(record, kind: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(branch_tree_svg(record, NETWORK))
    return [group for group in root.iter(f"{SVG}g") if group.get("class") == kind]


def places(record) -> np.ndarray:
    texts = [re.fullmatch(r"translate\((\S+) (\S+)\)", node.get("transform") or "") for node in groups(record, "node")]
    return np.array([[float(text[1]), float(text[2])] for text in texts if text])


def test_each_node_is_drawn_once_with_its_steps_and_outcome(record):
    drawn = groups(record, "node")
    assert len(drawn) == len(record.nodes) > 4
    for node, group in zip(record.nodes, drawn):
        assert (group.get("data-bounded"), group.get("data-closed")) == (str(node.bounded), str(node.closed))
        assert group.get("data-outcome") == node.outcome
        children = [child for child in record.nodes if child.parent is not None and record.nodes[child.parent] is node]
        assert group.get("data-unit") == (str(children[0].unit) if children else None)
    assert len(groups(record, "edge")) == sum(node.parent is not None for node in record.nodes)


def test_children_lie_under_their_parent_off_on_the_left_and_no_two_nodes_meet(record):
    at = places(record)
    for i in range(len(record.nodes)):
        children = {child.on: j for j, child in enumerate(record.nodes) if child.parent == i}
        if children:
            assert at[children[False], 0] < at[i, 0] < at[children[True], 0]
            assert at[children[False], 1] == at[children[True], 1] > at[i, 1]
    for level in set(at[:, 1]):
        row = np.sort(at[at[:, 1] == level, 0])
        assert (np.diff(row) >= LEAST - 0.2).all()


def test_every_step_has_words_and_the_last_says_what_is_proved(record):
    content = tree_steps(record, NETWORK, ("a", "b"))
    json.dumps(content, allow_nan=False)
    assert len(content["steps"]) == record.steps + 1
    assert all(step["title"] and step["words"] for step in content["steps"])
    leaves = sum(node.outcome != "split" for node in record.nodes)
    assert f"{leaves} cases closed" in content["steps"][-1]["words"]
    splits = Counter(step["unit"] for step in content["steps"] if step["unit"] is not None)
    halves = Counter(node.unit for node in record.nodes if node.on)
    assert splits == halves


def test_a_counterexample_names_the_class_it_has(record):
    unsafe = recorded_branch_and_bound(MODULE, X, 1.1 * record.radius, math.inf, max_nodes=5000, time_limit=60)
    other = ("a", "b")[1 - unsafe.label]
    content = tree_steps(unsafe, NETWORK, ("a", "b"))
    assert f"a point of {other} within" in content["steps"][-1]["words"]
    assert content["witness"] is not None and content["safe"] is False


def test_units_are_named_by_layer_and_number():
    assert split_of(NETWORK, 0).name == "unit 1 of layer 1"
    assert split_of(NETWORK, 6).name == "unit 1 of layer 2"
    assert split_of(NETWORK, 10).short == "L2 u5" and split_of(NETWORK, 10).unit == 10


@pytest.mark.parametrize("activation", ["abs", "clip"])
def test_units_that_bend_otherwise_have_the_number_that_the_module_gives_them(activation):
    module = mlp((2, 6, 5, 2), activation, seed=0).double()
    with torch.no_grad():
        module[0].weight.mul_(3)
    network = as_network(module, (2,))
    names = [split_of(network, unit).name for unit in (0, 1, 12, 21)]
    assert names == [f"unit {number} of layer {layer}" for number, layer in ((1, 1), (1, 1), (1, 2), (5, 2))]
    assert [split_of(network, unit).unit for unit in (0, 1, 12, 21)] == [0, 0, 6, 10]
    (exact,) = minimal_perturbation(module, X[None], math.inf, time_limit=60)
    record = recorded_branch_and_bound(module, X, 0.9 * exact.upper, math.inf, max_nodes=5000, time_limit=60)
    steps = tree_steps(record, network)["steps"]
    split = {node.unit for node in record.nodes} - {None}
    assert {step["unit"] for step in steps} - {None} <= set(range(11))
    words = " ".join(step["words"] for step in steps)
    assert split and ("above 1 or below 1" in words) == any(unit % 2 for unit in split)
    assert activation == "clip" or not any(unit % 2 for unit in split)
