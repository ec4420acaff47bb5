"""A proof is written for what is decided, whatever the network, the norm and the box."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import attack, minimal_perturbation
from certify.proofs import prove as module
from certify.proofs.check import check
from certify.proofs.prove import prove
from certify.proofs.writing import is_about
from geometry.network.network import as_network
from tests.graphs import graph_networks, pooled_networks
from tests.strategies import Case, boxes, conv_networks, mlp, mlps, norms, points, random_directions, unit_networks


@pytest.fixture(autouse=True, scope="module")
def in_this_process() -> Any:
    """check.py checks as a function: a process for each example takes longer than the examples."""

    def checked(file: bytes) -> tuple[bool, str]:
        try:
            return True, check(json.loads(file))
        except Exception as error:
            return False, repr(error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "checked", checked)
        yield


NETWORKS = st.one_of(
    mlps(st.integers(1, 4), width=8), unit_networks(), conv_networks(), graph_networks(), pooled_networks()
)


@given(NETWORKS, norms(), st.booleans(), st.data())
@settings(max_examples=8, deadline=None)
def test_below_the_smallest_perturbation_it_is_robust_and_above_it_vulnerable(
    case: Case, p: float, boxed: bool, data: st.DataObject
) -> None:
    _decides(case, p, boxed, data, 0.8)


@pytest.mark.slow
@given(NETWORKS, norms(), st.booleans(), st.data())
@settings(max_examples=60, deadline=None)
def test_close_to_the_smallest_perturbation_too(case: Case, p: float, boxed: bool, data: st.DataObject) -> None:
    _decides(case, p, boxed, data, 0.97)


def _decides(case: Case, p: float, boxed: bool, data: st.DataObject, share: float) -> None:
    """At `share` of the smallest perturbation it is robust, at the inverse vulnerable."""
    x = data.draw(points(case.input_shape))[0]
    box = data.draw(boxes(x[None])) if boxed else None
    (found,) = minimal_perturbation(case.network, x[None], p, box=box, time_limit=2)
    if not (found.optimal and 1e-6 < found.lower < math.inf):
        return  # no `assume`: whether the time suffices differs from run to run
    inside = prove(case.network, x, share * found.lower, p, box=box, time_limit=20)
    assert inside.status == "robust" and inside.says.startswith("robust: "), (inside.reason, inside.says)
    assert inside.content and is_about(inside.content, as_network(case.network, case.input_shape))
    outside = prove(case.network, x, found.upper / share, p, box=box, time_limit=20)
    assert outside.status == "vulnerable" and outside.says.startswith("vulnerable: ")


def test_no_sample_of_a_proved_ball_has_another_class() -> None:
    network, x = mlp([3, 16, 16, 4], 1), np.array([0.2, -0.1, 0.5])
    (found,) = minimal_perturbation(network, x[None], 2)
    eps = 0.9 * found.lower
    assert prove(network, x, eps, 2).status == "robust"
    around = x + eps * random_directions((3,), 2, 20_000) * np.random.default_rng(0).uniform(size=(20_000, 1))
    scores = network(torch.from_numpy(around))
    assert (scores.argmax(1) == int(network(torch.from_numpy(x[None])).argmax())).all()
    assert not attack(network, x[None], [int(scores[0].argmax())], "pgd", eps=eps, p=2).success.any()


def test_undecided_within_the_time_writes_nothing() -> None:
    network, x = mlp([20, 60, 60, 60, 5], 3), np.zeros(20)
    (found,) = minimal_perturbation(network, x[None], 2, time_limit=1)
    proof = prove(network, x, (found.lower + found.upper) / 2, 2, time_limit=0.05)
    assert (proof.status, proof.content, proof.reason) == ("unknown", None, "time")


def test_a_proof_that_the_check_refuses_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "checked", lambda file: (False, "refused: for a test"))
    proof = prove(mlp([3, 8, 3], 1), np.zeros(3), 1e-3, 2)
    assert (proof.status, proof.content, proof.reason, proof.says) == ("unknown", None, "check", "refused: for a test")


def test_a_point_of_another_class_is_its_own_witness() -> None:
    network, x = mlp([3, 8, 3], 1), np.zeros(3)
    label = int(network(torch.zeros(1, 3, dtype=torch.float64)).argmin())
    assert prove(network, x, 0.0, 2, label=label).status == "vulnerable"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"eps": -0.1}, "eps"), ({"eps": math.nan}, "eps"), ({"p": 3}, "p must be"), ({"label": 7}, "7"),
        ({"time_limit": 0}, "time_limit"), ({"box": (1.0, 2.0)}, "outside the box"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_an_error(options: dict[str, Any], says: str) -> None:
    asked = {"eps": 0.1, "p": 2, **options}
    with pytest.raises(ValueError, match=says):
        prove(mlp([3, 8, 3], 1), np.zeros(3), asked.pop("eps"), asked.pop("p"), **asked)
