"""Tightness of a relaxation, by the test of Tight §4: the network's margin at the relaxation's optimal input.

A linear bound p_C is attained, in the relaxation, at an input x + d* of the perturbation set (eq. 16). The network
has a margin p'_O there, and p_C <= min over the set <= p'_O: when the gap p'_O - p_C is zero, the bound is the exact
minimum and x + d* attains it. By Proposition 1 this is so when every unstable unit lands where the line that the
bound used on it touches the activation: in 0 for a lower line, at one of its bounds for the upper one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from certify.bounds.backward import lower_bound
from certify.bounds.functionals import DenseFunctionals
from certify.bounds.methods import METHODS, margin_functionals
from certify.bounds.methods.back_substitution import BackSubstitution
from certify.bounds.proof import check_method, proved_margins
from certify.bounds.relaxations import Lines
from certify.perturbation.perturbation import Numbers, Perturbation, checked_radii
from certify.perturbation.points import Points, Radii, checked_points
from certify.records import Bounds
from geometry.box import BoxLike
from geometry.network.network import Layer, Network
from geometry.network.rounding import preactivation_errors
from geometry.norms import Array, Norm

TESTABLE = tuple(name for name, method in METHODS.items() if isinstance(method.run, BackSubstitution))


@dataclass(frozen=True, eq=False)
class Tightness:
    """Per point and other class s, of the margin f_label - f_s; the label's own column holds zeros.

    bound : (n, K) p_C, the method's lower bound
    reached : (n, K) p'_O, the network's margin at the relaxation's optimal input
    distance : (n, K) Tight's r (eq. 3): the mean distance of unstable units from where Proposition 1 needs them
    errors : (n, K) rounding of bound and reached
    points : (n, K, *input_shape) x + d*
    """

    bound: Array
    reached: Array
    distance: Array
    errors: Array
    points: Array

    @property
    def gap(self) -> Array:
        """(n, K) p'_O - p_C, Tight's d (eq. 2); not negative but for rounding."""
        return self.reached - self.bound

    @property
    def exact(self) -> NDArray[np.bool_]:
        """(n, K) whether the gap is zero, up to rounding: then the bound is the margin's exact minimum."""
        return self.gap <= self.errors


def tightness(
    network: nn.Module | Network,
    x: Numbers,
    labels: Numbers,
    eps: Numbers,
    p: Norm,
    method: str,
    box: BoxLike | None = None,
) -> Tightness:
    """Tight's gap and Proposition 1 for the bounds of a back-substitution method, in float64.

    Arguments and errors as for `certify.margins`; `method` must be one of TESTABLE.
    """
    points = checked_points(network, x, labels, p, box)
    return tightness_at(points, _checked(points, eps, method), method)


def _checked(points: Points, eps: Numbers, method: str) -> Tensor:
    check_method(method, points.p)
    if method not in TESTABLE:
        raise ValueError(f"tightness is tested for {', '.join(TESTABLE)}, got {method!r}")
    return checked_radii(torch.as_tensor(eps, dtype=torch.float64), len(points))


def tightness_at(points: Points, eps: Radii, method: str) -> Tightness:
    """As `tightness`, of checked points."""
    chosen = METHODS[method].run
    assert isinstance(chosen, BackSubstitution)
    exact, labels, ball = points.exact, torch.from_numpy(points.labels), points.ball(eps)
    n, classes = len(points), exact.classes
    values = torch.zeros(4, n, classes, dtype=torch.float64)
    reached_at = ball.center[:, None].repeat(1, classes, 1)
    with torch.no_grad():
        weights, offset, others = margin_functionals(exact, labels)
        hidden, lines = chosen.hidden(exact, ball, every_unit=False)
        lower, proved = chosen.functionals(exact, ball, weights, offset), proved_margins(exact, ball, labels, chosen)
    samples = torch.arange(n)
    for s in range(classes - 1 if n else 0):
        relaxed = optimum(exact.hidden, weights[:, s : s + 1], offset[:, s : s + 1], lines, ball)
        with torch.no_grad():
            z, other = relaxed.point[:, 0], others[:, s]
            preactivations = exact.preactivations(z)
            logits = preactivations[-1]
            away = distance([level[:, None] for level in preactivations], hidden, lines, relaxed.upper_line)[:, 0]
            margin = logits[samples, labels] - logits[samples, other]
            off = preactivation_errors(exact, z)[-1]
            error = (lower[:, s] - proved[:, s]).abs() + off[samples, labels] + off[samples, other]
            values[:, samples, other] = torch.stack([relaxed.value[:, 0].detach(), margin, away, error])
            reached_at[samples, other] = z
    bound, reached, away, rounding = (value.numpy() for value in values)
    return Tightness(bound, reached, away, rounding, reached_at.reshape(n, classes, *points.shape[1:]).numpy())


