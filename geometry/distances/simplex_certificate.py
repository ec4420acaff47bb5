"""The simplex certificate min(d_B, d_D) as a proof: never above the exact one, all rounding errors are subtracted.

A unit's hyperplane is |z| / ||V||_q away. Rounding changes z by at most an error and the row V by a row whose norm is
at most another. So (|z| - error) / (||V||_q + other) is no more than the exact distance. Both errors are
accumulated while the row is propagated back through the layers. With g the row's coefficients on the pre-activations
of layer k, and gamma(n) = n eps at least twice what a sum of n terms can lose relatively (Higham 2002, §3.1),

* the pre-activations of that layer are off by at most rho_k = gamma (|W_k| (|a| + off) + |b_k|) for their own sums,
  `off` what the activations a are off by; so z is off by at most the sum of <|g|, rho_k>;
* stepping back through W_k changes the row by at most gamma |g| |W_k|, which the layers below map to something of norm
  at most gamma <|g|, |W_k| B>, with B bounds on the norms of their units' rows.

That needs the signs of all units. If rounding leaves the sign of a unit undecided, and exact arithmetic does not show
that the unit is constant, the certificate is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from geometry.box import BoxLike
from geometry.computation.cached_property import cached_property
from geometry.distances.batches import batch_of, chunks, suitable_cores
from geometry.distances.hyperplanes import fill
from geometry.distances.nearest_hyperplanes import Batch, Indices
from geometry.network.affine import Affine, Dense
from geometry.network.network import Network
from geometry.network.rational import Dyadic, RationalNetwork
from geometry.network.rounding import EPSILON, gamma, running_errors
from geometry.network.unit_gradients import TINY, select_rows
from geometry.norms import Array, Norm, dual_norm, row_norms
from geometry.plane import TensorOrArray

EXACT_PRODUCTS = 1 << 22  # products of integers for one point's open signs: they take half a second on one core


@torch.no_grad()
def simplex_certificate(network: nn.Module | Network, x: TensorOrArray, p: Norm, box: BoxLike | None = None) -> Array:
    """(n, *input_shape) -> (n,): the simplex certificate, min(d_B, d_D). No smaller perturbation changes the class.

    Arguments and errors as in `distances`. It is a proof: rounded down by what rounding may have added, never above the
    exact distances of the network with these weights in real arithmetic; 0 where the sign of a unit is open in floats,
    unless exact arithmetic shows the unit to be constant. Decision hyperplanes that are provably farther than d_B,
    mostly all, are never computed. Source: Singla & Feizi (2019), Theorem 3 and Algorithm 1.
    """
    whole = batch_of(ProvedBatch, network, x, p, box)
    with suitable_cores(whole):
        return np.concatenate([_certificates(whole.chosen(at)) for at in chunks(whole)])


@dataclass(frozen=True, eq=False)
class Hyperplanes:
    """Where <row, t> + height = 0 for a step t from a point, one for each of `rows` (m, d) and `heights` (m,).

    The exact heights are within `height_errors` (m,) of these; the exact rows differ by `norm_errors` (m,) at most, in
    the norm dual to that of distances. Both errors are sums of terms of one sign, before the rounding of these sums.
    """

    rows: Tensor
    heights: Tensor
    height_errors: Tensor
    norm_errors: Tensor


@dataclass(frozen=True, eq=False)
class ProvedBatch(Batch):
    """A batch whose distances are rounded down."""

    @cached_property
    def errors(self) -> tuple[list[Tensor], list[Tensor]]:
        """Per layer (n, units) what pre-activations are off by in all, and by their own layer's sums (rho)."""
        return running_errors(self.rows.network, self.x, self.preactivations)

    @cached_property
    def constant(self) -> list[Tensor]:
        """Per hidden layer (n, units) which units of open sign are constant on their piece, without rounding."""
        return [torch.zeros_like(z, dtype=torch.bool) for z in self.preactivations[:-1]]

    @cached_property
    def row_errors(self) -> list[Tensor]:
        """Per layer (n or 1, units) what a step back through the layer changes a row by, in norm, per coefficient."""
        q, network = dual_norm(self.p), self.rows.network
        errors = [gamma(network.layers[0].affine) * self.rows.first_norms[q][None]]
        norms = self.rows.first_norms[q].expand_as(self.preactivations[0])
        for k, layer in enumerate(network.layers[1:], start=1):
            errors.append(gamma(layer.affine) * layer.affine.absolute().linear(self._passing[k - 1] * norms) + TINY)
            norms = self.norm_bounds[k - 1]
        return errors

    @cached_property
    def _passing(self) -> list[Tensor]:
        """As `slopes`, and 1 where the sign is open."""
        errors = self.errors[0]
        return [torch.where(z.abs() <= off, 1.0, s) for z, off, s in zip(self.preactivations, errors, self.slopes)]

    @cached_property
    def rho(self) -> list[Tensor]:
        """What the pre-activations of a layer are off by on their own; all of it for units of open sign."""
        total, own = self.errors
        return [torch.where(z.abs() <= whole, 2 * whole, rho) for z, whole, rho in zip(self.preactivations, total, own)]

    def settled(self) -> torch.Tensor:
        """(n,) whether all signs are known, except those of constant units, which it records in `constant`.

        No sign is known where a value overflows.
        """
        sure = torch.isfinite(torch.cat([*self.preactivations, *self.errors[0]], 1)).all(1)
        moved = torch.ones_like(self.x)  # 0 where what enters a layer cannot move
        for k, (z, off) in enumerate(zip(self.preactivations[:-1], self.errors[0])):
            is_open = self.rows.network.layers[k].where_bending(~(z.abs() > off))
            if not is_open.any() and not self.constant[k].any():
                moved = self._passing[k]
                continue
            reached = self.rows.network.layers[k].affine.absolute().linear((moved > 0).to(z)) > 0
            self.constant[k] |= ~reached
            is_open &= reached
            moved = self._passing[k] * reached
            for i in torch.nonzero(is_open.any(1) & sure).flatten().tolist():
                units = torch.nonzero(is_open[i]).flatten()
                self.constant[k][i, units] |= torch.from_numpy(self._constant(i, k, units.numpy()))
            sure &= ~(is_open & ~self.constant[k]).any(1)
        return sure

    def _constant(self, point: int, layer: int, units: Indices) -> Array:
        """(m,) bool: which units have a zero row, and not just a small one."""
        network, d = self.rows.network, self.rows.network.input_units
        products = (d + 1) * sum(weight.numel() for k in network.layers[: layer + 1] for weight in k.affine.weights())
        if products > EXACT_PRODUCTS:
            return np.zeros(len(units), bool)
        frame = Dyadic.of(np.column_stack([np.eye(d), self.x[point].numpy()]))
        rows = RationalNetwork(network).pieces(frame, self.pattern(point), layer, units)
        return np.asarray((rows.signs()[:, :-1] == 0).all(axis=1))

    def unit_bounds_below(self, layer: int) -> Tensor:
        z = (self.preactivations[layer].abs() - self.errors[0][layer]).clamp(min=0)
        if layer == 0:
            norms = self.rows.first_norms[dual_norm(self.p)] * (1 + self._norm_error) + self._lost
            lower = torch.where(norms > 0, z / norms, torch.where(z > 0, torch.inf, 0.0)) * (1 - 4 * EPSILON)
        else:
            lower = z / self.norm_bounds[layer - 1] * (1 - 4 * EPSILON)
        return self.without_carried(layer, lower.masked_fill(self.constant[layer], torch.inf))

    def unit_lengths(self, layer: int, at: Indices, units: Indices, within: Array) -> tuple[Indices, Array]:
        kept, planes = self.known_units(layer, at, units, within)
        height = (planes.heights.abs() - planes.height_errors).clamp(min=0)
        return kept, self._down(planes, height, at[kept])

    def known_units(self, layer: int, at: Indices, units: Indices, within: Array) -> tuple[Indices, Hyperplanes]:
        """Which of the units' hyperplanes at points `at` may be as near as `within`, and these hyperplanes."""
        points, chosen = torch.from_numpy(at), torch.from_numpy(units)
        z, off = self.preactivations[layer][points, chosen], self.errors[0][layer][points, chosen]
        least = (z.abs() - off).clamp(min=0) / torch.from_numpy(within)
        kept, rows = torch.arange(len(units)), select_rows(self.rows.network.layers[layer].affine, chosen)
        height, norm = self.rho[layer][points, chosen], self._at(self.row_errors[layer], points)[kept, chosen]
        for k in range(layer - 1, -1, -1):
            bounds = (rows.norm(dim=1) * (1 + self._norm_error) + TINY) * self.rows.operator_bounds[dual_norm(self.p)][
                k
            ]
            near = bounds + norm >= least[kept]
            kept, rows, height, norm = kept[near], rows[near], height[near], norm[near]
            rows, height, norm = self._step(rows, height, norm, k, points[kept])
        return kept.numpy(), Hyperplanes(rows, z[kept], height, norm)

    def decision_heights(self, at: Indices, classes: Indices, others: Indices) -> Array:
        """Less their possible errors."""
        errors = self.errors[0][-1].numpy()
        heights = super().decision_heights(at, classes, others)
        less: Array = heights - (errors[at, classes] + errors[at, others] + 4 * EPSILON * np.abs(heights))
        return less

    def decision_lengths(self, at: Indices, classes: Indices, others: Indices) -> Array:
        planes = self.known_decisions(at, classes, others)
        return self._down(planes, (planes.heights - planes.height_errors).clamp(min=0), at)

    def known_decisions(self, at: Indices, classes: Indices, others: Indices) -> Hyperplanes:
        """Where f_c = f_s on the pieces of points `at`, with f_c - f_s as heights."""
        points, c, s = (torch.from_numpy(indices) for indices in (at, classes, others))
        last = self.rows.network.layers[-1].affine
        weights = select_rows(last, torch.arange(self.rows.network.classes))
        rows, logits, off = weights[c] - weights[s], self.preactivations[-1], self.rho[-1]
        height = off[points, c] + off[points, s]
        norm = self._difference_error(last, rows, points, c, s)
        for k in range(len(self.rows.network.hidden) - 1, -1, -1):
            rows, height, norm = self._step(rows, height, norm, k, points)
        z = logits[points, c] - logits[points, s]
        return Hyperplanes(rows, z, height + 2 * EPSILON * z.abs(), norm)

    def _difference_error(self, last: Affine, rows: Tensor, points: Tensor, c: Tensor, s: Tensor) -> Tensor:
        """(m,) what the difference of two rows of the last map may be off by, by norm: of a matrix's, one rounding."""
        if isinstance(last, Dense):
            hidden = self.rows.network.hidden
            norms = self.row_norms_before(len(hidden))
            return EPSILON * (rows.abs() * self._at(norms, points)).sum(1)
        errors = self._at(self.row_errors[-1], points)
        every = torch.arange(len(points))
        return errors[every, c] + errors[every, s]

    def row_norms_before(self, layer: int) -> Tensor:
        """(n or 1, in_units) bounds on the norms of the gradients of what enters a layer."""
        if layer == 0:
            return torch.ones(1, self.rows.network.input_units, dtype=self.x.dtype)
        norms = self.rows.first_norms[dual_norm(self.p)][None] if layer == 1 else self.norm_bounds[layer - 2]
        return self._passing[layer - 1] * norms

    def _step(
        self, rows: Tensor, height: Tensor, norm: Tensor, k: int, points: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Rows on the activations of layer k, back to those before it, and the errors with what that adds."""
        size = rows.abs() * self._passing[k][points] * (1 + EPSILON)
        height = height + (size * self.rho[k][points]).sum(1)
        norm = norm + (size * self._at(self.row_errors[k], points)).sum(1)
        return self.rows.network.layers[k].affine.transpose(rows * self.slopes[k][points]), height, norm

    @staticmethod
    def _at(values: Tensor, points: Tensor) -> Tensor:
        return values.expand(len(points), -1) if len(values) == 1 else values[points]

    @property
    def _norm_error(self) -> float:
        return (self.rows.widest + 16) * EPSILON

    @property
    def _lost(self) -> float:
        """How much shorter an l2 norm comes out where squares underflow; `row_norms` guards against more."""
        return TINY if self.p == 2 else 0.0

    def _down(self, planes: Hyperplanes, height: Tensor, at: Indices) -> Array:
        """(m,) at most the distances of points `at` from hyperplanes, on which values are at least `height` (m,) away.

        The sums behind `height` and the errors have terms of one sign, and lose less than `_norm_error` of themselves,
        as norms do.
        """
        gains, off = planes.rows.abs().numpy(), planes.norm_errors.numpy() * (1 + self._norm_error)
        h, q = height.numpy() * (1 - self._norm_error), dual_norm(self.p)
        lost = np.where(gains.any(axis=1), self._lost, 0.0)
        distances = _quotient(h, row_norms(gains, q) * (1 + self._norm_error) + lost + off)
        if self.box is None:
            return distances
        x, towards = self.x.numpy()[at], -np.sign(planes.rows.numpy()) * np.sign(planes.heights.numpy())[:, None]
        room = np.where(towards > 0, self.box.hi - x, np.where(towards < 0, x - self.box.lo, 0.0)) * (1 + 4 * EPSILON)
        for kept in (_kept_gains(gains, room, h, self.p), np.zeros_like(gains)):  # none: the box holds no such point
            with np.errstate(invalid="ignore"):
                filled = np.where(gains > kept, (gains - kept) * room, 0.0).sum(axis=1) * (1 + self._norm_error)
            left = np.maximum((h - filled) * (1 - 4 * EPSILON), 0.0)
            inside = _quotient(left, row_norms(kept, q) * (1 + self._norm_error) + lost + off)
            distances = np.fmax(distances, inside)
        return distances

    def infinite_beyond(self, radii: Array) -> Array:
        """(n,) radii, infinite where nothing of the box is as far."""
        if self.box is None:
            return radii
        x = self.x.numpy()
        corner = np.linalg.norm(np.maximum(self.box.hi - x, x - self.box.lo), self.p, axis=1)
        return np.where(radii > corner * (1 + self._norm_error), np.inf, radii)


def _kept_gains(gains: Array, room: Array, heights: Array, p: Norm) -> Array:
    """(m, d) 0 <= v <= gains for which the bound of `_down` is best in a box; any are valid.

    Within the box <gains, t> <= ||v||_q ||t||_p + <gains - v, room>, by Hoelder. With the shortest step t that reaches
    the hyperplane both are equal for v = the gains of coordinates with room left (l-infinity), all gains cut off at
    that of the coordinate filled in part (l1), or at room / level (l2).
    """
    largest = gains.max(axis=1, initial=0.0, keepdims=True)
    scale = np.where(largest > 0, largest, 1.0)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        step = fill(gains / scale, room, heights[:, None] / scale, p)
        moved = step > 0
        if p == np.inf:
            return np.where(room >= step.max(axis=1, initial=0.0, keepdims=True), gains, 0.0)
        if p == 1:
            return np.minimum(gains, np.where(moved, gains, np.inf).min(axis=1, initial=np.inf, keepdims=True))
        level = np.where(moved & (step < room), step / gains, 0.0).max(axis=1, initial=0.0, keepdims=True)
        kept = np.minimum(gains, np.where(level > 0, room / level, np.inf))
    return np.where(np.isfinite(kept), kept, gains)


def _quotient(heights: Array, lengths: Array) -> Array:
    """(m,) heights / lengths rounded down; infinite where a row is zero for certain and its value is not, NaN to 0."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        quotients = heights / lengths * (1 - 4 * EPSILON)
    return np.where(heights > 0, np.nan_to_num(quotients, nan=0.0, posinf=np.inf), 0.0)


def _certificates(batch: ProvedBatch) -> Array:
    """(n,) at most min(d_B, d_D) of each point, 0 where a sign is open; infinite where nothing of the box is as far."""
    settled = batch.settled().numpy()
    d_B, _ = batch.nearest_units()
    d_D, _ = batch.nearest_decisions(batch.classes, within=d_B)
    return batch.infinite_beyond(np.where(settled, np.minimum(d_B, d_D), 0.0))
