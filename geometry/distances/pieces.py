"""Distances from points to the hyperplanes of given pieces: of the region a point lies in, or of any other region.

A region's activation pattern makes every pre-activation an affine function, which holds in all of space. Where it is 0
is the hyperplane of a face; where two logits are equal, a decision hyperplane.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from geometry.computation.cached_property import cached_property
from geometry.computation.cancellation import check_cancelled
from geometry.distances.nearest_hyperplanes import Indices
from geometry.distances.simplex_certificate import EXACT_PRODUCTS, ProvedBatch
from geometry.network.affine import evaluate
from geometry.network.network import Network
from geometry.network.rational import RationalNetwork
from geometry.network.rounding import gamma, longest_sum
from geometry.network.work import multiplications
from geometry.norms import Array


@dataclass(frozen=True, eq=False)
class FinerBatch(ProvedBatch):
    """A batch in whose regions all comparisons of max-pooling keep their sign, those that do not matter too.

    Such a region lies inside that of `ProvedBatch`, so distances are lower bounds of its.
    """

    @property
    def compared(self) -> None:
        return None


@dataclass(frozen=True, eq=False)
class PieceBatch(FinerBatch):
    """Points, each with the piece of one activation pattern, and distances rounded down.

    `piece` holds per hidden layer (n, units) which units are active. `first_faces` (n, count) are the distances and
    units of the nearest hyperplanes of the first layer, which all pieces share. Pre-activations are the values of the
    piece's affine functions at the points: those of a forward pass where the point lies in the region.
    """

    piece: list[Tensor]
    first_faces: tuple[Array, Indices]

    def chosen(self, at: Indices) -> Self:
        points = torch.from_numpy(at)
        distances, units = self.first_faces
        piece = [on[points] for on in self.piece]
        return replace(self, x=self.x[points], piece=piece, first_faces=(distances[at], units[at]))

    @cached_property
    def active(self) -> list[Tensor]:
        return self.piece

    @cached_property
    def preactivations(self) -> list[Tensor]:
        return _values(self.rows.network, self.x, self.slopes)

    @cached_property
    def errors(self) -> tuple[list[Tensor], list[Tensor]]:
        return _errors(self.rows.network, self.x, self.preactivations, self.slopes)

    @cached_property
    def rho(self) -> list[Tensor]:
        return self.errors[1]

    @property
    def _passing(self) -> list[Tensor]:
        return self.slopes

    def nearest_first_faces(self, count: int) -> tuple[Array, Indices]:
        distances, units = self.first_faces
        return distances[:, :count].copy(), units[:, :count].copy()

    def behind(self) -> tuple[NDArray[np.bool_], Array]:
        """(n, units) for which units the point lies on the other side; (n,) how far away the region is.

        A region lies beyond the hyperplanes of all these units. The distances are lower bounds of that of the farthest.
        """
        sides, farthest = [np.zeros((len(self.x), 0), bool)], np.zeros(len(self.x))
        for k, (z, off, on) in enumerate(zip(self.preactivations, self.errors[0], self.piece)):
            other_side = torch.where(on, z < -off, z > off) & torch.isfinite(off)
            other_side = self.rows.network.layers[k].where_bending(other_side)
            sides.append(other_side.numpy())
            distances = torch.where(other_side, self.unit_bounds_below(k), 0.0)
            farthest = np.fmax(farthest, distances.amax(1).numpy())
        return np.concatenate(sides, axis=1), farthest


def exact_pieces(batch: ProvedBatch) -> tuple[list[Tensor], NDArray[np.bool_]]:
    """Per hidden layer (n, units) which units are active at the points, without rounding; (n,) of which points.

    Where floats leave a sign open, exact arithmetic decides, unless that would take long.
    """
    network = batch.rows.network
    pieces, signs = [on.clone() for on in batch.active], zip(batch.preactivations[:-1], batch.errors[0])
    finite = torch.isfinite(torch.cat([*batch.preactivations, *batch.errors[0]], 1)).all(1)
    open_ = torch.zeros(len(batch.x), dtype=torch.bool)
    for layer, (z, off) in zip(network.hidden, signs):
        open_ |= layer.where_bending((z.abs() <= off) & (off > 0)).any(1)
    affordable = sum(multiplications(layer.affine) for layer in network.layers) <= EXACT_PRODUCTS
    for i in torch.nonzero(open_ & finite)[:, 0].tolist() if affordable else ():
        check_cancelled()
        exact = RationalNetwork(network).preactivations(batch.x[i].numpy())
        for on, layer, values in zip(pieces, network.hidden, exact):
            on[i] = torch.from_numpy((values.signs() > 0) & layer.bending())
    return pieces, (finite & (~open_ | affordable)).numpy()


def _values(network: Network, x: Tensor, slopes: list[Tensor]) -> list[Tensor]:
    """Per layer (n, units) the values at x of the affine functions that these slopes of the units give."""
    activations, values = x, []
    for k, layer in enumerate(network.layers):
        values.append(evaluate(layer.affine, activations))
        if k < len(slopes):
            activations = values[-1] * slopes[k]
    return values


def _errors(
    network: Network, x: Tensor, values: list[Tensor], slopes: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """As `geometry.network.rounding.running_errors`, of `_values`: the whole errors, and those of each layer's sums."""
    activations, error = x, torch.zeros_like(x)
    total: list[Tensor] = []
    own: list[Tensor] = []
    for k, (layer, z) in enumerate(zip(network.layers, values)):
        absolute, relative = layer.affine.absolute(), gamma(layer.affine)
        size = absolute.linear(activations.abs() + error) + absolute.bias
        own.append(relative * size + float(np.finfo(np.float64).tiny) * longest_sum(layer.affine) * (size > 0))
        total.append(absolute.linear(error) * (1 + relative) + own[-1])
        if k < len(slopes):
            activations, error = z * slopes[k], total[-1] * slopes[k]
    return total, own
