"""What branch and bound works on, built for tests, and points of its ball."""

from __future__ import annotations

import numpy as np
import torch

from certify.bounds.methods import margin_functionals
from certify.exact.unstable_subnetwork import unstable_subnetwork
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from tests.strategies import random_directions


def bracket_around(network, x, p, box=None, **options):
    label = int(network(torch.from_numpy(x)[None]).argmax())
    return Bracket(checked_points(network, x[None], [label], p, box), **options)


def reduced_around(bracket, radius):
    """What branch and bound works on, and the ball."""
    ball = bracket.point.ball(radius)
    hidden = [(torch.from_numpy(lower), torch.from_numpy(upper)) for lower, upper in bracket.unit_bounds(radius)]
    weights, offset, others = margin_functionals(bracket.network, torch.tensor([bracket.label]))
    return unstable_subnetwork(bracket.network, ball, hidden, weights[0], offset[0]), ball, others[0]


def inside(bracket, radius, count=200):
    """(count, input_units) points of the ball and the box."""
    shares = np.random.default_rng(0).random((count, 1))
    steps = radius * shares * random_directions(bracket.x.shape, bracket.p, count)
    return np.clip(bracket.x + steps, bracket.low, bracket.high)


def forward(problem, steps):
    """Each unstable unit's z and every functional, by the reduced network itself: (count, units) and (count, m)."""
    z = steps @ problem.inputs.T + problem.constant
    a = torch.zeros_like(z)
    for layer in problem.layers:
        z[:, layer] += a @ problem.below[layer].T
        a[:, layer] = torch.maximum(z[:, layer], problem.slopes[layer] * z[:, layer])
    return z, steps @ problem.f_inputs.T + a @ problem.f_below.T + problem.f_constant
