"""Inner approximations of the adversarial polytope by attacks, in any input dimension."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from certify.attacks.descent import gradient, steepest
from certify.attacks.problem import Problem, numpy64
from certify.perturbation.perturbation import Numbers
from certify.perturbation.points import Points, checked_points
from certify.regions.witnesses import Witnesses
from geometry.box import BoxLike
from geometry.network.network import Network
from geometry.network.rounding import EPSILON
from geometry.norms import Array, Norm
from geometry.planar.adversarial_polytope import Outputs, checked_outputs
from geometry.plane import Plane

DIRECTIONS, ASCENT_STEPS = 24, 25  # directions of the output plane, and steps along each: limits of time
SHRINK = 0.85  # of the step's length, from one step to the next


def furthest_outputs(
    network: nn.Module | Network,
    x: Numbers,
    eps: float,
    p: Norm,
    outputs: Outputs | None = None,
    box: BoxLike | None = None,
    *,
    directions: int | Numbers = DIRECTIONS,
    steps: int = ASCENT_STEPS,
) -> tuple[Array, Array]:
    """Inputs of the ball whose outputs lie far out, one for each direction of the output plane.

    Projected gradient steps of falling length, from x, keeping the best: an inner approximation of the adversarial
    polytope where its exact regions are out of reach.

    Parameters
    ----------
    network : torch module or Network
    x : (*input_shape) one point
    eps : finite number >= 0
    p : 1, 2 or math.inf
    outputs : (i, j); may be left out for a network with two
    box : (lo, hi), optional
    directions : how many, evenly spread, or (m, 2) directions themselves

    Returns
    -------
    inputs (m, *input_shape), in the ball and the box, and their outputs (m, 2), in float64

    Raises
    ------
    ValueError
        For an eps, norm, output, box or shape that does not fit.
    """
    point, pair = _checked(network, x, eps, p, outputs, box)
    wanted = _spread(directions) if isinstance(directions, int) else np.asarray(directions, np.float64).reshape(-1, 2)
    return _furthest(point, eps, pair, wanted, steps)


def _checked(
    network: nn.Module | Network, x: Numbers, eps: float, p: Norm, outputs: Outputs | None, box: BoxLike | None
) -> tuple[Points, Outputs]:
    if not 0 <= eps < math.inf:
        raise ValueError(f"eps must be finite and not negative, got {eps}")
    point = checked_points(network, np.asarray(x, np.float64)[None], None, p, box)
    return point, checked_outputs(outputs, point.exact.outputs)


def _furthest(
    point: Points, eps: float, outputs: Outputs, directions: Array, steps: int = ASCENT_STEPS
) -> tuple[Array, Array]:
    """As `furthest_outputs`, of one checked point, along (m, 2) directions."""
    pair, points = list(outputs), point[np.zeros(len(directions), np.intp)]
    low, high = (torch.from_numpy(np.array(bound)) for bound in (points.low, points.high))
    problem = Problem(points, torch.from_numpy(points.labels), points.x.new_full((len(points),), eps), low, high, 0)
    wanted = torch.from_numpy(directions)

    def height(logits: Tensor, _: Tensor) -> Tensor:
        return (logits[:, pair] * wanted).sum(dim=1)

    best, z, size = problem.x, problem.x, 1.0
    with torch.no_grad():
        highest = height(problem.network.scores(best), problem.labels)
        for _ in range(steps):
            step = steepest(gradient(problem, z, height), z, problem)
            z = problem.project(z + size * problem.eps[:, None] * step)
            now = height(problem.network.scores(z), problem.labels)
            best, highest = torch.where((now > highest)[:, None], z, best), torch.maximum(now, highest)
            size *= SHRINK
        reached = points.exact.scores(best)[:, pair]
    return numpy64(best).reshape(points.shape), numpy64(reached)


@dataclass(frozen=True, eq=False)
class OuterAttacks:
    """Two outputs at the ends of attacks in the whole ball."""

    outputs: Array  # (m, 2)
    least_lead: float  # upper bound of the least lead of the point's own output at an attack; +inf without attacks


NO_ATTACKS = OuterAttacks(np.zeros((0, 2)), math.inf)


@torch.no_grad()
def outer_attacks(
    network: Network, x: Numbers, eps: float, p: Norm, outputs: Outputs | None = None, box: BoxLike | None = None
) -> OuterAttacks:
    """Outputs that lie far out, as by `furthest_outputs`, and an upper bound of the least lead that they attain.

    Inputs are looked for in a ball that is smaller by what rounding may move them: each of d coordinates of x + delta
    by half EPSILON of its size when it is added and once more when it is projected, and the length of delta by d
    EPSILON of itself. So each is proved to lie in the ball of radius eps, and its lead is taken with the bound on
    its rounding error. Arguments and errors as for `furthest_outputs`.
    """
    point, (i, j) = _checked(network, x, eps, p, outputs, box)
    inner = eps - 2 * point.exact.input_units * EPSILON * (float(point.x.abs().max()) + eps)
    if inner <= 0:
        return NO_ATTACKS
    inputs, reached = _furthest(point, inner, (i, j), _spread(DIRECTIONS))
    middle = _middle(point, (i, j))
    lead, other = (i, j) if middle[0] >= middle[1] else (j, i)
    margins, errors = Witnesses(point.exact).margins(inputs.reshape(len(inputs), -1), lead)
    column = other - (other > lead)
    return OuterAttacks(reached, float((margins + errors)[:, column].min()))


def plane_of_attacks(
    network: nn.Module | Network,
    x: Numbers,
    eps: float,
    p: Norm,
    outputs: Outputs | None = None,
    box: BoxLike | None = None,
) -> Plane:
    """The plane through x and two attacks of the ball: one against the leading output, one that lifts both.

    So the plane's part of the ball reaches the outputs that matter most. Where attacks do not span a plane, the first
    and the last coordinate's directions complete it.

    Arguments and errors as for `furthest_outputs`.
    """
    point, pair = _checked(network, x, eps, p, outputs, box)
    middle = _middle(point, pair)
    against = [-1.0, 1.0] if middle[0] >= middle[1] else [1.0, -1.0]
    attacks, _ = _furthest(point, eps, pair, np.array([against, [1.0, 1.0], [-1.0, -1.0]]))
    origin, shape = point.x64.reshape(point.shape[1:]), point.shape[1:]
    units = np.eye(origin.size)[[0, -1]].reshape(2, *shape)
    candidates = [attack for attack in attacks if np.abs(attack - origin).max() > 0]
    candidates += [origin + unit for unit in units]
    for second in candidates[1:]:
        try:
            return Plane.through(origin, candidates[0], second)
        except ValueError:  # on one line with the first
            continue
    raise ValueError(f"inputs of shape {shape} hold no plane")


def _middle(point: Points, pair: Outputs) -> Array:
    """(2,) the outputs of the point itself."""
    return _furthest(point, 0.0, pair, _spread(1), steps=0)[1][0]


def _spread(count: int) -> Array:
    angles = np.arange(count) * (2 * math.pi / count)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)