def is_tight(
    network: nn.Module | Network,
    x: Numbers,
    labels: Numbers,
    eps: Numbers,
    p: Norm,
    method: str,
    box: BoxLike | None = None,
) -> NDArray[np.bool_]:
    """(n,) whether the least of the method's margins is the exact least margin over the perturbation set.

    True is proved; the test is sufficient, not necessary. Arguments and errors as for `tightness`.
    """
    points = checked_points(network, x, labels, p, box)
    measured = tightness_at(points, _checked(points, eps, method), method)
    samples, labels = np.arange(len(points)), points.labels
    if measured.bound.shape[1] < 2:
        return np.ones(len(samples), dtype=bool)
    bound = measured.bound.copy()
    bound[samples, labels] = np.inf
    return np.asarray(measured.exact[samples, bound.argmin(axis=1)])


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where a relaxation is least, for m functionals per sample.

    value : (n, m) p_C, with gradients where weights and lines have them
    point : (n, m, d) the input x + d* that attains it, of which no gradient is known
    upper_line : per hidden layer (n, m, units), which units are on their upper lines
    """

    value: Tensor
    point: Tensor
    upper_line: list[Tensor]


def optimum(
    layers: Sequence[Layer], weights: Tensor, offset: Tensor, lines: Sequence[Lines], ball: Perturbation
) -> Optimum:
    """The optimum of <weights, a> + offset over the relaxation that the lines of the hidden `layers` make.

    `weights` (n, m, units of the last of them) and `offset` (n, m). For fixed lines the bound is linear in the
    center, its derivative there the functional that back-substitution ends with; that by a unit's intercept is the
    unit's negative coefficient. What a functional can fall over the set is the maximum of -<row, d>, whose
    derivative by the row is -d*. Functionals are told apart by giving each a sample of its own.
    """
    n, m = offset.shape
    with torch.enable_grad():
        center = _repeated(ball.center.detach(), m).requires_grad_()
        tracked = [_repeated_lines(line, m) for line in lines]
        intercepts = [line.intercept for line in tracked]
        below, above = (None if limit is None else _repeated(limit, m) for limit in (ball.below, ball.above))
        balls = Perturbation(center, _repeated(ball.eps, m), ball.p, below, above)
        affines = [layer.affine for layer in layers]
        value = lower_bound(
            DenseFunctionals(weights.flatten(0, 1)[:, None]), offset.reshape(-1, 1), affines, tracked, balls
        )
        slope, *shares = torch.autograd.grad(value.sum(), [center, *intercepts], retain_graph=True)
        row = slope[:, None].requires_grad_()
        fall, _ = balls.extent(DenseFunctionals(row))
        step = -torch.autograd.grad(fall.sum(), row)[0][:, 0]
    point = (center + step).detach()
    upper_line = [(share < 0).unflatten(0, (n, m)) for share in shares]
    return Optimum(value.reshape(n, m), point.unflatten(0, (n, m)), upper_line)


def _repeated(values: Tensor, m: int) -> Tensor:
    return values.repeat_interleave(m, dim=0)


def _repeated_lines(lines: Lines, m: int) -> Lines:
    """m copies of each sample's lines, whose intercepts have gradients of their own."""
    lower = _repeated(lines.lower, m)
    upper = lower if lines.parallel else _repeated(lines.upper, m)
    intercept, unstable, least, greatest = (
        _repeated(values, m) for values in (lines.intercept, lines.unstable, lines.least, lines.greatest)
    )
    if not intercept.requires_grad:
        intercept.requires_grad_()
    return Lines(lower, upper, intercept, unstable, least, greatest)


def distance(
    preactivations: Sequence[Tensor], hidden: Sequence[Bounds], lines: Sequence[Lines], upper_line: Sequence[Tensor]
) -> Tensor:
    """(n, m) Tight's r (eq. 3): the mean, over all unstable units, of how far they are from where they should be.

    That is |z'| for units on the lower line, the distance to the nearer bound on the upper one. `preactivations`,
    per layer (n, m, units), the logits last, are the network's own at the relaxation's optimal inputs.
    """
    total = count = torch.zeros_like(preactivations[-1][..., 0])
    for z, (lower, upper), line, on_upper in zip(preactivations, hidden, lines, upper_line):
        to_bounds = torch.minimum((z - lower[:, None]).abs(), (z - upper[:, None]).abs())
        away = torch.where(on_upper, to_bounds, z.abs())
        total = total + (away * line.unstable[:, None]).sum(2)
        count = count + line.unstable.sum(1, keepdim=True)
    return total / count.clamp(min=1)
