"""Minimal perturbations and verdicts against exact rational distances, on networks that mislead float arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify.exact.minimal_perturbation import minimal_perturbation
from certify.exact.region_search import RegionSearch
from certify.exact.verify import verify
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern, row_space
from geometry.network.network import as_network
from tests.exact_distances import as_float, at_least, at_most, exact_logits, exact_power
from tests.families import FAMILIES, draw
from tests.slow import others_slow
from tests.strategies import mlp, norms, seeds

ON_INPUTS = [name for name in FAMILIES if name not in ("convolution", "skewed_plane", "twenty_layers")]
PATIENT = 60.0  # seconds for what takes milliseconds on an idle machine
CLOSE = 2e-5  # relative: bounds that have met


@dataclass(frozen=True)
class Question:
    """A network on two inputs, a point of a window, and the window as a box around it or not."""

    network: nn.Sequential
    x: np.ndarray
    label: int
    window: tuple[float, float, float, float]
    boxed: bool

    @property
    def box(self):
        s0, s1, t0, t1 = self.window
        return (np.array([s0, t0]), np.array([s1, t1])) if self.boxed else None

    def power(self, p):
        """The exact distance (l2: squared); None if it is infinite; without a box also where it may be far away."""
        s0, s1, t0, t1 = self.window
        radius = 4 * max(s1 - s0, t1 - t0)
        if not self.boxed:
            s0, s1, t0, t1 = self.x[0] - radius, self.x[0] + radius, self.x[1] - radius, self.x[1] + radius
        power = exact_power(self.network, self.x, self.label, p, (s0, s1, t0, t1))
        far = not self.boxed and power is not None and as_float(power, p) > 0.9 * radius
        return None if far else power


def question(family: str, seed: int) -> Question | None:
    """The point is random, the middle of the window or on a grid that lines of the network pass through."""
    drawn, rng = draw(family, seed), np.random.default_rng(seed + 1)
    s0, s1, t0, t1 = drawn.window
    x = np.array([rng.uniform(s0, s1), rng.uniform(t0, t1)])
    kind = rng.integers(4)
    if kind == 0:
        x = np.array([(s0 + s1) / 2, (t0 + t1) / 2])
    elif kind == 1:
        x = np.clip(np.round(4 * x) / 4, [s0, t0], [s1, t1])
    label = int(drawn.network(torch.from_numpy(x)[None])[0].argmax())
    return Question(drawn.network, x, label, drawn.window, bool(rng.integers(2)))


def exact_step(x, y, p):
    """||y - x||_p (l2: squared) of float points."""
    steps = [abs(Fraction(float(a)) - Fraction(float(b))) for a, b in zip(x, y)]
    return sum(steps) if p == 1 else max(steps) if p == math.inf else sum(step * step for step in steps)


def assert_true(asked: Question, p: float, limit: float = PATIENT) -> None:
    """Every claim of the answer holds in rational arithmetic, and the bounds have met."""
    network, x, label, power = asked.network, asked.x, asked.label, asked.power(p)
    found = minimal_perturbation(network, x[None], p, labels=[label], box=asked.box, time_limit=limit)[0]
    if power is not None:
        assert at_most(found.lower, power, p)
        assert at_least(found.upper, power, p)
        assert not found.optimal or found.upper == pytest.approx(as_float(power, p), rel=CLOSE, abs=1e-300)
    elif asked.boxed:
        assert found.upper == math.inf
    if found.witness is not None:
        logits = exact_logits(network, found.witness)
        assert any(logits[label] <= logit for s, logit in enumerate(logits) if s != label)
        assert at_least(found.upper, exact_step(x, found.witness, p), p)
        if asked.boxed:
            assert (asked.box[0] <= found.witness).all() and (found.witness <= asked.box[1]).all()


def assert_verdicts_true(asked: Question, p: float) -> None:
    power = asked.power(p)
    if power is None or power == 0:
        return
    for factor in (0.9, 1 - 1e-9, 1 + 1e-9, 1.1):
        eps = as_float(power, p) * factor
        verdict = verify(asked.network, asked.x[None], [asked.label], eps, p, box=asked.box, time_limit=PATIENT)[0]
        lost = at_least(eps, power, p)
        assert verdict.status != ("robust" if lost else "vulnerable")


@settings(max_examples=50)
@given(st.sampled_from(ON_INPUTS), seeds, norms())
def test_bounds_enclose_the_exact_distance(family, seed, p):
    asked = question(family, seed)
    if asked.network[-1].out_features > 1:
        assert_true(asked, p)


@settings(max_examples=25)
@given(st.sampled_from(ON_INPUTS), seeds, norms())
def test_verdicts_agree_with_the_exact_distance(family, seed, p):
    asked = question(family, seed)
    if asked.network[-1].out_features > 1:
        assert_verdicts_true(asked, p)


def searched(network, x, label, p, basis=None):
    """(lower, upper) by the region search alone."""
    bracket = Bracket(checked_points(network, x[None], [label], p, None))
    RegionSearch(bracket, RegionsByPattern(bracket.network, x, basis)).run()
    return bracket


@settings(max_examples=15)
@given(st.sampled_from(("duplicate", "near_duplicate", "zero_bias", "unit_scales", "concurrent")), seeds, norms())
def test_the_region_search_in_more_dimensions_encloses_the_exact_distance(family, seed, p):
    """Inputs that no unit reads change no distance; with them l2 is searched in the rows' space."""
    asked = question(family, seed)
    asked = Question(asked.network, asked.x, asked.label, asked.window, False)
    if asked.network[-1].out_features == 1:
        return
    power = asked.power(p)
    first = nn.Linear(12, asked.network[0].out_features, dtype=torch.float64)
    with torch.no_grad():
        first.weight.zero_()
        first.weight[:, [3, 7]], first.bias[:] = asked.network[0].weight, asked.network[0].bias
    wide, x = nn.Sequential(first, *list(asked.network)[1:]).requires_grad_(False), np.zeros(12)
    x[[3, 7]] = asked.x
    converted = as_network(wide, (12,))
    bracket = searched(wide, x, asked.label, p, row_space(converted) if p == 2 else None)
    if power is not None:
        assert at_most(bracket.lower, power, p) and at_least(bracket.upper, power, p)
        assert bracket.lower == pytest.approx(as_float(power, p), rel=CLOSE, abs=1e-12)
    if bracket.witness is not None:
        logits = exact_logits(wide, bracket.witness)
        assert any(logits[asked.label] <= logit for s, logit in enumerate(logits) if s != asked.label)


