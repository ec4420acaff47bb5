"""SDP-CROWN: in l2, the units of a layer cannot all be at their worst at once, since their z are within a ball.

Back-substitution replaces <w, a> by <s, z> + k. CROWN takes k unit by unit: the least w_i a_i - s_i z_i over the unit's
own bounds, as if every z_i were free. But z moves within a ball around its value c at the center: |z - c| <= r. With
any multiplier m >= 0,

    <w, a> - <s, z>  >=  sum_i min over l_i <= z_i <= u_i of  w_i a_i - s_i z_i + m/2 (z_i - c_i)^2    -  m/2 r^2,

because m/2 (|z - c|^2 - r^2) <= 0 on the ball. Each term is a one-dimensional minimum of two parabolas, one for each
piece of the unit: at the vertex, clamped to its piece. With m = 0 and CROWN's slopes this is CROWN's k. With l = -inf
and u = inf it is Chiu et al.'s -m/2 (r^2 - |c|^2) - |phi|^2 / 2m with phi_i = min(w_i - s_i - m c_i, s_i + m c_i, 0)
for a ReLU. The bounds l and u hold in the box too, so that the box tightens the minimum.

The sum is over the unstable units alone: the ball of a part of a vector is smaller. r is the Lipschitz constant of
their z, times eps: the spectral norm of their rows in the first layer, times those of the layers before in later ones.
`spectral_norm` bounds it from above.

Slopes s_i / w_i, between the activation's own and 1, and one m for each row and layer are ascended by Adam, and each
row keeps its best. So it is never below CROWN's on the same hidden bounds.

Source: Chiu et al. (2025), SDP-CROWN; there without l and u, and with the ball of all units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from certify.bounds.backward import lower_bound
from certify.bounds.batches import in_batches
from certify.bounds.functionals import DenseFunctionals, PatchFunctionals, unit_functionals
from certify.bounds.interval import Bounds
from certify.bounds.layerwise import largest_before, layerwise_bounds, proved_functionals, proved_units
from certify.bounds.methods.crown import crown
from certify.bounds.relaxations import Lines
from certify.costs import back_substitution
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import FEW, Sums, gamma, unit_errors
from certify.records import Bound, Style
from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Affine, dense_matrix, evaluate
from geometry.network.network import Network

SQUARINGS = 7  # of the rows' Gram matrix: of m rows the norm is exceeded by a factor m^(1/256) at most
MOST_ROWS = 512  # of which a Gram matrix is squared for each point: a limit of time
LOGARITHMS = 4096  # roundings in units of eps: of the sum of eight logarithms below 700, and of its exponential
SAME = 1e-5  # relative difference of values between which the first multiplier is not chosen
BESIDE = 0.999  # times the chord's slope, at which both ends of a unit's bounds may be worst, and rounding would choose
FIRST_POWERS = range(-6, 4)  # of 4, from which each row's first multiplier is chosen


@dataclass(frozen=True, eq=False)
class Coupled:
    """One layer on a set: z of its unstable units are within [low, high], and within `radius` (n, 1) of `center`.

    All but the radius are (n, units); `own` are the activations' slopes for z < 0, one for all or (units,).
    """

    low: Tensor
    high: Tensor
    center: Tensor
    radius: Tensor
    unstable: Tensor
    own: Tensor | float
    proving: bool

    def __getitem__(self, samples: slice) -> Coupled:
        names = ("low", "high", "center", "radius", "unstable")
        return replace(self, **{name: getattr(self, name)[samples] for name in names})

    def of_units(self, units: Tensor) -> Coupled:
        """Some of the units, among them all that are unstable."""
        names = ("low", "high", "center", "unstable")
        own = self.own[units] if isinstance(self.own, Tensor) else self.own
        return replace(self, own=own, **{name: getattr(self, name)[:, units] for name in names})

    def single(self) -> Coupled:
        """The same in float32."""
        own = self.own.float() if isinstance(self.own, Tensor) else self.own
        names = ("low", "high", "center", "radius")
        return replace(self, own=own, **{name: getattr(self, name).float() for name in names})

    def offsets(self, w: Tensor, s: Tensor, m: Tensor) -> tuple[Tensor, Tensor | float]:
        """Coefficients w of a, s of z (n, rows, units), multipliers (n, rows) -> offsets (n, rows), and their errors.

        A computed vertex is off by few roundings, which matters to second order: less than the rounding of the term, a
        sum of few products of at most |w| |z|, |s| |z| and m (|z| + |c|)^2.
        """
        half = m * self.radius**2 / 2
        total = self.least(w, s, m).sum(2) - half
        if not self.proving:
            return total, 0.0
        reach = torch.maximum(self.low.abs(), self.high.abs())[:, None]
        sizes = (w.abs() + s.abs()) * reach + m[:, :, None] * (reach + self.center.abs()[:, None]) ** 2
        lost = torch.where(self.unstable[:, None], sizes, 0.0).sum(2) + half
        return total, (gamma(w.shape[2] + FEW, w.dtype) * lost).detach()

    def first_multiplier(self, w: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        """(n, rows) the best offsets that one of few multipliers gives, and that multiplier."""
        reach, tiny = (self.high - self.low)[:, None] * self.unstable[:, None], torch.finfo(w.dtype).tiny
        typical = (w.abs() * self.unstable[:, None]).sum(2) / reach.sum(2).clamp(min=tiny)
        tried = torch.stack([typical.clamp(min=tiny) * 4.0**power for power in FIRST_POWERS])
        values = torch.stack([self.offsets(w, s, m)[0] for m in tried])
        best = values.amax(0)
        good = values >= best - SAME * (1 + best.abs())  # the first of these, so that rounding does not choose
        return best, tried.gather(0, good.to(torch.uint8).argmax(0)[None])[0]

    def least(self, w: Tensor, s: Tensor, m: Tensor) -> Tensor:
        """(n, rows, units) the least w a - s z + m/2 (z - c)^2 of each unstable unit; 0 for the others."""
        low, high, center = (part[:, None] for part in (self.low, self.high, self.center))
        curvature, least = m[:, :, None], None
        for slope, begin, end in ((1.0, low.clamp(min=0), high), (self.own, low, high.clamp(max=0))):
            tilt = w * slope - s
            steps = tilt.detach() / curvature.detach().clamp(min=torch.finfo(w.dtype).tiny)
            vertex = (center.detach() - steps).nan_to_num()  # where the slope is 0: moving it changes nothing
            z = torch.minimum(torch.maximum(vertex, begin), end)
            value = tilt * z + curvature / 2 * (z - center) ** 2
            least = value if least is None else torch.minimum(least, value)
        assert least is not None
        return torch.where(self.unstable[:, None], least, 0.0)


def spectral_norm(matrix: Tensor) -> Tensor:
    """An upper bound of the spectral norm of a matrix (m, d), without dimensions.

    |A|_2^2 is the largest eigenvalue of G = A A^T, and at most the Frobenius norm of G^(2^k), to the power 1 / 2^k.
    Each product of m terms is off by gamma(m) of the factors' Frobenius norms. Of more than MOST_ROWS rows and columns,
    the largest sums of a row and of a column of |A| bound it: |A|_2^2 <= |A|_1 |A|_inf.
    """
    matrix = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    (m, d), dtype = matrix.shape, matrix.dtype
    rounded = 1 + gamma(d + m + FEW, dtype)
    if m == 0 or m > MOST_ROWS:
        sizes = matrix.abs()
        return (sizes.sum(1).amax() * sizes.sum(0).amax()).sqrt() * rounded if m else matrix.new_zeros(())
    gram = matrix @ matrix.T
    lost = gamma(d + FEW, dtype) * matrix.square().sum()  # of the Gram matrix, in Frobenius norm
    log, share = matrix.new_zeros(()), 1.0
    for _ in range(SQUARINGS + 1):
        size = (torch.linalg.matrix_norm(gram) * rounded + lost).clamp(min=torch.finfo(dtype).tiny)
        log, share = log + share * size.log(), share / 2
        gram, lost = gram / size, lost / size
        gram, lost = gram @ gram, 2 * lost + lost**2 + 4 * gamma(m + FEW, dtype)
    return (log / 2).exp() * rounded * (1 + LOGARITHMS * torch.finfo(dtype).eps)


@dataclass(frozen=True)
class SdpCrown:
    """CROWN's bounds of hidden layers; then slopes and multipliers for each row."""

    steps: int = 30
    rate: float = 0.2

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        hidden, lines = self._hidden(network, ball)
        affine = network.layers[-1].affine
        rows = unit_functionals(affine)
        weights = (rows.dense() if isinstance(rows, PatchFunctionals) else rows).coefficients.expand(len(ball), -1, -1)
        offset = affine.bias[None].expand(len(ball), -1)
        lower = self._best(network, weights, offset, hidden, lines, ball)
        upper = -self._best(network, -weights, -offset, hidden, lines, ball)
        return [*hidden, proved_units((lower, upper), affine, None, lines, ball)]

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        hidden, lines = self._hidden(network, ball)
        best = self._best(network, weights, offset, hidden, lines, ball)
        return proved_functionals(best, weights, offset, largest_before(lines[-1] if lines else None, ball), ball, sums)

    def _hidden(self, network: Network, ball: Perturbation) -> tuple[list[Bounds], list[Lines]]:
        return layerwise_bounds(network, ball, crown, every_unit=True) if network.hidden else ([], [])

    def _best(
        self, network: Network, weights: Tensor, offset: Tensor, hidden: Sequence[Bounds], lines: Sequence[Lines],
        ball: Perturbation,
    ) -> Tensor:  # fmt: skip
        """(n, rows) the best lower bounds of <weights, a> + offset, a the last hidden activations."""
        affines = [layer.affine for layer in network.hidden]
        coupled = coupled_layers(network, hidden, lines, ball)
        length = max([network.input_units, *network.widths])
        weights, offset = weights.expand(len(ball), -1, -1), offset.expand(len(ball), -1)

        def least(samples: slice, part: slice) -> tuple[Tensor]:
            cut, some = [line[samples] for line in lines], [layer[samples] for layer in coupled]
            return (self._ascend(affines, weights[samples, part], offset[samples, part], cut, some, ball[samples]),)

        (lower,) = in_batches(len(ball), weights.shape[1], 6 * length, ball.center.device, least)
        return lower

    def _ascend(
        self, affines: Sequence[Affine], weights: Tensor, offset: Tensor, lines: Sequence[Lines],
        coupled: Sequence[Coupled], ball: Perturbation,
    ) -> Tensor:  # fmt: skip
        rows = DenseFunctionals(weights)
        by_crown = lower_bound(rows, offset, affines, lines, ball)
        if not lines:
            return by_crown

        def value(slopes: Sequence[Tensor], logs: Sequence[Tensor]) -> Tensor:
            offsets = [partial(layer.offsets, m=log.exp()) for layer, log in zip(coupled, logs)]
            return lower_bound(rows, offset, affines, lines, ball, slopes, offsets)

        slopes, logs = _first(rows, offset, affines, lines, coupled, ball)
        chosen, best = [*slopes, *logs], torch.full_like(by_crown, -math.inf)
        for step in range(self.steps):
            check_cancelled()
            free = [part.detach().clone().requires_grad_() for part in (*slopes, *logs)]
            with torch.enable_grad():
                now = value(free[: len(lines)], free[len(lines) :])
                gradients = torch.autograd.grad(-now.sum(), free)
            better, best = now.detach() > best, torch.maximum(now.detach(), best)
            chosen = [_where_better(better, part.detach(), kept) for part, kept in zip(free, chosen)]
            if step == 0:
                optimizer = torch.optim.Adam(parameters := [*slopes, *logs])
            optimizer.param_groups[0]["lr"] = self.rate * (1 - step / self.steps)
            for parameter, gradient in zip(parameters, gradients):
                parameter.grad = gradient
            optimizer.step()
            for slope, line, layer in zip(slopes, lines, coupled):  # those of stable units stay
                moved = torch.maximum(slope, torch.as_tensor(layer.own).to(slope))
                slope.copy_(torch.where(line.unstable[:, None], moved, line.lower[:, None]))
                slope.clamp_(max=1)
        return torch.maximum(by_crown, value(chosen[: len(lines)], chosen[len(lines) :]))


