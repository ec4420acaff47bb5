"""The search for the nearest hyperplanes of a batch of points: bounds on distances say which rows to compute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from geometry.box import Box
from geometry.hyperplanes import distances_of_heights, row_norms, steps, steps_in_box
from geometry.norms import Array, Norm, dual_norm
from geometry.rounding import preactivation_errors
from geometry.rows import ROWS_AT_ONCE, Rows, negligible, norms_of, select_rows, slopes_at

Indices = NDArray[np.int64]
FIRST_CANDIDATES = 4  # rows per point in the first round of a search; each further round takes twice as many


@dataclass(frozen=True, eq=False)
class Batch:
    """Points (n, input_units), the norm distances are measured in and, unless None, the flat box around them."""

    rows: Rows
    x: Tensor
    p: Norm
    box: Box | None

    @cached_property
    def preactivations(self) -> list[Tensor]:
        return self.rows.network.preactivations(self.x)

    @property
    def classes(self) -> Indices:
        """(n,) the predicted classes."""
        found: Indices = self.preactivations[-1].argmax(dim=1).numpy()
        return found

    @cached_property
    def slopes(self) -> list[Tensor]:
        return slopes_at(self.rows.network, self.preactivations)

    @cached_property
    def norm_bounds(self) -> list[Tensor]:
        """Per layer after the first (n, units) upper bounds of the norms of its rows, logits included."""
        return self.rows.norm_bounds(self.slopes, dual_norm(self.p))

    def chosen(self, at: Indices) -> Batch:
        """The batch of the points `at` alone."""
        return replace(self, x=self.x[torch.from_numpy(at)])

    def unit_hyperplanes(self, layer: int, at: Indices, units: Indices, within: Array) -> tuple[Indices, Array, Array]:
        """The hyperplane of unit `units[i]` of a hidden layer at point `at[i]`, unless farther than `within[i]`.

        Returns which ones they are (k,), their normals (k, d) and heights (k,).
        """
        points, chosen = torch.from_numpy(at), torch.from_numpy(units)
        heights = self.preactivations[layer][points, chosen]
        least = heights.abs() / torch.from_numpy(within)
        kept, normals = self.rows.unit_rows(layer, chosen, self.slopes, points, dual_norm(self.p), least)
        if layer > 0:
            self._drop_noise(normals, self.norm_bounds[layer - 1][points[kept], chosen[kept]])
        return kept.numpy(), normals.numpy(), heights[kept].numpy()

    def decision_hyperplanes(self, at: Indices, classes: Indices, others: Indices) -> tuple[Array, Array]:
        """Where f_c = f_s on the piece of point `at[i]`: normals (m, d) and heights f_c - f_s (m,)."""
        points, c, s = (torch.from_numpy(indices) for indices in (at, classes, others))
        last = len(self.rows.network.layers) - 1
        weights = select_rows(self.rows.network.layers[last].affine, torch.arange(self.rows.network.classes))
        normals = weights[c] - weights[s]
        if last > 0:
            normals = self.rows.back(normals * self.slopes[-1][points], last - 1, self.slopes, points)
            bounds = self.norm_bounds[-1]
            self._drop_noise(normals, bounds[points, c] + bounds[points, s])
        logits = self.preactivations[-1]
        heights = logits[points, c] - logits[points, s]
        constant = torch.nonzero(~normals.any(dim=1) & (heights != 0))[:, 0]
        if len(constant) > 0:  # logits that are equal everywhere may still differ by rounding
            errors = preactivation_errors(self.rows.network, self.x[points[constant]])[-1]
            row = torch.arange(len(constant))
            noise = heights[constant].abs() <= errors[row, c[constant]] + errors[row, s[constant]]
            heights[constant[noise]] = 0
        return normals.numpy(), heights.numpy()

    def _drop_noise(self, normals: Tensor, bounds: Tensor) -> None:
        norms = norms_of(normals, dual_norm(self.p))
        normals[negligible(norms, bounds, self.rows.network)] = 0

    def lengths(self, normals: Array, heights: Array, at: Indices) -> Array:
        """(m,) distances from points `at` to hyperplanes, inside the box if there is one."""
        if self.box is None:
            return distances_of_heights(normals, heights, self.p)
        return row_norms(steps_in_box(normals, heights, self.x.numpy()[at], self.p, self.box), self.p)

    def moved(self, normals: Array, heights: Array, at: Indices) -> Array:
        """(m, d) the nearest points of hyperplanes to points `at`, inside the box if there is one."""
        x = self.x.numpy()[at]
        if self.box is None:
            return x + steps(normals, heights, self.p)
        return np.clip(x + steps_in_box(normals, heights, x, self.p, self.box), self.box.lo, self.box.hi)

    def nearest_units(self) -> tuple[Array, Indices]:
        """(n,) distances to the nearest hyperplane of a hidden unit, and that unit (or inf, -1)."""
        best, unit = np.full(len(self.x), np.inf), np.full(len(self.x), -1)
        hidden, q = self.rows.network.hidden, dual_norm(self.p)
        if not hidden or len(self.x) == 0:
            return best, unit
        norms = self.rows.first_norms[q]
        plain = torch.where(norms > 0, self.preactivations[0].abs() / norms, torch.inf)
        if self.box is None:
            best[:], unit[:] = (found.numpy() for found in plain.min(dim=1))
            unit[best == np.inf] = -1
        else:
            self._search(0, plain, best, unit)
        for layer in reversed(range(1, len(hidden))):
            lower = self.preactivations[layer].abs() / self.norm_bounds[layer - 1]
            self._search(layer, lower, best, unit)
        return best, unit

    def _search(self, layer: int, lower: Tensor, best: Array, unit: Indices) -> None:
        """Update `best` and `unit` with the units of one layer, none of them nearer than `lower` (n, units).

        Candidates are taken in the order of their lower bounds until the next is no smaller than the best distance
        found (for the box: Croce et al. 2019, A.1).
        """
        start = sum(self.rows.network.widths[:layer])
        alive, count = np.arange(len(best)), FIRST_CANDIDATES
        while len(alive) > 0:
            values, order = lower[torch.from_numpy(alive)].topk(min(count, lower.shape[1]), largest=False)
            point, place = np.nonzero(values.numpy() < best[alive, None])
            at, units = alive[point], order.numpy()[point, place]
            lower[torch.from_numpy(at), torch.from_numpy(units)] = torch.inf
            size = max(1, ROWS_AT_ONCE // self.rows.widest)
            for i in range(0, len(at), size):
                part, names = at[i : i + size], units[i : i + size]
                kept, normals, heights = self.unit_hyperplanes(layer, part, names, best[part])
                part, names = part[kept], names[kept]
                _improve(best, unit, part, self.lengths(normals, heights, part), start + names)
            alive, count = np.unique(at), 2 * count

    def nearest_decisions(self, classes: Indices, within: Array | None = None) -> tuple[Array, Indices]:
        """(n,) signed distances from each point, taken as of the given class, to the nearest decision hyperplane.

        Negative where another logit is larger; the second array names the other class (or inf, -1). Hyperplanes that
        a bound on their norms shows to be no nearer than `within` (n,) are left out.
        """
        n, count = len(self.x), self.rows.network.classes
        at, others = np.repeat(np.arange(n), count), np.tile(np.arange(count), n)
        keep = others != classes[at]
        if within is not None and self.rows.network.hidden:
            logits, bounds = self.preactivations[-1].numpy(), self.norm_bounds[-1].numpy()
            heights = logits[at, classes[at]] - logits[at, others]
            keep &= heights < within[at] * (bounds[at, classes[at]] + bounds[at, others])
        at, others = at[keep], others[keep]
        normals, heights = self.decision_hyperplanes(at, classes[at], others)
        found = np.where(heights == 0, 0.0, np.copysign(self.lengths(normals, heights, at), heights))
        best, other = np.full(n, np.inf), np.full(n, -1)
        _improve(best, other, at, found, others)
        return best, other


def _improve(best: Array, which: Indices, at: Indices, found: Array, names: Indices) -> None:
    """best[at] = min(best[at], found), remembering the name of what attains it; `at` may repeat."""
    order = np.lexsort((found, at))
    points, first = np.unique(at[order], return_index=True)
    winners = order[first]
    better = found[winners] < best[points]
    best[points[better]], which[points[better]] = found[winners[better]], names[winners[better]]