def network_of(*layers):
    """A ReLU network in float64 by its (weight, bias) pairs."""
    modules = []
    for weight, bias in layers:
        weight = torch.tensor(weight, dtype=torch.float64)
        linear = nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float64)
        linear.weight.data, linear.bias.data = weight, torch.tensor(bias, dtype=torch.float64)
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1]).requires_grad_(False)


@pytest.mark.parametrize("p", others_slow([1, 2, math.inf], quick=[2]))
@pytest.mark.parametrize("power", [20, 34, 43, 46])
def test_a_unit_of_another_scale_hides_no_hyperplane(p, power):
    """f_0 - f_1 = 1 - 4 relu(relu(y_0) - 1/2): lost at 3/4, beside a unit of scale 2^power and a common slope."""
    c = 2.0**power
    unit = network_of(
        ([[1.0, 0.0, 0.0], [0.0, c, 0.0]], [0.0, 10 * c]),
        ([[1.0, 0.0], [0.0, 1 / c]], [-0.5, 0.0]),
        ([[0.0, 0.0], [4.0, 0.0]], [1.0, 0.0]),
    )
    slope = network_of(([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [-0.5, 10.0]), ([[0.0, c], [4.0, c]], [1.0, 0.0]))
    for network in (unit, slope):
        x = np.zeros((1, 3))
        found = minimal_perturbation(network, x, p, labels=[0], time_limit=PATIENT)[0]
        assert found.lower <= 0.75 <= found.upper and found.optimal
        assert verify(network, x, [0], 0.76, p, time_limit=PATIENT)[0].status != "robust"
        assert verify(network, x, [0], 0.74, p, time_limit=PATIENT)[0].status != "vulnerable"


@pytest.mark.parametrize("p", others_slow([1, 2, math.inf], quick=[2]))
@pytest.mark.parametrize("power", [20, 34, 40, 48])
def test_a_narrow_spike_is_not_passed_over(p, power):
    """f_0 - f_1 = 1 - 3 hat((y_0 - 1/2) / w) is zero first at 1/2 - 2 w / 3."""
    w = 2.0**-power
    spike = network_of(
        ([[1.0, 0.0]] * 3, [-(0.5 - w), -0.5, -(0.5 + w)]), ([[-3 / w, 6 / w, -3 / w], [0.0] * 3], [1.0, 0.0])
    )
    found = minimal_perturbation(spike, np.zeros((1, 2)), p, labels=[0], time_limit=PATIENT)[0]
    exact = Fraction(1, 2) - Fraction(2, 3) * Fraction(w)
    assert Fraction(found.lower) <= exact <= Fraction(found.upper)
    assert found.upper == pytest.approx(float(exact), rel=CLOSE)
    assert verify(spike, np.zeros((1, 2)), [0], 0.51, p, time_limit=PATIENT)[0].status == "vulnerable"


@settings(max_examples=15)
@given(seeds, norms(), st.sampled_from((30, 43, 60)))
def test_scaling_units_by_powers_of_two_changes_no_bound(seed, p, power):
    """The network is the same function, float by float."""
    rng = np.random.default_rng(seed)
    network, x = draw("gaussian", seed).network, rng.uniform(-1, 1, 2)
    if network[-1].out_features == 1:
        return
    label = int(network(torch.from_numpy(x)[None])[0].argmax())
    linear = [(module.weight.clone(), module.bias.clone()) for module in network if isinstance(module, nn.Linear)]
    for (weight, bias), (after, _) in pairwise(linear):
        factors = torch.from_numpy(2.0 ** rng.choice([-power, 0, power], len(bias)))
        weight.mul_(factors[:, None])
        bias.mul_(factors)
        after.div_(factors)
    slope = getattr(network[1], "negative_slope", 0.0)
    modules = []
    for weight, bias in linear:
        module = nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float64)
        module.weight.data, module.bias.data = weight, bias
        modules += [module, nn.LeakyReLU(slope)]
    scaled = nn.Sequential(*modules[:-1]).requires_grad_(False)
    before, after = (searched(each, x, label, p) for each in (network, scaled))
    assert after.lower == pytest.approx(before.lower, rel=1e-6)
    assert after.upper == pytest.approx(before.upper, rel=1e-6)