def _where_better(better: Tensor, new: Tensor, kept: Tensor) -> Tensor:
    """`new` of the rows (n, m) that are better; the parts are (2, n, m, units) or (n, m)."""
    return torch.where(better[..., None] if new.dim() > better.dim() else better, new, kept)


def _first(
    rows: DenseFunctionals, offset: Tensor, affines: Sequence[Affine], lines: Sequence[Lines],
    coupled: Sequence[Coupled], ball: Perturbation,
) -> tuple[list[Tensor], list[Tensor]]:  # fmt: skip
    """CROWN's slopes, (2, n, m, units) for positive and other coefficients; logarithms (n, m) of good multipliers."""
    count = rows.coefficients.shape[1]
    slopes = [
        torch.stack([line.lower, torch.where(line.unstable, BESIDE * line.upper, line.upper)])[:, :, None]
        .expand(-1, -1, count, -1).detach().clone()
        for line in lines
    ]  # fmt: skip
    logs: list[Tensor] = []

    def search(layer: Coupled, w: Tensor, s: Tensor) -> tuple[Tensor, float]:
        best, m = layer.first_multiplier(w, s)
        logs.insert(0, m.log())
        return best, 0.0

    with torch.no_grad():
        offsets = [partial(search, layer) for layer in coupled]
        lower_bound(DenseFunctionals(rows.coefficients.detach()), offset, affines, lines, ball, slopes, offsets)
    return slopes, logs


