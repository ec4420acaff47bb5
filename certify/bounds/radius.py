"""Certified radii: the largest perturbation for which a method proves that the class stays."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from certify.bounds.batches import largest_product
from certify.bounds.certificates import CERTIFICATES, check_certificate
from certify.bounds.methods import METHODS
from certify.bounds.proof import check_method, proved_margins
from certify.bounds.radius_search import Margins, Start, largest_radii
from certify.perturbation.arithmetic import REAL, Arithmetic, Covers, arithmetic
from certify.perturbation.perturbation import Numbers, as_tensor, underflown_squares
from certify.perturbation.points import Points, checked_points
from certify.perturbation.rounding import gamma
from certify.records import Method
from geometry.box import BoxLike
from geometry.computation.cancellation import check_cancelled
from geometry.computation.cores import by_work
from geometry.distances.distances import decision_distances
from geometry.distances.simplex_certificate import simplex_certificate
from geometry.network.network import Network
from geometry.norms import Norm

TOLERANCE = 1e-10  # relative gap between a radius and one at which the method fails
LEAST_TOLERANCE = 1e-13  # below it the ends of a bracket could be neighbours in float64


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
    tolerance: float = TOLERANCE,
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
    tolerance : relative gap to a radius that the method does not prove. About seven margins of a point are evaluated
        at 1e-10, and five or six at 1e-4, which is enough for a picture; certificates need no search

    Returns
    -------
    (n,) float64 tensor, in the units of x. 0 for a misclassified point, also where two logits are equal; infinite if no
    point of the box is another class's. With a bounding method every value is an eps at which the margin was evaluated
    in float64 and positive by more than its rounding error, or the simplex certificate where that is larger: no method
    reports less than what one linear region proves. At an eps that is larger by at most `tolerance` times itself, the
    margin was not positive. It need not be monotone in eps: then this is one of several such radii. Certificates are
    rounded down: no point nearer than the radius has another class.

    Raises
    ------
    ValueError
        For an unknown method, a norm or network it does not know, shapes or labels that do not fit, NaN in x, an x
        outside the box, or a tolerance below 1e-13 or above 0.5.
    """
    if not LEAST_TOLERANCE <= tolerance <= 0.5:
        raise ValueError(f"tolerance must be a relative gap from {LEAST_TOLERANCE} to 0.5, got {tolerance}")
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
    return certified_radii(points, method, covered, points.labels if labels is None else None, tolerance)


@torch.no_grad()
def certified_radii(
    points: Points,
    method: str,
    covered: Arithmetic = REAL,
    predicted: NDArray[np.int64] | None = None,
    tolerance: float = TOLERANCE,
) -> Tensor:
    """As `certified_radius`, of checked points; `predicted` (n,) are their predicted classes, if already computed."""
    if len(points) == 0:
        return torch.zeros(0, dtype=torch.float64)
    scores = points.exact.scores(points.flat)
    if method in CERTIFICATES:
        radii = CERTIFICATES[method].run(points)
    else:
        simplex = torch.from_numpy(simplex_certificate(points.exact, points.images, points.p, points.box))
        proved = simplex if covered.roundoff == 0 else torch.zeros_like(simplex)
        margins, start = _margins(points, METHODS[method].run, covered), _start(points, scores, proved)
        with by_work(largest_product(points.exact, len(points))):
            radii = torch.maximum(largest_radii(margins, start, tolerance), proved)
    classes = scores.argmax(1) if predicted is None else torch.from_numpy(predicted)
    return torch.where(classes == torch.from_numpy(points.labels), radii, 0.0)


def _margins(points: Points, method: Method, covered: Arithmetic) -> Margins:
    labels = torch.from_numpy(points.labels)

    def margins(samples: Tensor, eps: Tensor) -> Tensor:
        check_cancelled()
        ball = points[samples.numpy()].ball(eps)
        return proved_margins(points.exact, ball, labels[samples], method, covered)

    return margins


def _start(points: Points, scores: Tensor, proved: Tensor) -> Start:
    """What the linear region of each point says about margins in small balls, from its (n, K) scores."""
    labels = torch.from_numpy(points.labels)[:, None]
    others = torch.arange(points.exact.classes) != labels
    margins = (scores.gather(1, labels) - scores)[others].reshape(len(points), -1)
    near = decision_distances(points.exact, points.images, points.p, points.labels, points.box)
    lengths = torch.from_numpy(near)[others].reshape(margins.shape).abs()
    scale = torch.ones(len(points), dtype=torch.float64)
    for sizes in (proved, lengths.amin(1)):  # the latter if possible
        scale = torch.where((sizes > 0) & torch.isfinite(sizes), sizes, scale)
    return Start(margins, -margins / lengths, scale, proved, _farthest(points))


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
