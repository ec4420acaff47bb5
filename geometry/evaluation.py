"""A network's pre-activations at points of a plane, with a bound on their rounding errors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from geometry.affine import evaluate
from geometry.network import Network
from geometry.plane import Plane
from geometry.ragged import Bools, Floats, Words, pack_bits
from geometry.signs import ZERO_MARGIN, Signs

UNIT_ROUNDOFF = float(np.finfo(np.float64).eps) / 2
CHUNK_VALUES = 1 << 21  # activations computed at a time: they should stay in the cache


class PlaneNetwork:
    """A network restricted to a window of a plane, where its first layer is affine in (s, t), in float64.

    `errors[l]` bounds, unit by unit, how far rounding takes computed pre-activations of hidden layer l from those of
    the network at the exact point: in the first layer's coefficients on the plane, in the place of a vertex, and in
    every sum of products since (n u sum |w x|, the classical bound; u the unit roundoff).
    """

    @torch.no_grad()
    def __init__(self, network: Network, plane: Plane, window: tuple[float, float, float, float]) -> None:
        self.layers = network.to(torch.float64).layers
        first = self.layers[0].affine
        frame = torch.from_numpy(np.stack([plane.u.ravel(), plane.v.ravel(), plane.origin.ravel()]))
        along_s, along_t = max(abs(window[0]), abs(window[1])), max(abs(window[2]), abs(window[3]))
        farthest = np.abs(plane.origin) + along_s * np.abs(plane.u) + along_t * np.abs(plane.v)
        pushed = first.linear(frame)
        self.gradient, self.offset = pushed[:2], pushed[2] + first.bias
        size = evaluate(first.absolute(), torch.from_numpy(farthest.reshape(1, -1)))[0]
        moved = 4 * max(along_s, along_t) * self.gradient.abs().sum(dim=0)
        self.errors: list[Floats] = [(((plane.origin.size + 4) * size + moved) * UNIT_ROUNDOFF).numpy()]

    @torch.no_grad()
    def logits(self, points: Floats) -> Floats:
        """(m, 2) plane coordinates -> (m, classes)."""
        logits, largest = self._values(len(self.layers) - 1, torch.from_numpy(points))
        self.logit_error = self._next_error(len(self.layers) - 1, largest) if len(self.layers) > 1 else self.errors[0]
        return logits.numpy()

    @torch.no_grad()
    def signs(self, layer: int, points: Floats, units: slice) -> Signs:
        """Signs of some units of a hidden layer at (m, 2) points that include all vertices of its affine pieces."""
        z, largest = self._values(layer, torch.from_numpy(points))
        if layer == len(self.errors):
            self.errors.append(self._next_error(layer, largest))
        return Signs.of_values(z[:, units].numpy(), self.errors[layer][units])

    @torch.no_grad()
    def patterns(self, points: Floats) -> Words:
        """(m, 2) -> (m, words): a bit for each hidden unit, all layers in a row, set where it is surely positive."""
        surely = [ZERO_MARGIN * torch.from_numpy(error) for error in self.errors[: len(self.layers) - 1]]
        packed = []
        for some in torch.from_numpy(points).split(self._chunk(len(self.layers) - 1)):
            found = [z > bound for z, bound in zip(self._forward(some, len(surely)), surely)]
            packed.append(pack_bits(torch.cat(found, dim=1).numpy()) if found else np.zeros((len(some), 0), np.uint64))
        return np.concatenate(packed)

    @torch.no_grad()
    def pieces(self, patterns: Bools) -> Floats:
        """(m, units) activation patterns -> (m, classes, 3): logits = piece @ (s, t, 1)."""
        columns = torch.cat([self.gradient, self.offset[None]])
        widths = [layer.units for layer in self.layers[:-1]]
        found = []
        for some in torch.from_numpy(patterns).split(self._chunk(len(self.layers) - 1)):
            rows = columns.expand(len(some), *columns.shape)
            for layer, after, on in zip(self.layers, self.layers[1:], some.split(widths, dim=1)):
                slope = torch.where(on, 1.0, layer.slope or 0.0).to(torch.float64)
                rows = after.affine.linear((rows * slope[:, None]).flatten(0, 1)).unflatten(0, (-1, 3))
                rows[:, 2] += after.affine.bias
            found.append(rows.transpose(1, 2))
        return torch.cat(found).numpy() if found else np.zeros((0, self.layers[-1].units, 3))

    def _chunk(self, layer: int) -> int:
        """How many points to treat at a time."""
        return max(1, CHUNK_VALUES // max(each.units for each in self.layers[: layer + 1]))

    def _forward(self, points: Tensor, layers: int) -> Iterator[Tensor]:
        """Pre-activations of the first `layers` layers, one after the other."""
        z = torch.addmm(self.offset, points, self.gradient)
        for layer, after in zip(self.layers[:layers], self.layers[1:]):
            yield z
            z = evaluate(after.affine, layer.activate(z))

    def _values(self, layer: int, points: Tensor) -> tuple[Tensor, Tensor]:
        """(m, units) pre-activations of a layer and (units before,) the largest activations that enter it."""
        before = self.layers[layer].affine.in_shape
        found = torch.empty(len(points), self.layers[layer].units, dtype=torch.float64)
        largest = torch.zeros(math.prod(before), dtype=torch.float64)
        size = self._chunk(layer)
        for some, out in zip(points.split(size), found.split(size)):
            z = torch.addmm(self.offset, some, self.gradient)
            for previous, here in pairwise(self.layers[: layer + 1]):
                activations = previous.activate(z)
                z = evaluate(here.affine, activations)
            out.copy_(z)
            if layer > 0:
                largest = torch.maximum(largest, activations.abs().amax(dim=0))
        return found, largest

    def _next_error(self, layer: int, largest: Tensor) -> Floats:
        affine = self.layers[layer].affine.absolute()
        carried = affine.linear(torch.from_numpy(self.errors[layer - 1])[None])[0]
        fresh = evaluate(affine, largest[None])[0]
        error: Floats = (carried + (math.prod(affine.in_shape) + 2) * UNIT_ROUNDOFF * fresh).numpy()
        return error
