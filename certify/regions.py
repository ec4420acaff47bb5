"""One region at a time: how near it comes to a point, and where in it the point's class is lost."""

from __future__ import annotations

import math

import numpy as np

from certify.bracket import OPTIMALITY, Bracket
from certify.cells import CANCELLED, Cell, Cells, column_lengths
from certify.projection import Nearest, NearestPoint
from geometry.norms import Array, dual_norm

INSIDE = 3e-8  # how far behind the decision hyperplane a witness is sought, relative to its distance
PARALLEL = 1e-6  # squared sine of the angle below which two hyperplanes bound no more than one
ANYWHERE = Nearest(0.0, None)  # nothing is known of where the region is


class Regions:
    """The regions around a bracket's point, in that point's norm and box; what is found narrows the bracket's top."""

    def __init__(self, bracket: Bracket, cells: Cells) -> None:
        self.bracket, self.cells = bracket, cells
        if cells.basis is None:
            low, high = bracket.low - bracket.x, bracket.high - bracket.x
        else:
            low, high = np.full(len(cells.basis), -math.inf), np.full(len(cells.basis), math.inf)
        self._nearest = NearestPoint(bracket.p, low, high, bracket.seconds_left)

    def nearest(self, cell: Cell) -> Nearest:
        """The region's point nearest to x."""
        return self._nearest(cell.normals, cell.offsets, self.bracket.cutoff)

    def decide(self, cell: Cell, near: Nearest = ANYWHERE) -> float:
        """Offer the bracket the region's nearest points where another class has the larger logit.

        Returns a lower bound on their distance, infinite if they are beyond the bracket's upper bound. `near` is the
        region's nearest point, if known.
        """
        floor, label, cutoff = math.inf, self.bracket.label, self.bracket.cutoff
        margins = cell.logits[:, label, None] - cell.logits
        lengths, scale = column_lengths(margins[:-1]), column_lengths(cell.logits[:-1])
        constant = lengths <= CANCELLED * (scale + scale[label])  # that of the label itself, too
        offsets = -margins[-1] / np.where(constant, 1.0, lengths)
        # x's height over a hyperplane is the distance in l2, at most that in l1, but not in l-infinity
        far = math.inf if self.bracket.p == math.inf else cutoff
        classes = np.flatnonzero(~constant & (-offsets < far))
        constant[label] = False
        if (constant & (margins[-1] <= 0)).any():
            floor = near.lower
            self._offer(near)
        if len(classes) == 0:
            return floor
        normals, offsets = (margins[:-1, classes] / lengths[classes]).T, offsets[classes]
        bounds = np.where(offsets < 0, self.beyond(near, normals, offsets), near.lower)
        for i in np.argsort(bounds):
            if bounds[i] >= self.bracket.cutoff:
                break
            faces = np.vstack([cell.normals, normals[i]])
            near_class = self._nearest(faces, np.append(cell.offsets, offsets[i]), self.bracket.cutoff)
            if near_class.lower >= self.bracket.cutoff:
                continue
            floor = min(floor, near_class.lower)
            if near_class.lower >= self.bracket.upper * (1 - OPTIMALITY / 10):
                continue  # the witness there is can hardly be bettered
            inside = offsets[i] - INSIDE * max(near_class.lower, -offsets[i])
            witness = self._nearest(faces, np.append(cell.offsets, inside), self.bracket.cutoff)
            self._offer(near_class if witness.point is None else witness)
        return floor

    def _offer(self, near: Nearest) -> None:
        if near.point is not None:
            self.bracket.offer_beyond(self.cells.embed(near.point))

    def beyond(self, near: Nearest, normals: Array, offsets: Array) -> Array:
        """(m,) lower bounds on the distance of {<a, y> = b} within the halfspace <n, y> >= D that holds the region.

        For l2 both count: the hyperplane's foot point b a, if the halfspace holds it, else the point where their
        boundaries meet.
        """
        if self.bracket.p != 2:
            lengths = np.linalg.norm(normals, dual_norm(self.bracket.p), axis=1)
            return np.maximum(near.lower, np.abs(offsets) / lengths)
        heights = np.abs(offsets)
        if near.normal is None:
            return heights
        cosines = normals @ near.normal
        squared_sines = 1 - cosines**2
        both = near.lower**2 + offsets**2 - 2 * near.lower * offsets * cosines
        meeting = np.sqrt(np.maximum(both, 0) / np.maximum(squared_sines, PARALLEL)) * (1 - 1e-9)
        alone = (offsets * cosines >= near.lower) | (squared_sines < PARALLEL)
        return np.maximum(np.maximum(near.lower, heights), np.where(alone, 0, meeting))
