"""The perturbation set: an l_p ball around each point, cut by the box of legal inputs.

Bounds depend on norm, radius and box only through the extent of this set in given directions. So they need no cases
for p and the box.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from certify.perturbation.arithmetic import REAL, Arithmetic
from certify.perturbation.clipped_length import squared_level
from certify.perturbation.parts import joined
from certify.perturbation.rounding import gamma
from geometry.box import BoxLike, as_box
from geometry.network.affine import Shape
from geometry.norms import Array, Norm, check_norm, dual_norm

Numbers: TypeAlias = ArrayLike | Tensor  # a tensor, an array, a number, or nested sequences of numbers


Furthest: TypeAlias = Callable[[Tensor, Tensor, Tensor, Norm], Tensor]
PART = (
    1 << 18
)  # coefficients at a time, 2 MB, which a core's cache holds: with 2^20 it takes 1.25, with 2^22 1.6 times as long


class Functionals(Protocol):
    """Batched linear functionals on flat inputs, stored densely or on patches (see `certify.bounds.functionals`)."""

    @property
    def coefficients(self) -> Tensor:
        """(n or 1, *rows, length)."""
        ...

    def at(self, values: Tensor) -> Tensor:
        """(n, units) -> `values` that belong to the coefficients, broadcastable to them; 0 beyond the image."""
        ...

    def dot(self, values: Tensor) -> Tensor:
        """(n, units) -> (n, m): each functional's value."""
        ...

    def with_coefficients(self, coefficients: Tensor) -> Functionals:
        """Functionals with other coefficients on the same units."""
        ...


@dataclass(frozen=True, eq=False)
class Perturbation:
    """All x' with ||x' - x||_p <= eps inside the box, one set per sample, on flat inputs. Made by `perturbation`.

    `center` (n, d) and `eps` (n,). With a box, coordinate i may sink by `below` and rise by `above`, both (n, d),
    at most eps. For p = inf the set is then an interval itself: `center` is its middle and `below` = `above` its
    half width, so that it is symmetric.

    `arithmetic` None: bounds on the set are computed in plain floating point. Otherwise they are moved outwards by a
    bound on their rounding error, and hold for every pass of that arithmetic (see
    `certify.perturbation.rounding`).
    """

    center: Tensor
    eps: Tensor
    p: Norm
    below: Tensor | None = None
    above: Tensor | None = None
    arithmetic: Arithmetic | None = None

    def __len__(self) -> int:
        return len(self.center)

    def __getitem__(self, samples: slice) -> Perturbation:
        """The sets of some of the samples."""
        below, above = (None if limit is None else limit[samples] for limit in (self.below, self.above))
        return Perturbation(self.center[samples], self.eps[samples], self.p, below, above, self.arithmetic)

    def proving(self, arithmetic: Arithmetic = REAL) -> Perturbation:
        """A set that holds this one as it is without rounding, on which bounds are proofs in this arithmetic.

        With a box, `below` and `above` are differences, off by u relatively. A center in the middle of an interval is
        off by u |center| and u times the interval's half width; an empty interval's center was not moved.
        """
        if self.below is None or self.above is None:
            return replace(self, arithmetic=arithmetic)
        epsilon = torch.finfo(self.center.dtype).eps
        below, above = (limit * (1 + 4 * epsilon) for limit in (self.below, self.above))
        if self.p == math.inf:
            below = above = torch.where(above > 0, above + 4 * epsilon * self.center.abs(), above)
        return replace(self, below=below, above=above, arithmetic=arithmetic)

    @property
    def magnitudes(self) -> Tensor:
        """(n, d) the largest magnitude of each coordinate on the set, except for rounding."""
        return self.center.abs() + self.reach

    @property
    def reach(self) -> Tensor:
        """(n, d) how far each coordinate can move on its own from `center`, up or down."""
        if self.below is None or self.above is None:
            return self.eps[:, None].expand_as(self.center)
        return torch.maximum(self.below, self.above)

    def extent(self, rows: Functionals) -> tuple[Tensor, Tensor]:
        """How far each functional can fall and rise from its value at `center`: two (n, m) tensors, both >= 0.

        Without a box both are eps times the dual norm (Hölder). With one: exact for p = inf by intervals, for
        p = 1 and 2 by the one-variable dual (see `_furthest`).
        """
        coefficients = rows.coefficients
        if self.below is None or self.above is None:
            lengths = lengths_of(coefficients, dual_norm(self.p))
            extent = lengths * self.eps.reshape(-1, *[1] * (lengths.dim() - 1))
            return self._outwards(extent.flatten(1)), self._outwards(extent.flatten(1))
        if self.p == math.inf:
            extent = self._outwards(rows.with_coefficients(coefficients.abs()).dot(self.above))
            return extent, extent
        fall, rise = _furthest_both_ways(
            coefficients,
            rows.at(self.below),
            rows.at(self.above),
            self.eps.reshape(-1, *[1] * (coefficients.dim() - 1)),
            self.p,
            _furthest if self.arithmetic is None else _beyond_furthest,
        )
        return self._outwards(fall.flatten(1)), self._outwards(rise.flatten(1))

    def _outwards(self, extent: Tensor) -> Tensor:
        """Extents; in a proof enlarged by their rounding error: that of d terms of one sign, and of squares in l2."""
        if self.arithmetic is None:
            return extent
        squares = self.eps[:, None] * underflown_squares(self.center) if self.p == 2 else 0.0
        return extent * (1 + gamma(self.center.shape[1] + 16, extent.dtype)) + squares


