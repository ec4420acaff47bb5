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
from geometry.network.rivals import Compared, compared
from geometry.network.rounding import doubled, rounding
from geometry.network.unit_gradients import slopes_at
from geometry.norms import Array
from geometry.plane import Plane, TensorOrArray, as_array


@dataclass(frozen=True, eq=False)
class _Rows:
    """Affine functions: gradients per layer (units, m), constants (units,), the last of the scores; those of rivals."""

    V: list[Array]
    a: list[Array]
    rival_V: Array
    rival_a: Array


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
    def _active(self) -> list[Tensor]:
        """Per hidden layer (1, units) which units are active at x."""
        return [layer.positive(z) for layer, z in zip(self.network.hidden, self._preactivations)]

    @cached_property
    def _signs(self) -> NDArray[np.bool_]:
        """(units,) of `_active`."""
        return np.concatenate([np.zeros(0, bool), *(on[0].numpy() for on in self._active)])

    @cached_property
    def _compared(self) -> Compared | None:
        return compared(self.network, self._active)

    @cached_property
    def pattern(self) -> NDArray[np.bool_]:
        """(units,) which hidden units are active (z > 0), one layer after the other.

        False for comparisons of max-pooling between two inputs of which neither is the largest of its window.
        """
        if self._compared is None:
            return self._signs
        return self._signs & torch.cat(self._compared.matters, 1)[0].numpy()

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
        """Per layer (units, d), the last for the logits: on the region, pre-activations are V z + a.

        Those of max-pooling's comparisons that do not matter are so near x only, up to rounding.
        """
        return [*self._rows.V[:-1], self._rows.V[-1][-self.network.outputs :]]

    @property
    def a(self) -> list[Array]:
        """Per layer (units,), the last for the logits."""
        return [*self._rows.a[:-1], self._rows.a[-1][-self.network.outputs :]]

    @cached_property
    def _rows(self) -> _Rows:
        """In all of input space."""
        with torch.no_grad():
            origin = torch.zeros(1, self.x.size, dtype=torch.float64)
            return self._rows_along(torch.eye(self.x.size, dtype=torch.float64), origin)

    def _rows_along(self, directions: Tensor, origin: Tensor) -> _Rows:
        """Along directions (m, d) from an origin (1, d)."""
        (V, normals), (a, offsets) = self._certain(directions, biased=False), self._certain(origin, biased=True)
        return _Rows(V, [values[:, 0] for values in a], normals, offsets[:, 0])

    def halfspaces(self) -> Halfspaces:
        """Q(x) as all z with <w, z> + b >= 0: normals (units, d) and offsets (units,), in the order of `pattern`.

        A unit with V_j = 0 has no hyperplane; its row is zero, with an offset >= 0 that every z satisfies. The row of a
        unit that carries its value along is all zeros, its offset too. Of max-pooling, the row of a comparison between
        two inputs that do not win is the largest input minus the one that loses it (`geometry.network.rivals`).
        """
        return self._as_halfspaces(self._rows, of_class=False)

    def class_halfspaces(self) -> Halfspaces:
        """Q_c(x), the part of Q(x) where the class c of x wins: the half-spaces of Q(x), then f_c - f_s for s != c."""
        return self._as_halfspaces(self._rows, of_class=True)

    def _as_halfspaces(self, rows: _Rows, of_class: bool) -> Halfspaces:
        V, a = rows.V, rows.a
        bending = np.concatenate([np.zeros(0, bool), *(layer.bending() for layer in self.network.hidden)])
        signs, c = np.where(self._signs, 1.0, -1.0) * bending, self.predicted
        normals = np.concatenate([V[-1][:0], *V[:-1]]) * signs[:, None]
        offsets = np.concatenate([a[-1][:0], *a[:-1]]) * signs
        if self._compared is not None:
            units = self._compared.rivals.units.numpy()
            normals[units], offsets[units] = rows.rival_V, rows.rival_a
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
        per_layer, error = self._propagated(flat, biased=True), rounding(self.network)
        at_points = zip(self.network.hidden, per_layer, self._preactivations, sizes)
        for k, (layer, values, own, size) in enumerate(at_points):
            wrong = layer.where_bending(~(torch.where(own > 0, values, -values) >= -error * size))
            inside &= ~(wrong if self._compared is None else wrong & self._compared.matters[k]).any(dim=1)
        if self._compared is not None:
            rivals = self._compared.rivals
            below = rivals.on_rows(per_layer) < -error * rivals.on_rows(sizes, absolute=True)
            inside &= ~below.any(dim=1)
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

    def maps_on(self, plane: Plane) -> tuple[list[Array], list[Array]]:
        """V and a as functions of a plane's (s, t): per layer (units, 2) and (units,), the last for the logits.

        For z = origin + s u + t v the pre-activations V z + a are V [u v] (s, t) + (V origin + a).
        """
        rows, outputs = self._rows_on(plane), self.network.outputs
        return [*rows.V[:-1], rows.V[-1][-outputs:]], [*rows.a[:-1], rows.a[-1][-outputs:]]

    @torch.no_grad()
    def _rows_on(self, plane: Plane) -> _Rows:
        directions = torch.from_numpy(np.stack([plane.u.ravel(), plane.v.ravel()]))
        return self._rows_along(directions, torch.from_numpy(plane.origin.reshape(1, -1)))

    def _cut_by(self, plane: Plane) -> Halfspaces:
        return self._as_halfspaces(self._rows_on(plane), of_class=True)

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

    def _certain(self, z: Tensor, biased: bool) -> tuple[list[Array], Array]:
        """As `_propagated`, transposed to (units, m), and the rows of rivals; those that rounding hides are exact.

        Otherwise a constant unit, such as the difference of two equal ones, would get a hyperplane of noise, and a unit
        whose terms nearly cancel would get none.
        """
        values = self._propagated(z, biased)
        sizes = self._propagated(z.abs(), biased, absolute=True)
        rows, exact = [value.T.numpy() for value in values], RationalNetwork(self.network)
        matters = [] if self._compared is None else self._compared.matters
        for layer, (value, size) in enumerate(zip(values, sizes)):
            for unit in self._hidden(value, size):
                if layer < len(matters) and not matters[layer][0, unit]:
                    continue  # its own row is no face of the region
                rows[layer][unit] = _at(exact.row(self._signs, layer, unit), z.numpy(), biased)
        if self._compared is None:
            return rows, np.zeros((0, len(z)))
        rivals = self._compared.rivals
        own, totals = rivals.on_rows(values), rivals.on_rows(sizes, absolute=True)
        found = own.T.numpy()
        for k in self._hidden(own, totals):
            one = rivals.chosen(torch.tensor([k]))
            layer = int(one.layers[0])
            weights = Dyadic.of(one.weights(self.network.widths[layer])[0].numpy())
            found[k] = _at(exact.functional(self._signs, layer, weights), z.numpy(), biased)
        return rows, found

    def _hidden(self, values: Tensor, sizes: Tensor) -> list[int]:
        """Which columns of (m, units) rounding may have made."""
        hidden = (values.abs() <= rounding(self.network) * sizes).all(dim=0) & (sizes > 0).any(dim=0)
        return torch.nonzero(hidden)[:, 0].tolist()


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
