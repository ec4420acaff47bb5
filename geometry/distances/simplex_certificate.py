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
from geometry.distances.nearest_hyperplanes import Batch, Indices
from geometry.distances.rounded_down import Hyperplanes, Relative, distances_below
from geometry.network.affine import Affine, Dense
from geometry.network.network import Network
from geometry.network.rational import Dyadic, RationalNetwork
from geometry.network.rivals import Rivals
from geometry.network.rounding import EPSILON, gamma, running_errors
from geometry.network.unit_gradients import TINY, select_rows
from geometry.norms import Array, Norm, dual_norm
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
            lost = TINY * self.movable[k]  # where products underflow
            errors.append(gamma(layer.affine) * layer.affine.absolute().linear(self._passing[k - 1] * norms) + lost)
            norms = self.norm_bounds[k - 1]
        return errors

    @cached_property
    def movable(self) -> list[Tensor]:
        """Per layer (1 or n, units) 1.0 where weights other than 0 lead from an input to the unit, on a point's piece.

        Where none do, the unit's row is zero, without rounding.
        """
        found = []
        moved = torch.ones(1, self.rows.network.input_units, dtype=self.x.dtype)
        for k, layer in enumerate(self.rows.network.layers):
            found.append((layer.affine.absolute().linear(moved) > 0).to(self.x))
            if k < len(self._passing):
                moved = found[k] * (self._passing[k] != 0)
        return found

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
            is_open = is_open if self.compared is None else is_open & self.compared.matters[k]
            if self.compared is None and not is_open.any() and not self.constant[k].any():
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

    @cached_property
    def constant_rivals(self) -> Tensor:
        """(m,) which rivals of open sign are as large as the largest on all of their piece. After `settled`."""
        assert self.compared is not None
        rivals = self.compared.rivals
        still = rivals.totals([(~constant).double() for constant in self.constant]) == 0
        is_open = (rivals.heights(self.preactivations).abs() <= self._rival_errors(rivals)) & ~still
        for i in torch.nonzero(is_open)[:, 0].tolist():
            point, layer = int(rivals.points[i]), int(rivals.layers[i])
            if self._affordable(layer):
                weights = rivals.chosen(torch.tensor([i])).weights(self.rows.network.widths[layer])[0]
                exact = RationalNetwork(self.rows.network).functional(
                    self.pattern(point), layer, Dyadic.of(weights.numpy())
                )
                still[i] = not exact.signs()[:-1].any()
        return still

    def _rival_errors(self, rivals: Rivals) -> Tensor:
        """(m,) what their heights may be off by: as their summands, and by the sum of at most four."""
        rounded = 4 * EPSILON * rivals.totals([z.abs() for z in self.preactivations])
        return rivals.totals(self.errors[0]) * (1 + 8 * EPSILON) + rounded

    def _affordable(self, layer: int) -> bool:
        """Whether the rows of a layer on a piece can be computed exactly."""
        layers = self.rows.network.layers[: layer + 1]
        products = sum(weight.numel() for k in layers for weight in k.affine.weights())
        return (self.rows.network.input_units + 1) * products <= EXACT_PRODUCTS

    def _constant(self, point: int, layer: int, units: Indices) -> Array:
        """(m,) bool: which units have a zero row, and not just a small one."""
        network, d = self.rows.network, self.rows.network.input_units
        if not self._affordable(layer):
            return np.zeros(len(units), bool)
        frame = Dyadic.of(np.column_stack([np.eye(d), self.x[point].numpy()]))
        rows = RationalNetwork(network).pieces(frame, self.pattern(point), layer, units)
        return np.asarray((rows.signs()[:, :-1] == 0).all(axis=1))

    def unit_bounds_below(self, layer: int) -> Tensor:
        z = (self.preactivations[layer].abs() - self.errors[0][layer]).clamp(min=0)
        if layer == 0:
            lost = self._lost * self.movable[0][0]
            norms = self.rows.first_norms[dual_norm(self.p)] * (1 + self._norm_error) + lost
            lower = torch.where(norms > 0, z / norms, torch.where(z > 0, torch.inf, 0.0)) * (1 - 4 * EPSILON)
        else:
            lower = z / self.norm_bounds[layer - 1] * (1 - 4 * EPSILON)
            lower = torch.where((self.movable[layer] == 0) & (z > 0), torch.inf, lower)
        return self.of_faces(layer, lower.masked_fill(self.constant[layer], torch.inf))

    @cached_property
    def rival_bounds(self) -> Tensor:
        assert self.compared is not None
        rivals = self.compared.rivals
        heights = (rivals.heights(self.preactivations).abs() - self._rival_errors(rivals)).clamp(min=0)
        norms = rivals.totals(self.row_norm_bounds) * (1 + self._norm_error + 8 * EPSILON) + 4 * self._lost
        lower = torch.where(norms > 0, heights / norms, torch.where(heights > 0, torch.inf, 0.0)) * (1 - 8 * EPSILON)
        return lower.masked_fill(self.constant_rivals, torch.inf)

    def unit_lengths(self, layer: int, at: Indices, units: Indices, within: Array) -> tuple[Indices, Array]:
        kept, planes = self.known_units(layer, at, units, within)
        height = (planes.heights.abs() - planes.height_errors).clamp(min=0)
        return kept, self._down(planes, height, at[kept])

    def known_units(self, layer: int, at: Indices, units: Indices, within: Array) -> tuple[Indices, Hyperplanes]:
        """Which of the units' hyperplanes at points `at` may be as near as `within`, and these hyperplanes."""
        own, rivals = self.split(layer, at, units)
        if rivals is None:
            return self._known_own(layer, at, units, within)
        kept, planes = self._known_own(layer, at[own], units[own], within[own])
        others = np.setdiff1d(np.arange(len(at)), own)
        parts = [planes, self._known_rivals(rivals)]
        return np.concatenate([own[kept], others]), Hyperplanes(
            torch.cat([one.rows for one in parts]),
            torch.cat([one.heights for one in parts]),
            torch.cat([one.height_errors for one in parts]),
            torch.cat([one.norm_errors for one in parts]),
        )

    def _known_rivals(self, rivals: Rivals) -> Hyperplanes:
        """Where they become the largest."""
        network = self.rows.network
        rows = torch.zeros(len(rivals.points), network.input_units, dtype=torch.float64)
        height = rivals.totals(self.rho) + 4 * EPSILON * rivals.totals([z.abs() for z in self.preactivations])
        norm = rivals.totals(self.row_errors)
        for layer in rivals.layers.unique().tolist():
            own = rivals.layers == layer
            part, points = rivals.chosen(own), rivals.points[own]
            step = network.layers[layer].affine.transpose(part.weights(network.widths[layer])), height[own], norm[own]
            for k in range(layer - 1, -1, -1):
                step = self._step(*step, k, points)
            rows[own], height[own], norm[own] = step
        return Hyperplanes(rows, rivals.heights(self.preactivations), height, norm)

    def _known_own(self, layer: int, at: Indices, units: Indices, within: Array) -> tuple[Indices, Hyperplanes]:
        """As `known_units`, where each unit's pre-activation is 0."""
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
        return self._passing[layer - 1] * self.movable[layer - 1] * norms

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
        """(m,) at most the distances of points `at` from hyperplanes, at which values are at least `height`."""
        relative = Relative(self._norm_error, self._lost)
        return distances_below(planes, height.numpy(), self.x.numpy()[at], self.p, self.box, relative)

    def infinite_beyond(self, radii: Array) -> Array:
        """(n,) radii, infinite where nothing of the box is as far."""
        if self.box is None:
            return radii
        x = self.x.numpy()
        corner = np.linalg.norm(np.maximum(self.box.hi - x, x - self.box.lo), self.p, axis=1)
        return np.where(radii > corner * (1 + self._norm_error), np.inf, radii)


def _certificates(batch: ProvedBatch) -> Array:
    """(n,) at most min(d_B, d_D) of each point, 0 where a sign is open; infinite where nothing of the box is as far."""
    settled = batch.settled().numpy()
    d_B, _ = batch.nearest_units()
    d_D, _ = batch.nearest_decisions(batch.classes, within=d_B)
    return batch.infinite_beyond(np.where(settled, np.minimum(d_B, d_D), 0.0))
