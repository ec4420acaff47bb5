"""Convex outer bounds of the adversarial polytope: what each method proves about two outputs at once (KW Fig. 6).

A method bounds any functional <c, f> of the two outputs f = (f_i, f_j) from above, by a support value h(c). So the
adversarial polytope lies in {y : <c, y> <= h(c)} for every direction c, and in the polygon these half-planes cut out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from shapely.geometry import Polygon
from torch import Tensor, nn

from certify.condensed import condensed
from certify.lp import LinearProgram, Lp, relaxed_set
from certify.methods import METHODS, Method
from certify.perturbation import Perturbation, as_tensor, perturbation
from certify.proof import check_method
from certify.rounding import functional_errors
from geometry.adversarial_polytope import Outputs, checked_outputs
from geometry.affine import dense_matrix
from geometry.box import BoxLike
from geometry.halfplanes import clip_all
from geometry.network import Network, as_network
from geometry.norms import Array, Norm
from geometry.rounding import doubled

ROUNDING = 1e-13  # of a half-plane's offset and the corners it makes, relative to the outputs or 1
SOLVER = 1e-8  # how closely a linear program's optimum is known, relative to the outputs
CONDENSING = 1e-10  # what putting variables in terms of others may lose, relative to the outputs
MOST_DIRECTIONS = 400  # of an adaptive projection: from then on the polygon stays as loose as it is

Point: TypeAlias = Array  # (2,)


@torch.no_grad()
def outer_polytope(
    network: nn.Module | Network,
    x: Any,
    eps: float,
    p: Norm,
    outputs: Outputs | None = None,
    method: str = "crown",
    box: BoxLike | None = None,
    directions: int = 64,
    *,
    tolerance: float = 1e-6,
) -> Polygon:
    """A convex polygon that contains the two outputs of every input within eps of x, inside the box.

    Computed in float64 and moved outwards by what rounding may amount to (`certify.rounding`), so it contains the true
    set for certain.

    Parameters
    ----------
    network : torch module or Network
    x : (*input_shape) one point, or a batch (1, *input_shape) of one
    eps : finite number >= 0, in the units of x
    p : 1, 2 or math.inf
    outputs : (i, j), two different classes; may be left out for a network with two
    method : a name in `METHODS`. Each bounds c_i f_i + c_j f_j as one functional, with the last layer's weights merged
        into it, so a polygon on one side of the line f_i = f_j says what `margins` says. Of "interval" the bounding
        box is KW's naive layerwise box (42): see `layerwise_box`.
    box : (lo, hi), optional
    directions : at least 3, evenly spread, the axes among them if divisible by four; not used for "lp"
    tolerance : for "lp" directions are chosen where the polygon may still be too large, until none of its corners is
        farther from the projection of the relaxation than this times its diameter (or than a solver can tell)

    Returns
    -------
    shapely Polygon, counterclockwise

    Raises
    ------
    ValueError
        For an unknown method, a norm it does not know, outputs, eps, shapes or directions that do not fit, or x
        outside the box.
    """
    if directions < 3:
        raise ValueError(f"a polygon needs at least 3 directions, got {directions}")
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")
    check_method(method, p)
    question = _question(network, x, eps, p, outputs, box)
    chosen = METHODS[method]
    if isinstance(chosen, Lp):
        found, heights = _projected(question, chosen, tolerance)
    else:
        angles = np.arange(directions) * (2 * math.pi / directions)
        found = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        heights = question.support(chosen, found)
    return question.polygon(found, heights)


@torch.no_grad()
def support_values(
    network: nn.Module | Network,
    x: Any,
    eps: float,
    p: Norm,
    outputs: Outputs | None,
    method: str,
    directions: Any,
    box: BoxLike | None = None,
) -> Array:
    """(m,) h(c) >= c_0 f_i + c_1 f_j on the perturbation set, for directions c (m, 2); without rounding added.

    Arguments and errors as for `outer_polytope`.
    """
    check_method(method, p)
    return _question(network, x, eps, p, outputs, box).support(METHODS[method], np.asarray(directions, np.float64))


@torch.no_grad()
def layerwise_box(
    network: nn.Module | Network,
    x: Any,
    eps: float,
    p: Norm,
    outputs: Outputs | None = None,
    box: BoxLike | None = None,
) -> Polygon:
    """The naive layerwise bounds of KW (42): each output's own interval, by interval arithmetic.

    Arguments and errors as for `outer_polytope`; like it, moved outwards by rounding.
    """
    question = _question(network, x, eps, p, outputs, box)
    axes = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    return question.polygon(axes, question.support(METHODS["interval"], axes))


@dataclass(frozen=True, eq=False)
class _Question:
    """One perturbation set and two outputs f = weight a + bias of the last hidden activations a, in float64."""

    network: Network
    ball: Perturbation
    weight: Tensor  # (2, units)
    bias: Tensor  # (2,)
    middle: Point  # f at the set's center: surely in the true set

    def support(self, method: Method, directions: Array) -> Array:
        """(m, 2) -> (m,) upper bounds of <c, f>."""
        return -method.functionals(self.network, self.ball, *self._functionals(directions))[0].numpy()

    def errors(self, directions: Array) -> Array:
        """(m,) how far rounding may take support values, and the corners made from them."""
        errors = functional_errors(self.network, self.ball, *self._functionals(directions))[0].numpy()
        return np.asarray(errors + ROUNDING * max(1.0, np.abs(self.middle).max()))

    def polygon(self, directions: Array, heights: Array) -> Polygon:
        """All y with <c, y> <= h(c), the half-planes moved outwards by their errors. Directions go all around."""
        around = heights - directions @ self.middle  # small numbers: the set is near its own point
        around = np.maximum(around, 0) * (1 + ROUNDING) + self.errors(directions)
        turns = np.sort(np.arctan2(directions[:, 1], directions[:, 0]))
        widest = np.diff(np.r_[turns, turns[0] + 2 * math.pi]).max()
        reach = 2 * around.max() / math.cos(widest / 2)
        square = reach * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
        return Polygon(clip_all(square, -directions, around) + self.middle)

    def _functionals(self, directions: Array) -> tuple[Tensor, Tensor]:
        rows = -torch.from_numpy(directions)
        return (rows @ self.weight)[None], (rows @ self.bias)[None]


def _question(
    network: nn.Module | Network, x: Any, eps: Any, p: Norm, outputs: Outputs | None, box: BoxLike | None
) -> _Question:
    point = as_tensor(x).detach().double().cpu()
    exact, point = _fitted(network, point)
    if not isinstance(eps, int | float | np.number | Tensor) or np.ndim(eps) != 0:
        raise ValueError(f"eps must be one number, got {eps!r}")
    pair = list(checked_outputs(outputs, exact.classes))
    ball = perturbation(point[None], float(eps), p, box, exact.input_shape)
    last = exact.layers[-1].affine
    middle = exact(ball.center)[0, pair].numpy()
    return _Question(exact, ball, dense_matrix(last)[pair], last.bias[pair], middle)


def _fitted(network: nn.Module | Network, x: Tensor) -> tuple[Network, Tensor]:
    """The network for one point x, which may have come as a batch of one."""
    if isinstance(network, Network):
        if x.shape not in (network.input_shape, (1, *network.input_shape), (network.input_units,)):
            raise ValueError(f"x must be one point of shape {network.input_shape}, got {tuple(x.shape)}")
        return doubled(network), x.reshape(network.input_shape)
    try:
        return doubled(as_network(network, tuple(x.shape))), x
    except ValueError:
        if x.dim() < 2 or len(x) != 1:
            raise
    return doubled(as_network(network, tuple(x.shape[1:]))), x[0]


def _projected(question: _Question, method: Lp, tolerance: float) -> tuple[Array, Array]:
    """Directions and heights of the projection of the LP's feasible set, (m, 2) and (m,).

    The solver gives with each height a point that attains it, so the projection lies between the polygon of the
    half-planes and that of the points. Between two neighbouring directions both polygons differ by a triangle; where
    it is too large, the next direction is the one perpendicular to the side of the points.
    """
    hidden = method.hidden(question.network, question.ball)
    program = LinearProgram(condensed(relaxed_set(question.network, question.ball, hidden, 0)))
    weight, bias = question.weight.numpy(), question.bias.numpy()
    rounding = CONDENSING * (1 + float(np.abs(question.middle).max()))

    def touched(direction: Array) -> _Touched:
        height = rounding - program.functional(-direction @ weight, -float(direction @ bias))
        point = weight @ program.optimum() + bias
        return _Touched(direction, height, point if np.isfinite(point).all() else question.middle)

    axes = [touched(np.array(c)) for c in ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))]
    diameter = math.hypot(axes[0].height + axes[2].height, axes[1].height + axes[3].height)
    gap = max(tolerance * diameter, SOLVER * (1 + float(np.abs(question.middle).max())))
    found = _refined(axes, touched, gap)
    return np.array([side.direction for side in found]), np.array([side.height for side in found])


@dataclass(frozen=True, eq=False)
class _Touched:
    """A half-plane <direction, y> <= height, and the point where it touches the set."""

    direction: Array
    height: float
    point: Point


def _refined(sides: list[_Touched], touched: Callable[[Array], _Touched], gap: float) -> list[_Touched]:
    """Sides enough, in no particular order, that every corner is within `gap` of the polygon of touching points."""
    found, open_ = list(sides), [(sides[k], sides[(k + 1) % len(sides)]) for k in reversed(range(len(sides)))]
    while open_ and len(found) < MOST_DIRECTIONS:
        one, other = open_.pop()
        chord = other.point - one.point
        length = float(np.hypot(*chord))
        if _corner_height(one, other, chord, length) <= gap:
            continue
        direction = np.array([chord[1], -chord[0]]) / length if length > gap else one.direction + other.direction
        between = touched(direction / np.hypot(*direction))
        found.append(between)
        open_ += [(between, other), (one, between)]
    return found


def _corner_height(one: _Touched, other: _Touched, chord: Array, length: float) -> float:
    """How far the corner of two half-planes is from the segment between their touching points, at most."""
    normals = np.stack([one.direction, other.direction])
    determinant = float(normals[0, 0] * normals[1, 1] - normals[0, 1] * normals[1, 0])
    if determinant < 1e-9:  # as good as parallel: one line
        return 0.0
    corner = np.linalg.solve(normals, np.array([one.height, other.height])) - one.point
    if length == 0:
        return float(np.hypot(*corner))
    return abs(float(chord[0] * corner[1] - chord[1] * corner[0])) / length
