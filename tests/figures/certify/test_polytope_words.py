"""The verdict on adversarial polytopes says no more than the sets show."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from certify import polytopes
from certify.polytopes.inner_polytope import outer_attacks
from figures.certify.polytope_words import ROLES, Evidence, ball_words, polytope_verdict, why_they_part
from geometry import Plane, as_network, distances
from models.networks.builders import tight_network
from tests.strategies import mlp

NETWORK = mlp([2, 30, 30, 3], 2)
X = np.array([0.2, 0.1])


def test_why_they_part_speaks_of_d_B():
    d_B = float(distances(NETWORK, X[None], math.inf).d_B[0])
    within, beyond = (polytopes(NETWORK, X, share * d_B, math.inf, (0, 2), ()) for share in (0.9, 1.1))
    assert "no unit switches" in why_they_part(Evidence(within), d_B)
    assert "switch" in why_they_part(Evidence(beyond), d_B) and "d_B" in why_they_part(Evidence(beyond), d_B)
    assert "inside the ball, so" in why_they_part(Evidence(beyond), d_B)
    assert "ball and plane" in why_they_part(Evidence(beyond, whole=False), d_B)
    assert "whole ball" in why_they_part(Evidence(within, whole=False), d_B)


def test_the_verdict_is_what_crosses_the_line():
    network = tight_network()  # f_1 - f_0 = t - |s|, and t - |s| - 2 eps in the worst case
    inside, beyond = (polytopes(network, [0.1, 0.55], eps, math.inf, None, ("interval", "lp")) for eps in (0.2, 0.3))
    proved = polytope_verdict(Evidence(inside, whole=True), 2)
    assert proved.kind == "proved" and "LP stays" in proved.reason and "Interval crosses" in proved.reason
    assert "class 0 overtake class 1" in proved.claim
    lost = polytope_verdict(Evidence(beyond, whole=True), 3)
    assert lost.kind == "attacked" and "Of the other classes" in lost.reason
    unproved = polytopes(network, [0.1, 0.55], 0.2, math.inf, None, ("interval",))
    assert "no bound here proves it" in polytope_verdict(Evidence(unproved, whole=True), 2).claim
    assert polytope_verdict(Evidence(unproved, whole=False), 2).kind == "open"
    tie = polytopes(network, [0.25, 0.25], 0.1, math.inf, None, ())
    assert polytope_verdict(Evidence(tie, whole=True), 2).kind == "tie"


MISSING = {"lp": "is still computed", "alpha-crown": "is still computed"}


@pytest.mark.parametrize(("busy", "missing", "wanted", "unwanted"), [
    (True, MISSING, "The LP and α-CROWN are still computed.", "no bound here proves it"),
    (False, {"lp": "could not be computed: HiGHS broke off"}, "HiGHS broke off", "not known yet"),
    (False, {}, "no bound here proves it", "comput"),
])  # fmt: skip
def test_no_bound_is_said_to_fail_before_all_have_come(busy, missing, wanted, unwanted):
    found = polytopes(tight_network(), [0.1, 0.55], 0.2, math.inf, None, ("interval",))
    known = Evidence(found, True, missing, busy)
    said = polytope_verdict(known, 2)
    assert wanted in said.claim + said.reason and unwanted not in said.claim + said.reason
    assert said.kind == "proved" and known.role == "proved"  # the exact true set shows it


def test_without_any_bound_and_with_one_to_come_the_picture_of_a_plane_is_open():
    network, plane = mlp([5, 12, 3], 0), Plane(np.zeros(5), np.eye(5)[0], np.eye(5)[3])
    found = polytopes(network, np.zeros(5), 1e-3, math.inf, (1, 2), (), plane=plane)
    waiting = Evidence(found, False, {"lp": "waits for its turn"}, True)
    assert waiting.kind == "open" and ball_words(waiting).endswith("not known yet")
    assert "The LP waits for its turn." in polytope_verdict(waiting, 3).reason
    assert "No bound is drawn." in polytope_verdict(Evidence(found, False), 3).reason


def test_attacks_in_the_whole_ball_count_though_the_plane_keeps_the_order():
    weight = torch.zeros(2, 5, dtype=torch.float64)
    weight[0, :2], weight[1, 4] = 1.0, 3.0  # f_0 = x_0 + x_1 + 1, f_1 = 3 x_4, which the plane does not move
    network = torch.nn.Sequential(torch.nn.Linear(5, 2)).double()
    with torch.no_grad():
        network[0].weight.copy_(weight)
        network[0].bias.copy_(torch.tensor([1.0, 0.0]))
    plane = Plane(np.zeros(5), np.eye(5)[0], np.eye(5)[1])
    exact, x = as_network(network, (5,)), np.zeros(5)
    for eps, kind in ((0.3, "attacked"), (0.15, "open")):  # the least lead is 1 - 5 eps, in the plane 1 - 2 eps
        found = polytopes(exact, x, eps, math.inf, (0, 1), (), plane=plane)
        found = replace(found, attacks=outer_attacks(exact, x, eps, math.inf, (0, 1)))
        known = Evidence(found, whole=False)
        assert known.kind == kind and known.role == ROLES[kind]
        assert found.attacks.least_lead >= 1 - 5 * eps
    assert (
        "Attacks in the whole ball cross"
        in polytope_verdict(
            Evidence(replace(found, eps=0.3, attacks=outer_attacks(exact, x, 0.3, math.inf, (0, 1))), False), 2
        ).reason
    )


def test_what_rounding_hides_is_open_and_never_proved():
    network = tight_network()  # the least lead is t - |s| - 2 eps
    for eps, kind in ((0.225, "open"), (0.225 - 1e-9, "proved"), (0.225 + 1e-9, "attacked")):
        known = Evidence(polytopes(network, [0.1, 0.55], eps, math.inf, None, ()))
        assert known.kind == kind
        low, high = known.found.true_lead
        true = Fraction(0.55) - Fraction(0.1) - 2 * Fraction(eps)
        assert Fraction(low) <= true <= Fraction(high)


def test_in_l2_the_true_set_speaks_for_the_disc_that_its_polygon_holds():
    found = polytopes(tight_network(), [0.1, 0.55], 0.2, 2, None, ())
    said = polytope_verdict(Evidence(found), 2)
    assert said.kind == "proved" and "‖δ‖₂\u00a0≤\u00a00.199 makes" in said.claim
    assert "exactly" not in said.reason
    bounded = polytopes(tight_network(), [0.1, 0.55], 0.2, 2, None, ("fast-lin",))
    assert "≤\u00a00.200 makes" in polytope_verdict(Evidence(bounded), 2).claim
