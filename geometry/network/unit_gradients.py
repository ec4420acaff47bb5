"""Rows of the affine pieces: the gradients V_j of single units at single points, and bounds on their norms.

A row costs one back-propagation, and a network has thousands; a bound on its norm costs one entry of a matrix
product for the whole batch. So distances to the nearest hyperplane need only a few rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from geometry.computation.cached_property import cached_property
from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Affine, Chain, Conv, Dense, Scale
from geometry.network.network import Network
from geometry.network.rounding import EPSILON, doubled, gamma
from geometry.network.weight_cache import cached_by_weights
from geometry.norms import NORMS, Norm, row_norms

ROWS_AT_ONCE = 1 << 24  # numbers in one batch of rows: limits its memory to 128 MB
EXACT_SPECTRAL_NORM = (
    2048  # shorter side of a matrix: limits the time for eigenvalues; larger ones have a cheaper bound
)
TINY = 1e-150  # what squares of weights may lose to underflow


@dataclass(frozen=True, eq=False)
class UnitGradients:
    """A network in float64, with quantities that bound its rows at every point."""

    network: Network

    @cached_property
    def first_norms(self) -> dict[Norm, Tensor]:
        """(units,) exact l_q norms of the first layer's rows as they act on the image, by q."""
        affine, units = self.network.layers[0].affine, self.network.layers[0].units
        if not isinstance(affine, Dense) and self.network.input_units < units:
            return norms_by_columns(affine)
        norms: dict[Norm, list[Tensor]] = {q: [] for q in NORMS}
        for part in torch.arange(units).split(max(1, ROWS_AT_ONCE // max(units, self.network.input_units))):
            rows = select_rows(affine, part)
            for q in NORMS:
                norms[q].append(norms_of(rows, q))
        return {q: torch.cat(parts) for q, parts in norms.items()}

    @cached_property
    def operator_bounds(self) -> dict[Norm, list[float]]:
        """By q, per hidden layer k: a number that ||r V^(k)||_q / ||r||_2 never exceeds, whatever the pattern.

        The product of the layers' spectral norms, where the first layer's counts from l2 to l_q: its largest column
        norm for q = inf, sqrt(d) times its spectral norm for q = 1.
        """
        hidden = self.network.hidden[:-1]
        factors = [spectral_bound(layer.affine) for layer in hidden]
        first = dict.fromkeys(NORMS, factors[0] if factors else 1.0)
        first[1] *= math.sqrt(self.network.input_units)
        if hidden and self.squared[0] is not None:
            columns = self.squared[0].transpose(self.squared[0].bias.new_ones(1, hidden[0].units))
            first[math.inf] = min(first[math.inf], math.sqrt(float(columns.max())) * (1 + self.slack) + TINY)
        return {
            q: [first[q] * math.prod(factors[1 : k + 1]) * (1 + self.slack) for k in range(len(hidden))] for q in NORMS
        }

    @cached_property
    def slack(self) -> float:
        """The relative error of a sum with a term of one sign per unit of a layer, some products and a root."""
        return EPSILON * (self.widest + len(self.network.layers) + 16)

    @property
    def widest(self) -> int:
        return max(self.network.input_units, *(layer.units for layer in self.network.layers))

    @cached_property
    def absolute(self) -> list[Affine]:
        return [layer.affine.absolute() for layer in self.network.layers]

    @cached_property
    def squared(self) -> list[Affine | None]:
        return [_squared(layer.affine) for layer in self.network.layers]

    def norm_bounds(self, slopes: list[Tensor], q: Norm) -> list[Tensor]:
        """Upper bounds of ||V_j||_q for the units of hidden layers 2, 3, ... and the logits, at n points.

        Parameters
        ----------
        slopes : per hidden layer (n, units), the derivative (1 or the slope) of each unit's activation

        Returns
        -------
        per layer from the second on (n, units)

        With w the unit's weights times the slopes before it, V_j = w V, hence ||V_j||_q <= ||w||_2 ||V||_2->q and
        ||V_j||_q <= sum |w_k| ||V_k||_q; the better of the two counts.
        """
        bounds, per_layer = self.first_norms[q].expand_as(slopes[0]), []
        for k in range(1, len(self.network.layers)):
            squared, slope = self.squared[k], slopes[k - 1]
            bounds = self.absolute[k].linear(slope * bounds)
            if squared is not None and k < len(self.network.hidden):
                lengths = squared.linear(slope**2).clamp(min=0).sqrt()
                bounds = torch.minimum(bounds, lengths * self.operator_bounds[q][k - 1])
            per_layer.append(bounds * (1 + self.slack) + TINY)
        return per_layer

    def back(self, rows: Tensor, layer: int, slopes: list[Tensor], points: Tensor) -> Tensor:
        """(m, units of `layer`) combinations of pre-activations -> (m, input_units) their gradients.

        `points` (m,) is the one of the n points at which each row is taken.
        """
        for k in range(layer, -1, -1):
            rows = self.network.layers[k].affine.transpose(rows)
            if k > 0:
                rows = rows * slopes[k - 1][points]
        return rows

    def unit_rows(
        self, layer: int, units: Tensor, slopes: list[Tensor], points: Tensor, q: Norm, least: Tensor
    ) -> tuple[Tensor, Tensor]:
        """V_j of unit `units[i]` of hidden layer `layer` at point `points[i]`, where ||V_j||_q may exceed `least[i]`.

        Returns
        -------
        kept (k,), rows (k, input_units)
            On the way back a row is dropped as soon as a bound shows its norm to be smaller; `kept` is what remains.
        """
        kept, rows = torch.arange(len(units)), select_rows(self.network.layers[layer].affine, units)
        for k in range(layer - 1, -1, -1):
            rows = rows * slopes[k][points[kept]]
            bounds = rows.norm(dim=1) * (self.operator_bounds[q][k] * (1 + self.slack)) + TINY
            far = bounds < least[kept]
            if bool(far.any()):
                kept, rows = kept[~far], rows[~far]
            rows = self.network.layers[k].affine.transpose(rows)
        return kept, rows


def unit_gradients(network: Network) -> UnitGradients:
    """The `UnitGradients` of a network, cached on it until a weight changes in place."""
    with torch.no_grad():
        return cached_by_weights(network, "rows", lambda: UnitGradients(doubled(network)))


def slopes_at(network: Network, preactivations: list[Tensor]) -> list[Tensor]:
    """Per hidden layer (n, units): 1 where a unit is active (z > 0), else the slope of its layer."""
    return [slopes_of(z > 0, layer.below, z.dtype) for z, layer in zip(preactivations, network.hidden)]


def slopes_of(active: Tensor, slope: float | Tensor, dtype: torch.dtype = torch.float64) -> Tensor:
    """(n, units): 1 where a unit is active, else `slope`, of all units or (units,) of each."""
    if isinstance(slope, Tensor):
        return torch.where(active, 1.0, slope.to(dtype))
    return torch.full(active.shape, slope, dtype=dtype, device=active.device).masked_fill_(active, 1.0)


def negligible(norms: Tensor, bounds: Tensor, network: Network) -> Tensor:
    """Which rows cannot be told from zero: their norm is within the rounding error of the products that made it."""
    return norms <= bounds * EPSILON * max(network.input_units, *network.widths)


def norms_of(rows: Tensor, q: Norm) -> Tensor:
    """(m, d) -> (m,) l_q norms."""
    return torch.from_numpy(row_norms(rows.numpy(), q))


def select_rows(affine: Affine, units: Tensor) -> Tensor:
    """(m, in_units): the rows of W for the given units."""
    if isinstance(affine, Dense):
        return affine.weight[units]
    chosen = affine.bias.new_zeros(len(units), math.prod(affine.out_shape))
    chosen[torch.arange(len(units)), units] = 1
    return affine.transpose(chosen)


def norms_by_columns(affine: Affine) -> dict[Norm, Tensor]:
    """(units,) the l_q norms of the rows of W, by q, from its columns: for fewer inputs than units. Cached."""
    return cached_by_weights(affine, "norms by columns", lambda: _from_columns(affine))


@torch.no_grad()
def _from_columns(affine: Affine) -> dict[Norm, Tensor]:
    """The same, some columns at a time."""
    inputs, units = math.prod(affine.in_shape), math.prod(affine.out_shape)
    total, length, largest = affine.bias.new_zeros(3, units)
    for part in torch.arange(inputs).split(max(1, ROWS_AT_ONCE // units)):
        check_cancelled()
        chosen = affine.bias.new_zeros(len(part), inputs)
        chosen[torch.arange(len(part)), part] = 1
        columns = affine.linear(chosen).abs()
        most = columns.amax(dim=0)
        scale = torch.where(most > 0, most, 1)
        total += columns.sum(dim=0)
        length = torch.hypot(length, scale * torch.linalg.vector_norm(columns / scale, dim=0))
        largest = torch.maximum(largest, most)
    return {1: total, 2: length, math.inf: largest}


def spectral_bound(affine: Affine) -> float:
    """A number that ||W x||_2 / ||x||_2 never exceeds; sums of terms of one sign are rounded up."""
    if isinstance(affine, Chain):
        return math.prod(spectral_bound(part) for part in affine.parts) * (1 + EPSILON * len(affine.parts))
    if isinstance(affine, Scale):
        return float(affine.scale.abs().max())
    absolute = affine.absolute()
    column_sums = absolute.transpose(affine.bias.new_ones(1, math.prod(affine.out_shape))).max()
    row_sums = absolute.linear(affine.bias.new_ones(1, math.prod(affine.in_shape))).max()
    bound = math.sqrt(float(column_sums) * float(row_sums)) * (1 + gamma(affine))
    if isinstance(affine, Dense) and min(affine.weight.shape) <= EXACT_SPECTRAL_NORM:
        bound = min(bound, largest_singular_value(affine.weight))
    if isinstance(affine, Conv):  # W = kernel matrix times the map to patches; a pixel is in so many patches
        groups = affine.weight.flatten(1).chunk(affine.groups)
        overlap = math.prod(-(-size // stride) for size, stride in zip(affine.weight.shape[2:], affine.stride))
        if affine.dilation == (1, 1):
            widest = max(largest_singular_value(group) for group in groups)
            bound = min(bound, math.sqrt(overlap) * widest * (1 + 4 * EPSILON))
    return bound


def largest_singular_value(matrix: Tensor) -> float:
    """At least the spectral norm, and hardly more.

    With G = M M' in floats, and Q, L the eigenvectors and values a solver gives, whatever they are worth:
    ||M||^2 = ||M M'|| <= ||G|| + ||G - M M'||, ||G|| <= max |L| ||Q||^2 + ||G - Q L Q'||, ||Q||^2 <= 1 + ||Q'Q - 1||.
    The differences are computed, in the Frobenius norm, and each product of n terms is off by at most gamma times the
    product of Frobenius norms (Cauchy and Schwarz, entry by entry).
    """
    size = float(matrix.abs().max()) if matrix.numel() else 0.0
    if size == 0 or not math.isfinite(size):
        return size
    matrix = matrix / size  # squares of very large or small weights would leave the range of floats
    gram = matrix @ matrix.T if len(matrix) <= matrix.shape[1] else matrix.T @ matrix
    values, vectors = torch.linalg.eigh(gram)
    n, error = len(gram), EPSILON * (max(matrix.shape) + 16)
    length, largest = float(torch.linalg.vector_norm(vectors)), float(values.abs().max())
    skew = float(torch.linalg.vector_norm(vectors.T @ vectors - torch.eye(n, dtype=gram.dtype))) + error * length**2
    rest = float(torch.linalg.vector_norm(gram - (vectors * values) @ vectors.T)) + error * (
        largest * length**2 + n * n
    )
    lost = error * float(torch.linalg.vector_norm(matrix)) ** 2 + error * float(torch.linalg.vector_norm(gram))
    return size * math.sqrt(largest * (1 + skew) + rest + lost) * (1 + error)


def _squared(affine: Affine) -> Affine | None:
    """The map with every entry of W squared, where it is cheap to have: row norms are then one product."""
    match affine:
        case Dense() | Conv():
            return replace(affine, weight=affine.weight**2)
        case Scale():
            return replace(affine, scale=affine.scale**2)
    return None
