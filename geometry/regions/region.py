"""One linear region: the polytope Q(x) of all inputs with the activation pattern of x, and the affine maps on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from geometry.computation.cached_property import cached_property
from geometry.halfplanes import clip_all, window_polygon
from geometry.network.network import Network, as_network
from geometry.network.rational import Dyadic, RationalNetwork
from geometry.network.rounding import doubled, rounding
from geometry.network.unit_gradients import slopes_at
from geometry.norms import Array
from geometry.plane import Plane, TensorOrArray, as_array

Halfspaces = tuple[Array, Array]  # normals (m, d) and offsets (m,): all z with <w, z> + b >= 0


@dataclass(frozen=True, eq=False)
class Region:
    """The linear region of the point x (Croce et al. 2019, §2). d is the number of inputs, flat.

    V and a take much memory, so they are computed on first use; `contains`, `on_plane` and `polygon` never need them.
    """

    network: Network  # in float64
    x: Array  # (*input_shape)

    @cached_property
    def _preactivations(self) -> list[Tensor]:
        return self.network.preactivations(torch.from_numpy(self.x)[None])

    @cached_property
    def _slopes(self) -> list[Tensor]:
        return slopes_at(self.network, self._preactivations)

    @cached_property
    def pattern(self) -> NDArray[np.bool_]:
        """(units,) which hidden units are active (z > 0), one layer after the other."""
        hidden = zip(self.network.hidden, self._preactivations)
        signs = [layer.positive(z)[0].numpy() for layer, z in hidden]
        return np.concatenate([np.zeros(0, dtype=bool), *signs])

    @cached_property
    def scores(self) -> Array:
        """(classes,) at x; the logits, or 0 and f of a network with one logit f."""
        return self._preactivations[-1][0].numpy()

    @property
    def logits(self) -> Array:
        """(outputs,) at x."""
        return self.scores[-self.network.outputs :]

    @property
    def predicted(self) -> int:
        """The class of x: the first of the largest scores."""
        return int(self.scores.argmax())

    @property
    def V(self) -> list[Array]:
        """Per layer (units, d), the last for the logits: on the region, pre-activations are V z + a."""
        return [*self._of_scores[0][:-1], self._of_scores[0][-1][-self.network.outputs :]]

    @property
    def a(self) -> list[Array]:
        """Per layer (units,), the last for the logits."""
        return [*self._of_scores[1][:-1], self._of_scores[1][-1][-self.network.outputs :]]

    @cached_property
    def _of_scores(self) -> tuple[list[Array], list[Array]]:
        """V and a, whose last are those of the scores."""
        with torch.no_grad():
            V = self._certain(torch.eye(self.x.size, dtype=torch.float64), biased=False)
            origin = torch.zeros(1, self.x.size, dtype=torch.float64)
            return V, [values[:, 0] for values in self._certain(origin, biased=True)]

    def halfspaces(self) -> Halfspaces:
        """Q(x) as all z with <w, z> + b >= 0: normals (units, d) and offsets (units,), in the order of `pattern`.

        A unit with V_j = 0 has no hyperplane; its row is zero, with an offset >= 0 that every z satisfies. The row of a
        unit that carries its value along is all zeros, its offset too.
        """
        return self._as_halfspaces(*self._of_scores, of_class=False)

    def class_halfspaces(self) -> Halfspaces:
        """Q_c(x), the part of Q(x) where the class c of x wins: the half-spaces of Q(x), then f_c - f_s for s != c."""
        return self._as_halfspaces(*self._of_scores, of_class=True)

    def _as_halfspaces(self, V: list[Array], a: list[Array], of_class: bool) -> Halfspaces:
        bending = np.concatenate([np.zeros(0, bool), *(layer.bending() for layer in self.network.hidden)])
        signs, c = np.where(self.pattern, 1.0, -1.0) * bending, self.predicted
        normals = np.concatenate([V[-1][:0], *V[:-1]]) * signs[:, None]
        offsets = np.concatenate([a[-1][:0], *a[:-1]]) * signs
        if not of_class:
            return normals, offsets
        margins = np.delete(V[-1][c] - V[-1], c, axis=0), np.delete(a[-1][c] - a[-1], c)
        return np.concatenate([normals, margins[0]]), np.concatenate([offsets, margins[1]])

    @torch.no_grad()
    def contains(self, z: TensorOrArray) -> Any:
        """Whether z lies in the closed region Q(x): bool for one point, (m,) bools for (m, *input_shape).

        A pre-activation whose sign rounding may have changed counts as right.
        """
        points = as_array(z, "z")
        single = points.shape == self.x.shape
        if not single and points.shape[1:] != self.x.shape:
            raise ValueError(f"z must be {self.x.shape} or (m, *{self.x.shape}), got shape {points.shape}")
        flat = torch.from_numpy(points.reshape(-1, self.x.size))
        inside = torch.ones(len(flat), dtype=torch.bool)
        sizes = self._propagated(flat.abs(), biased=True, absolute=True)
        at_points = zip(self.network.hidden, self._propagated(flat, biased=True), self._preactivations, sizes)
        for layer, values, own, size in at_points:
            right = torch.where(own > 0, values, -values) >= -rounding(self.network) * size
            inside &= ~layer.where_bending(~right).any(dim=1)
        return bool(inside[0]) if single else inside.numpy()

    def on_plane(self, plane: Plane, of_class: bool = False) -> Halfspaces:
        """The half-planes in (s, t) that cut Q(x), or Q_c(x), out of a plane: normals (m, 2) and offsets (m,)."""
        if plane not in self._on_planes:
            self._on_planes[plane] = self._cut_by(plane)
        normals, offsets = self._on_planes[plane]
        rows = len(normals) if of_class else len(self.pattern)
        return normals[:rows], offsets[:rows]

    @cached_property
    def _on_planes(self) -> dict[Plane, Halfspaces]:
        """Half-planes of Q_c(x) by plane, first those of Q(x): a picture of one point needs them four times."""
        return {}

    @torch.no_grad()
    def _cut_by(self, plane: Plane) -> Halfspaces:
        directions = torch.from_numpy(np.stack([plane.u.ravel(), plane.v.ravel()]))
        linear = self._certain(directions, biased=False)
        constant = self._certain(torch.from_numpy(plane.origin.reshape(1, -1)), biased=True)
        return self._as_halfspaces(linear, [values[:, 0] for values in constant], of_class=True)

    def polygon(self, plane: Plane, window: Sequence[float], of_class: bool = False) -> Array:
        """Q(x), or Q_c(x), on a plane inside the window (s0, s1, t0, t1): (k, 2) counterclockwise, (0, 2) if empty."""
        return clip_all(window_polygon(window), *self.on_plane(plane, of_class))

    def _propagated(self, z: Tensor, biased: bool, absolute: bool = False) -> list[Tensor]:
        """Per layer (m, units): the region's affine maps at z (m, d), or only their linear parts.

        With `absolute`, all signs are dropped: what rounding errors are relative to.
        """
        per_layer: list[Tensor] = []
        for k, layer in enumerate(self.network.layers):
            affine = layer.affine.absolute() if absolute else layer.affine
            z = affine.linear(z if k == 0 else z * self._slopes[k - 1])
            z = z + affine.bias if biased else z
            per_layer.append(z)
        return per_layer

    def _certain(self, z: Tensor, biased: bool) -> list[Array]:
        """As `_propagated`, transposed to (units, m); units whose row rounding hides are computed exactly.

        Otherwise a constant unit, such as the difference of two equal ones, would get a hyperplane of noise, and a unit
        whose terms nearly cancel would get none.
        """
        values = self._propagated(z, biased)
        sizes = self._propagated(z.abs(), biased, absolute=True)
        rows, exact = [value.T.numpy() for value in values], RationalNetwork(self.network)
        for layer, (value, size) in enumerate(zip(values, sizes)):
            hidden = (value.abs() <= rounding(self.network) * size).all(dim=0) & (size > 0).any(dim=0)
            for unit in torch.nonzero(hidden)[:, 0].tolist():
                rows[layer][unit] = _at(exact.row(self.pattern, layer, unit), z.numpy(), biased)
        return rows


def _at(row: Dyadic, z: Array, biased: bool) -> Array:
    """(m, d) inputs or directions -> (m,) values of an affine function (d + 1,) or its linear part, rounded once."""
    gradient, constant = row[:-1], row[-1:]
    along = Dyadic.of(z)
    products = along.numerators @ gradient.numerators
    exponent = along.exponent + gradient.exponent
    if biased:
        products = products + constant.numerators[0] * (1 << along.exponent)
    return Dyadic(np.asarray(products, object), exponent).floats()


@torch.no_grad()
def region_at(network: nn.Module | Network, x: TensorOrArray) -> Region:
    """The linear region of one point x of shape (*input_shape), tensor or array.

    Raises
    ------
    ValueError
        If x holds NaN or does not fit the network.
    """
    point = as_array(x, "x")
    region = Region(doubled(as_network(network, point.shape)), point)
    region.pattern  # noqa: B018  # computed here, without gradients
    return region


def region_polygon(halfspaces: Halfspaces, plane: Plane, window: Sequence[float]) -> Array:
    """The intersection of half-spaces of input space with a plane, inside the window (s0, s1, t0, t1).

    Returns
    -------
    (k, 2) plane coordinates, counterclockwise; (0, 2) if the intersection is empty or has no area
    """
    normals, offsets = halfspaces
    directions = np.stack([plane.u.ravel(), plane.v.ravel()])
    return clip_all(window_polygon(window), normals @ directions.T, normals @ plane.origin.ravel() + offsets)
