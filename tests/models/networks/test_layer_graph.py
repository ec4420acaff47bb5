"""Graphs of layers as descriptions: what torch computes, and descriptions that are refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from models.networks.architecture import assemble, build, describe, weights_of
from models.networks.input_shapes import check_input_shape, input_shape_of


def step(layer: str, of: list[int], **fields: Any) -> dict[str, Any]:
    return {"layer": layer, "of": of, **fields}


STEPS = [
    step("Linear", [0], in_features=3, out_features=4, bias=True), step("Abs", [1]), step("Maximum", [1, 2]),
    step("Clamp", [3], low=None, high=1.5), step("Concat", [4, 0]), step("Pick", [5], inputs=7, outputs=4),
    step("Constant", [0], units=4), step("Minimum", [6, 7]), step("Subtract", [8, 1]), step("Add", [9, 9]),
]  # fmt: skip
WEIGHT, BIAS, INDEX, VALUE = torch.randn(4, 3), torch.randn(4), torch.tensor([6, 0, 0, 5]), torch.randn(4)
WEIGHTS = {"0.0.weight": WEIGHT, "0.0.bias": BIAS, "0.5.index": INDEX, "0.6.value": VALUE}


def described(steps: list[Any], shape: Any = None) -> list[dict[str, Any]]:
    return [{"layer": "LayerGraph", "input_shape": [3] if shape is None else shape, "steps": steps}]


def test_a_graph_computes_its_steps() -> None:
    network = assemble(described(STEPS), WEIGHTS)
    x = torch.randn(9, 3)
    z = x @ WEIGHT.T + BIAS
    joined = torch.cat([z.abs().clamp(max=1.5), x], 1)
    torch.testing.assert_close(network(x), 2 * (torch.minimum(joined[:, INDEX], VALUE) - z))
    assert input_shape_of(network) == (3,)


def test_its_description_builds_it_again() -> None:
    network = assemble(described(STEPS), WEIGHTS)
    again = assemble(describe(network), weights_of(network))
    x = torch.randn(9, 3)
    assert torch.equal(again(x), network(x))
    assert describe(network) == described(STEPS)


@pytest.mark.parametrize(
    ("steps", "named"),
    [
        ([step("Abs", [1])], r"layer 0: .*cannot act on the values \[1\]"),
        ([step("Abs", [-1])], r"cannot act on the values \[-1\]"),
        ([step("Abs", [True])], "cannot act"),
        ([step("Abs", [0, 0])], "cannot act"),
        ([step("Add", [0])], "cannot act"),
        ([step("Concat", [])], "cannot act"),
        ([{"layer": "Abs"}], "cannot act on the values None"),
        (["Abs"], "is not supported"),
        ([{"of": [0]}], "is not supported"),
        (described(STEPS), "is not supported"),
        ([step("Exp", [0])], "is not supported"),
        ([step("Clamp", [0], low=math.nan, high=None)], "low = nan"),
        ([step("Pick", [0], inputs=3, outputs=10**9)], "outputs = 1000000000"),
        ([step("Abs", [0], speed=1)], "has fields"),
        ([], "steps"),
        ([step("Abs", [0])] * 3000, "steps"),
    ],
)
def test_descriptions_that_are_no_graph_are_refused(steps: list[Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        build(described(steps))


@pytest.mark.parametrize("shape", [[], [0], ["3"], 3, [3] * 9])
def test_an_input_shape_that_is_none_is_refused(shape: Any) -> None:
    with pytest.raises(ValueError, match="input_shape"):
        build(described(STEPS, shape))


@pytest.mark.parametrize(
    ("index", "named"),
    [
        (torch.tensor([0, 1, 7, 2]), r"index names places outside 0\.\.6"),
        (torch.tensor([0, -1, 2, 2]), "outside"),
        (torch.rand(4), "not plain real numbers"),
        (torch.tensor([0, 1]), "shape"),
    ],
)
def test_places_that_are_none_are_refused(index: torch.Tensor, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        assemble(described(STEPS), {**WEIGHTS, "0.5.index": index})


@pytest.mark.parametrize(
    "steps",
    [
        [step("Pick", [0], inputs=3, outputs=2), step("Add", [0, 1])],
        [step("Pick", [0], inputs=4, outputs=2)],
        [step("BatchNorm2d", [0], num_features=3, eps=0, affine=False)],
        [step("Linear", [0], in_features=2, out_features=2, bias=False)],
        [step("Concat", [k] * 400) for k in range(5)],  # 400 times as many numbers each time
    ],
)
def test_steps_that_do_not_fit_their_operands_are_refused(steps: list[Any]) -> None:
    with pytest.raises(ValueError, match="does not fit activations"):
        check_input_shape(build(described(steps)), (3,))