def test_equal_logits_are_lost_and_a_rounding_away_from_it_is_not():
    network = network_of(([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0]), ([[3.0, 0.0], [0.0, 1.0]], [0.0, 0.0]))
    third = np.array([[1.0, 3.0]])
    found = minimal_perturbation(network, third, 2, labels=[0])[0]
    assert (found.lower, found.upper) == (0, 0)
    inside = np.array([[1.0 + 2.0**-50, 3.0]])
    found = minimal_perturbation(network, inside, math.inf, labels=[0])[0]
    exact = 3 * Fraction(2) ** -50 / 4
    assert Fraction(found.lower) <= exact <= Fraction(found.upper)
    assert verify(network, inside, [0], 0.0, 2)[0].status == "robust"
    assert verify(network, third, [0], 0.0, 2)[0].status == "vulnerable"


@settings(max_examples=15)
@given(
    seeds, norms(), st.sampled_from([150, 155, 160, 162, 170, 250, 300]), st.sampled_from([1.0, 1e-100, 1e-200, 1e100])
)
def test_claims_hold_where_distances_or_their_squares_underflow(seed, p, digits, scale):
    """A network without biases, and a point so near the origin that its products are of the smallest numbers."""
    rng = np.random.default_rng(seed)
    network = mlp([2, *rng.integers(1, 4, rng.integers(1, 3)).tolist(), 2], seed)
    for module in network[::2]:
        module.bias.zero_()
    network[0].weight.mul_(scale)
    x = rng.normal(size=2) * 10.0**-digits
    logits = exact_logits(network, x)
    asked = Question(network, x, logits.index(max(logits)), (-2.0, 2.0, -2.0, 2.0), bool(seed % 2))
    assert_claims_hold(asked, p)


def assert_claims_hold(asked: Question, p: float) -> None:
    """As `assert_true` and `assert_verdicts_true`, but what is left open may be open."""
    power = asked.power(p)
    found = minimal_perturbation(asked.network, asked.x[None], p, labels=[asked.label], box=asked.box, time_limit=0.1)[
        0
    ]
    assert power is None or at_most(found.lower, power, p)
    distance = 1.0 if power is None else as_float(power, p)
    claims = [(found.upper, found.witness)]
    for eps in (0.0, distance * (1 - 1e-6), distance * (1 + 1e-6)):
        verdict = verify(asked.network, asked.x[None], [asked.label], eps, p, box=asked.box, time_limit=0.1)[0]
        assert verdict.status != "robust" or power is None or not at_least(eps, power, p)
        claims.append((eps, verdict.witness))
    for distance, witness in claims:
        if witness is not None:
            logits = exact_logits(asked.network, witness)
            assert any(logits[asked.label] <= logit for s, logit in enumerate(logits) if s != asked.label)
            assert at_least(distance, exact_step(asked.x, witness, p), p)
