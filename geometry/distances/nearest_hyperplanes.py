"""The search for the nearest hyperplanes of a batch of points: bounds on distances choose the rows to compute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from geometry.box import Box
from geometry.computation.cached_property import cached_property
from geometry.computation.cancellation import check_cancelled
from geometry.distances import tuning
from geometry.distances.hyperplanes import distances_of_heights, steps, steps_in_box
from geometry.network.rational import Dyadic, RationalNetwork
from geometry.network.rivals import NONE, Compared, Rivals, compared
from geometry.network.rounding import EPSILON
from geometry.network.unit_gradients import (
    ROWS_AT_ONCE,
    TINY,
    UnitGradients,
    negligible,
    norms_of,
    select_rows,
    slopes_of,
)
from geometry.norms import Array, Norm, dual_norm, row_norms

Indices = NDArray[np.int64]
NOTHING = 4 * TINY  # the most that a bound on the norm of an empty row holds: its allowance for underflow
STEPS_AT_ONCE = 1 << 19  # numbers of steps inside a box between two checks for cancellation: about .1 s


@dataclass(frozen=True, eq=False)
class Batch:
    """Points (n, input_units), the norm distances are measured in and, unless None, the flat box around them."""

    rows: UnitGradients
    x: Tensor
    p: Norm
    box: Box | None

    @cached_property
    def preactivations(self) -> list[Tensor]:
        return self.rows.network.preactivations(self.x)

    @property
    def classes(self) -> Indices:
        """(n,) the predicted classes."""
        predicted: Indices = self.preactivations[-1].argmax(dim=1).numpy()
        return predicted

    @cached_property
    def active(self) -> list[Tensor]:
        """Per hidden layer (n, units) which units are active on each point's piece."""
        return [layer.positive(z) for z, layer in zip(self.preactivations, self.rows.network.hidden)]

    @cached_property
    def slopes(self) -> list[Tensor]:
        return [slopes_of(on, layer.below) for on, layer in zip(self.active, self.rows.network.hidden)]

    @cached_property
    def compared(self) -> Compared | None:
        """Which comparisons of max-pooling matter on the points' pieces, and what those stand for that do not."""
        return compared(self.rows.network, self.active)

    def pattern(self, point: int | Tensor) -> NDArray[np.bool_]:
        """(units,) the activation pattern of one point's piece."""
        return np.concatenate([on[point].numpy() for on in self.active])

    @cached_property
    def norm_bounds(self) -> list[Tensor]:
        """Per layer after the first (n, units) upper bounds of the norms of its rows, logits included."""
        return self.rows.norm_bounds(self.slopes, dual_norm(self.p))

    def chosen(self, at: Indices) -> Self:
        """The batch of the points `at` alone."""
        return replace(self, x=self.x[torch.from_numpy(at)])

    def unit_hyperplanes(self, layer: int, at: Indices, units: Indices, within: Array) -> tuple[Indices, Array, Array]:
        """The hyperplane of unit `units[i]` of a hidden layer at point `at[i]`, unless farther than `within[i]`.

        That of a comparison of max-pooling that does not matter is where its loser becomes the largest.

        Returns which ones they are (k,), their normals (k, d) and heights (k,).
        """
        own, rivals = self.split(layer, at, units)
        if rivals is None:
            return self._own_hyperplanes(layer, at, units, within)
        kept, normals, heights = self._own_hyperplanes(layer, at[own], units[own], within[own])
        others = np.setdiff1d(np.arange(len(at)), own)
        return (
            np.concatenate([own[kept], others]),
            np.concatenate([normals, self._rival_rows(rivals)]),
            np.concatenate([heights, rivals.heights(self.preactivations).numpy()]),
        )

    def split(self, layer: int, at: Indices, units: Indices) -> tuple[Indices, Rivals | None]:
        """Which of the units have hyperplanes of their own at points `at`; what the others, in order, stand for."""
        if self.compared is None:
            return np.arange(len(at)), None
        places = self.compared.places[layer][torch.from_numpy(at), torch.from_numpy(units)]
        own = places == NONE
        return torch.nonzero(own)[:, 0].numpy(), None if own.all() else self.compared.rivals.chosen(places[~own])

    def _rival_rows(self, rivals: Rivals) -> Array:
        """(m, d) the normals of their half-spaces."""
        rows = torch.zeros(len(rivals.points), self.rows.network.input_units, dtype=torch.float64)
        bounds = rivals.totals(self.row_norm_bounds)
        for layer in rivals.layers.unique().tolist():
            own = torch.nonzero(rivals.layers == layer)[:, 0]
            points, weights = rivals.points[own], rivals.chosen(own).weights(self.rows.network.widths[layer])
            rows[own] = self.rows.back(weights, layer, self.slopes, points)
            for row in self._open_rows(rows[own], bounds[own]):
                rows[own[row]] = self._exact_row(points[row], layer, weights[row])[:-1]
        return rows.numpy()

    @cached_property
    def row_norm_bounds(self) -> list[Tensor]:
        """Per hidden layer (n or 1, units) upper bounds of the norms of its rows."""
        return [self.rows.first_norms[dual_norm(self.p)][None], *self.norm_bounds[:-1]]

    def _own_hyperplanes(self, layer: int, at: Indices, units: Indices, within: Array) -> tuple[Indices, Array, Array]:
        """As `unit_hyperplanes`, where each unit's pre-activation is 0."""
        points, chosen = torch.from_numpy(at), torch.from_numpy(units)
        heights = self.preactivations[layer][points, chosen]
        least = heights.abs() / torch.from_numpy(within)
        kept, normals = self.rows.unit_rows(layer, chosen, self.slopes, points, dual_norm(self.p), least)
        if layer > 0:
            basis = torch.eye(self.rows.network.layers[layer].units, dtype=torch.float64)
            for row in self._open_rows(normals, self.norm_bounds[layer - 1][points[kept], chosen[kept]]):
                normals[row] = self._exact_row(points[kept[row]], layer, basis[chosen[kept[row]]])[:-1]
        return kept.numpy(), normals.numpy(), heights[kept].numpy()

    def decision_hyperplanes(self, at: Indices, classes: Indices, others: Indices) -> tuple[Array, Array]:
        """Where f_c = f_s on the piece of point `at[i]`: normals (m, d) and heights f_c - f_s (m,)."""
        points, c, s = (torch.from_numpy(indices) for indices in (at, classes, others))
        last = len(self.rows.network.layers) - 1
        weights = select_rows(self.rows.network.layers[last].affine, torch.arange(self.rows.network.classes))
        normals, constant = weights[c] - weights[s], torch.full((len(at),), torch.nan, dtype=torch.float64)
        if last > 0:
            normals = self.rows.back(normals * self.slopes[-1][points], last - 1, self.slopes, points)
            bounds, basis = self.norm_bounds[-1], torch.eye(self.rows.network.classes, dtype=torch.float64)
            for row in self._open_rows(normals, bounds[points, c] + bounds[points, s]):
                exact = self._exact_row(points[row], last, basis[c[row]] - basis[s[row]])
                normals[row], constant[row] = exact[:-1], exact[-1]
        logits = self.preactivations[-1]
        heights = logits[points, c] - logits[points, s]
        flat = ~normals.any(dim=1) & ~constant.isnan()  # logits that differ by a constant differ by rounding as well
        return normals.numpy(), torch.where(flat, constant, heights).numpy()

    def _open_rows(self, normals: Tensor, bounds: Tensor) -> list[int]:
        """Which rows cannot be told from zero by floats, and are not zero because nothing enters them."""
        network, norms = self.rows.network, norms_of(normals, dual_norm(self.p))
        return torch.nonzero(negligible(norms, bounds, network) & (bounds > NOTHING))[:, 0].tolist()

    def _exact_row(self, point: Tensor, layer: int, weights: Tensor) -> Tensor:
        """(d + 1,) gradient and constant of <weights, pre-activations of `layer`> on a point's piece, rounded once."""
        row = RationalNetwork(self.rows.network).functional(self.pattern(point), layer, Dyadic.of(weights.numpy()))
        return torch.from_numpy(row.floats())

    def lengths(self, normals: Array, heights: Array, at: Indices) -> Array:
        """(m,) distances from points `at` to hyperplanes, inside the box if there is one."""
        if self.box is None:
            return distances_of_heights(normals, heights, self.p)
        lengths, size = np.empty(len(heights)), max(1, STEPS_AT_ONCE // max(1, normals.shape[1]))
        for begin in range(0, len(heights), size):
            check_cancelled()
            part = slice(begin, begin + size)
            steps_inside = steps_in_box(normals[part], heights[part], self.x.numpy()[at[part]], self.p, self.box)
            lengths[part] = row_norms(steps_inside, self.p)
        return lengths

    def moved(self, normals: Array, heights: Array, at: Indices) -> Array:
        """(m, d) the nearest points of hyperplanes to points `at`, inside the box if there is one."""
        x = self.x.numpy()[at]
        if self.box is None:
            return x + steps(normals, heights, self.p)
        return np.clip(x + steps_in_box(normals, heights, x, self.p, self.box), self.box.lo, self.box.hi)

    def nearest_units(self) -> tuple[Array, Indices]:
        """(n,) distances to the nearest hyperplane of a hidden unit, and that unit (or inf, -1)."""
        best, units = self.nearest_faces(1)
        return best[:, 0], units[:, 0]

    def nearest_faces(self, count: int) -> tuple[Array, Indices]:
        """(n, count) distances to the nearest hyperplanes of hidden units, ascending, and these units (or inf, -1)."""
        best, unit = self.nearest_first_faces(count)
        for layer in reversed(range(1, len(self.rows.network.hidden))):
            self._search(layer, self.unit_bounds_below(layer), best, unit)
        return best, unit

    def nearest_first_faces(self, count: int) -> tuple[Array, Indices]:
        """As `nearest_faces`, among the units of the first layer."""
        best, unit = np.full((len(self.x), count), np.inf), np.full((len(self.x), count), -1)
        if not self.rows.network.hidden or len(self.x) == 0:
            return best, unit
        plain = self.unit_bounds_below(0)
        if self.box is not None or (self.compared is not None and not bool(self.compared.matters[0].all())):
            self._search(0, plain, best, unit)
            return best, unit
        values, units = plain.topk(min(count, plain.shape[1]), largest=False)
        best[:, : values.shape[1]], unit[:, : values.shape[1]] = values.numpy(), units.numpy()
        unit[best == np.inf] = -1
        return best, unit

    def unit_bounds_below(self, layer: int) -> Tensor:
        """(n, units) no unit of a layer has a nearer hyperplane.

        Of the first layer it is the distance itself, but for comparisons of max-pooling that do not matter.
        """
        if layer == 0:
            norms = self.rows.first_norms[dual_norm(self.p)]
            bounds = torch.where(norms > 0, self.preactivations[0].abs() / norms, torch.inf)
        else:
            bounds = self.preactivations[layer].abs() / self.norm_bounds[layer - 1]
        return self.of_faces(layer, bounds)

    def of_faces(self, layer: int, bounds: Tensor) -> Tensor:
        """(n, units) lower bounds on distances of the regions' faces, from those of where pre-activations are 0.

        Units that carry a value along have no bend, so no face.
        """
        bends = self.rows.network.layers[layer].bends
        bounds = bounds if bends is None else bounds.masked_fill(~bends, torch.inf)
        if self.compared is None:
            return bounds
        places = self.compared.places[layer]
        return torch.where(places == NONE, bounds, torch.cat([self.rival_bounds, bounds.new_zeros(1)])[places])

    @cached_property
    def rival_bounds(self) -> Tensor:
        """(m,) no hyperplane of a rival is nearer to its point."""
        assert self.compared is not None
        rivals = self.compared.rivals
        norms = rivals.totals(self.row_norm_bounds) * (1 + 8 * EPSILON)
        heights = rivals.heights(self.preactivations).abs()
        return torch.where(norms > 0, heights / norms, torch.inf)

    def unit_lengths(self, layer: int, at: Indices, units: Indices, within: Array) -> tuple[Indices, Array]:
        """Which of the units' hyperplanes at points `at` are not farther than `within`, and how far they are."""
        kept, normals, heights = self.unit_hyperplanes(layer, at, units, within)
        return kept, self.lengths(normals, heights, at[kept])

    def decision_heights(self, at: Indices, classes: Indices, others: Indices) -> Array:
        """(m,) f_c - f_s at points `at`."""
        logits = self.preactivations[-1].numpy()
        heights: Array = logits[at, classes] - logits[at, others]
        return heights

    def decision_lengths(self, at: Indices, classes: Indices, others: Indices) -> Array:
        """(m,) signed distances to where f_c = f_s, negative where f_s is larger."""
        normals, heights = self.decision_hyperplanes(at, classes, others)
        return np.where(heights == 0, 0.0, np.copysign(self.lengths(normals, heights, at), heights))

    def _search(self, layer: int, lower: Tensor, best: Array, unit: Indices) -> None:
        """Update `best` and `unit` (n, count) with the units of one layer, none of them nearer than `lower` (n, units).

        Candidates are taken in the order of their lower bounds, until the next is no smaller than the largest of the
        best distances so far (for the box: Croce et al. 2019, A.1).
        """
        start = sum(self.rows.network.widths[:layer])
        alive, count = np.arange(len(best)), tuning.FIRST_CANDIDATES
        while len(alive) > 0:
            values, order = lower[torch.from_numpy(alive)].topk(min(count, lower.shape[1]), largest=False)
            point, place = np.nonzero(values.numpy() < best[alive, -1:])
            at, units = alive[point], order.numpy()[point, place]
            lower[torch.from_numpy(at), torch.from_numpy(units)] = torch.inf
            size = max(1, ROWS_AT_ONCE // self.rows.widest)
            for i in range(0, len(at), size):
                part, names = at[i : i + size], units[i : i + size]
                kept, lengths = self.unit_lengths(layer, part, names, best[part, -1])
                _improve(best, unit, part[kept], lengths, start + names[kept])
            alive, count = np.unique(at), 2 * count

    def nearest_decisions(self, classes: Indices, within: Array | None = None) -> tuple[Array, Indices]:
        """(n,) signed distances from each point, taken as of the given class, to the nearest decision hyperplane.

        Negative where another logit is larger; the second array names the other class (or inf, -1). `within` as in
        `decisions`.
        """
        best, other = np.full((len(self.x), 1), np.inf), np.full((len(self.x), 1), -1)
        at, others, lengths = self.decisions(classes, within)
        _improve(best, other, at, lengths, others)
        return best[:, 0], other[:, 0]

    def decisions(self, classes: Indices, within: Array | None = None) -> tuple[Indices, Indices, Array]:
        """Every decision hyperplane: the point (m,), the other class (m,), and the signed distance (m,).

        Hyperplanes that a bound on their norms shows to be no nearer than `within` (n,) are left out.
        """
        n, count = len(self.x), self.rows.network.classes
        at, others = np.repeat(np.arange(n), count), np.tile(np.arange(count), n)
        keep = others != classes[at]
        if within is not None and self.rows.network.hidden:
            bounds = self.norm_bounds[-1].numpy()
            heights = self.decision_heights(at, classes[at], others)
            keep &= heights < within[at] * (bounds[at, classes[at]] + bounds[at, others])
        at, others = at[keep], others[keep]
        return at, others, self.decision_lengths(at, classes[at], others)


def _improve(best: Array, which: Indices, at: Indices, lengths: Array, names: Indices) -> None:
    """Keep in `best` (n, count), ascending, the least of it and of `lengths` (m,) at points `at`; `which` are names."""
    order = np.lexsort((lengths, at))
    points, first, place = np.unique(at[order], return_index=True, return_inverse=True)
    rank = np.arange(len(order)) - first[place]
    few = (rank < best.shape[1]) & (lengths[order] < np.inf)
    values, labels = np.full((len(points), best.shape[1]), np.inf), np.full((len(points), best.shape[1]), -1)
    values[place[few], rank[few]], labels[place[few], rank[few]] = lengths[order[few]], names[order[few]]
    values, labels = np.hstack([best[points], values]), np.hstack([which[points], labels])
    least = np.argsort(values, axis=1, kind="stable")[:, : best.shape[1]]
    best[points], which[points] = np.take_along_axis(values, least, 1), np.take_along_axis(labels, least, 1)
