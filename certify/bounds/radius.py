"""Certified radii: the largest perturbation for which a method proves that the class stays."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from certify.bounds.batches import largest_product
from certify.bounds.certificates import CERTIFICATES, check_certificate
from certify.bounds.methods import METHODS
from certify.bounds.proof import check_method, proved_margins
from certify.bounds.records import Method
from certify.perturbation.arithmetic import REAL, Arithmetic, Covers, arithmetic
from certify.perturbation.perturbation import Numbers, as_tensor, underflown_squares
from certify.perturbation.points import Points, checked_points
from certify.perturbation.rounding import gamma, proves_positive
from geometry.box import BoxLike
from geometry.computation.cancellation import check_cancelled
from geometry.computation.cores import by_work
from geometry.distances.distances import Distances, distances
from geometry.distances.simplex_certificate import simplex_certificate
from geometry.network.network import Network
from geometry.norms import Norm

PRECISION = 1e-10  # relative gap between a radius and one at which the margin fails
LARGEST_RADIUS = 1e150  # at which doubling ends: its square does not overflow
DOUBLING_RANGE = 2.0**40  # times the start up to which radii double; beyond it the factor is squared at each step
EVALUATIONS = 200  # margins at most: a limit that ends the search

Margin = Callable[[Tensor, Tensor], Tensor]  # (m,) samples, (m,) eps -> (m,) least margin less its rounding error


@torch.no_grad()
def certified_radius(
    network: nn.Module | Network,
    x: Numbers,
    p: Norm,
    method: str,
    labels: Numbers | None = None,
    box: BoxLike | None = None,
    *,
    covers: Covers = "real",
) -> Tensor:
    """The largest l_p radius, by search, at which `method` proves that the class of each point stays.

    Parameters
    ----------
    x : (n, *input_shape)
    method : a name in `METHODS`; or of `CERTIFICATES`: "simplex", min(d_B, d_D) (Singla & Feizi 2019, §4.1),
        "neighbouring-regions", the same behind the nearest faces (Croce et al. 2019, A.2), or "decision-boundary"
        (Singla & Feizi's Theorem 4; two layers, p = 2)
    labels : (n,) classes to be proved; without them the predicted ones
    box : (lo, hi); only perturbations inside it count
    covers : "real": the class stays in real arithmetic on the float64 weights. "float32": also in every forward pass of
        the converted network in float32, whatever the order of its sums; not for the certificates

    Returns
    -------
    (n,) float64 tensor, in the units of x. 0 for a misclassified point, also where two logits are equal; infinite if no
    point of the box is another class's. With a bounding method every value is an eps at which the margin was evaluated
    in float64 and positive by more than its rounding error, or the simplex certificate where that is larger: no method
    reports less than what one linear region proves. The margin need not be monotone in eps: the radius meant is the one
    that doubling and then bisecting from min(d_B, d_D) leads to; secant steps only speed this up. Certificates are
    rounded down: no point nearer than the radius has another class.

    Raises
    ------
    ValueError
        For an unknown method, a norm or network it does not know, shapes or labels that do not fit, NaN in x, or an
        x outside the box.
    """
    if method not in METHODS and method not in CERTIFICATES:
        raise ValueError(f"method must be one of {', '.join((*METHODS, *CERTIFICATES))}, got {method!r}")
    covered = arithmetic(covers)
    if covered.roundoff > 0 and method not in METHODS:
        raise ValueError(f"{method} speaks of real arithmetic; a float32 pass is covered by {', '.join(METHODS)}")
    points = checked_points(network, as_tensor(x).detach().to("cpu", torch.float64), labels, p, box)
    if method in METHODS:
        check_method(method, p)
    else:
        check_certificate(method, points)
    return certified_radii(points, method, covered, points.labels if labels is None else None)


@torch.no_grad()
def certified_radii(
    points: Points, method: str, covered: Arithmetic = REAL, predicted: NDArray[np.int64] | None = None
) -> Tensor:
    """As `certified_radius`, of checked points; `predicted` (n,) are their predicted classes, if already computed."""
    if len(points) == 0:
        return torch.zeros(0, dtype=torch.float64)
    exact, images, p, box = points.exact, points.images, points.p, points.box
    if method in CERTIFICATES:
        radii = CERTIFICATES[method].run(points)
    else:
        near = distances(exact, images, p, box=box)
        with by_work(largest_product(exact, len(points))):
            radii = _search(_margin(points, METHODS[method].run, covered), _start(near), _farthest(points))
        if covered.roundoff == 0:
            radii = torch.maximum(radii, torch.from_numpy(simplex_certificate(exact, images, p, box)))
    classes = exact.scores(points.flat).argmax(1) if predicted is None else torch.from_numpy(predicted)
    return torch.where(classes == torch.from_numpy(points.labels), radii, 0.0)


def _margin(points: Points, method: Method, covered: Arithmetic) -> Margin:
    labels = torch.from_numpy(points.labels)

    def margin(samples: Tensor, eps: Tensor) -> Tensor:
        check_cancelled()
        ball = points[samples.numpy()].ball(eps)
        return proved_margins(points.exact, ball, labels[samples], method, covered).amin(1)

    return margin


def _start(near: Distances) -> Tensor:
    """(n,) min(d_B, d_D); where that is 0 or infinite d_D, else 1."""
    d_b, d_d = torch.from_numpy(near.d_B), torch.from_numpy(near.d_D)

    def usable(values: Tensor) -> Tensor:
        return (values > 0) & torch.isfinite(values)

    start = torch.minimum(d_b, d_d)
    return torch.where(usable(start), start, torch.where(usable(d_d), d_d, torch.ones_like(start)))


def _farthest(points: Points) -> Tensor:
    """(n,) the distance to the farthest corner of the box: a ball of this radius holds the whole box.

    Rounded up by the error of a norm of d rounded differences; infinite where a side of the box is.
    """
    low, high = torch.from_numpy(points.low), torch.from_numpy(points.high)
    return _outer_norm(torch.maximum(points.flat - low, high - points.flat), points.p)


def _outer_norm(steps: Tensor, p: Norm) -> Tensor:
    """(n, d) -> (n,) at least the l_p norms."""
    lost = underflown_squares(steps) if p == 2 else 0.0
    return torch.linalg.vector_norm(steps, p, dim=1) * (1 + gamma(steps.shape[1] + 16, steps.dtype)) + lost


def _search(margin: Margin, start: Tensor, farthest: Tensor) -> Tensor:
    """(n,) largest radii proved: doubling from `start`, then a bracketed search between proved and not proved."""
    every = torch.arange(len(start))
    proved, failed = torch.zeros_like(start), torch.full_like(start, math.inf)
    above, below = margin(every, proved), torch.full_like(start, math.nan)  # the margins there
    eps, searching, factor = torch.minimum(start, farthest), every[proves_positive(above)], 2.0
    while len(searching) > 0:
        margins = margin(searching, eps[searching])
        good = proves_positive(margins)
        _note(searching, eps[searching], margins, good, proved, failed, above, below)
        whole_box = good & (eps[searching] >= farthest[searching])
        proved[searching[whole_box]] = math.inf
        searching = searching[good & ~whole_box & (eps[searching] < LARGEST_RADIUS)]
        factor = factor if (eps[searching] < DOUBLING_RANGE * start[searching]).any() else factor**2
        eps[searching] = torch.minimum(factor * eps[searching], farthest[searching])
    side = torch.zeros_like(
        start
    )  # which end the last step moved: if it moves again, the other end's margin is halved (Illinois)
    for step in range(EVALUATIONS):
        open_ = every[torch.isfinite(failed) & (failed - proved > PRECISION * failed)]
        if len(open_) == 0:
            break
        eps = _next(step, proved[open_], failed[open_], above[open_], below[open_])
        margins = margin(open_, eps)
        good = proves_positive(margins)
        moved = torch.where(good, 1, -1).to(side)
        repeated = side[open_] == moved
        above[open_] = torch.where(repeated & ~good, above[open_] / 2, above[open_])
        below[open_] = torch.where(repeated & good, below[open_] / 2, below[open_])
        side[open_] = moved
        _note(open_, eps, margins, good, proved, failed, above, below)
    return proved


def _note(
    samples: Tensor,
    eps: Tensor,
    margins: Tensor,
    good: Tensor,
    proved: Tensor,
    failed: Tensor,
    above: Tensor,
    below: Tensor,
) -> None:
    """Move the proved or the failed end of each sample's bracket to eps."""
    proved[samples[good]], above[samples[good]] = eps[good], margins[good]
    failed[samples[~good]], below[samples[~good]] = eps[~good], margins[~good]


def _next(step: int, proved: Tensor, failed: Tensor, above: Tensor, below: Tensor) -> Tensor:
    """The next radii: secant steps (Illinois); at first and every third time the middle of the bracket."""
    middle = torch.where(proved > 0, (proved + failed) / 2, failed / 2)
    if step % 3 == 0:
        return middle
    secant = proved + (failed - proved) * above / (above - below)
    nudge = 0.25 * PRECISION * failed
    inside = torch.isfinite(secant) & (secant > proved) & (secant < failed)
    return torch.where(inside, secant.clamp(proved + nudge, failed - nudge), middle)