def lengths_of(coefficients: Tensor, q: Norm) -> Tensor:
    """l_q norms over the last dimension."""
    return coefficients.abs().sum(-1) if q == 1 else torch.linalg.vector_norm(coefficients, q, dim=-1)


def underflown_squares(like: Tensor) -> float:
    """How much an l2 norm of as many coordinates can lose where squares underflow: sqrt(d tiny)."""
    return math.sqrt(like.shape[-1] * torch.finfo(like.dtype).tiny)


def _furthest_both_ways(
    coefficients: Tensor, below: Tensor, above: Tensor, eps: Tensor, p: Norm, furthest: Furthest
) -> tuple[Tensor, Tensor]:
    """How far functionals fall and rise: two (n, *rows), from coefficients (n or 1, *rows, k) and what fits them.

    On a CPU, and where no gradient is wanted, in parts that fit its cache, of one sample each if samples are large:
    its limits are then equal on many coordinates (see `squared_level`).
    """
    given = (coefficients, below, above, eps)
    count, size = max(map(len, given)), math.prod(coefficients.shape[1:])
    if coefficients.device.type != "cpu" or torch.is_grad_enabled() or count * size <= PART:
        return _both_ways(given, p, furthest)
    samples, rows = max(1, PART // size), max(1, PART // math.prod(coefficients.shape[2:]))
    parts = [
        (slice(i, i + samples), slice(k, k + rows))
        for i in range(0, count, samples)
        for k in range(0, coefficients.shape[1], rows)
    ]
    fall, rise = joined(parts, lambda some, part: _both_ways([_cut(one, some, part) for one in given], p, furthest))
    return fall, rise


def _cut(values: Tensor, samples: slice, rows: slice) -> Tensor:
    """Of some samples and rows; a single one stands for all."""
    values = values if len(values) == 1 else values[samples]
    return values if values.shape[1] == 1 else values[:, rows]


def _both_ways(given: Sequence[Tensor], p: Norm, furthest: Furthest) -> tuple[Tensor, Tensor]:
    coefficients, below, above, eps = given
    gains, rising = coefficients.abs(), coefficients > 0
    return (
        furthest(gains, torch.where(rising, below, above), eps, p),
        furthest(gains, torch.where(rising, above, below), eps, p),
    )


def _furthest(gains: Tensor, limit: Tensor, eps: Tensor, p: Norm) -> Tensor:
    """max <gains, t> over 0 <= t <= limit with ||t||_p <= eps, for p = 1 and 2; gains >= 0, over the last dimension."""
    if p == 1:  # fill the coordinates in the order of their gain, the last one in part
        gains, order = gains.sort(dim=-1, descending=True)
        limit, order = torch.broadcast_tensors(limit, order)
        limit = limit.gather(-1, order)
        before = limit.cumsum(-1) - limit
        return (gains * torch.minimum((eps - before).clamp(min=0), limit)).sum(-1)
    largest = gains.amax(-1, keepdim=True)
    scale = torch.where(largest > 0, largest, 1)  # so that no square underflows
    gains = gains / scale
    square = squared_level(gains, limit, eps)
    level = torch.where(square > 0, square, 1).sqrt() * (square > 0)
    return (gains * torch.minimum(limit, level * gains)).sum(-1) * scale[..., 0]


def _beyond_furthest(gains: Tensor, limit: Tensor, eps: Tensor, p: Norm) -> Tensor:
    """An upper bound of `_furthest`, from its dual, which holds for any rounding of the level.

    For any 0 <= w <= gains, <gains, t> <= eps ||w||_q + <gains - w, limit>, by Hölder. Both are equal for w = gains
    cut off at the level of the coordinate that is filled in part (p = 1), or at limit / level (p = 2).
    """
    if p == 1:
        ordered, order = gains.sort(dim=-1, descending=True)
        limits, order = torch.broadcast_tensors(limit, order)
        filled = limits.gather(-1, order).cumsum(-1)
        cut = torch.where(filled >= eps, ordered, 0).amax(-1, keepdim=True)
        kept = torch.minimum(gains, cut)
        return eps[..., 0] * kept.amax(-1) + ((gains - kept) * limit).sum(-1)
    largest = gains.amax(-1, keepdim=True)
    scale = torch.where(largest > 0, largest, 1)
    gains = gains / scale
    square = squared_level(gains, limit, eps)
    kept = torch.where(square > 0, torch.minimum(gains, limit / square.sqrt()), gains)
    return (eps[..., 0] * torch.linalg.vector_norm(kept, 2, dim=-1) + ((gains - kept) * limit).sum(-1)) * scale[..., 0]


def floating(x: Numbers) -> Tensor:
    """A floating point tensor: float32 and float64 are kept, integers become float64."""
    tensor = x if isinstance(x, Tensor) else torch.as_tensor(np.array(x))
    return tensor if tensor.is_floating_point() else tensor.double()


def as_tensor(x: Numbers, name: str = "x") -> Tensor:
    """As `floating`, and finite.

    Raises
    ------
    ValueError
        If it holds NaN or infinite values.
    """
    tensor = floating(x)
    finite = math.isfinite(float(tensor.detach().sum())) or bool(torch.isfinite(tensor).all())  # a sum may overflow
    if not finite:
        raise ValueError(f"{name} holds NaN or infinite values")
    return tensor


def perturbation(x: Numbers, eps: Numbers, p: Norm, box: BoxLike | None, input_shape: Shape) -> Perturbation:
    """The perturbation sets around x (n, *input_shape), with `eps` a number or (n,), in x's dtype and on its device.

    Raises
    ------
    ValueError
        If a shape does not fit, eps is negative or not finite, p is no supported norm or a point lies outside the box.
    """
    check_norm(p)
    x = as_tensor(x)
    if x.dim() < 1 or x.shape[1:] not in (torch.Size(input_shape), torch.Size([math.prod(input_shape)])):
        raise ValueError(f"x must be (n, {', '.join(map(str, input_shape))}), got shape {tuple(x.shape)}")
    center = x.reshape(len(x), math.prod(input_shape))
    radius = checked_radii(torch.as_tensor(eps, dtype=x.dtype, device=x.device), len(x))
    if box is None:
        return perturbation_sets(center, radius, p, None)
    limits = as_box(box, input_shape)
    limits.require(center.detach().double().cpu().numpy())
    return perturbation_sets(center, radius, p, (limits.lo, limits.hi))


def checked_radii(eps: Tensor, count: int) -> Tensor:
    """(count,) radii from a number or (count,); a ValueError if they do not fit."""
    if eps.dim() > 1 or (eps.dim() == 1 and len(eps) != count):
        raise ValueError(f"eps must be a number or ({count},), got shape {tuple(eps.shape)}")
    for extreme in eps.detach().aminmax() if eps.numel() > 0 else ():  # NaN if any is
        if not 0 <= float(extreme) < math.inf:
            wrong = eps[~(torch.isfinite(eps) & (eps >= 0))].flatten()
            raise ValueError(f"eps must be finite and not negative, got {wrong[0].item()}")
    return eps.expand(count)


def checked_radius(eps: float) -> float:
    """One radius; a ValueError if it is none."""
    return float(checked_radii(torch.as_tensor(eps, dtype=torch.float64).reshape(()), 1)[0])


def perturbation_sets(center: Tensor, radius: Tensor, p: Norm, box: tuple[Array, Array] | None) -> Perturbation:
    """As `perturbation`, of checked arguments: centers (n, d), radii (n,), and the box's lower and upper ends."""
    if box is None:
        return Perturbation(center, radius, p)
    lo, hi = (torch.as_tensor(bound.reshape(1, -1)).to(center) for bound in box)
    below, above = ((limit.clamp(min=0)).minimum(radius[:, None]) for limit in (center - lo, hi - center))
    if p != math.inf:
        return Perturbation(center, radius, p, below, above)
    half = (below + above) / 2
    return Perturbation(center + (above - below) / 2, radius, p, half, half)
