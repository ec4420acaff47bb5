"""Convex outer bounds of the adversarial polytope: what each method proves about two outputs (KW Fig. 6).

With the method "lp" it is KW's convex outer adversarial polytope, here from tighter bounds of the hidden layers.

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

from certify.bounds.batches import largest_product
from certify.bounds.methods import METHODS
from certify.bounds.methods.linear_program import LinearProgram, Lp, lagrangian, last_magnitudes, relaxed_set
from certify.bounds.methods.presolve import presolved
from certify.bounds.proof import check_method
from certify.perturbation.arithmetic import REAL
from certify.perturbation.perturbation import Numbers, Perturbation, as_tensor, perturbation
from certify.perturbation.rounding import Sums, functional_errors
from certify.records import Method
from geometry.box import BoxLike
from geometry.computation.cores import by_work
from geometry.halfplanes import clip_all
from geometry.network.affine import dense_matrix
from geometry.network.network import Network, as_network
from geometry.network.rounding import EPSILON, doubled, longest_sum
from geometry.norms import Array, Norm
from geometry.planar.adversarial_polytope import Outputs, checked_outputs

SOLVER = 1e-8  # relative gap that a solver of tolerance 1e-9 can hardly narrow; no bound rests on it
LEAST_THICKNESS = 1e-140  # of a polygon: products of two such numbers do not underflow
LARGEST_COORDINATE = 1e153  # products of two such numbers are below the largest float64, about 1.8e308
MOST_DIRECTIONS = 400  # for the LP's polygon: a limit of time, after which it stays looser than `tolerance`

Point: TypeAlias = Array  # (2,)


@torch.no_grad()
def outer_polytope(
    network: nn.Module | Network,
    x: Numbers,
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

    Computed in float64 and moved outwards by what rounding may amount to (`certify.perturbation.rounding`), so it
    is proved to contain the true set.

    Parameters
    ----------
    network : torch module or Network
    x : (*input_shape) one point, or a batch (1, *input_shape) of one
    eps : finite number >= 0, in the units of x
    p : 1, 2 or math.inf
    outputs : (i, j), two different classes; may be left out for a network with two
    method : a name in `METHODS`. Each bounds c_i f_i + c_j f_j as one functional, with the last layer's weights merged
        into it, so a polygon on one side of the line f_i = f_j proves what `margins` proves. Of "interval" the bounding
        box is KW's naive layerwise box (42): see `layerwise_box`.
    box : (lo, hi), optional
    directions : at least 3, evenly spread, the axes among them if divisible by four; not used for "lp"
    tolerance : for "lp" directions are chosen where the polygon may still be too large, until none of its corners is
        farther from the relaxation's image than this times its diameter (or than a solver can resolve)

    Returns
    -------
    shapely Polygon, counterclockwise

    Raises
    ------
    ValueError
        For an unknown method, a norm it does not know, outputs, eps, shapes or directions that do not fit, x
        outside the box, or bounds of the outputs that overflow.
    """
    if directions < 3:
        raise ValueError(f"a polygon needs at least 3 directions, got {directions}")
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")
    check_method(method, p)
    question = _question(network, x, eps, p, outputs, box)
    chosen = METHODS[method].run
    with by_work(largest_product(question.network, 1)):
        if isinstance(chosen, Lp):
            normals, heights = _lp_support(question, chosen, tolerance)
        else:
            angles = np.arange(directions) * (2 * math.pi / directions)
            normals = np.stack([np.cos(angles), np.sin(angles)], axis=1)
            heights = question.proved_support(chosen, normals)
    return question.polygon(normals, heights)


@torch.no_grad()
def support_values(
    network: nn.Module | Network,
    x: Numbers,
    eps: float,
    p: Norm,
    outputs: Outputs | None,
    method: str,
    directions: Numbers,
    box: BoxLike | None = None,
) -> Array:
    """(m,) h(c) >= c_0 f_i + c_1 f_j on the perturbation set, for directions c (m, 2); without rounding added.

    Arguments and errors as for `outer_polytope`.
    """
    check_method(method, p)
    return _question(network, x, eps, p, outputs, box).support(METHODS[method].run, np.asarray(directions, np.float64))


