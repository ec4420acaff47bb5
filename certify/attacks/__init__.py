"""Attacks: searches for near points of another class. One file and one line in the table of names per method."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from certify.attacks.carlini_wagner import CARLINI_WAGNER
from certify.attacks.deepfool import DEEPFOOL
from certify.attacks.fgsm import FGSM
from certify.attacks.i_fgsm import I_FGSM
from certify.attacks.linear_region import LINEAR_REGION
from certify.attacks.pgd import PGD
from certify.attacks.problem import Problem, numpy64
from certify.perturbation.perturbation import Numbers, checked_radii
from certify.perturbation.points import Points, Radii, checked_points
from certify.records import AttackMethod
from certify.regions.witnesses import certainly_adversarial
from geometry.box import BoxLike
from geometry.computation.cancellation import cancellable, check_cancelled
from geometry.computation.cores import by_work
from geometry.computation.product_parts import PART
from geometry.network.network import Network
from geometry.network.work import multiplications
from geometry.norms import Array, Norm

PASSES_PER_STEP = 8  # passes per point between two checks of cancellation: limits how late an attack ends


ATTACKS: dict[str, AttackMethod] = {
    "fgsm": FGSM,
    "i-fgsm": I_FGSM,
    "pgd": PGD,
    "deepfool": DEEPFOOL,
    "cw": CARLINI_WAGNER,
    "linear-region": LINEAR_REGION,
}


@dataclass(frozen=True, eq=False)
class Attack:
    """The result of an attack, judged on the float64 weights in real arithmetic.

    `points` (n, *input_shape) lie in the box and, where `eps` was given to a method that needs it, in the ball.
    `success` (n,): another class's score is proved at least the label's there (a tie counts), and the point is
    within eps, if that was given.
    `distances` (n,) float64: how far each point is from x, successful or not.
    """

    points: Tensor
    success: NDArray[np.bool_]
    distances: Array


def attack(
    network: nn.Module | Network,
    x: Numbers,
    labels: Numbers,
    method: str,
    *,
    eps: Numbers | None = None,
    p: Norm = math.inf,
    box: BoxLike | None = None,
    seed: int = 0,
    **options: float,
) -> Attack:
    """Look for points of another class than `labels`, within eps or as near as can be found.

    Parameters
    ----------
    network : torch module or Network
    x : (n, *input_shape)
    labels : (n,) integers
    method : "fgsm", "i-fgsm", "pgd" (these need eps), "deepfool", "cw" (l2 only), "linear-region"
    eps : number or (n,), in the units of x; with a method that minimises the distance, only what counts as success
    p : 1, 2 or math.inf
    box : (lo, hi), numbers or arrays of the input shape; x must lie in it
    seed : of the random starts
    options : of the method, such as `steps` and `restarts`; see its file

    Raises
    ------
    ValueError
        For an unknown method or option, a norm the method does not know, a missing, negative or infinite eps, labels
        out of range, shapes that do not fit, NaN in x, or an x outside the box.
    """
    if method not in ATTACKS:
        raise ValueError(f"unknown attack {method!r}; choose one of {', '.join(map(repr, ATTACKS))}")
    chosen = ATTACKS[method]
    points = checked_points(network, x, labels, p, box)
    if p not in chosen.norms:
        raise ValueError(f"the attack {method!r} measures in l{chosen.norms[0]:g}, got p = {p}")
    defaults = chosen.run.__kwdefaults__ or {}
    if unknown := options.keys() - defaults.keys():
        raise ValueError(
            f"the attack {method!r} has no option {min(unknown)!r}; it has {', '.join(defaults) or 'none'}"
        )
    if eps is None and chosen.needs_eps:
        raise ValueError(f"the attack {method!r} needs eps, the radius it may move by")
    radii = None if eps is None else checked_radii(torch.as_tensor(eps, dtype=torch.float64), len(points))
    return attacked(points, method, radii, seed, **options)


def check_attack(name: str, p: Norm, *, optional: bool = False) -> None:
    """A ValueError if no attack of this name measures in l_p. With `optional` the name "" stands for none."""
    if not (optional and name == "") and (name not in ATTACKS or p not in ATTACKS[name].norms):
        none = ", or ''" if optional else ""
        raise ValueError(f"attack must be one of {', '.join(ATTACKS)} that measures in l{p:g}{none}, got {name!r}")


def attacked(points: Points, method: str, eps: Radii | None = None, seed: int = 0, **options: float) -> Attack:
    """As `attack`, of checked points."""
    chosen, problem = ATTACKS[method], _problem(points, math.inf if eps is None else eps, seed)
    with by_work(len(points) * _multiplications(problem), repeatable=True):
        if chosen.timed:
            return _judged(problem, chosen.run(problem, **options))
        return _judged(problem, torch.cat([chosen.run(some, **options) for some in _groups(problem)]))


def _multiplications(problem: Problem) -> int:
    """The multiplications of one pass of one point through the network."""
    return sum(multiplications(layer.affine) for layer in problem.network.layers)


def _groups(problem: Problem) -> Iterator[Problem]:
    """The points in groups with short steps, if a scope around can be cancelled; else all in one.

    An attack on a point does not depend on the others.
    """
    per_point = max(1, _multiplications(problem))
    size = max(1, PART // PASSES_PER_STEP // per_point) if cancellable() and not problem.x.is_cuda else len(problem.x)
    for begin in range(0, max(1, len(problem.x)), max(1, size)):
        check_cancelled()
        yield problem.some(slice(begin, begin + size))


def _problem(points: Points, eps: Radii, seed: int) -> Problem:
    """The problem in x's dtype, with radius and box rounded inwards, so that points are inside in float64 too."""
    down, up = torch.tensor(-math.inf).double(), torch.tensor(math.inf).double()
    radius = _rounded(torch.as_tensor(eps, dtype=torch.float64).expand(len(points)), down, points.x)
    low, high = (
        _rounded(torch.from_numpy(points.low), up, points.x),
        _rounded(torch.from_numpy(points.high), down, points.x),
    )
    return Problem(points, torch.from_numpy(points.labels).to(points.x.device), radius, low, high, seed)


def _rounded(bound: Tensor, towards: Tensor, like: Tensor) -> Tensor:
    """A float64 bound in the dtype and on the device of `like`, rounded towards -inf or inf."""
    cast = bound.to(like.dtype)
    wrong = cast.double() < bound if towards > 0 else cast.double() > bound
    return torch.where(wrong, cast.nextafter(towards.to(cast)), cast).to(like.device)


@torch.no_grad()
def _judged(problem: Problem, inputs: Tensor) -> Attack:
    points = problem.points
    flat = numpy64(inputs)
    distances = np.linalg.norm(flat - points.x64, ord=points.p, axis=1)
    success = certainly_adversarial(points.exact, flat, points.labels) & (distances <= numpy64(problem.eps))
    return Attack(inputs.reshape(points.shape), success, distances)