def coupled_layers(
    network: Network, hidden: Sequence[Bounds], lines: Sequence[Lines], ball: Perturbation
) -> list[Coupled]:
    """Of each hidden layer, the ball in which the z of its unstable units are.

    `spread` bounds how far the layer's inputs are from those at the center, `off` the rounding of the latter. A covered
    pass may be off by as much again. Units that are off on the whole set do not count.
    """
    center, spread, off = ball.center, ball.eps, torch.zeros_like(ball.center)
    passing = torch.ones_like(center, dtype=torch.bool)  # inputs of the layer that can change
    layers = []
    for k, (layer, (low, high), line) in enumerate(zip(network.hidden, hidden, lines)):
        z, proving = evaluate(layer.affine, center), ball.arithmetic is not None
        if ball.arithmetic is not None:
            largest = largest_before(lines[k - 1] if k else None, ball)
            off = layer.affine.absolute().linear(off) + unit_errors(layer.affine, largest, ball.arithmetic)
        else:
            off = torch.zeros_like(z)
        rounded = 1 + gamma(z.shape[1] + FEW, z.dtype)
        missed = 2 * (off * line.unstable).norm(dim=1)
        reach = (torch.maximum(high - z, z - low) * line.unstable).norm(dim=1) * rounded
        radius = (_norms(layer.affine, line.unstable, passing) * spread + missed) * rounded
        radius = torch.minimum(radius, reach)[:, None]
        layers.append(Coupled(low, high, z, radius, line.unstable, layer.below, proving))
        if k + 1 < len(network.hidden):
            alive = line.upper != 0
            spread = _norms(layer.affine, alive, passing) * spread * rounded
            passing = alive
        center = layer.activate(z)
    return layers


def _norms(affine: Affine, rows: Tensor, columns: Tensor) -> Tensor:
    """(n,) bounds of the spectral norms of some rows (n, units) and columns (n, in_units) of the map."""
    matrix = dense_matrix(affine)
    chosen = zip(rows, columns)
    norms = [spectral_norm(matrix[units][:, inputs]) for units, inputs in chosen]
    return torch.stack(norms) if norms else matrix.new_zeros(0)


SDP_CROWN = Bound(
    run=SdpCrown(),
    title="SDP-CROWN",
    line="CROWN for ℓ₂: a layer's units share one ball, so not all are at their worst at once.",
    place=105,
    cost=back_substitution(passes=30, small=30),
    norms=(2,),
    largest=2_000_000,
    style=Style("#10623A", "3px,2px,3px,6px", "star"),
)