@torch.no_grad()
def layerwise_box(
    network: nn.Module | Network,
    x: Numbers,
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
    return question.polygon(axes, question.proved_support(METHODS["interval"].run, axes))


@dataclass(frozen=True, eq=False)
class _Question:
    """One perturbation set and two outputs f = weight a + bias of the last hidden activations a, in float64."""

    network: Network
    ball: Perturbation
    weight: Tensor  # (2, units)
    bias: Tensor  # (2,)
    middle: Point  # f at the set's center, to measure heights from
    made_of: Sums  # the sums of which weight (2, units) and bias (2,) consist

    def support(self, method: Method, directions: Array) -> Array:
        """(m, 2) -> (m,) upper bounds of <c, f>."""
        weights, offset, _ = self.functionals(directions)
        return -method.functionals(self.network, self.ball, weights, offset)[0].numpy()

    def proved_support(self, method: Method, directions: Array) -> Array:
        """(m, 2) -> (m,) the same, moved outwards by rounding."""
        return -method.functionals(self.network, self.ball.proving(), *self.functionals(directions))[0].numpy()

    def functionals(self, directions: Array) -> tuple[Tensor, Tensor, Sums]:
        """-<c, f> by the last hidden activations: weights (1, m, units), offsets (1, m) and their sums."""
        rows = -torch.from_numpy(directions)
        made_of, sizes = self.made_of, rows.abs()
        sums = Sums((sizes @ made_of.weights)[None], (sizes @ made_of.offset)[None], made_of.terms)
        return (rows @ self.weight)[None], (rows @ self.bias)[None], sums

    def polygon(self, directions: Array, heights: Array) -> Polygon:
        """All y with <c, y> <= h(c), the half-planes moved outwards by rounding. Directions go all around.

        A height over the middle is a sum of three products of numbers up to `size`. A corner is a point of a segment
        between corners, off by a few u times the polygon's reach in each of its half-planes' values, and moving back by
        the middle rounds once more: together less than 32 eps (size + reach).
        """
        size = np.abs(heights) + np.abs(directions) @ np.abs(self.middle)
        around = np.maximum(heights - directions @ self.middle, 0) + 4 * EPSILON * size + LEAST_THICKNESS
        turns = np.sort(np.arctan2(directions[:, 1], directions[:, 0]))
        widest = np.diff(np.r_[turns, turns[0] + 2 * math.pi]).max()
        reach = 2 * around.max() / math.cos(widest / 2)
        around = around + 32 * EPSILON * (reach + np.abs(self.middle).max())
        if not (np.isfinite(around).all() and 4 * reach < LARGEST_COORDINATE):
            raise ValueError(
                f"bounds of the outputs up to {np.abs(heights).max():.3g} are too large for float64: choose a smaller "
                f"eps, or scale the last layer down"
            )
        square = 2 * reach * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
        return Polygon(clip_all(square, -directions, around) + self.middle)


def _question(
    network: nn.Module | Network, x: Numbers, eps: Any, p: Norm, outputs: Outputs | None, box: BoxLike | None
) -> _Question:
    point = as_tensor(x).detach().double().cpu()
    exact, point = _fitted(network, point)
    if not isinstance(eps, int | float | np.number | Tensor) or np.ndim(eps) != 0:
        raise ValueError(f"eps must be one number, got {eps!r}")
    pair = list(checked_outputs(outputs, exact.outputs))
    ball = perturbation(point[None], float(eps), p, box, exact.input_shape)
    last = exact.layers[-1].affine
    middle = exact(ball.center)[0, pair].numpy()
    absolute = last.absolute()
    made_of = Sums(dense_matrix(absolute)[pair], absolute.bias[pair], longest_sum(last))
    return _Question(exact, ball, dense_matrix(last)[pair], last.bias[pair], middle, made_of)


def _fitted(network: nn.Module | Network, x: Tensor) -> tuple[Network, Tensor]:
    """The network for one point x, which may be given as a batch of one."""
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


def _lp_support(question: _Question, method: Lp, tolerance: float) -> tuple[Array, Array]:
    """Directions and heights of the image of the LP's feasible set, (m, 2) and (m,).

    The solver gives with each height a point that attains it, so the image lies between the polygon of the
    half-planes and that of the points. Between two neighbouring directions both polygons differ by a triangle; where
    it is too large, the next direction is the one perpendicular to the side of the points.
    """
    proving = question.ball.proving()
    hidden = method.hidden(question.network, proving)
    proved = relaxed_set(question.network, proving, hidden, 0)
    fewer = presolved(relaxed_set(question.network, question.ball, hidden, 0))
    program, largest = LinearProgram(fewer.relaxed), last_magnitudes(proving, hidden)
    weight, bias = question.weight.numpy(), question.bias.numpy()
    matrix, level = proved.activations[-1]

    def touched(direction: Array) -> _Touched:
        weights, offset, sums = question.functionals(direction[None])
        row, constant = weights[0, 0].numpy(), float(offset[0, 0])
        cost = matrix.T @ row
        duals = fewer.duals(cost, program.duals(fewer.relaxed.activations[-1][0].T @ row))
        least = lagrangian(proved, cost, float(row @ level) + constant, duals)
        height = float(functional_errors(weights, offset, largest, REAL, sums)[0, 0]) - least
        point = weight @ program.optimum() + bias
        return _Touched(direction, height, point if np.isfinite(point).all() else question.middle)

    axes = [touched(np.array(c)) for c in ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))]
    diameter = math.hypot(axes[0].height + axes[2].height, axes[1].height + axes[3].height)
    gap = max(tolerance * diameter, SOLVER * (1 + float(np.abs(question.middle).max())))
    sides = _refined(axes, touched, gap)
    return np.array([side.direction for side in sides]), np.array([side.height for side in sides])


@dataclass(frozen=True, eq=False)
class _Touched:
    """A half-plane <direction, y> <= height, and the point where it touches the set."""

    direction: Array
    height: float
    point: Point


def _refined(sides: list[_Touched], touched: Callable[[Array], _Touched], gap: float) -> list[_Touched]:
    """Enough sides, in any order, that every corner is within `gap` of the polygon of touching points."""
    refined, open_ = list(sides), [(sides[k], sides[(k + 1) % len(sides)]) for k in reversed(range(len(sides)))]
    while open_ and len(refined) < MOST_DIRECTIONS:
        first, second = open_.pop()
        chord = second.point - first.point
        length = float(np.hypot(*chord))
        if _corner_height(first, second, chord, length) <= gap:
            continue
        direction = np.array([chord[1], -chord[0]]) / length if length > gap else first.direction + second.direction
        between = touched(direction / np.hypot(*direction))
        refined.append(between)
        open_ += [(between, second), (first, between)]
    return refined


def _corner_height(first: _Touched, second: _Touched, chord: Array, length: float) -> float:
    """How far the corner of two half-planes is from the segment between their touching points, at most."""
    normals = np.stack([first.direction, second.direction])
    determinant = float(normals[0, 0] * normals[1, 1] - normals[0, 1] * normals[1, 0])
    if determinant < 1e-9:  # parallel but for rounding
        return 0.0
    corner = np.linalg.solve(normals, np.array([first.height, second.height])) - first.point
    if length == 0:
        return float(np.hypot(*corner))
    return abs(float(chord[0] * corner[1] - chord[1] * corner[0])) / length
